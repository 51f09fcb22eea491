from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from toolkit.alignment.sentences import Bead, align_sentences, align_texts, share_aligned
from toolkit.encoders import Encoder, load_encoder
from toolkit.options import AlignOptions, EncoderOptions

RU = [
    "Мэр открыл новый мост через реку.",
    "На строительство ушло три года и 40 миллионов рублей.",
    "Раньше жители ездили в объезд, теряя почти час.",
    "Движение запустят в понедельник.",
]
EN = [
    "The mayor opened a new bridge across the river.",
    "It took three years and 40 million roubles to build.",
    "People used to take a detour and lost almost an hour.",
    "Traffic will start on Monday.",
]
ELSEWHERE = [
    "Scientists found water ice on the far side of the Moon!",
    "My grandmother bakes the best apple pie with cinnamon.",
]
Shapes = list[tuple[list[int], list[int]]]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(EncoderOptions())


def shapes(beads: Sequence[Bead]) -> Shapes:
    return [(list(bead.ru_ids), list(bead.en_ids)) for bead in beads]


@pytest.mark.parametrize(
    ("ru", "en", "expected"),
    [
        (RU, EN, [([i], [i]) for i in range(4)]),
        (RU, [EN[0], f"{EN[1]} {EN[2]}", EN[3]], [([0], [0]), ([1, 2], [1]), ([3], [2])]),
        ([f"{RU[0]} {RU[1]}", *RU[2:]], EN, [([0], [0, 1]), ([1], [2]), ([2], [3])]),
        (RU, [EN[0], EN[1], EN[3]], [([0], [0]), ([1], [1]), ([2], []), ([3], [2])]),
        (RU, [*EN[:2], ELSEWHERE[0], *EN[2:]], [([0], [0]), ([1], [1]), ([], [2]), ([2], [3]), ([3], [4])]),
        (RU[:1], ELSEWHERE[:1], [([0], []), ([], [0])]),
        (RU[2:3], ELSEWHERE[1:], [([0], []), ([], [0])]),
        (RU[:2], ELSEWHERE, [([0], []), ([1], []), ([], [0]), ([], [1])]),
        (RU[:1], EN[:1], [([0], [0])]),
        (RU[:2], [], [([0], []), ([1], [])]),
        ([], EN[:2], [([], [0]), ([], [1])]),
        ([], [], []),
        ([RU[0], "", " ", RU[1]], ["", EN[0], EN[1]], [([], [0]), ([0], [1]), ([1], []), ([2], []), ([3], [2])]),
        (["", ""], [""], [([0], []), ([1], []), ([], [0])]),
        (EN, EN, [([i], [i]) for i in range(4)]),
    ],
)
def test_beads(encoder: Encoder, ru: list[str], en: list[str], expected: Shapes) -> None:
    assert shapes(align_sentences(ru, en, encoder)) == expected


def test_numbers_tell_sentences_apart_that_an_encoder_cannot(encoder: Encoder) -> None:
    ru = [f"Рейс {number} прибыл по расписанию." for number in (112, 347, 508)]
    en = [f"Flight {number} arrived on schedule." for number in (112, 508)]
    assert shapes(align_sentences(ru, en, encoder)) == [([0], [0]), ([1], []), ([2], [1])]


def test_scores_are_probabilities_and_null_beads_have_none(encoder: Encoder) -> None:
    beads = align_sentences(RU, [*EN, ELSEWHERE[0]], encoder)
    assert beads[-1] == Bead((), (4,), None, None)
    for bead in beads[:-1]:
        assert bead.score is not None
        assert bead.similarity is not None
        assert 0.9 < bead.score <= 1
        assert bead.score == round(bead.score, 4)
        (i,), (j,) = bead.ru_ids, bead.en_ids
        assert bead.similarity == pytest.approx(
            float(encoder.encode([RU[i]])[0] @ encoder.encode([EN[j]])[0]), abs=1e-4
        )


def test_a_higher_skip_leaves_more_alone(encoder: Encoder) -> None:
    assert all(bead.score is None for bead in align_sentences(RU, EN, encoder, AlignOptions(skip=100)))
    assert all(bead.score for bead in align_sentences(RU[:1], ELSEWHERE[:1], encoder, AlignOptions(skip=-100)))


def test_no_bead_is_larger_than_allowed(encoder: Encoder) -> None:
    en = [EN[0], " ".join(EN[1:])]
    assert shapes(align_sentences(RU, en, encoder)) == [([0], [0]), ([1, 2, 3], [1])]
    beads = align_sentences(RU, en, encoder, AlignOptions(max_sentences=2))
    assert max(len(bead.ru_ids) + len(bead.en_ids) for bead in beads) == 2


def test_a_pair_does_not_depend_on_the_pairs_beside_it(encoder: Encoder) -> None:
    pairs = [(RU, EN), (RU[:1], ELSEWHERE), ([], EN), (RU * 3, EN * 3)]
    assert align_texts(pairs, encoder) == [align_sentences(ru, en, encoder) for ru, en in pairs]
    assert align_texts(pairs[::-1], encoder) == align_texts(pairs, encoder)[::-1]


class WholeTextsOnly:
    """The packaged encoder without its sums, as a transformer is."""

    is_additive = False

    def __init__(self) -> None:
        self._inner = load_encoder(EncoderOptions())
        self.name, self.revision, self.dim = self._inner.name, self._inner.revision, self._inner.dim
        self.background = self._inner.background

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self._inner.encode(texts)

    def encode_sums(self, texts: Sequence[str]) -> np.ndarray:
        raise NotImplementedError


def test_encoders_that_do_not_add_up_encode_the_joined_sentences(encoder: Encoder) -> None:
    en = [EN[0], f"{EN[1]} {EN[2]}", EN[3]]
    assert align_sentences(RU, en, WholeTextsOnly()) == align_sentences(RU, en, encoder)


def test_paragraphs_that_changed_places_are_reported(encoder: Encoder) -> None:
    """The longer one is aligned; the other one is no bead, but its sentences name each other."""
    ru = [*RU, "В зоопарке родился белый медвежонок.", "Его мать приехала из Канады 12 лет назад."]
    en = ["A polar bear cub was born in the zoo.", "His mother came from Canada 12 years ago.", *EN]
    beads = align_sentences(ru, en, encoder)
    assert shapes([bead for bead in beads if bead.score is not None]) == [([i], [i + 2]) for i in range(4)]
    assert {(bead.ru_ids or bead.en_ids, bead.crossing) for bead in beads if bead.score is None} == {
        ((4,), (0,)),
        ((5,), (1,)),
        ((0,), (4,)),
        ((1,), (5,)),
    }


def test_only_what_is_out_of_order_crosses(encoder: Encoder) -> None:
    for ru, en in ((RU, EN), (RU, ELSEWHERE), ([*RU, "Да."], [ELSEWHERE[0], *EN])):
        assert not any(bead.crossing for bead in align_sentences(ru, en, encoder))


def test_wrongly_decoded_lines_are_read_as_they_were_meant(encoder: Encoder) -> None:
    damaged = [RU[0], RU[1].encode("cp1251").decode("cp1252"), RU[2].encode().decode("cp1251", "replace"), RU[3]]
    assert shapes(align_sentences(damaged, EN, encoder)) == [([i], [i]) for i in range(4)]


def test_share_aligned_tells_translations_from_other_texts(encoder: Encoder) -> None:
    assert share_aligned(align_sentences(RU, EN, encoder)) > 0.9
    assert share_aligned(align_sentences(RU[:2], ELSEWHERE, encoder)) < 0.2
    assert share_aligned([]) == 0


WHO = [
    ("Мэр города", "The mayor"),
    ("Школьный учитель", "A school teacher"),
    ("Капитан корабля", "The ship's captain"),
    ("Врач больницы", "A hospital doctor"),
    ("Старый рыбак", "An old fisherman"),
    ("Судья", "The judge"),
    ("Известный художник", "A famous painter"),
    ("Пожарный", "A firefighter"),
    ("Профессор химии", "A chemistry professor"),
    ("Молодая актриса", "A young actress"),
    ("Начальник полиции", "The police chief"),
]
WHAT = [
    ("купил новую лодку", "bought a new boat"),
    ("рассказал о войне", "spoke about the war"),
    ("потерял ключи от дома", "lost the house keys"),
    ("выиграл шахматный турнир", "won a chess tournament"),
    ("посадил яблони", "planted apple trees"),
    ("написал письмо министру", "wrote a letter to the minister"),
    ("заказал чёрный кофе", "ordered black coffee"),
    ("нашёл золотую монету", "found a gold coin"),
    ("починил велосипед", "repaired a bicycle"),
    ("услышал громкий взрыв", "heard a loud explosion"),
    ("отменил поездку", "cancelled the trip"),
    ("спас двух детей", "saved two children"),
    ("продал квартиру", "sold an apartment"),
]
WHERE = [
    ("в Москве", "in Moscow"),
    ("на рынке", "at the market"),
    ("в аэропорту", "at the airport"),
    ("на берегу озера", "on the shore of the lake"),
    ("в старом театре", "in the old theatre"),
    ("в горах", "in the mountains"),
    ("возле вокзала", "near the railway station"),
    ("в тюрьме", "in prison"),
    ("на стадионе", "at the stadium"),
    ("в библиотеке", "in the library"),
    ("в лесу", "in the forest"),
    ("на ферме", "on a farm"),
    ("в Лондоне", "in London"),
    ("в музее", "in the museum"),
    ("на пляже", "on the beach"),
    ("в церкви", "in a church"),
    ("на заводе", "at the factory"),
]


def test_a_long_pair_in_seconds(encoder: Encoder) -> None:
    """2,400 different sentences with an insertion of 200, in pieces, are aligned as well as in a short pair."""
    told = [tuple(zip(WHO[i % 11], WHAT[i % 13], WHERE[i % 17], strict=True)) for i in range(2400)]
    ru, en = ([f"{' '.join(words[side])}." for words in told] for side in (0, 1))
    inserted = [f"{ELSEWHERE[i % 2]} {i}" for i in range(200)]
    beads = align_sentences(ru, [*en[:1100], *inserted, *en[1100:]], encoder)
    assert [i for bead in beads for i in bead.ru_ids] == list(range(2400))
    assert [j for bead in beads for j in bead.en_ids] == list(range(2600))
    expected = {((i,), (i + 200 * (i >= 1100),)) for i in range(2400)}
    assert len(expected & {(bead.ru_ids, bead.en_ids) for bead in beads}) > 2350
