"""What a stranger checks in a release: files, rows, splits, and every claim about them."""
