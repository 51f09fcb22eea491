"""Sentences to beads, for the stage, the command and the Python function alike."""
