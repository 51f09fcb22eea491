import re

import pytest

from toolkit.errors import OptionError
from toolkit.options import PiiOptions
from toolkit.text.anchors import names, numbers
from toolkit.text.language import detect_language
from toolkit.text.masking import SALT_VARIABLE, Mask, hide_personal, pii_salt, salt_fingerprint
from toolkit.text.normalize import normalize_text
from toolkit.text.pii import PLACEHOLDER
from toolkit.text.plain import plain_text
from toolkit.text.sentences import split_sentences

RU = "Пишите на hello@port.example или звоните: 8 (495) 123-45-67. Карта 4111 1111 1111 1111, @some_one."
EN = "Write to Hello@Port.example or call +7 495 123 45 67. Card 4111-1111-1111-1111, t.me/Some_One."
SALT = "0123456789abcdef"


def test_mask() -> None:
    mask = Mask(PiiOptions())
    masked = "Пишите на [EMAIL] или звоните: [PHONE]. Карта [CARD], [HANDLE]."
    assert mask.apply(RU) == masked
    assert mask.apply(EN) == "Write to [EMAIL] or call [PHONE]. Card [CARD], t.me/[HANDLE]."
    assert mask.apply(masked) == masked
    assert mask.apply_and_count(RU).counts == {"card": 1, "email": 1, "handle": 1, "phone": 1}


def test_what_a_repair_would_make_whole() -> None:
    wrong = "Почта: имя@пример.рф, ждём писем".encode().decode("cp1251", "replace")
    assert Mask(PiiOptions()).apply_and_count(wrong) == ("Почта: [EMAIL], ждём писем", {"email": 1}, True)
    assert Mask(PiiOptions()).apply("b и\u0306@port.example") == "b [EMAIL]"
    assert Mask(PiiOptions(email="keep")).apply_and_count(wrong).counts == {"email": 1}
    composed = Mask(PiiOptions(email="keep")).apply_and_count("a@b.example и\u0306")
    assert composed == ("a@b.example и\u0306", {"email": 1}, False)


@pytest.mark.parametrize(
    "text",
    [
        "Звоните +7 495 123-45-67, код 123456",  # the placeholder announces no number
        "Тел.: 123-45-67. Карта 4111 1111 1111 1111 123456",
        "\t8\u2009(495)\u2028123\u202f45\u00a0\u00a067\r\n@**some**_one",
        "ivan (at)\u00a0 mail\u3000(dot) example\n\n\n4111\u20091111\u20091111\u20091111",
    ],
)
def test_nothing_is_left_for_a_second_time_or_for_clean_to_reveal(text: str) -> None:
    mask = Mask(PiiOptions())
    once = mask.apply(text)
    assert "[" in once
    assert mask.apply(once) == once
    assert mask.apply(normalize_text(once)) == normalize_text(once)


def test_drop_and_keep() -> None:
    mask = Mask(PiiOptions(phone="drop", email="keep", card="drop", handle="keep"))
    assert mask.apply_and_count(RU) == (
        "Пишите на hello@port.example или звоните: . Карта , @some_one.",
        {"card": 1, "email": 1, "handle": 1, "phone": 1},
        False,
    )


def test_pseudonyms_are_the_same_for_all_spellings_and_depend_on_the_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    options = PiiOptions(phone="hash", email="hash", card="hash", handle="hash")
    monkeypatch.setenv(SALT_VARIABLE, SALT)
    ru, en = Mask(options).apply(RU), Mask(options).apply(EN)
    fingerprint = salt_fingerprint(options)
    found = re.findall(PLACEHOLDER, ru)
    assert [item.partition(":")[0] for item in found] == ["[EMAIL", "[PHONE", "[CARD", "[HANDLE"]
    assert found == re.findall(PLACEHOLDER, en)
    assert all(re.fullmatch(r"\[[A-Z]+:[a-p]{10}\]", item) for item in found)
    monkeypatch.setenv(SALT_VARIABLE, SALT[::-1])
    assert not set(re.findall(PLACEHOLDER, Mask(options).apply(RU))) & set(found)
    assert salt_fingerprint(options) != fingerprint


def test_one_number_has_one_pseudonym(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SALT_VARIABLE, SALT)
    mask = Mask(PiiOptions(phone="hash"))
    spellings = ["+7 916 123-45-67", "8 (916) 1234567", "8_916_123_45_67", "+7 9l6 123 45 67", "\uff0b79161234567"]
    assert len({mask.apply(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(("salt", "message"), [(None, "is not set"), ("short", "has 5 characters, wanted 16 or more")])
def test_a_salt_is_needed_for_hashes_only(monkeypatch: pytest.MonkeyPatch, salt: str | None, message: str) -> None:
    monkeypatch.delenv(SALT_VARIABLE, raising=False)
    if salt:
        monkeypatch.setenv(SALT_VARIABLE, salt)
    assert pii_salt(PiiOptions()) is None
    assert salt_fingerprint(PiiOptions()) is None
    with pytest.raises(OptionError, match=message) as caught:
        Mask(PiiOptions(phone="hash"))
    assert "short" not in str(caught.value)


def test_handles_hidden_in_an_id_do_not_depend_on_who_is_public() -> None:
    assert hide_personal("Читайте @harbour и t.me/harbour/15") == "Читайте [HANDLE] и t.me/harbour/15"


@pytest.mark.parametrize("placeholder", ["[PHONE]", "[EMAIL:hgkpjmnoig]", "[HANDLE]", "[CARD:aaaaaaaaaa]"])
def test_placeholders_disturb_no_other_step(placeholder: str) -> None:
    text = f"Порт закрыт до утра. Звоните: {placeholder}. Паром ходит."
    assert split_sentences(text, "ru") == ["Порт закрыт до утра.", f"Звоните: {placeholder}.", "Паром ходит."]
    assert detect_language(f"Ждём {placeholder} {placeholder} {placeholder}").lang == "ru"
    assert detect_language(placeholder).lang == "und"
    assert numbers(placeholder) == frozenset()
    assert names(f"звоните {placeholder}").sure == names(f"please call {placeholder}").sure
    assert plain_text(f"Текст.\n{placeholder}\nТел.: {placeholder}") == f"Текст.\nТел.: {placeholder}"
