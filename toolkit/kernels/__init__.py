"""Numbers to numbers: no text, no Arrow, no files."""
