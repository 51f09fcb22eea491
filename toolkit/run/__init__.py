"""A run: what its steps do, what decides their output, what it carries on, and its story in numbers."""
