"""Search over texts by their rows: exact and approximate, sparse and dense, hybrid, and the index directory."""
