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
    ("1️⃣ ❤️ ©️ 👁️‍🗨️", "1️⃣ ❤️ ©️ 👁️‍🗨️"),  # so do selectors
    (
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ),
    ("мост\ufe0f, м\ufe00ост и мо\U000e0073\U000e0074ст", "мост, мост и мост"),
    ("Рынок открылся утром.\n\u2800\nТорговали рыбой.", "Рынок открылся утром.\n\nТорговали рыбой."),
    ("Порт закрыт.\n\u3164\n\u115f\u1160\uffa0\n\ufffc\nСуда ждут.", "Порт закрыт.\n\nСуда ждут."),
    ("\u2800Порт\u2800\u2800закрыт\u3164", "Порт закрыт"),
    ("a\u034fb\u180ec\u2065d\u206ae\ufff0fg\ufffbh", "abcdefgh"),
    ("и\u200b\u0306", "й"),
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
