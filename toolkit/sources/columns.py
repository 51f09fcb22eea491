"""What the columns of a foreign table mean: names in English and Russian."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from toolkit.errors import OptionError
from toolkit.sources.source import Row, Source
from toolkit.sources.values import is_nothing

_AGAIN: Final = re.compile(r"#\d+$")  # as `apart` marks a name
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
        *("channel_username", "channel", "channel_name", "channel_id", "chat"),
        *("канал", "имя_канала", "id_канала", "чат"),
    ),
    "channel_title": ("channel_title", "название_канала"),
    "headline": ("headline", "title", "post_title", "заголовок", "название"),
    "date": (
        *("date", "date_utc", "datetime", "timestamp", "published_at", "created_at", "time"),
        *("дата", "дата_публикации", "дата_и_время", "дата_время", "время_публикации", "опубликовано", "время"),
    ),
    "time": ("time", "время", "время_публикации"),
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
    return any(_plain(_AGAIN.sub("", name)) in _NAMES["text"] for name in names)


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


def map_columns(source: Source, names: list[str], rows: Sequence[Row]) -> dict[str, str]:
    """Return our name -> the table's name, from the option first, then for obvious names.

    Of several columns of one meaning the most obvious is taken, or one with at least twice as many values, and the
    others are noted. `time` is there only beside `date`.

    Args:
        source: the table.
        names: of its columns, as `apart` leaves them.
        rows: that can be read.

    Raises:
        SourceError: if no column has texts, or two of one name have different values.
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
    given = set(columns)
    for ours in _NAMES:
        found = [name for name in _called(ours, names) if name not in columns.values()]
        if found and ours not in given:
            columns[ours] = _best(source, ours, found, rows)
    if "text" not in columns:
        what, fix = no_text_column(names, next((row for row in rows if row), {}))
        raise source.error(what, fix=fix)
    if "date" not in columns and "time" in columns:
        columns["date"] = columns.pop("time")  # with the date in it
    return _with_headline(source, columns, rows, is_given="headline" in given)


def _called(ours: str, names: list[str]) -> list[str]:
    """Return the columns that are called as ours may be, the most obvious first."""
    by_plain: dict[str, list[str]] = {}
    for name in names:
        by_plain.setdefault(_plain(_AGAIN.sub("", name)), []).append(name)
    return [name for obvious in _NAMES[ours] for name in by_plain.get(obvious, ())]


def _best(source: Source, ours: str, found: list[str], rows: Sequence[Row]) -> str:
    """Return the column to take for ours, and note the others."""
    if len(found) == 1:
        return found[0]
    filled = {name: sum(not is_nothing(row.get(name)) for row in rows) for name in found}
    best = found[0]
    for name in found[1:]:
        best = name if filled[name] >= 2 * filled[best] and filled[name] else best
    for name in found:
        if name == best or not any(_differ(row.get(best), row.get(name)) for row in rows):
            continue
        first, second = sorted((best, name), key=found.index)
        if _AGAIN.sub("", first) == _AGAIN.sub("", second):
            raise source.error(
                f"has the column {first!r} twice, with different values",
                fix=f"Rename one, or name the one to read: --column {ours}={first} or {ours}={second}",
            )
        if ours != "channel":  # of which a table may well have handle, number and title
            source.note(
                f"the columns {first!r} and {second!r} can both be {ours}, and {best!r} is taken; "
                f"name another with --column {ours}={name}"
            )
    return best


def _differ(one: object, other: object) -> bool:
    return not is_nothing(one) and not is_nothing(other) and one != other


def _with_headline(source: Source, columns: dict[str, str], rows: Sequence[Row], *, is_given: bool) -> dict[str, str]:
    """Tell headlines from titles of channels, which are the same in all posts of one."""
    name = columns.get("headline")
    if name is None or is_given:
        return columns
    channel = columns.get("channel")
    titled = [row for row in rows if not is_nothing(row.get(name))]
    titles = {(repr(row.get(channel)) if channel else "", repr(row.get(name))) for row in titled}
    is_title = len(titled) > 1 and len(titles) == len({of_channel for of_channel, _ in titles})
    if is_title and len(titles) < len(titled):
        del columns["headline"]
        return {"channel_title": name} | columns
    if titled:
        source.note(
            f"the column {name!r} is read as headlines, which are the first lines of the texts; "
            f"if it has titles of channels, say --column channel_title={name}"
        )
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
