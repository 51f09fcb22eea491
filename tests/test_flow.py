"""What holds for every stage: schemas meet, rows are accounted for, order of rows and of runs does not matter."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.duplicates.references import ReferenceSet
from toolkit.encoders import load_encoder
from toolkit.options import DedupOptions, EncoderOptions
from toolkit.results import REASONS, StageResult
from toolkit.stages.align import align_posts
from toolkit.stages.clean import clean_posts
from toolkit.stages.crossing import drop_crossing
from toolkit.stages.decontaminate import decontaminate
from toolkit.stages.dedup import dedup_posts
from toolkit.stages.evidence import find_shared
from toolkit.stages.filter import filter_beads
from toolkit.stages.match import match_posts
from toolkit.stages.merge import merge_posts
from toolkit.stages.score import drop_unrelated, score_beads, score_pairs
from toolkit.stages.split import split_bitext, split_components
from toolkit.workspace import Done

ENCODER = load_encoder(EncoderOptions())

SHARING = DedupOptions(part_words=5, threshold=0.5)  # so that the demo, and all its duplicates, have some of each

Tables = Mapping[str, pa.Table]

# stage -> (inputs, the function, schema of the output)
STAGES: dict[str, tuple[list[str], Callable[..., pa.Table | StageResult], pa.Schema]] = {
    "merge": (["posts"], lambda posts: merge_posts([posts]), schemas.POSTS),
    "clean": (["posts"], clean_posts, schemas.CLEAN_POSTS),
    "dedup": (["clean"], dedup_posts, schemas.CLEAN_POSTS),
    "shared": (["clean"], lambda posts: find_shared(posts, SHARING), schemas.DUPLICATES),
    "match": (["unique"], lambda posts: match_posts(posts, ENCODER), schemas.POST_PAIRS),
    "align": (["match", "unique"], lambda pairs, posts: align_posts(pairs, posts, ENCODER), schemas.BEADS),
    "score_pairs": (["match", "beads", "unique"], score_pairs, schemas.POST_PAIRS),
    "unrelated": (["pairs"], drop_unrelated, schemas.POST_PAIRS),
    "score": (["beads", "pairs"], score_beads, schemas.SCORED_BEADS),
    "filter": (["scored"], filter_beads, schemas.BITEXT),
    "decontaminate": (
        ["filter", "pairs", "unique"],
        lambda beads, pairs, posts: decontaminate(beads, pairs, posts, [ReferenceSet("own", ["Wind 6."], [1])]),
        schemas.BITEXT,
    ),
    "components": (["clean", "duplicates", "pairs"], split_components, schemas.COMPONENTS),
    "split": (["filter", "pairs", "components"], split_bitext, schemas.SPLIT_BITEXT),
    "crossing": (["bitext"], drop_crossing, schemas.SPLIT_BITEXT),
}
ROW_FOR_ROW = {"merge": "post_id", "clean": "post_id", "dedup": "post_id", "filter": "bead_id", "unrelated": "pair_id"}


def kept(result: pa.Table | StageResult) -> pa.Table:
    return result.kept if isinstance(result, StageResult) else result


def inputs(stage: str, run: Done) -> list[pa.Table]:
    return [run.tables[name] for name in STAGES[stage][0]]


@pytest.mark.parametrize("stage", STAGES)
def test_output_has_the_declared_schema_and_inputs_stay(stage: str, demo_run: Done) -> None:
    _, function, schema = STAGES[stage]
    tables = inputs(stage, demo_run)
    before = [table.slice(0) for table in tables]
    result = kept(function(*tables))
    assert result.schema.equals(schema, check_metadata=True)
    assert result.num_rows > 0
    assert all(table.equals(old) for table, old in zip(tables, before, strict=True))


@pytest.mark.parametrize("stage", STAGES)
def test_order_of_rows_does_not_matter(stage: str, demo_run: Done) -> None:
    _, function, _ = STAGES[stage]
    tables = inputs(stage, demo_run)
    shuffle = np.random.default_rng(7).permutation
    shuffled = [table.take(pa.array(shuffle(table.num_rows))) for table in tables]
    first, second = function(*tables), function(*shuffled)
    assert kept(first).equals(kept(second))
    if isinstance(first, StageResult):
        assert first.dropped.equals(second.dropped)


@pytest.mark.parametrize("stage", STAGES)
def test_no_rows_give_no_rows(stage: str, demo_run: Done) -> None:
    _, function, schema = STAGES[stage]
    result = kept(function(*[table.schema.empty_table() for table in inputs(stage, demo_run)]))
    assert result.num_rows == 0
    assert result.schema.equals(schema)


@pytest.mark.parametrize("stage", ROW_FOR_ROW)
def test_kept_and_dropped_are_the_input(stage: str, demo_run: Done) -> None:
    names, function, _ = STAGES[stage]
    key = ROW_FOR_ROW[stage]
    result = function(*inputs(stage, demo_run))
    assert isinstance(result, StageResult)
    ids = result.kept[key].to_pylist() + result.dropped["row_id"].to_pylist()
    assert sorted(ids) == sorted(demo_run.tables[names[0]][key].to_pylist())
    assert set(result.dropped["reason"].to_pylist()) <= set(REASONS)
    assert set(result.dropped["stage"].to_pylist()) <= {stage}


def test_every_post_is_paired_or_has_no_counterpart(demo_run: Done) -> None:
    pairs = demo_run.tables["match"]
    paired = set(pairs["ru_post_id"].to_pylist()) | set(pairs["en_post_id"].to_pylist())
    alone = demo_run.tables["match.dropped"]["row_id"].to_pylist()
    assert sorted([*paired, *alone]) == sorted(demo_run.tables["unique"]["post_id"].to_pylist())


def test_every_sentence_is_in_one_bead(demo_run: Done) -> None:
    beads = demo_run.tables["beads"].to_pylist()
    for side in ("ru_ids", "en_ids"):
        used = [(bead["pair_id"], index) for bead in beads for index in bead[side]]
        assert len(used) == len(set(used))
        for pair_id in {bead["pair_id"] for bead in beads}:
            indexes = sorted(index for pair, index in used if pair == pair_id)
            assert indexes == list(range(len(indexes)))
