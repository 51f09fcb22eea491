"""Text to text: no Arrow, no files."""
