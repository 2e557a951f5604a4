"""The browser tests use the reports made up for the report's own tests."""

import sys
from pathlib import Path

# With --import-mode=importlib test folders are not on the path.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "pipelines" / "report")]
