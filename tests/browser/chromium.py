"""Headless Chromium, driven over its DevTools pipe with the standard library alone."""

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds until a command or an event must have been answered
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
)


class Pipe:
    """Messages to and from a browser: JSON objects with a zero byte between them."""

    def __init__(self, writing: int, reading: int) -> None:
        self._writing = writing
        self._reading = reading
        self._ids = itertools.count(1)
        self._rest = b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, params: dict[str, Any] | None = None, session: str | None = None) -> dict[str, Any]:
        """The result of a command; events that come in between are kept."""
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def wait_for(self, method: str) -> None:
        """Read until an event of this kind has come."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._reading], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"the browser said nothing for {PATIENCE} s"
            received = os.read(self._reading, 1 << 20)
            assert received, "the browser closed its pipe"
            self._rest += received
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


class Tab:
    """An open page: what it logged and asked for, its script engine, its pictures."""

    def __init__(self, pipe: Pipe, session: str) -> None:
        self._pipe = pipe
        self._session = session

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A DevTools command of this tab."""
        return self._pipe.call(method, params, self._session)

    def open(self, path: Path) -> None:
        """Load a file and wait until it stands."""
        self._pipe.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self._pipe.wait_for("Page.loadEventFired")
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def look(self, scheme: str = "light", media: str = "", width: int = 1200, height: int = 900) -> None:
        """Set the colour scheme, the medium and the size of the window."""
        self.call(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def run(self, script: str) -> Any:
        """The value of an expression of JavaScript, waited for where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """A key pressed and let go; keys of one character write it."""
        written = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **written)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def mouse(self, kind: str, x: float, y: float) -> None:
        """A mouse event at a place of the window: "mouseMoved", "mousePressed" or "mouseReleased"."""
        button = "none" if kind == "mouseMoved" else "left"
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1)

    def picture(self, path: Path, selector: str | None = None) -> None:
        """A PNG of the whole page, or of one element."""
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()" if selector else ""
        script = (
            f"(() => {{ const b = {box}; return [b.x + scrollX, b.y + scrollY, b.width, b.height]; }})()"
            if selector
            else "[0, 0, document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        x, y, width, height = self.run(script)
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def requests(self) -> list[str]:
        """Addresses asked for since the page was opened."""
        return [event["params"]["request"]["url"] for event in self._of("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """Exceptions, console messages and log entries (refused styles and scripts among them)."""
        kinds = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [json.dumps(event["params"]) for kind in kinds for event in self._of(kind)]

    def _of(self, method: str) -> list[dict[str, Any]]:
        return [event for event in self._pipe.events if event.get("method") == method]


@contextmanager
def browser(profile: Path) -> Iterator[Tab]:
    """A tab of a Chromium of its own, which ends with the block."""
    program = shutil.which("chromium")
    assert program, "chromium is not installed; `make test-browser` says how"
    # Root has no sandbox; the pages opened here are the tests' own.
    command = [program, *_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else []), f"--user-data-dir={profile}"]
    to_browser, from_browser = os.pipe(), os.pipe()
    # Out of the way of the numbers 3 and 4, where Chromium expects its two ends.
    theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (to_browser[0], from_browser[1])]

    def as_three_and_four() -> None:
        os.dup2(theirs[0], 3)
        os.dup2(theirs[1], 4)

    process = subprocess.Popen(
        command,
        pass_fds=(3, 4),
        preexec_fn=as_three_and_four,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for end in (*theirs, to_browser[0], from_browser[1]):
        os.close(end)
    pipe = Pipe(to_browser[1], from_browser[0])
    try:
        target = pipe.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = pipe.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        tab = Tab(pipe, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        yield tab
        pipe.call("Browser.close")
    finally:
        os.close(to_browser[1])
        os.close(from_browser[0])
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
