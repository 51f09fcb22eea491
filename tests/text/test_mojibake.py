"""Russian in each of its encodings, read as another one, is read again; sound texts of any language stay."""

import itertools

import ftfy.bad_codecs  # noqa: F401  # makes the codecs known that take all bytes
import pytest

from toolkit.text.mojibake import fix_mojibake, is_garbled

TEXTS = (
    "Паром снова ходит по расписанию, билеты стоят 40 рублей.",
    "Мост открыт",
    "ПОРТ ЗАКРЫТ ДО ПЯТНИЦЫ",
    "Музей «Якорь» — лучший в городе: ёлки, объявления и щётки № 5",
    "Вчера у маяка нашли кита. Он жив!",
)
MEANT = ("utf-8", "cp1251", "koi8-r", "cp866", "mac-cyrillic")
READ = ("sloppy-windows-1252", "latin-1", "sloppy-windows-1251", "koi8-r", "cp866", "mac-cyrillic")
PAIRS = [
    (meant, read)
    for meant, read in itertools.product(MEANT, READ)
    if meant != read.removeprefix("sloppy-windows-").replace("1251", "cp1251")
]


@pytest.mark.parametrize(("meant", "read"), PAIRS)
@pytest.mark.parametrize("text", TEXTS)
def test_one_encoding_read_as_another(text: str, meant: str, read: str) -> None:
    data = text.encode(meant, "ignore")  # not every encoding has all quotation marks
    assert fix_mojibake(data.decode(read)) == data.decode(meant)


@pytest.mark.parametrize(("first", "second"), list(itertools.product(READ[:3], repeat=2)))
def test_utf_8_read_wrongly_twice(first: str, second: str) -> None:
    spoiled = TEXTS[0].encode().decode(first).encode().decode(second)
    assert fix_mojibake(spoiled) == TEXTS[0]


def test_each_line_by_itself() -> None:
    spoiled = TEXTS[4].encode("koi8-r").decode("cp1251")
    assert fix_mojibake(f"{TEXTS[0]}\n{spoiled}\nThe port is closed.") == f"{TEXTS[0]}\n{TEXTS[4]}\nThe port is closed."


@pytest.mark.parametrize(
    "text",
    [
        "Київ – столиця України, її люблять усі.",
        "Їжак їсть яблука в саду",
        "Беларусь мае шмат рэк і азёр, ўсе яны прыгожыя",
        "Пловдив е град в България, разположен в Тракия",
        "Ђорђе воли љубичице и њихов мирис у шуми",
        "Ќе одиме во Скопје утре",
        "Қазақстанда өте әдемі көлдер бар",
        "Où êtes-vous? Été, hôtel, garçon déçu",
        "Größe, Übermut, Straße, für",
        "Zażółć gęślą jaźń",
        "Ελληνικά είναι ωραία γλώσσα",
        "İstanbul'da çığ düştü, üç kişi öldü",
        "ЦСКА — ЭВМ, НДФЛ, ЖКХ, ВВП, МЧС",
        "чэнъюй, Садахяни, Василяускас",
        "ЮMoney и iPhone, «ВКонтакте», ПриватБанк",
        "№ 5, 40 °C, ½ км², 10 € ± 2 §",
    ],
)
def test_sound_texts_stay(text: str) -> None:
    assert fix_mojibake(text) == text
    assert not is_garbled(text)


@pytest.mark.parametrize("text", ["Паром \ufffd\ufffdодит", "рПТФ ЪБЛТШФ ДП █▓░╣ ╤═╨╓ рСФОЙГШ"])
def test_what_cannot_be_repaired_is_known(text: str) -> None:
    assert fix_mojibake(text) == text
    assert is_garbled(text)
