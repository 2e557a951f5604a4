"""Lets the report's tests import their examples."""

import sys
from pathlib import Path

# With --import-mode=importlib test folders are not on the path; `report_examples` and `parsed_page` are ours alone.
sys.path.insert(0, str(Path(__file__).parent))
