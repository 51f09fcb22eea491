"""Statistics of published rows, counted by hand."""

import pyarrow as pa
import pytest
from whole import published_tables

from toolkit.options import DedupOptions
from toolkit.release.content import ReleaseContent
from toolkit.release.statistics import count_values, describe


def test_counts(content: ReleaseContent) -> None:
    numbers = describe(published_tables(content))
    assert numbers["languages"] == {"ru": 9, "en": 8, "mixed": 1}
    assert numbers["channels"] == {"svod": 10, "brief": 8}
    assert (numbers["first_date"], numbers["last_date"]) == ("2024-03-02", "2024-03-13")
    assert numbers["bead_types"] == {"1:1": 21}
    assert numbers["personal"] == {"phone": 2, "email": 1, "card": 0, "handle": 0}
    # Ten of the 21 scores are 0.6, one has it in the middle.
    assert numbers["quantiles"]["sentence_pairs"]["score"][2] == 0.6
    assert numbers["quantiles"]["post_pairs"]["hours_apart"] == [1.5] * 5


def test_what_pictures_show(content: ReleaseContent) -> None:
    numbers = describe(published_tables(content))
    assert numbers["histograms"]["score"]["edges"] == [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0]
    assert numbers["histograms"]["score"]["counts"] == [0, 6, 13, 2, 0, 0, 0, 0, 0]
    assert numbers["histograms"]["length_ratio"]["counts"] == [0] * 9 + [21]
    assert numbers["lag"]["edges"] == [0, 1, 6, 24, 72]
    assert numbers["lag"]["ru_first"] == [0, 8, 0, 0, 0]  # the ninth pair has no dates
    assert numbers["posts_by_month"] == {"2024-03": {"en": 7, "mixed": 1, "ru": 8}}
    assert numbers["variants"] == {"parallel": {"full": 9}}
    assert numbers["post_pairs"] == {"parallel": 9}


def set_column(splits: dict[str, pa.Table], name: str, values: list[float | None]) -> dict[str, pa.Table]:
    """Return the first split alone, with other values in a column and as many rows."""
    split, table = next(iter(splits.items()))
    place = table.schema.get_field_index(name)
    rows = pa.concat_tables([table] * len(values)).slice(0, len(values))
    return {split: rows.set_column(place, table.schema.field(place), pa.array(values, table.schema.field(place).type))}


def test_a_value_on_an_edge_belongs_above_it(content: ReleaseContent) -> None:
    published = published_tables(content)
    # As float32, 0.7 and 0.95 are just below themselves.
    scores = set_column(published["sentence_pairs"], "score", [0.5, 0.7, 0.95, 0.999, 1.0, 0.9989])
    numbers = describe(published | {"sentence_pairs": scores})
    assert numbers["histograms"]["score"]["counts"] == [0, 1, 0, 1, 0, 0, 1, 1, 2]
    hours = set_column(published["post_pairs"], "hours_apart", [0.0, -0.5, -1.0, 5.9, 6.0, 100.0, None])
    lag = describe(published | {"post_pairs": hours})["lag"]
    assert (lag["same_time"], lag["en_first"], lag["ru_first"]) == (1, [1, 1, 0, 0, 0], [0, 1, 1, 0, 1])


def test_no_dates_and_no_values_are_null(content: ReleaseContent) -> None:
    published = published_tables(content)
    posts = {
        split: table.set_column(
            3, table.schema.field("date"), pa.nulls(table.num_rows, table.schema.field("date").type)
        )
        for split, table in published["posts"].items()
    }
    pairs = {
        split: table.set_column(
            table.schema.get_field_index("hours_apart"),
            table.schema.field("hours_apart"),
            pa.nulls(table.num_rows, pa.float32()),
        )
        for split, table in published["post_pairs"].items()
    }
    numbers = describe(published | {"posts": posts, "post_pairs": pairs})
    assert numbers["first_date"] is None
    assert numbers["posts_by_month"] == {}
    assert not any([*numbers["lag"]["ru_first"], *numbers["lag"]["en_first"], numbers["lag"]["same_time"]])
    assert numbers["quantiles"]["post_pairs"]["hours_apart"] is None


def test_texts_that_train_has_too(content: ReleaseContent) -> None:
    splits = published_tables(content)["sentence_pairs"]
    repeated = splits["train"].slice(0, 1)["ru_text"][0].as_py()
    test = splits["test"]
    place = test.column_names.index("ru_text")
    texts = [repeated, *test["ru_text"].to_pylist()[1:]]
    changed = splits | {"test": test.set_column(place, test.schema.field(place), pa.array(texts))}
    numbers = describe(published_tables(content) | {"sentence_pairs": changed})
    assert numbers["held_out"] == {
        "rows": 18, "ru_text": 1, "near_ru_text": 1, "en_text": 0, "near_en_text": 0, "near_pairs": 0, "near_posts": 0,
    }  # fmt: skip


def test_what_another_split_has_nearly(content: ReleaseContent) -> None:
    published = published_tables(content)
    long = "Паром снова ходит по вечерам до самого конца этого года"
    texts = {"train": long, "test": f"{long} вновь", "validation": f"{long}!"}

    def put(config: str, column: str) -> dict[str, pa.Table]:
        splits = published[config]
        changed = {}
        for split, table in splits.items():
            place = table.column_names.index(column)
            values = [texts[split], *table[column].to_pylist()[1:]]
            changed[split] = table.set_column(place, table.schema.field(column), pa.array(values))
        return changed

    one_side = describe(published | {"sentence_pairs": put("sentence_pairs", "ru_text")})["held_out"]
    assert {name: one_side[name] for name in ("ru_text", "near_ru_text", "near_pairs")} == {
        "ru_text": 0, "near_ru_text": 2, "near_pairs": 0,
    }  # fmt: skip
    published = published | {"sentence_pairs": put("sentence_pairs", "ru_text")}
    both = describe(published | {"sentence_pairs": put("sentence_pairs", "en_text")})["held_out"]
    assert (both["near_en_text"], both["near_pairs"]) == (2, 2)
    stricter = describe(published | {"sentence_pairs": put("sentence_pairs", "en_text")}, DedupOptions(threshold=0.9))
    assert stricter["held_out"]["near_pairs"] == 1
    assert both["near_posts"] == 0
    assert describe(published | {"posts": put("posts", "text")})["held_out"]["near_posts"] == 2


@pytest.mark.parametrize(
    ("values", "wanted"), [([], []), (["b", "a", "b"], [("b", 2), ("a", 1)]), (["b", "a"], [("a", 1), ("b", 1)])]
)
def test_count_values_is_sorted(values: list[str], wanted: list[tuple[str, int]]) -> None:
    counted = count_values(pa.chunked_array([pa.array(values, pa.string())]))
    assert list(counted.items()) == wanted
