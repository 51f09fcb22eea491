import pytest

from toolkit.text.alphabets import fewest_misfits, owners
from toolkit.text.language import detect_language

# Openings of sentences written for this test; what matters is their letters.
SHOWN = [
    ("kv", "Сыктывкарын воссьӧма выль пос, важсӧ пӧдлалӧмаӧсь арӧдз."),
    ("ba", "Ҡалала яңы күпер асылды, иҫкеһе көҙгә тиклем ябыҡ була."),
    ("cv", "Хулара ҫӗнӗ кӗпер уҫӑлнӑ, кивви кӗрччен хупӑ пулать."),
    ("tg", "Дар шаҳр пули нав кушода шуд, пули кӯҳна то тирамоҳ баста мемонад."),
    ("ce", "ГӀалахь керла тӀай дӀадиллина, шира тӀай гурралц дӀакъовлина."),
    ("os", "Горӕты бакодтой ног хид, зӕронд хид уыдзӕн ӕхгӕд фӕззӕгмӕ."),
    ("tt", "Шәһәрдә яңа күпер ачылды, искесе көзгә кадәр ябык була."),
    ("ky", "Шаарда жаңы көпүрө ачылды, эскиси күзгө чейин жабык болот."),
    ("mn", "Хотод шинэ гүүр нээгдэж, хуучин нь намар хүртэл хаалттай байна."),
    ("sah", "Куоракка саҥа муоста аһылынна, эргэтэ күһүҥҥэ диэри сабыылаах."),
]


@pytest.mark.parametrize(("lang", "text"), SHOWN)
def test_letters_that_russian_lacks_are_not_russian(lang: str, text: str) -> None:
    assert detect_language(text).lang == lang
    assert detect_language(text, {"ru": 5.0}).lang == lang  # no channel outvotes letters


def test_a_name_in_a_russian_text_changes_nothing() -> None:
    text = (
        "Поэт Ғабдулла Туҡай родился в деревне Кушлавыч и прожил короткую жизнь, полную трудов и лишений, и оставил "
        "после себя стихи, которые и сегодня знают наизусть."
    )
    assert detect_language(text).lang == "ru"


def test_every_letter_has_an_owner_and_the_old_ones_all() -> None:
    table = owners()
    assert table[ord("ы") - 0x400] & 1 and not table[ord("і") - 0x400] & 1
    assert table[ord("ѣ") - 0x400] & 1
    assert fewest_misfits(["ѣ"])[0] == "ru"
