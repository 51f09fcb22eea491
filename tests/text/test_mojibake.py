"""Russian in each of its encodings, read as another one, is read again; sound texts of any language stay."""

import itertools

import ftfy.bad_codecs  # noqa: F401  # makes the codecs known that take all bytes
import pytest
from ftfy.badness import is_bad

from toolkit.text.mojibake import _SUSPECT, _reads_fine, fix_mojibake, is_garbled
from toolkit.text.plausibility import has_never

TEXTS = (
    "Паром снова ходит по расписанию, билеты стоят 40 рублей.",
    "Мост открыт",
    "ПОРТ ЗАКРЫТ ДО ПЯТНИЦЫ",
    "Музей «Якорь» — лучший в городе: ёлки, объявления и щётки № 5",
    "Вчера у маяка нашли кита. Он жив!",
    "🐳 Музей «Якорь»: Anchor Museum, дом № 5, открыт с 10:00 до 18:00, вход — 300 ₽",
    "Рыбаки нашли кита у маяка. Он был жив, и его удалось вернуть в море до вечера.\u00a0Спасатели работали шесть "
    "часов, им помогали жители всех окрестных посёлков: тащили верёвки, носили воду, объезжали мели на лодках.",
)
MEANT = ("utf-8", "cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
READ = ("sloppy-windows-1252", "latin-1", "sloppy-windows-1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
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


@pytest.mark.parametrize("meant", MEANT[1:])
@pytest.mark.parametrize("text", TEXTS)
def test_what_was_read_as_utf_8_is_lost_and_known(text: str, meant: str) -> None:
    lost = text.encode(meant, "ignore").decode("utf-8", "replace")
    assert "\ufffd" in lost and is_garbled(fix_mojibake(lost))


@pytest.mark.parametrize("second", READ)
@pytest.mark.parametrize(("meant", "first"), PAIRS)
def test_spoiled_then_utf_8_read_wrongly(meant: str, first: str, second: str) -> None:
    spoiled = TEXTS[0].encode(meant).decode(first).encode().decode(second)
    assert fix_mojibake(spoiled) == TEXTS[0]


# Where all bytes of the spoiled text are in the first encoding again; two alphabets that share most small letters, and
# two that turn small letters into capitals of others, leave what reads like Russian.
@pytest.mark.parametrize(
    ("meant", "read", "text"),
    [
        ("cp1251", "koi8-r", TEXTS[0]),
        ("cp1251", "iso8859-5", TEXTS[0]),
        ("koi8-r", "cp1251", TEXTS[0]),
        ("koi8-r", "cp866", TEXTS[0]),
        ("koi8-r", "iso8859-5", TEXTS[1]),
        ("koi8-r", "mac-cyrillic", TEXTS[2]),
        ("cp866", "koi8-r", TEXTS[0]),
        ("cp866", "mac-cyrillic", TEXTS[2]),
        ("mac-cyrillic", "cp866", TEXTS[2]),
    ],
)
def test_the_same_mistake_twice(meant: str, read: str, text: str) -> None:
    once = text.encode(meant).decode(read)
    assert fix_mojibake(once.encode(meant).decode(read)) == text


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
        "Їзда, їжа, її їдальня",
        "Ґанок, ґудзик, аґрус",
        "Чиј је то џеп? Њен џеп.",
        "Ұлы дала елі, әнұран, тәуелсіздік",
        "Հայաստանը գեղեցիկ երկիր է",
        "საქართველო ლამაზი ქვეყანაა",
        "Příliš žluťoučký kůň úpěl ďábelské ódy",
        "São Paulo, coração, não, ação, irmãos",
        "°±²³µ¶·¸¹º»¼½¾¿",
        "╔══════╗ ║ меню ║ ╚══════╝",
        "├── src │ └── main.py ─── код",
        "▓▓▓▓░░░░ 50 %",
        "¯\\_(ツ)_/¯ ( ͡° ͜ʖ ͡°) ಠ_ಠ",
        "СССР, РСФСР, РФ, РЖД, РС, СРР, РСДРП",
        "Р. С. Рахманинов, С. Р. Сергеев",
        "ПриВет, КаК ДеЛа",
        "МинЗдрав, РосПотребНадзор, ГазПромНефть",
        "Δt = 5 µs ± 0,1 µs; Ω, √2 ≈ 1,41",
        "print('Привет'); x = data['имя']  # комментарий",
    ],
)
def test_sound_texts_stay(text: str) -> None:
    assert fix_mojibake(text) == text
    assert not is_garbled(text)


@pytest.mark.parametrize("text", ["Паром \ufffd\ufffdодит", "рПТФ ЪБЛТШФ ДП █▓░╣ ╤═╨╓ рСФОЙГШ"])
def test_what_cannot_be_repaired_is_known(text: str) -> None:
    assert fix_mojibake(text) == text
    assert is_garbled(text)


@pytest.mark.parametrize("signs", ["ВСаяКы", "ВСаК«»“", "№«а ”В", "В“С„Рг »", "Ёёж А\n", "aZ№ ”«", "Д…—В–С’«"])
def test_what_reads_fine_shows_nothing_that_is_searched_for(signs: str) -> None:
    texts = list(map("".join, itertools.product(signs, repeat=4)))
    fine = [text for text in texts if _reads_fine(text)]
    assert fine
    assert not [text for text in fine if _SUSPECT.search(text) or has_never(text) or is_bad(text)]
