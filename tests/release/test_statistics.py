"""Statistics of published rows, counted by hand."""

import pyarrow as pa
import pytest

from toolkit.release.content import ReleaseContent
from toolkit.release.statistics import count_values, describe
from toolkit.release.tables import published_tables


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
    assert numbers["quantiles"]["post_pairs"]["hours_apart"] is None


def test_texts_that_train_has_too(content: ReleaseContent) -> None:
    splits = published_tables(content)["sentence_pairs"]
    repeated = splits["train"].slice(0, 1)["ru_text"][0].as_py()
    test = splits["test"]
    place = test.column_names.index("ru_text")
    texts = [repeated, *test["ru_text"].to_pylist()[1:]]
    changed = splits | {"test": test.set_column(place, test.schema.field(place), pa.array(texts))}
    numbers = describe(published_tables(content) | {"sentence_pairs": changed})
    assert numbers["held_out"] == {"rows": 18, "ru_text": 1, "en_text": 0}


@pytest.mark.parametrize(
    ("values", "wanted"), [([], []), (["b", "a", "b"], [("b", 2), ("a", 1)]), (["b", "a"], [("a", 1), ("b", 1)])]
)
def test_count_values_is_sorted(values: list[str], wanted: list[tuple[str, int]]) -> None:
    counted = count_values(pa.chunked_array([pa.array(values, pa.string())]))
    assert list(counted.items()) == wanted
