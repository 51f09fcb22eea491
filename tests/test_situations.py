"""Awkward characters, abbreviations and formats in one build of two small channels: what of each post is published."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.options import RunConfig, SourceOptions
from toolkit.pipeline import build_dataset
from toolkit.release.read import read_release
from toolkit.sources import read_source
from toolkit.stages.merge import merge_posts

Rows = dict[tuple[str, str], list[dict[str, Any]]]

# name -> the Russian post, the English post, number_match of each pair of sentences (None: there is no number)
SENTENCES: dict[str, tuple[list[str], list[str], list[float | None]]] = {
    "p.m. before a capital": (
        ["Катер отходит в шесть вечера по московскому времени.", "Все билеты проданы ещё вчера."],
        ["The boat leaves at 6 p.m. Moscow time.", "All tickets were sold yesterday."],
        [1.0, None],
    ),
    "a.m. before a weekday": (
        ["Совет соберётся в восемь утра вторника.", "Принесите с собой паспорта."],
        ["The council will meet at 8 a.m. Tuesday.", "Bring your passports with you."],
        [1.0, None],
    ),
    "p.m. at the end": (
        ["Музей закроется в девять вечера.", "Гардероб работает на час дольше."],
        ["The museum will close at 9 p.m.", "The cloakroom is open an hour longer."],
        [1.0, None],
    ),
    "fig. at the end": (
        ["План причала показан на рис. 4.", "После шторма он изменился."],
        ["The plan of the pier is shown in fig. 4.", "It changed after the storm."],
        [1.0, None],
    ),
    "vol. within": (
        ["История гавани вышла в т. 2 морской энциклопедии.", "Книгу раздают читателям бесплатно."],
        ["The history of the harbour came out in vol. 2 of the marine encyclopedia.", "The book is given away free."],
        [1.0, None],
    ),
    "tabl. at the end": (
        ["Глубины гавани указаны в табл. 5.", "Новый буксир спустят на воду осенью."],
        ["The depths of the harbour are given in table 5.", "The new tug will be launched in autumn."],
        [1.0, None],
    ),
    "docent": (
        ["Доц. Орлова прочтёт лекцию о тюленях.", "Вход в библиотеку свободный."],
        ["Associate Professor Orlova will give a lecture on seals.", "Admission to the library is free."],
        [None, None],
    ),
    "degrees C. before a capital": (
        ["Вода в заливе прогрелась до +17 °C.", "Купаться разрешили с воскресенья."],
        ["The water in the gulf has warmed up to +17 °C.", "Swimming is allowed from Sunday."],
        [1.0, None],
    ),
    "fullwidth digits": (
        ["Вода поднялась на ３５ сантиметров у моста."],
        ["The water rose by 35 centimetres at the bridge."],
        [1.0],
    ),
    "mathematical digits": (
        ["Ветер у мыса усилился до 28 метров в секунду."],
        ["The wind near the cape rose to 𝟐𝟖 metres per second."],
        [1.0],
    ),
    "a Roman century": (
        ["Пушку XVII века нашли рыбаки у острова."],
        ["Fishermen found a 17th-century cannon near the island."],
        [1.0],
    ),
    "mathematical bold letters": (
        ["Школа получила 400 новых учебников по географии."],
        ["𝗧𝗵𝗲 𝘀𝗰𝗵𝗼𝗼𝗹 𝗵𝗮𝘀 𝗿𝗲𝗰𝗲𝗶𝘃𝗲𝗱 𝟰𝟬𝟬 𝗻𝗲𝘄 𝗴𝗲𝗼𝗴𝗿𝗮𝗽𝗵𝘆 𝘁𝗲𝘅𝘁𝗯𝗼𝗼𝗸𝘀."],
        [1.0],
    ),
}  # fmt: skip
# name -> lines of both posts, which a client shows with an empty line between them: it is a filler
FILLERS = {
    "braille blank": ("\u2800", ["Рынок открылся рано утром.", "Торговали рыбой и хлебом."],
                      ["The market opened early in the morning.", "Fish and bread were sold."]),
    "Hangul filler": ("\u3164", ["Порт закрыт до четверга.", "Суда ждут на рейде."],
                      ["The port is closed until Thursday.", "Ships are waiting in the roadstead."]),
    "halfwidth Hangul filler": ("\uffa0", ["Пекарня на площади закрылась на ремонт.", "Хлеб привозят из деревни."],
                                ["The bakery in the square has closed for repairs.",
                                 "Bread is brought from the village."]),
    "zero width space": ("\u200b", ["Автобус до маяка ходит по выходным.", "Дорога занимает двадцать минут."],
                         ["The bus to the lighthouse runs at weekends.", "The journey takes twenty minutes."]),
}  # fmt: skip
# name -> cells of a table in the Markdown of Telethon, and what of them is published
MARKDOWN = {
    "bold and italic": (
        "**Паром «Заря» вернулся в порт Приливска.** Все 214 пассажиров уже дома, __сообщил капитан__.",
        "**The ferry Zarya has returned to the port of Prilivsk.** All 214 passengers are home, __the captain said__.",
        ["Паром «Заря» вернулся в порт Приливска.", "Все 214 пассажиров уже дома, сообщил капитан."],
        ["The ferry Zarya has returned to the port of Prilivsk.", "All 214 passengers are home, the captain said."],
    ),
    "a link": (
        "**Музей Приливска купил 120 картин художника Орлова** за 4 миллиона рублей. "
        "[Подробнее](https://example.org/1)",
        "**The Prilivsk museum has bought 120 paintings by the artist Orlov** for 4 million roubles. "
        "[Read more](https://example.org/1)",
        ["Музей Приливска купил 120 картин художника Орлова за 4 миллиона рублей."],
        ["The Prilivsk museum has bought 120 paintings by the artist Orlov for 4 million roubles."],
    ),
    "bold over a line end": (
        "**Стадион откроют в пятницу\n**\nПервыми сыграют две школьные команды.",
        "**The stadium will open on Friday\n**\nTwo school teams will play first.",
        ["Стадион откроют в пятницу", "Первыми сыграют две школьные команды."],
        ["The stadium will open on Friday", "Two school teams will play first."],
    ),
}
NAMES = [*SENTENCES, *FILLERS, *MARKDOWN]


def bodies(name: str) -> tuple[str, str]:
    """The Russian and the English post of that name."""
    if name in MARKDOWN:
        return MARKDOWN[name][:2]
    if name in FILLERS:
        filler, ru, en = FILLERS[name]
        return f"\n{filler}\n".join(ru), f"\n{filler}\n".join(en)
    ru, en, _ = SENTENCES[name]
    return " ".join(ru), " ".join(en)


def export(posts: dict[int, str]) -> str:
    """A channel as Telegram Desktop exports it."""
    messages = [
        {"id": number, "type": "message", "date": f"2024-05-{number:02}T10:00:00", "date_unixtime": str(moment(number))}
        | {"text": text, "text_entities": [{"type": "plain", "text": text}]}
        for number, text in posts.items()
    ]
    return json.dumps({"name": "Port", "type": "public_channel", "id": 1700000077, "messages": messages})


def moment(number: int) -> int:
    return 1714557600 + 86400 * number


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One release of all posts; Markdown comes in a table of each channel, the others in its export."""
    folder, sources = tmp_path_factory.mktemp("situations"), []
    numbered = dict(enumerate(NAMES, 1))
    for side, channel in enumerate(("port_ru", "port_en")):
        posts = {number: bodies(name)[side] for number, name in numbered.items()}
        exported = {number: text for number, text in posts.items() if numbered[number] not in MARKDOWN}
        (folder / f"{channel}.json").write_text(export(exported), "utf-8")
        with open(folder / f"{channel}.csv", "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("id", "date", "text"))
            rows.writerows((number, moment(number), posts[number]) for number in posts.keys() - exported.keys())
        sources += [{"path": f"{folder / channel}.{kind}", "channel": channel, "rights": "Invented", "slant": "None"}
                    for kind in ("json", "csv")]  # fmt: skip
    facts = {"name": "quay", "version": "next", "title": "Quay", "description": "Invented posts.",
             "license": "other", "license_note": "Invented", "contact": "nobody"}  # fmt: skip
    config = RunConfig.model_validate({"release": facts, "sources": sources})
    build_dataset(config, out=folder / "dist", work=folder / "work")
    return next((folder / "dist" / "quay").iterdir())


@pytest.fixture(scope="module")
def published(release: Path) -> Rows:
    """Sentence pairs in the order of their posts, by the ids of these."""
    found: Rows = {}
    for row in read_release(release).tables["sentence_pairs"].to_pylist():
        found.setdefault((row["ru_post_id"], row["en_post_id"]), []).append(row)
    return {posts: sorted(rows, key=lambda row: row["bead_id"]) for posts, rows in found.items()}


def rows_of(name: str, published: Rows) -> list[dict[str, Any]]:
    number = NAMES.index(name) + 1
    return published[f"port_ru/{number}", f"port_en/{number}"]


def test_every_post_has_its_counterpart_and_no_other(published: Rows) -> None:
    numbers = range(1, len(NAMES) + 1)
    assert sorted(published) == sorted((f"port_ru/{number}", f"port_en/{number}") for number in numbers)


@pytest.mark.parametrize("name", NAMES)
def test_pairs_of_sentences(name: str, published: Rows) -> None:
    if name in SENTENCES:
        ru, en, _ = SENTENCES[name]
    elif name in FILLERS:
        _, ru, en = FILLERS[name]
    else:
        _, _, ru, en = MARKDOWN[name]
    rows = rows_of(name, published)
    assert [(row["ru_text"], row["en_text"]) for row in rows] == list(zip(ru, en, strict=True))
    assert {row["bead_type"] for row in rows} == {"1:1"}


@pytest.mark.parametrize("name", SENTENCES)
def test_numbers_of_a_translation_agree(name: str, published: Rows) -> None:
    assert [row["number_match"] for row in rows_of(name, published)] == SENTENCES[name][2]


def test_posts_keep_what_their_authors_wrote_but_no_fillers_and_no_markup(release: Path) -> None:
    texts = {row["post_id"]: row["text"] for row in read_release(release).tables["posts"].to_pylist()}
    assert len(texts) == 2 * len(NAMES)
    everything = "\n".join(texts.values())
    assert "𝗧𝗵𝗲 𝘀𝗰𝗵𝗼𝗼𝗹" in everything and "𝟐𝟖" in everything and "３５" in everything
    assert not [mark for mark in ("**", "__", "](", *(filler for filler, *_ in FILLERS.values())) if mark in everything]


def test_ids_in_links_join_an_export_of_the_same_channel(tmp_path: Path) -> None:
    """Four channels of a table stay four; two exports add to two of them what the table lacks."""
    texts = [
        "Паром вернулся в порт.",
        "Открыта новая линия трамвая.",
        "Музей покажет 120 картин.",
        "Снег убрали к утру.",
    ]
    links = ["https://t.me/port_a/1", "https://t.me/s/Port_B/2", "t.me/port_c/7?single", "https://t.me/c/1700000077/9"]
    rows = [
        {"text": text, "link": link, "date": moment(n)} for n, (text, link) in enumerate(zip(texts, links, strict=True))
    ]
    (tmp_path / "links.json").write_text(json.dumps(rows), "utf-8")
    (tmp_path / "b.json").write_text(export({2: texts[1], 3: "Трамвай пойдёт в среду."}), "utf-8")
    (tmp_path / "number.json").write_text(export({9: texts[3], 10: "Дороги посыпали песком."}), "utf-8")
    sources = [SourceOptions(path=tmp_path / "links.json"), SourceOptions(path=tmp_path / "b.json", channel="port_b"),
               SourceOptions(path=tmp_path / "number.json")]  # fmt: skip
    for order in (sources, sources[::-1]):
        merged = merge_posts([read_source(source).posts for source in order])
        ids = {name.lower() for name in merged.kept["post_id"].to_pylist()}
        assert ids == {"port_a/1", "port_b/2", "port_b/3", "port_c/7", "1700000077/9", "1700000077/10"}
        assert merged.kept.num_rows == 6 and merged.dropped.num_rows == 2
        assert len(set(merged.kept["channel"].to_pylist())) == 4
