"""Posts that say the same: the pairs, and the evidence that stages `dedup` and `evidence` write."""
