"""Words of Ukrainian, Belarusian, Bulgarian, Serbian and Macedonian that Russian lacks, in letters that Russian has.

A headline of five words has few letters of its own and is soon taken for Russian in a channel of Russian posts; one
such word shows that it is not. These are function words, what grammar ends words with (articles, infinitives, cases),
and spellings: `лн` for `льн`, `чы` for `чи`. Chosen by hand in December 2026, many from lists of frequent words; what
is not rare in Russian was left out, by the 2.9 million words that `benchmarks/russian_runs.py` counts and 300,000 of
Russian posts and news.
"""

from __future__ import annotations

import re
from typing import Final

SURE: Final = 2
LIKELY: Final = 1

# By the language in which they are most frequent; many are words of several.
_WORDS: Final = {
    "bg": (
        "ако беше било бяха вашата вашите вече вие вижте винаги време времето всеки всички всяка ги години големи "
        "голям голяма група двама двете деня дете днес дните добри дори доста други друго един една едно живота "
        "заедно започва заради затова защо защото изглежда използва има имаат имам имаме имат имаш имаше името "
        "искам казва каква какви какво както като кога когато което кои които кой който колко колкото коя "
        "която лв лесно малко месеца минути могат може място наистина най нали начин нашата нашите нека нема неща "
        "нещо никога никой нито нищо нови някои някой няколко няма обаче община означава освен отново още повече "
        "помощ поне последните прави преди през работата работи са своите своята се сега седмица сигурност след "
        "сме според спрямо среща срещу сряда става страната тази така такава такива тези това тогава този толкова "
        "трима трите трябва тях тяхната утре хора хората цялата част че често човек ще "
    ),
    "sr": (
        "баш био бити бих велики веома вест више врло главни године годину дакле данас двоје добио док државе "
        "зашто због значи иако имали имао имати ипак исправите испред исто кад када каже како као колико користи "
        "кроз можда након наравно неки неколико нешто неће никада нису ништа није нова нове новог ова овај овде "
        "ове овим ово овог овом од одмах онда општине осим поново поред посао потпуно прва први прво преко према "
        "рекао републике сваки сви свим свих сматра смо становника ствари сте сутра тада тако тешко тог тога "
        "током толико треба троје увек уз уместо унесите управо црква четири шта њих ће "
    ),
    "mk": (
        "ама бидат биде биле внесете врз дека денес денеска деца додека еден едни затоа зошто колку малку многу "
        "можам можат можеби некои нив никогаш ниту оваа овие околу оние откако помош поради потоа преку секогаш "
        "секој сепак сите сум таа таму тие тоа тогаш толку тука уште што "
    ),
    "uk": (
        "або але багато березня бо був буде будуть була були було бути варто вересня вже вони воно вперше від "
        "гривень грн двох досить жителів жодного завдяки завжди знову зокрема зробити його йому кожен краще липня "
        "лише людина людини лютого майже можна можуть новий новим нових однак отримав перший початку проти "
        "протягом під разом робити роботи роботу роках роки року років саме свого серед серпня таке такий також "
        "тисяч тобто травня трохи хто хтось це цей цим цих цю ця частина чи чого чому швидко що щоб щось як яка "
        "яке який яким яких якого якому яку якщо "
    ),
    "be": (
        "аб адна больш будзе былі быў вады вельмі гадоў горад горадзе гораду гэта гэтага гэтай гэты гэтым гэтых "
        "дзве дзе дзеля дзень каб каля калі людзей людзі менш можа новае новы пад пасля пра праз пры свае сёння "
        "таксама толькі ужо усе яго яе якая якое які якіх якія яна яны ён "
    ),
}
# Of words that are longer than them. Russian has -ность, -льно and -ские for -ност, -лно and -ски.
_ENDINGS: Final = {
    "bg": (
        "ът ият ията ството ските ската ското ното цата щата остта ците иите ждат яват наха ваха ваме ване хме ност ци "
        "лно лни нски мври зва ето"
    ),
    "sr": "ног вог ког шио чио гао као шао сао мао рао вао тао дао лао шта ште амо исмо",
    "mk": "ниот виот киот лиот мот аат ува еше огаш увам",
    "uk": "ння нням ття ють увати ювати ували ював ував муть лося лася лися тися ити вся ього ьому вих жуть",
    "be": "цца ць дзь ыя скага нага скаму наму скае нае нню",
}
_SPELLINGS: Final = re.compile("ъ[бвгджзйклмнпрстфхцчшщ]|[чжш]ы|шч|[сцз]ьк|ць|[аеиу]лн|лств|лск|йшл|йшов|ьо[гмх]|рпск")
# Ten times, not hundreds of times, as frequent as in Russian.
_LIKELY_WORDS: Final = "али во ви го да е ми мора ни па си со су та ти"
_LIKELY_ENDINGS: Final = ("ага", "ае", "ака", "ата", "ати", "ени", "имо", "ите", "ото")
# Russian for all that, names among them; "само" is half of "само собой".
_NOT_MEANT: Final = (
    "вето гаити диване динамо ереване китаец кеше лето ливане лодзь макао милански нити ницца парето пират пицца полно "
    "само сваха сити тайване тамо тува хотите эмират язва"
)
# Frequent in Russian, and in none of the others.
_RUSSIAN: Final = (
    "ведь вместо его ее её если еще ещё их когда который которая которого которых кто лишь между никто ничего очень "
    "после сегодня сейчас себя также теперь тогда уже чего через что чтобы эти это этого этой этом этот"
)

_SURE_WORDS: Final = frozenset(" ".join(_WORDS.values()).split())
_SURE_ENDINGS: Final = tuple(" ".join(_ENDINGS.values()).split())
_OTHER_WORDS: Final = frozenset(_LIKELY_WORDS.split())
_EXCEPTIONS: Final = frozenset(_NOT_MEANT.split())
_RUSSIAN_WORDS: Final = frozenset(_RUSSIAN.split())


def foreignness(word: str) -> int:
    """Return how surely a word is one of the neighbours' and not of Russian: SURE, LIKELY or 0.

    Args:
        word: in small letters.

    >>> foreignness("също"), foreignness("градът"), foreignness("къща"), foreignness("новината"), foreignness("дом")
    (2, 2, 2, 1, 0)
    """
    if word in _SURE_WORDS:
        return SURE
    if word in _EXCEPTIONS:
        return 0
    if (len(word) > 3 and word.endswith(_SURE_ENDINGS)) or _SPELLINGS.search(word):
        return SURE
    return LIKELY if word in _OTHER_WORDS or (len(word) > 4 and word.endswith(_LIKELY_ENDINGS)) else 0


def is_russian_only(word: str) -> bool:
    """Return whether a frequent word of Russian is in none of its neighbours.

    >>> is_russian_only("если"), is_russian_only("по")
    (True, False)
    """
    return word in _RUSSIAN_WORDS
