"""Output against gold: the field's figures for pairs, beads, duplicates, retrieval and releases, with intervals."""
