"""Split a post into sentences: lines first, then what posts do between sentences, then razdel (Kukushkin 2018).

razdel's rules are made for Russian prose and are the best small ones for English too; they know nothing of emoji,
hashtag blocks and "<...>", nor of a few abbreviations, which are mended here.
"""

from __future__ import annotations

import re
from typing import Final

from razdel import sentenize

from toolkit.text.telegram import EMOJI, TAG_LETTER

_OMISSION = r"<\s?(?:\.{2,3}|…)\s?>"
_RULE = r"\*{3,}|[-_—=]{3,}|(?:\* ){2,}\*"
_OWN_SEGMENT = re.compile(rf"({_OMISSION}(?!\s*[a-zа-яё])|(?:^|(?<=\s))(?:{_RULE})(?=\s|$))")
_INLINE_BULLET = re.compile(r"\s+(?=[•●▪◾‣]\ufe0f? ?\w)")
_HASHTAG_BLOCK = re.compile(rf"(?:(?<=[.!?…»”\"')])|(?=\s+#\S+\s+#))(?:\s+#{TAG_LETTER}+)+")
# "... of the ministry.The second ...", but no names of sites, and see _split_glued.
_GLUED = re.compile(r"(?<=[a-zа-яё]{3}[.!?])(?=[A-ZА-ЯЁ][a-zа-яё])(?!(?:Com|Info|Net|Org|Ru|Рф|Tv)\b)")
_OPEN, _CLOSE = re.compile("[«“„]"), re.compile("[»”]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_WORD = re.compile(r"\w+")
_UPPER_NEXT = re.compile(r"\s*[«“\"'(\[]?[A-ZА-ЯЁ]")

# Before these a full stop ends an abbreviation, whatever follows.
_TITLES: Final = {
    "en": re.compile(
        r"(?:^|\W)(?:Mr|Mrs|Ms|Messrs|Dr|Prof|Gen|Col|Lt|Capt|Maj|Sgt|Adm|Sen|Rep|Gov|Amb|Hon|Rev|St|Mt)\.$"
    ),
    "ru": re.compile(r"(?:^|\W)(?:[Гг]-н|[Гг]-жа|[Пп]рим|[Тт]ов|[Сс]в|[Пп]роф|[Аа]кад|[Гг]ен|[Пп]олк)\.$"),
}
_BEFORE_NUMBER = re.compile(
    r"(?:^|\W)(?:Nos?|Art|Sec|Vol|Figs?|pp?|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Рис|Ст)\.$"
)
# After an abbreviation these words, with a capital, can only begin a sentence ("в 1945 г. Он ...").
_OPENERS: Final = {
    "en": re.compile(
        r"(?<=[a-z]\.|[A-Z]\.)\s+(?=(?:The|This|That|These|It|He|She|We|They|In|On|At|But|And|However|There|His|Our)\s)"
        r"|(?<=\bno\.)\s+(?=[A-Z])"
    ),
    "ru": re.compile(
        r"(?<=[а-яё]\.)\s+(?=(?:Он|Она|Они|Оно|Мы|Вы|Это|Этот|Эта|Эти|В|Во|На|С|По|При|Для|За|Из|К|От|И|А|Но|Однако|"
        r"Также|Так|После|Кроме|Затем|Тогда|Если|Когда|Как|Его|Её|Ее|Их|Все|Всё)\s)"
    ),
}
_ABBREVIATION: Final = {
    "en": re.compile(r"(?:\b(?:[A-Z]\.){2,}|\b(?:[ap]\.m|etc|Inc|Ltd|Co|Corp|Jr|Sr|no)\.)$"),
    "ru": re.compile(r"\b(?:гг?|вв?|т\. ?[дпкн]|др|пр|руб|коп|тыс|млн|млрд|долл|см|км|кг|чел|н\. ?э)\.$"),
}


def split_sentences(text: str, lang: str) -> list[str]:
    """Split a text into segments, in order; without their white space they are the text without its white space.

    A line end always ends a segment. "<...>", a line of asterisks and a block of hashtags after a sentence are
    segments of their own; an emoji between sentences and a bullet belong to the sentence that follows.

    Args:
        text: a post or a part of one; an empty line is no segment.
        lang: ru | en, for the abbreviations.

    >>> split_sentences("Talks went on for two days ☝️ It is a start. <...> Mr. Smith left. #News #UN", "en")
    ['Talks went on for two days', '☝️ It is a start.', '<...>', 'Mr. Smith left.', '#News #UN']
    >>> split_sentences("• Школу открыли в 1945 г. Он там учился.\\n***", "ru")
    ['• Школу открыли в 1945 г.', 'Он там учился.', '***']
    """
    return [segment for line in text.split("\n") for segment in _split_line(line, lang)]


def _split_line(line: str, lang: str) -> list[str]:
    segments: list[str] = []
    for number, part in enumerate(_OWN_SEGMENT.split(line)):
        if number % 2:
            segments.append(part)
        elif part.strip():
            segments.extend(_split_prose(part, lang))
    return segments


def _split_prose(text: str, lang: str) -> list[str]:
    """Split what has no omission marks; a hashtag block at its end comes off first."""
    block = [None, *_HASHTAG_BLOCK.finditer(text)][-1]  # not $, which would try every start in a long run of tags
    tags: list[str] = []
    if block is not None and text[: block.start()].strip() and not text[block.end() :].strip():
        text, tags = text[: block.start()], [text[block.start() :].strip()]
    pieces = [piece for item in _INLINE_BULLET.split(text) for piece in _split_at_emoji(item)]
    sentences = [s.text for piece in pieces for part in _split_glued(piece) for s in sentenize(part)]
    return [*_mend(sentences, lang), *tags]


def _split_at_emoji(text: str) -> list[str]:
    """Split before an emoji that stands between two sentences, the first of which lacks its full stop.

    Flags stand before names ("talks with 🇨🇳 Beijing"), and hearts stand for verbs in short phrases.
    """
    pieces, start = [], 0
    for match in EMOJI.finditer(text):
        left, right = text[start : match.start()], text[match.end() :]
        is_between = (
            left[-1:].isspace()
            and left.rstrip()[-1:].isalnum()
            and not _FLAG.match(match.group())
            and _UPPER_NEXT.match(right)
            and len(_WORD.findall(left)) >= 3
            and len(_WORD.findall(right)) >= 3
        )
        if is_between:
            pieces.append(left)
            start = match.start()
    return [*pieces, text[start:]]


def _split_glued(text: str) -> list[str]:
    """Split where the space between two sentences got lost; inside quotes it is the name of a site or a programme."""
    pieces, start = [], 0
    for match in _GLUED.finditer(text):
        left = text[start : match.start()]
        if len(_OPEN.findall(left)) <= len(_CLOSE.findall(left)):
            pieces.append(left)
            start = match.start()
    return [*pieces, text[start:]]


def _mend(sentences: list[str], lang: str) -> list[str]:
    """Join and split again where razdel does not know an abbreviation, a bullet or an emoji."""
    title, opener, abbreviation = _TITLES[lang], _OPENERS[lang], _ABBREVIATION[lang]
    joined: list[str] = []
    pending = ""  # a beginning that waits for its sentence: "🔹 1."
    for sentence in sentences:
        sentence = f"{pending} {sentence}".strip()
        pending = ""
        if not any(map(str.isalpha, sentence)) and (not joined or any(map(str.isdigit, sentence))):
            pending = sentence
        elif joined and _belongs(sentence, joined[-1], title):
            joined[-1] = f"{joined[-1]} {sentence}"
        else:
            joined.append(sentence)
    if pending:
        joined.append(pending)
    return [part for sentence in joined for part in _split_at_openers(sentence, opener, abbreviation)]


def _belongs(sentence: str, left: str, title: re.Pattern[str]) -> bool:
    """Tell whether a "sentence" is only the rest of the one before."""
    if title.search(left) or not any(map(str.isalnum, sentence)):
        return True
    return sentence[0].isdigit() and _BEFORE_NUMBER.search(left) is not None


def _split_at_openers(sentence: str, opener: re.Pattern[str], abbreviation: re.Pattern[str]) -> list[str]:
    parts, start = [], 0
    for match in opener.finditer(sentence):
        if abbreviation.search(sentence[start : match.start()]):
            parts.append(sentence[start : match.start()])
            start = match.end()
    return [*parts, sentence[start:]]
