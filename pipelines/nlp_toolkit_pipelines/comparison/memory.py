"""The largest memory of this process, and a way to start measuring it anew."""

import contextlib
import re
import sys
from pathlib import Path

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"  # proc(5): resets VmHWM to what is resident now


def reset_peak() -> None:
    """Forget the largest memory so far where the system can; elsewhere `peak_mb` stays that of the whole process."""
    with contextlib.suppress(OSError):
        _CLEAR.write_text(_RESET_PEAK)


def peak_mb() -> float:
    """The most memory this process has had resident since the last `reset_peak`, in megabytes (10^6 bytes)."""
    with contextlib.suppress(OSError):
        found = re.search(r"^VmHWM:\s+(\d+) kB", _STATUS.read_text(), re.MULTILINE)
        if found is not None:
            return int(found[1]) * 1024 / 1e6
    import resource

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest * (1 if sys.platform == "darwin" else 1024) / 1e6
