"""The command line: read, call one pipeline function, show."""
