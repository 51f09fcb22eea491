"""Abbreviations whose full stop may not end a sentence: what each of them announces, with an example beside it.

The roles say when a capital or a digit after the stop still belongs to the sentence:

    name     always: a name or a word follows ("Dr. Hill", "ул. Мира", "т. е.")
    number   before a number, a Roman numeral or a letter ("fig. 3", "Vol. II", "табл. А")
    date     before a number or the name of a month ("нояб. 2023", "Mon. Jan. 5")
    hour     before a day, a month, a time zone or a number ("5 p.m. Moscow time"), or where the hour opens the sentence
    opener   before all but the words that begin sentences ("Baltic Corp. Chairman", but "Baltic Corp. It")
    unit     before a number ("5 руб. 20 коп.")
    year     as `unit`, and before a name while the sentence is only a date ("В 2024 г. Россия")

`tests/text/test_abbreviations.py` splits the example of every form: `{}` is the form with its stop, `|` a border.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Role = Literal["name", "number", "date", "hour", "opener", "unit", "year"]


class Abbreviations(NamedTuple):
    """Abbreviations of one role.

    Attributes:
        role: see above.
        forms: separated by spaces, small, without the last stop; inner stops stay ("p.m").
        whole: a sentence that is not split.
        parted: sentences that are, "" for those that never end one.
        after_number: a form of the same letters has another role where no number stands before it.
    """

    role: Role
    forms: str
    whole: str
    parted: str = ""
    after_number: bool = False


TABLE: Final = (
    # English
    Abbreviations("name", "mr mrs ms messrs dr prof gen col lt capt maj sgt cpl adm cmdr", "We met {} Hill at noon."),
    Abbreviations("name", "sen rep gov amb hon rev fr sr pres supt insp det", "It was {} Hill who spoke."),
    Abbreviations("name", "st mt", "They live near {} Helens now.", ""),
    Abbreviations("name", "e.g i.e vs cf viz approx dept univ assn natl intl", "See {} Boston for more."),
    Abbreviations("number", "no nos fig figs vol vols ch chap", "It is {} 3 in the list.", "Look at the {}|It is old."),
    Abbreviations("number", "art arts sec sect p pp ed eds", "See {} 12 of it.", "He found his {}|They paid."),
    Abbreviations("number", "eq eqs bk pt nr", "See {} II for more.", "He has one {}|It is small."),
    Abbreviations(
        "date", "jan feb mar apr jun jul aug sep sept oct nov dec", "On {} 5 it ended.", "It was {}|We left."
    ),
    Abbreviations(
        "date", "mon tue tues wed thu thur thurs fri sat sun", "It is on {} Jan. 5.", "He came on {}|We left."
    ),
    Abbreviations("hour", "a.m p.m", "The ship leaves at 5 {} Moscow time.", "We left at 5 {}|They stayed."),
    Abbreviations(
        "opener",
        "inc corp ltd co llc plc bros jr esq ph.d b.a m.a m.d",
        "Oak {} Chairman Hill left.",
        "He left Oak {}|It was sold.",
    ),
    Abbreviations(
        "opener",
        "ave blvd rd sq hwy calif fla conn tenn mich minn ariz okla",
        "He is at Elm {} Park now.",
        "He lives on Elm {}|The house is old.",
    ),
    Abbreviations("opener", "al", "As Hill et {} Boston team wrote.", "It is by Hill et {}|The rest is new."),
    Abbreviations("unit", "etc kg km cm mm ft oz lb lbs mph sq.m", "Take nets, 5 {} 20 hooks.", "Nets, 5 {}|We left."),
    # Russian: before names
    Abbreviations(
        "name",
        "г-н г-жа г-да гр тов проф акад доц асс асп канд к.т.н к.п.н чл.-корр член-корр",
        "Лекцию прочтёт {} Петрова.",
    ),
    Abbreviations("name", "подполк лейт адм мл нач зам зав врио и.о вр.и.о", "Прибыл {} Иванов."),
    Abbreviations("name", "св прп ред сост авт реж худ муз комп корр дир деп пред", "Издание {} Петрова вышло."),
    Abbreviations("name", "ул просп пр-т пер пл наб бул бульв б-р пр-д туп мкр р-н", "Дом на {} Мира снесли."),
    Abbreviations("name", "пос дер респ оз о а х рп пгт ж.д обл", "Это {} Заречье на карте."),
    Abbreviations("name", "т.е т.к т.н напр ср прим т.о м.б", "Он был, {} Волга текла мимо."),
    Abbreviations("name", "яп кит лат фр франц нем англ рус итал исп греч укр бел евр араб", "По {} Амур так."),
    Abbreviations("name", "гос юр физ юж сев зап вост внутр", "Это {} Служба порта."),
    Abbreviations("name", "дж вс ал эд ю", "Пьесу {} Мейерхольда сняли."),
    Abbreviations("name", "откр п пп ч ст стр д к корп оф кв лит пом с т м р см факс г в л ш", "Это {} Заря на карте."),
    Abbreviations("opener", "им тел ген полк гор букв сцен мин пр", "Это порт {} Ушакова.", "Мы помогли {}|Они ушли."),
    # ... before numbers
    Abbreviations(
        "number",
        "рис табл гл разд вып илл ил прил чч абз подп схем черт фиг",
        "Это видно на {} 3 книги.",
        "Он открыл {}|Мы ушли.",
    ),
    Abbreviations("number", "каб эт ауд ком комн под ок", "Зайдите в {} 12 завтра.", "Он ищет {}|Мы ушли."),
    Abbreviations(
        "date",
        "янв фев февр мар апр июн июл авг сен сент окт ноя нояб дек",
        "Это было 9 {} 2023 года.",
        "Это было 9 {}|Мы ушли.",
    ),
    Abbreviations("date", "пн вт чт пт сб", "Порт открыт в {} 5 мая.", "Порт закрыт в {}|Мы ушли."),
    # ... after numbers
    Abbreviations("hour", "ч час мин сек", "Поезд ушёл в 17 {} МСК вчера.", "Он ждал 20 {}|Мы ушли.", True),
    Abbreviations(
        "year", "г гг в вв", "В 1941 {} Россия сражалась.", "Этот старый мост построили в 1941 {}|Мы его помним.", True
    ),
    Abbreviations(
        "unit",
        "тыс млн млрд трлн руб коп р долл дол проц чел шт экз га куб барр",
        "Это 5 {} 20 штук.",
        "Он отдал 5 {}|Мы ушли.",
        True,
    ),
    Abbreviations(
        "unit",
        "кг гр мг т ц м км см мм дм л мл кв кв.м куб.м кв.км сут мес нед л.с",
        "Это 5 {} 20 штук.",
        "Он взял 5 {}|Мы ушли.",
        True,
    ),
    Abbreviations(
        "unit", "с стр п пп ст д эт каб оф к гл рис табл ч.т", "Это 5 {} 20 штук.", "Он взял 5 {}|Мы ушли.", True
    ),
    Abbreviations("unit", "т.д т.п др проч", "Там сети, якоря и {} 5 мая.", "Там сети, якоря и {}|Мы ушли."),
    Abbreviations("unit", "н.э р.х с.г с.ш ю.ш в.д з.д у.е т.г", "Это 5 {} 20 штук.", "Это было в 5 {}|Мы ушли."),
)


def _roles(after_number: bool) -> dict[str, Role]:
    return {form: row.role for row in TABLE if row.after_number is after_number for form in row.forms.split()}


_ROLES: Final = _roles(False)
_ROLES_AFTER_NUMBER: Final = {**_ROLES, **_roles(True)}


def role_of(form: str, after_number: bool) -> Role | None:
    """Return what an abbreviation announces; None for a word that is none.

    Args:
        form: small letters, without the last stop and without spaces.
        after_number: whether a number stands before it.

    >>> role_of("см", True), role_of("см", False), role_of("ship", False)
    ('unit', 'name', None)
    """
    return (_ROLES_AFTER_NUMBER if after_number else _ROLES).get(form)
