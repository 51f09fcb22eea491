import pytest

from toolkit.text.encodings import ENCODINGS, guess_encoding

TEXTS = [
    "Паром снова ходит по расписанию.\nМост открыт.\n",
    "id,text\n1,Привет\n",
    "МОСКВА. 12 МАРТА",
    "Объём ещё: въезд, съезд",
    "ОАО «РЖД» – № 5",
    "The café is open — it’s nice",
    "It’s open – “yes”",
    "Паром — 10 минут",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_text_reads_as_it_was_written(text: str, encoding: str) -> None:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return  # which no one writes in it
    found = guess_encoding(data)
    assert found is not None and data.decode(found) == text


@pytest.mark.parametrize("data", [bytes(range(1, 256)), b"\xb3\xaa" * 9, b"a\x81\x03\x9f\xff"])
def test_noise_is_no_text(data: bytes) -> None:
    assert guess_encoding(data) is None
