"""Reports as one self-contained HTML file: words first, then tables and drawings, opened offline."""

from nlp_toolkit_pipelines.report.comparison_page import comparison_page as comparison_page
from nlp_toolkit_pipelines.report.comparison_page import write_report as write_report
from nlp_toolkit_pipelines.report.text_map import text_map as text_map

__all__ = ["comparison_page", "text_map", "write_report"]
