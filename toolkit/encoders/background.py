"""What the cosine of unrelated text is, for any encoder: measured on a few sentences of our own.

A transformer may give two unrelated sentences a cosine of .75 and a static model -.02. Stages that need a threshold
work in standard deviations above this background, so that one default serves every encoder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

RUSSIAN: Final = (
    "В воскресенье в городском парке откроется выставка старинных часов.",
    "Министр обсудил с коллегами поставки зерна и удобрений на будущий год.",
    "Сборная проиграла со счётом 1:3 и завершила выступление на турнире.",
    "Учёные обнаружили на дне озера следы древнего извержения вулкана.",
    "Из-за снегопада задержаны одиннадцать рейсов, пассажирам выдают горячее питание.",
    "Цена барреля нефти впервые с марта опустилась ниже 70 долларов.",
    "Кошка спит на подоконнике и не обращает внимания на дождь.",
    "Новый закон обязывает магазины принимать пустые бутылки.",
    "Посольство напоминает, что приём граждан ведётся по предварительной записи.",
    "Режиссёр рассказал, почему снял фильм без единого диалога.",
    "В больнице скончался водитель автобуса, попавшего в аварию на мосту.",
    "Подпишитесь на наш канал, чтобы не пропустить прямую трансляцию.",
    "Команда врачей провела первую в области пересадку печени ребёнку.",
    "Переговоры о перемирии продлятся до конца недели.",
    "Для теста нужны мука, два яйца, щепотка соли и стакан молока.",
    "Пожар на складе тушили всю ночь, пострадавших нет.",
    "Центральный банк сохранил ключевую ставку на прежнем уровне.",
    "Она выучила португальский за год, слушая радио.",
    "Археологи нашли берестяную грамоту с жалобой на соседа.",
    "Школьники посадили вдоль дороги триста молодых лип.",
)
ENGLISH: Final = (
    "The library will stay closed on Monday while the roof is repaired.",
    "Police are looking for witnesses of last night's robbery near the station.",
    "Her grandfather kept bees and sold the honey at the market.",
    "The company plans to lay off a tenth of its staff by autumn.",
    "Astronomers have photographed a comet that will not return for 8,000 years.",
    "Parliament voted 212 to 40 in favour of the new pension scheme.",
    "Turn off the engine before you open the fuel tank.",
    "A ferry with 63 people on board ran aground in thick fog.",
    "The ambassador laid flowers at the memorial to the fallen sailors.",
    "I have never seen such a small guitar.",
    "Farmers in the south expect a poor olive harvest after the drought.",
    "The museum bought a sketch that had been thought lost since the war.",
    "Both presidents spoke on the phone about the exchange of prisoners.",
    "He won the marathon although he fell twice.",
    "Doctors advise older people to get a flu shot this month.",
    "Download the app and win a ticket to the final.",
    "The bridge over the river was opened to traffic two years late.",
    "Our correspondent reports heavy shelling on the outskirts of the city.",
    "Scientists taught crows to tell coins apart by their weight.",
    "The court rejected the appeal and left the fine in force.",
)  # fmt: skip


def measure_background(encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> tuple[float, float]:
    """Return mean and standard deviation of the cosine of every Russian with every English sentence above.

    No two of them are about one thing. Both have 6 decimals, and the deviation is at least .001, so that it can be
    divided by and an encoder whose cosines all lie between .96 and .99 is still told apart from one at .1.

    As a sample of news they are small: 20 x 20 other sentences move the mean by a tenth of a deviation and the
    deviation by a sixteenth (standard errors, on 3,000 news sentences). What is compared between encoders is less
    uncertain, because every encoder is measured on the same sentences.

    Args:
        encode: of an encoder: texts to L2-normalised vectors.
    """
    cosines = (encode(RUSSIAN) @ encode(ENGLISH).T).astype(np.float64)
    return round(float(np.mean(cosines)), 6), max(round(float(np.std(cosines)), 6), 0.001)
