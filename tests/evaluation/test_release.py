import pyarrow as pa
import pytest

from toolkit.errors import SourceError
from toolkit.evaluation.pairs import Item
from toolkit.evaluation.release import evaluate_release_pairs, evaluate_release_sentences, evaluate_sentence_pairs


def item(ru: str, en: str) -> Item:
    return Item(frozenset(ru.split()), frozenset(en.split()))


@pytest.fixture
def release() -> dict[str, pa.Table]:
    return {
        "posts": pa.table({"post_id": ["r/1", "r/2", "e/8", "e/9", "r/3"]}),
        "duplicates": pa.table({"post_id": ["r/4", "e/8"], "kept_id": ["r/1", "e/8"]}),
        "post_pairs": pa.table({"ru_post_id": ["r/1", "r/3"], "en_post_id": ["e/8", "e/9"]}),
        "sentence_pairs": pa.table({"en_text": ["Rain. Wind."], "ru_text": ["Дождь. Ветер."]}),
    }


def test_a_removed_duplicate_stands_for_the_post_that_stayed(release: dict[str, pa.Table]) -> None:
    result = evaluate_release_pairs(release, [item("r/4", "e/8"), item("r/2", "e/9"), item("r/77", "e/78")])
    # found r/4 as r/1; r/3 ~ e/9 is false, since e/9 is r/2's; nobody knows 77 and 78
    assert result.counts == {"gold_items": 3, "found": 1, "false_pairs": 1, "gold_posts_unknown": 2}


def test_gold_may_leave_out_channels_and_other_posts(release: dict[str, pa.Table]) -> None:
    result = evaluate_release_pairs(release, [item("4", "8")], partial=True)
    assert result.counts["found"] == 1
    assert result.counts["pairs_not_judged"] == 1
    with pytest.raises(SourceError, match="no id is in both files"):
        evaluate_release_pairs(release, [item("x/4", "x/8")])


def test_sentences_of_a_release(release: dict[str, pa.Table]) -> None:
    result = evaluate_release_sentences(release, [("Rain.\nWind.", "Дождь.  Ветер."), ("Snow.", "Снег.")])
    assert [figure.value for figure in result.figures.values()] == [1.0, 0.5, 0.6667, 1.0, 0.5, 0.6667]
    with pytest.raises(SourceError, match=r"gold has 'Snow\. / Снег\.', the release 'Rain\. Wind\. / Дождь"):
        evaluate_release_sentences(release, [("Snow.", "Снег.")])
    nothing = release["sentence_pairs"].slice(0, 0)
    assert evaluate_release_sentences({"sentence_pairs": nothing}, [("Snow.", "Снег.")]).counts["judged"] == 0


GOLD = [("A cat. It sleeps.", "Кот. Он спит."), ("Rain.", "Дождь."), ("Snow.", "Снег.")]


@pytest.mark.parametrize(
    ("test", "strict", "lax", "judged"),
    [
        (GOLD, 3, 3, 3),
        ([("A cat.", "Кот."), ("It sleeps.", "Он спит.")], 0, 2, 2),
        ([("Rain.", "Снег."), ("Hail.", "Град.")], 0, 0, 1),
        ([("Rain. Hail.", "Дождь."), ("Rain.", "Дождь.")], 1, 2, 2),
        ([("A cat.", "Дождь."), ("Snow.", "Снег.")], 1, 1, 2),
    ],
)
def test_strict_and_lax(test: list[tuple[str, str]], strict: int, lax: int, judged: int) -> None:
    counts = evaluate_sentence_pairs(GOLD, test).counts
    assert (counts["strict_right"], counts["lax_right"], counts["judged"]) == (strict, lax, judged)
