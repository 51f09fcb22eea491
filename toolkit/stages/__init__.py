"""Table to StageResult, one module a stage, in this order:

POSTS -> clean -> CLEAN_POSTS -> dedup -> CLEAN_POSTS + DUPLICATES -> match -> POST_PAIRS
-> align -> BEADS -> score -> SCORED_BEADS -> filter -> BITEXT -> split -> SPLIT_BITEXT

A stage is a pure function of (tables, options, encoder): no files, no clock, no global randomness. `pipeline.py` knows
the order and stores what they return.
"""  # noqa: D415
