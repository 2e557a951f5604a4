"""Fixtures the pipeline tests share."""

import sys
from pathlib import Path

# With --import-mode=importlib test folders are not on the path; `corpora` is ours alone.
sys.path.insert(0, str(Path(__file__).parent))
