"""What a test set has must not be in a pair: planted sentences, edited ones, short ones, and what only looks alike."""

from typing import Any

import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.duplicates.references import ReferenceSet
from toolkit.options import DecontaminateOptions
from toolkit.stages.decontaminate import DecontaminateResult, decontaminate

RU = "Смотритель маяка вчера передал ключи новому хозяину старого здания на набережной."  # 11 words
EN = "The keeper of the lighthouse handed the keys to the new owner of the building yesterday."  # 16 words
OTHER_RU, OTHER_EN = "Паром снова ходит по вечерам до самого конца октября.", "The ferry runs in the evenings again."


def run(
    beads: list[tuple[str, str]],
    references: list[str],
    *,
    posts: tuple[str, str] = ("Ничего такого.", "Nothing of the kind."),
    relation: str = "parallel",
    **options: Any,
) -> DecontaminateResult:
    """Decontaminate the sentence pairs of one pair of posts."""
    rows: list[dict[str, object]] = [
        {"bead_id": f"r~e#{n}", "pair_id": "r~e", "ru_ids": [n], "en_ids": [n], "ru_text": ru, "en_text": en,
         "bead_type": "1:1", "relation": relation} for n, (ru, en) in enumerate(beads)
    ]  # fmt: skip
    pair: dict[str, object] = {"pair_id": "r~e", "ru_post_id": "r", "en_post_id": "e", "probability": 0.9,
                               "length_ratio": 1.0, "relation": relation}  # fmt: skip
    texts = {"post_id": ["r", "e"], "text_ru": [posts[0], None], "text_en": [None, posts[1]]}
    return decontaminate(
        schemas.from_rows(rows, schemas.BITEXT),
        schemas.from_rows([pair], schemas.POST_PAIRS),
        pa.table(texts),
        [ReferenceSet("set.tsv", references, range(1, len(references) + 1))],
        DecontaminateOptions(**options),
    )


def listed(result: DecontaminateResult) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in result.contaminated.to_pylist()]


CASES: list[tuple[str, str, str, str, float | None]] = [  # reference, Russian side, English side, overlap or None
    ("the same, Russian only", RU, RU, OTHER_EN, 1.0),
    ("the same, English only", EN, OTHER_RU, EN, 1.0),
    ("other case, marks and ё", "Всё ещё ЖДЁМ", "Все еще ждем!", OTHER_EN, 1.0),
    # Of 8 four-grams of the reference one word in the middle takes 4, one at the end 1, and two can take all.
    ("one word changed in the middle", RU, RU.replace("ключи", "книги"), OTHER_EN, 0.5),
    ("one word changed at the end", RU, RU.replace("набережной", "площади"), OTHER_EN, 0.875),
    ("two words changed", RU, RU.replace("передал", "вручил").replace("старого", "нового"), OTHER_EN, None),
    ("two words of a longer one changed", EN, OTHER_RU, EN.replace("keeper", "guard").replace("yesterday", "today"),
     0.7692),
    ("a part of a longer sentence", RU, f"Как сообщает наш корреспондент с места событий, {RU}", OTHER_EN, 1.0),
    ("a part of a longer reference", f"{OTHER_RU} {RU} И это ещё не всё, что случилось.", RU, OTHER_EN, 1.0),
    ("half of it", EN, OTHER_RU, "The keeper of the lighthouse handed the keys to the mayor and his old friends.",
     0.5833),
    ("a few words of it", EN, OTHER_RU,
     "Nobody knows where the keeper of the lighthouse went after the great storm.", None),
    ("short: the same words", "Да, конечно.", "Да, конечно!", OTHER_EN, 1.0),
    ("short: a part of a longer one is language", "Порт закрыт до утра.",
     "Сегодня порт закрыт до утра из-за шторма и дождя.",
     OTHER_EN, None),
    ("eight words are enough", "Порт закрыт до утра из-за шторма и", "Порт закрыт до утра из-за шторма и дождя",
     OTHER_EN, 1.0),
    ("seven are not", "Порт закрыт до утра из за шторма", "Порт закрыт до утра из за шторма и", OTHER_EN, None),
    ("signs only", "👍", "👍", OTHER_EN, 1.0),
    ("other signs", "👍", "👎", OTHER_EN, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "ru", "en", "overlap"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_sentences(reference: str, ru: str, en: str, overlap: float | None) -> None:
    result = run([("Просто пара.", "Just a pair."), (ru, en)], ["Unrelated words of a test set.", reference])
    side = "en" if ru == OTHER_RU else "ru"
    if overlap is None:
        assert listed(result) == [] and result.kept.num_rows == 2
        return
    ((name, config, test_set, line, found_side, found),) = listed(result)
    assert (name, config, test_set, line, found_side) == ("r~e#1", "sentence_pairs", "set.tsv", 2, side)
    assert found == pytest.approx(overlap, abs=1e-4)
    assert result.kept["bead_id"].to_pylist() == ["r~e#0"] and result.pairs.num_rows == 1
    assert result.dropped.to_pylist() == [
        {
            "row_id": "r~e#1",
            "stage": "decontaminate",
            "reason": "contaminated",
            "value": f"set.tsv:2 {side} {found:.4f}",
        }
    ]


@pytest.mark.parametrize(
    ("posts", "side"),
    [((f"Утро.\n{RU}\nВечер.", "Nothing."), "ru"), (("Ничего.", f"Morning.\n{EN}\nEvening."), "en")],
    ids=["ru", "en"],
)
@pytest.mark.parametrize(("relation", "config"), [("parallel", "post_pairs"), ("comparable", "comparable_pairs")])
def test_a_sentence_inside_a_post_takes_the_pair_and_its_sentences(
    posts: tuple[str, str], side: str, relation: str, config: str
) -> None:
    result = run([("Да.", "Yes."), ("Нет.", "No.")], [RU, EN, "да"], posts=posts, relation=relation)
    line = 1 if side == "ru" else 2
    assert (
        listed(result)
        == [
            ("r~e", config, "set.tsv", line, side, 1.0),
            ("r~e#0", "sentence_pairs", "set.tsv", 3, "ru", 1.0),  # its own reason
            ("r~e#1", "sentence_pairs", "set.tsv", line, side, 1.0),  # that of its posts
        ][:: 1 if config < "sentence_pairs" else -1]
    )
    assert result.kept.num_rows == result.pairs.num_rows == 0
    assert result.dropped["reason"].to_pylist() == ["contaminated_posts", "contaminated", "contaminated"]


def test_a_short_sentence_inside_a_post_leaves_alone() -> None:
    result = run(
        [("Порт закрыт.", "Shut."), ("Да.", "Yes.")], ["порт закрыт"], posts=("Порт закрыт. Да.", "Shut. Yes.")
    )
    assert [row[0] for row in listed(result)] == ["r~e#0"]
    assert result.pairs.num_rows == 1


@pytest.mark.parametrize(("posts", "left"), [(10, 1), (11, 0)])
def test_what_many_posts_have_is_no_evidence(posts: int, left: int) -> None:
    reference = "The Ministry of Sea and Harbours of Prilivsk reported this today."  # a name, and two words more
    texts = [f"Number {n}. The Ministry of Sea and Harbours of Prilivsk opened pier {n}." for n in range(posts)]
    ids = [f"e{n}" for n in range(posts)]
    bead: dict[str, object] = {
        "bead_id": "p0#0", "pair_id": "p0", "ru_ids": [0], "en_ids": [0], "ru_text": "Причал открыт.",
        "en_text": texts[0], "bead_type": "1:1", "relation": "parallel",
    }  # fmt: skip
    pair: dict[str, object] = {"pair_id": "p0", "ru_post_id": "e0", "en_post_id": "e0", "probability": 0.9,
                               "length_ratio": 1.0}  # fmt: skip
    table = pa.table({"post_id": ids, "text_ru": pa.nulls(posts, pa.string()), "text_en": texts})
    sets = [ReferenceSet("a", [reference], [1])]
    tied = schemas.from_rows([pair], schemas.POST_PAIRS)
    result = decontaminate(schemas.from_rows([bead], schemas.BITEXT), tied, table, sets)
    assert result.contaminated.num_rows == 2 * left
    some, others = table.slice(0, 3), table["text_en"].slice(3)
    result = decontaminate(schemas.from_rows([bead], schemas.BITEXT), tied, some, sets, published=others)
    assert result.contaminated.num_rows == 2 * left  # published ones count as well
    same = bead | {"en_text": reference}
    result = decontaminate(schemas.from_rows([same], schemas.BITEXT), tied, table, sets)
    assert "p0#0" in result.contaminated["id"].to_pylist()  # the same words always count


def test_the_best_reference_is_named_and_of_equals_the_first() -> None:
    edited = RU.replace("набережной", "площади")
    assert listed(run([(RU, OTHER_EN)], [edited, RU, RU]))[0][3] == 2
    assert listed(run([(RU, EN)], [EN, RU]))[0][3:5] == (2, "ru")


def test_options_move_the_line() -> None:
    edited = RU.replace("передал", "вручил").replace("старого", "нового")
    assert listed(run([(edited, OTHER_EN)], [RU])) == []
    assert listed(run([(RU.replace("ключи", "книги"), OTHER_EN)], [RU], overlap=0.6)) == []
    assert listed(run([(edited, OTHER_EN)], [RU], ngram=2)) != []


def test_pairs_of_posts_count_once_for_each_row_and_order_does_not_matter() -> None:
    ids = [f"p{n}" for n in range(40)]
    beads: list[dict[str, object]] = [
        {"bead_id": f"{i}#0", "pair_id": i, "ru_ids": [0], "en_ids": [0],
         "ru_text": RU if n % 4 == 0 else f"Номер {n}.", "en_text": "It.", "bead_type": "1:1",
         "relation": "parallel"} for n, i in enumerate(ids)
    ]  # fmt: skip
    pairs: list[dict[str, object]] = [
        {"pair_id": i, "ru_post_id": "r", "en_post_id": "e", "probability": 0.9, "length_ratio": 1.0} for i in ids
    ]
    posts = pa.table({"post_id": ["e", "r"], "text_ru": [None, "Ничего."], "text_en": ["Nothing.", None]})
    sets = [ReferenceSet("a", [OTHER_RU], [5]), ReferenceSet("b", [EN, RU], [1, 1])]
    bitext, tied = schemas.from_rows(beads, schemas.BITEXT), schemas.from_rows(pairs, schemas.POST_PAIRS)
    one = decontaminate(bitext, tied, posts, sets)
    backwards = pa.array(reversed(range(40)))
    two = decontaminate(bitext.take(backwards), tied.take(backwards), posts, sets)
    assert one.contaminated["id"].to_pylist() == sorted(f"p{n}#0" for n in range(0, 40, 4))
    assert set(one.contaminated["test_set"].to_pylist()) == {"b"}
    assert all(getattr(one, name).equals(getattr(two, name)) for name in ("kept", "dropped", "pairs", "contaminated"))
    assert one.contaminated.schema.equals(schemas.CONTAMINATED, check_metadata=True)
    assert sorted([*one.kept["bead_id"].to_pylist(), *one.dropped["row_id"].to_pylist()]) == sorted(
        f"{i}#0" for i in ids
    )
