"""Russian-English data from posts: clean, deduplicate, match, align, release.

Every stage of the pipeline is a function of Arrow tables. Names are imported when they are first used, so that
`import toolkit` costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, which costs a command milliseconds in which no signal is ours
if TYPE_CHECKING:
    from typing import Any

_HOME = {
    "align_posts": "toolkit.stages.align",
    "align_sentences": "toolkit.alignment.sentences",
    "build_dataset": "toolkit.pipeline",
    "clean_posts": "toolkit.stages.clean",
    "dedup_posts": "toolkit.stages.dedup",
    "filter_beads": "toolkit.stages.filter",
    "load_encoder": "toolkit.encoders",
    "load_run_config": "toolkit.options",
    "mask_posts": "toolkit.stages.mask",
    "match_posts": "toolkit.stages.match",
    "read_source": "toolkit.sources",
    "score_beads": "toolkit.stages.score",
    "verify_release": "toolkit.release.checks.verify",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import a public name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
