"""Whose a handle is, by the words around it: a channel's ("подписаться", "source") or a person's ("пишите", "author").

Nobody can tell by one mention; a channel's posts name the same handles again and again, and each mention is a vote.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from toolkit.text.telegram import strip_emoji

_NAME = r"[A-Za-z][\w.]{2,30}[A-Za-z0-9_]"
_MENTION: Final = re.compile(
    rf"(?<![\w@.])@({_NAME})(?![\w@])|(?:https?://)?(?<![\w.-])(?:t|telegram)\.(?:me|dog)/(?:s/)?([A-Za-z]\w{{3,31}})/?(?![\w+/])",
    re.ASCII,
)
_REACH: Final = 60  # letters before a handle in which a cue may stand; in the line above, likewise
_AFTER: Final = 30
_LAST_LINES: Final = 3  # in which a channel signs
_MANY: Final = 4  # handles in a line of their own: pages that share something; winners have a heading
_MAX_HEADING: Final = 60  # letters of a line that speaks of the next one without a colon
_SHARE: Final = 2  # votes for a channel that outweigh one for a person
_NAMED_SO: Final = 3  # what the name itself counts
_TEXTS: Final = 3  # posts name persons once; who is named again and again, and never as one, is none
_FAMILY: Final = 2  # channels whose names begin alike, as prog_tools and prog_point, tell what prog_stuff is

_PERSON: Final = re.compile(
    r"\b(?:(?:на|от|при)?пиш(?:и|ите|ет|у)\b|(?:на)?писать|(?:от)?писаться|обращайтесь|обращаться|обратиться"
    r"|обращени[ея]"
    r"|связ(?:ь|и|аться|ывайтесь|жит[её]сь)|контакт\w*|вопрос\w*|спр(?:ашивайте|осить|осите|оси)|ответ(?:ит|ы)\b"
    r"|автор\w*"
    r"|фото\b|фотограф\w*|съ[её]мка|видео\s?:|админ\w*|менеджер\w*|редактор\w*|редактура|перев[её]л\w*|перевод\w*"
    r"|модератор\w*"
    r"|организатор\w*|куратор\w*|преподавател\w*|ведущ\w+|спикер\w*|эксперт\w*|разработчик\w*|художни\w+|дизайнер\w*"
    r"|лс|личк\w+"
    r"|личн\w+|ко мне|у меня|мне|мой|меня зовут|заказ\w*|купить|запис(?:ь|аться|ывайтесь)|реклам\w*|сотрудничеств\w*"
    r"|победител\w*"
    r"|поздравля\w+|спасибо|благодар\w+|подписчи\w+|читател\w+|зв[оа]ни\w*|знаком\w*|друг(?:у|а|ом)?\b|коллег[аеу]\b"
    r"|жена|муж"
    r"|write|writing|ask|contact\w*|questions?|authors?|by|photos?|dm|pm|message|reach|admins?|managers?|editors?"
    r"|translators?"
    r"|translated|moderators?|developers?|designers?|artists?|me|my|myself|winners?|congratulat\w+|congrats|thank\w*"
    r"|credits?"
    r"|subscriber|order|book|hire|advertis\w+|ads|speakers?|hosts?|meet|friend|colleague|owner|maintainer)\b"
    r"|[👤✍💌📝🧑👩👨]",
    re.IGNORECASE,
)
_CHANNEL: Final = re.compile(
    r"\b(?:подпис(?:к\w*|аться|ывайтесь|ывайся)|подпиш\w+|читай(?:те)?|читать|чита(?:ем|ют)|следи(?:те)?|следить"
    r"|смотри(?:те)?|слушай(?:те)?"
    r"|вступай(?:те)?|присоединя\w+|источник\w*|канал(?:ы|е|у|ом|ах)?|чат(?:е|у|ы)?|групп[аеу]|паблик\w*|сообществ\w+"
    r"|редакци\w+"
    r"|издани\w+|проект\w*|портал\w*|сайт\w*|журнал\w*|газет\w+|медиа|агентств\w+|пресс-служб\w+|министерств\w+"
    r"|посольств\w+"
    r"|компани\w+|сервис\w*|бот\w*|магазин\w*|прислать|предложить новость|сообща(?:ет|ют)|передаёт|передает|по данным"
    r"|по информации"
    r"|via|subscribe|follow|read|join|sources?|channels?|chats?|groups?|page|community|newsletter|podcast|media|outlet"
    r"|reports?"
    r"|according to|watch|listen|more (?:at|on|in|from)|find (?:it|us|more)|updates?|official|embassy|ministry|company"
    r"|store"
    r"|support us|bots?|projects?|founded|brought to you|powered)\b|[🔔📢📣]",
    re.IGNORECASE,
)
# A name is taken for an organisation's if one of its parts is such a word.
_ORGANISATION: Final = re.compile(
    r"(?:^|_)(?:news|novosti|media|channel|kanal|chat|live|official|press|tv|radio|online|shop|store|group|club|jobs"
    r"|info"
    r"|digest|journal|magazine|school|team|support|office|emb|embassy|mid|mfa|gov|agency|city|daily|today|times|tech"
    r"|tools)"
    r"(?:_|\d|$)|(?:news|novosti|media|channel|official|online|journal|magazine|embassy|society|network|school"
    r"|university"
    r"|museum|digest|podcast|community|agency|daily|times)$|moscow|moskva|russia|^(?:rus)?emb(?=[a-z]{3})"
)
_PERSONS_NAME: Final = re.compile(
    r"(?:[A-ZА-ЯЁ][a-zа-яё]+[ \u00a0]){1,2}[A-ZА-ЯЁ][a-zа-яё]+[ \u00a0]?[(:,—–-]?[ \u00a0]?\(?"
)
_WHOSE: Final = re.compile(r"\bof (?:the |our |this |my )?(?:channel|chat|group|page)s?\b", re.IGNORECASE)
_LETTER: Final = re.compile(r"[^\W\d_]")
_NOT_SAID: Final = re.compile(r"#\w+|https?://\S+|www\.\S+")
_LABEL: Final = re.compile(r"\[([^\[\]\n]{0,80})\]\(\s*\Z")
_OPENS_REMARK: Final = re.compile(r"[*_`]{0,3}\)?\s{0,2}[(—–:-]")


class Votes(NamedTuple):
    """What mentions of a handle speak for.

    Attributes:
        person: mentions that speak for a person.
        channel: mentions that speak for a channel or an organisation.
        texts: how many texts have any.
    """

    person: int
    channel: int
    texts: int


def channels_by_words(texts: Iterable[str]) -> set[str]:
    """Return the names that are channels' or organisations' by what is said around them, and by how they are called.

    >>> sorted(channels_by_words(["Source: @harbour. Write to @some_one", "A bridge was opened.\\n\\n@port_15"]))
    ['harbour', 'port_15']
    """
    return {name for name, owner in owners_by_words(texts).items() if owner == "channel"}


def owners_by_words(texts: Iterable[str]) -> dict[str, str]:
    """Return name in lower case -> whose it is by words: a channel's, a person's, or unknown.

    >>> owners_by_words(["Source: @harbour. Write to @some_one", "Yesterday @other_one was here"])
    {'harbour': 'channel', 'other_one': 'unknown', 'some_one': 'person'}
    """
    all_votes = count_votes(texts)
    found = {name for name, votes in all_votes.items() if _is_channel(name, votes)}
    families = Counter(_family(name) for name in found)
    found |= {
        name
        for name, votes in all_votes.items()
        if not votes.person and (family := _family(name)) and families[family] >= _FAMILY
    }
    return {
        name: "channel" if name in found else "person" if votes.person else "unknown"
        for name, votes in all_votes.items()
    }


def count_votes(texts: Iterable[str]) -> dict[str, Votes]:
    """Return name in lower case -> its votes."""
    person: Counter[str] = Counter()
    channel: Counter[str] = Counter()
    n_texts: Counter[str] = Counter()
    for text in texts:
        mentions = list(_mentions(text))
        n_texts.update({name for name, _ in mentions})
        for name, verdict in mentions:
            person[name] += verdict == "person"
            channel[name] += verdict == "channel"
    return {name: Votes(person[name], channel[name], n_texts[name]) for name in sorted(n_texts)}


def _is_channel(name: str, votes: Votes) -> bool:
    for_channel = votes.channel + (_NAMED_SO if _ORGANISATION.search(name) else 0)
    if not votes.person and votes.texts >= _TEXTS:
        return True
    return for_channel > _SHARE * votes.person


def _family(name: str) -> str:
    family, _, rest = name.partition("_")
    return family if rest and len(family) >= 4 else ""


def _mentions(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the handles of a text, each with what the words around it speak for: person, channel or None."""
    if not _MENTION.search(text):
        return
    lines = [line for line in text.split("\n") if line.strip()]
    bare = [_rest(line) == "" for line in lines]
    last = len(lines) - 1
    while last > 0 and bare[last] and not _MENTION.search(lines[last]):  # hashtags, emoji
        last -= 1
    heading = ""  # the last line above that says something
    for at, line in enumerate(lines):
        found = list(_MENTION.finditer(line))
        if bare[at]:
            verdict = _verdict_of_heading(heading)
            is_signature = at > last - _LAST_LINES and len(found) < 3 and all(bare[at:])
            if verdict is None and heading and (is_signature or len(found) >= _MANY):
                verdict = None if _PERSONS_NAME.fullmatch(heading.strip()) else "channel"
            yield from ((_name(match), verdict) for match in found)
            continue
        for match in found:
            yield _name(match), _verdict_of_line(line, match)
        heading = line


def _name(match: re.Match[str]) -> str:
    return (match[1] or match[2]).lower()


def _rest(line: str) -> str:
    """Return the letters of a line that belong to no handle, hashtag or address; of a link those of its label."""
    return "".join(_LETTER.findall(_NOT_SAID.sub("", _MENTION.sub("", strip_emoji(line)))))


def _verdict_of_heading(heading: str) -> str | None:
    shown = heading.rstrip(" *_👇⬇️")
    if shown.endswith(":") or len(shown) <= _MAX_HEADING:
        return _nearest(shown[-_REACH:])
    return None


def _verdict_of_line(line: str, match: re.Match[str]) -> str | None:
    before = line[max(0, match.start() - 2 * _REACH) : match.start()]
    if label := _LABEL.search(before):
        if _PERSONS_NAME.fullmatch(label[1].strip()):
            return "person"
        before = f"{before[: label.start()]} {label[1]}"
    before = _MENTION.sub("", before)[-_REACH:]
    if any(name.end() == len(before) for name in _PERSONS_NAME.finditer(before)):
        return "person"
    after = line[match.end() : match.end() + _AFTER]
    return _nearest(before) or (_nearest(after) if _OPENS_REMARK.match(after) else None)


def _nearest(words: str) -> str | None:
    """Return what the last cue speaks for; of a person's and a channel's in the same place the person's."""
    words = _WHOSE.sub(" ", words)
    person, channel = (_last(cue, words) for cue in (_PERSON, _CHANNEL))
    if person < 0 and channel < 0:
        return None
    return "person" if person >= channel else "channel"


def _last(cue: re.Pattern[str], words: str) -> int:
    return max((match.start() for match in cue.finditer(words)), default=-1)
