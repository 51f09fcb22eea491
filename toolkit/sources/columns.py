"""What the columns of a foreign table mean: names in English and Russian."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from toolkit.errors import OptionError
from toolkit.sources.source import Source

# Names that a column may have without being mapped, best first; as `_plain` writes them.
_NAMES: Final = {
    "text": (
        *("text", "message", "body", "post_text", "message_text", "content"),
        *("текст", "текст_поста", "текст_сообщения", "текст_публикации", "текст_новости", "сообщение", "содержание"),
    ),
    "post_id": (
        *("post_id", "message_id", "msg_id", "id"),
        *("id_поста", "id_сообщения", "номер_поста", "номер_сообщения", "ид", "номер"),
    ),
    "channel": (
        *("channel", "channel_username", "channel_name", "channel_id", "chat"),
        *("канал", "имя_канала", "id_канала", "чат"),
    ),
    "channel_title": ("channel_title", "title", "название_канала"),
    "date": (
        *("date", "date_utc", "datetime", "timestamp", "published_at", "created_at", "time"),
        *("дата", "дата_публикации", "дата_и_время", "дата_время", "время_публикации", "опубликовано", "время"),
    ),
    "edited": ("edited", "edit_date", "изменено", "отредактировано", "дата_изменения"),
    "lang": ("lang", "language", "язык"),
    "forwarded_from": ("forwarded_from", "fwd_from", "переслано_из", "переслано_от"),
    "reply_to": ("reply_to", "reply_to_msg_id", "ответ_на"),
    "permalink": ("permalink", "url", "link", "ссылка", "ссылка_на_пост", "ссылка_на_сообщение"),
    "views": ("views", "view_count", "просмотры", "просмотров", "количество_просмотров", "число_просмотров"),
    "reactions": ("reactions", "реакции"),
    "media": ("media", "медиа", "вложения"),
}


def names_a_text(names: Iterable[str]) -> bool:
    """Tell whether one of the names is that of a column of texts."""
    return any(_plain(name) in _NAMES["text"] for name in names)


def apart(names: list[str]) -> list[str]:
    """Return the names of columns with a mark on those that were there before, so that none hides another.

    >>> apart(["id", "text", "date", "text", "text"])
    ['id', 'text', 'date', 'text#2', 'text#3']
    """
    seen: Counter[str] = Counter()
    marked = []
    for name in names:
        seen[name] += 1
        marked.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return marked


def map_columns(source: Source, names: list[str], example: Mapping[str, Any]) -> dict[str, str]:
    """Return our name -> the table's name, from the option first, then for obvious names.

    Args:
        source: the table.
        names: of its columns.
        example: a row.

    Raises:
        SourceError: if no column has texts.
        OptionError: if the option names a column that is not there.
    """
    columns = dict(source.options.columns or {})
    for ours, theirs in columns.items():
        if ours not in _NAMES:
            raise OptionError(f"columns: there is no {ours!r}; ours are {', '.join(_NAMES)}", where=source.options.path)
        if theirs not in names:
            raise OptionError(
                f"columns: there is no column {theirs!r}; the table has {', '.join(names)}", where=source.options.path
            )
    by_plain = {_plain(name): name for name in reversed(names)}
    for ours, obvious in _NAMES.items():
        found = next((by_plain[name] for name in obvious if name in by_plain), None)
        if found and ours not in columns and found not in columns.values():
            columns[ours] = found
    if "text" not in columns:
        what, fix = no_text_column(names, example)
        raise source.error(what, fix=fix)
    return columns


def no_text_column(names: list[str], example: Mapping[str, Any]) -> tuple[str, str]:
    """Return what to say of a table without a column of texts, and what to do: the longest value may be a text."""
    guess = max(names, key=lambda name: len(str(example.get(name) or "")), default="NAME")
    option = f"text={guess}" if re.fullmatch(r"[\w.-]+", guess) else f"'text={guess}'"
    return (
        f"is a table without a column that is called as texts are; its columns are {', '.join(names) or 'none'}",
        f"Name the column with the texts, as in: --column {option}",
    )


def _plain(name: str) -> str:
    """Return a name in one spelling.

    >>> _plain(" Message ID"), _plain("Текст_поста")
    ('message_id', 'текст_поста')
    """
    return re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_").replace("ё", "е")
