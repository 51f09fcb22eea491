"""From split tables to a folder that a stranger can load, check and trust."""
