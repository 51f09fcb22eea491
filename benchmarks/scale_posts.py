"""Posts for `scale.py`: two channels that say the same in Russian and English, out of parallel sentences."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

START: Final = datetime(2018, 1, 1, tzinfo=UTC)
ITEMS_A_DAY: Final = 400
CHANNELS: Final = {"ru": "ru_news", "en": "en_news"}
# Of the items, .7 are in both languages, .15 in Russian and .15 in English alone; .05 of the posts come back, edited.
ALONE: Final = 0.15
COPIED: Final = 0.05
ADDED: Final = {"ru": " Обновлено.", "en": " Updated."}

CONFIG: Final = """\
release: {name: scale, version: 1.0.0, title: Generated, description: Generated posts, license: cc0-1.0,
          license_note: made, contact: nobody, notes: none}
sources:
  - {path: ru.jsonl, channel: ru_news, rights: made, slant: none}
  - {path: en.jsonl, channel: en_news, rights: made, slant: none}
"""


@dataclass(frozen=True)
class Post:
    """A post.

    Attributes:
        lang: its channel's.
        number: in its channel.
        date: of the post.
        text: a sentence a line.
        pair: number of the post in the other channel that says the same, of the second of the two; 0: none.
    """

    lang: str
    number: int
    date: datetime
    text: str
    pair: int = 0


def read_sentences(pairs: Path) -> list[dict[str, str]]:
    """Return the pairs of a Parquet file with columns `ru` and `en` that are neither short nor long."""
    rows = pq.read_table(pairs, columns=["ru", "en"]).slice(0, 400_000).to_pylist()
    return [row for row in rows if all(25 < len(text) < 300 for text in row.values())]


def make_posts(sentences: list[dict[str, str]], posts: int) -> Iterator[Post]:
    """Yield posts; fewer of them are the first ones of more."""
    generator, counts, item = random.Random(7), {"ru": 0, "en": 0}, 0

    def post(lang: str, said: list[dict[str, str]], hours: float, pair: int = 0, added: str = "") -> Post:
        counts[lang] += 1
        date = START + timedelta(days=item / ITEMS_A_DAY, hours=hours)
        return Post(lang, counts[lang], date, "\n".join(one[lang] for one in said) + added, pair)

    def posts_of_item() -> Iterator[Post]:
        said = [generator.choice(sentences) for _ in range(generator.randint(2, 10))]
        place, copied, delay = generator.random(), generator.random(), generator.randint(1, 600) / 60
        first = None
        if place < 1 - ALONE:
            first = post("ru", said, 0)
            yield first
        if place > ALONE:
            yield post("en", said, delay, first.number if first else 0)
        if copied < COPIED:
            lang = "ru" if first else "en"
            yield post(lang, said, delay + 3, added=ADDED[lang])

    made = 0
    while True:
        item += 1
        for one in posts_of_item():
            if made == posts:
                return
            made += 1
            yield one


def write_posts(folder: Path, sentences: list[dict[str, str]], posts: int, skipped: int = 0) -> Path:
    """Write a run config, its two sources, and `gold.tsv` with the pairs; return the config.

    Args:
        folder: for all of them.
        sentences: of `read_sentences`.
        posts: that there are.
        skipped: of them, so many of the first ones are not in the sources.
    """
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        files = {lang: stack.enter_context(open(folder / f"{lang}.jsonl", "w", encoding="utf-8")) for lang in CHANNELS}
        gold = stack.enter_context(open(folder / "gold.tsv", "w", encoding="utf-8"))
        for number, post in enumerate(make_posts(sentences, posts)):
            if post.pair:
                gold.write(f"{CHANNELS['ru']}/{post.pair}\t{CHANNELS['en']}/{post.number}\n")
            if number >= skipped:
                row = {"id": post.number, "date": f"{post.date:%Y-%m-%dT%H:%M:%SZ}", "text": post.text}
                files[post.lang].write(json.dumps(row, ensure_ascii=False) + "\n")
    config = folder / "run.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    return config


def write_export(path: Path, sentences: list[dict[str, str]], posts: int) -> None:
    """Write an export of Telegram Desktop, `result.json`, of one channel."""
    head = {"name": "News", "type": "public_channel", "id": 1000000001}
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(head, indent=1)[:-2] + ',\n "messages": [\n')
        for number, post in enumerate(make_posts(sentences, posts), 1):
            message = {
                "id": number,
                "type": "message",
                "date": f"{post.date:%Y-%m-%dT%H:%M:%S}",
                "date_unixtime": str(int(post.date.timestamp())),
                "from": "News",
                "from_id": "channel1000000001",
                "text": post.text,
                "text_entities": [{"type": "plain", "text": post.text}],
            }
            file.write(",\n" * (number > 1) + json.dumps(message, ensure_ascii=False, indent=1))
        file.write("\n ]\n}\n")
