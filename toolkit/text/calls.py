"""Calls to action: lines that ask readers to do something and say nothing else."""

from __future__ import annotations

import re
from typing import Final

from toolkit.text.plain import without_markup
from toolkit.text.telegram import strip_emoji

# The first that fits decides. A line of text may begin so too ("Watch the birds ..."), so what follows is bounded.
_CALLS: Final = {
    "subscribe": r"(?:подпи(?:шитесь|ш[иу]сь|сывайтесь|сывайся|саться)|подписка на|читай(?:те)? нас|читать нас|"
    r"следи(?:те)? за нами|(?:мы|наш канал) в (?:telegram|телеграм|max|vk|вк|дзен)|subscribe|sign up|follow us|"
    r"follow @|our channel|read us)",
    "join": r"(?:присоединя(?:йтесь|йся)|вступай(?:те)?|join (?:us|our|the (?:chat|channel|group|discussion)))",
    "donate": r"(?:поддерж(?:ите|ать) (?:нас|канал|редакцию|проект)|донат|помочь редакции|donate|support (?:us|our))",
    "comment": r"(?:обсудить|обсуждаем|комментируйте|"
    r"(?:(?:на)?пишите|(?:по)?делитесь|расскажите|жд[её]м)\b.{0,30}\bв комментари|"
    r"оставляйте (?:мнени|комментари)|comment below|leave a comment|tell us in the comments|discuss\b)",
    "share": r"(?:подел(?:итесь|ись)|перешли(?:те)?|отправь(?:те)? друзьям|share (?:this|with|it)|forward this)",
    "contact": r"(?:(?:на)?пиши(?:те)? (?:нам|в|на|боту)|пришлите (?:нам|новость|фото)|прислать новость|"
    r"предложить новость|задать вопрос|связаться с нами|звоните|write to us|contact us|email us|send us|call us)",
    "read": r"(?:чита(?:йте|й|ть) (?:также|полностью|подробн|дал[ьее]|больше|весь|на сайте|по ссылке|материал)|"
    r"подробн(?:ее|ости)(?:\s|:|$|\.)|полный текст|полностью\b|далее на|узнать больше|"
    r"read (?:in full|more|the full|full|also|on our)|full (?:text|story|transcript|article)|learn more|find out more|"
    r"(?:more )?details (?:here|at|on|in)\b)",
    "watch": r"(?:смотри(?:те)? (?:также|полностью|видео|трансляци|прям|онлайн|запись|на|по)|полное видео|"
    r"watch (?:in full|live|the (?:full|video|broadcast|stream)|here|on|now)|full video|live stream)",
    "listen": r"(?:слушай(?:те)? (?:нас|подкаст|полностью|на|в|эфир)|listen (?:to (?:the|our)|in full|here|on|now))",
}
_CALL = re.compile("|".join(f"(?P<{kind}>{start})" for kind, start in _CALLS.items()), re.IGNORECASE)
# The first three letters of all of them. Most lines begin with others, and need no closer look.
_STARTS: Final = frozenset(
    (
        *(
            "под",
            "чит",
            "сле",
            "мы ",
            "наш",
            "sub",
            "sig",
            "fol",
            "our",
            "rea",
            "при",
            "вст",
            "joi",
            "дон",
            "пом",
            "don",
        ),
        *(
            "sup",
            "обс",
            "ком",
            "нап",
            "пиш",
            "дел",
            "рас",
            "жде",
            "ждё",
            "ост",
            "com",
            "lea",
            "tel",
            "dis",
            "пер",
            "отп",
        ),
        *(
            "sha",
            "for",
            "пре",
            "зад",
            "свя",
            "зво",
            "wri",
            "con",
            "ema",
            "sen",
            "cal",
            "пол",
            "дал",
            "узн",
            "ful",
            "fin",
        ),
        *("mor", "det", "смо", "wat", "liv", "слу", "lis"),
    )
)
_BEGINS = re.compile("[A-Za-zА-Яа-яЁё]{2}[A-Za-zА-Яа-яЁё ]")
_EDGE = re.compile(r"^[\W_]+")
_MAX_LETTERS: Final = 90  # a longer line tells something besides
_ABOUT_THE_POST: Final = frozenset({"read", "watch", "listen"})


def find_calls(text: str) -> list[str]:
    r"""Return what the lines of a text ask for, in order.

    Returns:
        For each such line one of subscribe, join, donate, share, comment, contact, read, watch, listen.

    >>> find_calls("The bridge is open.\n👉 Read in full\n\n🔔 Подписывайтесь на наш канал")
    ['read', 'subscribe']
    """
    return [call for line in text.split("\n") if (call := call_of(line))]


def call_of(line: str) -> str | None:
    """Return what a line asks for; None if it says something."""
    begins = _BEGINS.match(line)
    if begins and begins[0].lower() not in _STARTS:
        return None
    shown = _EDGE.sub("", without_markup(strip_emoji(line)))
    match = _CALL.match(shown)
    return match.lastgroup if match and len(shown) <= _MAX_LETTERS else None


def is_about_the_channel(line: str) -> bool:
    """Tell whether a line may be a channel's signature: a call to read the rest belongs to its post.

    >>> is_about_the_channel("Read in full"), is_about_the_channel("Subscribe")
    (False, True)
    """
    return call_of(line) not in _ABOUT_THE_POST
