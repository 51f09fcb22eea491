import pytest

from toolkit.text.normalize import normalize_text

CASES = [
    ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
    ("one\n\n\n\n  two  \n three", "one\n\ntwo\nthree"),
    ("в\u00a02025\u202fг.\tдва   слова", "в 2025 г. два слова"),
    ("не\u00adпере\u200bносить\ufeff", "непереносить"),
    ("й", "й"),  # NFC
    ("№ 5 … ½ ‼️ ²", "№ 5 … ½ ‼️ ²"),  # not NFKC
    ("«кавычки» “quotes” — тире", "«кавычки» “quotes” — тире"),
    ("👨‍👩‍👧 и ☝🏻", "👨‍👩‍👧 и ☝🏻"),  # joiners inside emoji stay
    ("сло\u200dво", "слово"),  # elsewhere they go
    ("РџСЂРёРІРµС‚", "Привет"),
    ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"),
    ("Верно сказано\nРџСЂРёРІРµС‚ РІСЃРµРј", "Верно сказано\nПривет всем"),
    ("Ñåãîäíÿ îòêðûëè ìîñò №¹ «Ìîñò», ¨ëêà", "Сегодня открыли мост №№ «Мост», Ёлка"),
    ("Où êtes-vous? Été, hôtel.", "Où êtes-vous? Été, hôtel."),
    ("&lt;...&gt; &amp;", "&lt;...&gt; &amp;"),  # no HTML here
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_normalize(text: str, expected: str) -> None:
    assert normalize_text(text) == expected
    assert normalize_text(expected) == expected
