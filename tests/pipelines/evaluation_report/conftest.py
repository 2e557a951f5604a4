"""Lets the tests of an evaluation import their rows."""

import sys
from pathlib import Path

# With --import-mode=importlib test folders are not on the path; `evaluated_rows` is ours alone.
sys.path.insert(0, str(Path(__file__).parent))
