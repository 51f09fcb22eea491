"""Matching with the packaged encoder, on posts written for these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from toolkit import schemas
from toolkit.encoders import load_encoder
from toolkit.engine import Engine
from toolkit.matching.readings import read_parts
from toolkit.matching.survey import take_survey
from toolkit.options import EncoderOptions, MatchOptions
from toolkit.partitions import Store
from toolkit.results import NO_COUNTERPART, StageResult
from toolkit.stages.match import match_parts, match_posts

ENCODER = load_encoder(EncoderOptions())
START = datetime(2026, 3, 2, 9, tzinfo=UTC)

# (Russian, English); two bulletins of one kind, and two reports of one flood that are no translations of each other
STORIES = {
    "bridge": (
        "В Костроме открыли новый мост через Волгу. Его длина 840 метров, движение начнётся в пятницу.\n"
        "Строители работали три года.",
        "A new bridge across the Volga has opened in Kostroma. It is 840 metres long, and traffic starts on Friday.\n"
        "The builders worked for three years.",
    ),
    "library": (
        "Городская библиотека продлит часы работы. С понедельника читальный зал открыт до десяти вечера, "
        "а по субботам будут показывать старые фильмы. Вход свободный.",
        "The city library extends its opening hours. From Monday the reading room is open until ten in the evening, "
        "and on Saturdays old films will be shown. Admission is free.",
    ),
    "weather_1": (
        "Погода на вторник: в Норильске минус 31 градус, ветер 14 метров в секунду, школы закрыты.",
        "Weather for Tuesday: minus 31 degrees in Norilsk, wind of 14 metres per second, schools are closed.",
    ),
    "weather_2": (
        "Погода на среду: в Норильске минус 27 градусов, ветер 6 метров в секунду, школы открыты.",
        "Weather for Wednesday: minus 27 degrees in Norilsk, wind of 6 metres per second, schools are open.",
    ),
    "chess": (
        "Шахматистка Ольга Тропинина выиграла турнир в Хельсинки. В последней партии она победила Марту Линдквист "
        "за 42 хода. Это её пятая победа в этом сезоне. Следующий турнир пройдёт в Риге в апреле.",
        "Olga Tropinina has won the chess tournament in Helsinki. In the last game she beat Marta Lindqvist "
        "in 42 moves.",
    ),
    "orchard": (
        "Учёные вывели яблоню, которая цветёт дважды в год. Первый урожай собирают в июле, второй в октябре.",
        "Scientists have bred an apple tree that blossoms twice a year. The first crop is picked in July, "
        "the second in October.",
    ),
}
RU_ALONE = (
    "Музей керамики закрывается на ремонт до осени, коллекцию перевезут в здание бывшей пекарни.",
    "Из-за паводка в посёлке Берёзовка эвакуировали 60 человек, вода поднялась на два метра.",
)
EN_ALONE = (
    "The ferry between the two islands will be out of service while its engine is being replaced.",
    "Volunteers have raised enough money to repair the roof of the village school after the flood.",
)


def _post(
    post_id: str, ru: str | None = None, en: str | None = None, hours: float | None = None, urls: tuple[str, ...] = ()
) -> dict[str, object]:
    lang = "mixed" if ru and en else "ru" if ru else "en"
    text = "\n".join(part for part in (ru, en) if part)
    return {
        "post_id": post_id,
        "channel": post_id.split("/", maxsplit=1)[0],
        "date": None if hours is None else START + timedelta(hours=hours),
        "date_precision": "none" if hours is None else "utc",
        "lang": lang,
        "lang_source": "detected",
        "text": text,
        "text_raw": text,
        "reactions": [],
        "urls": list(urls),
        "hashtags": [],
        "media": [],
        "flags": [],
        "source_format": "table",
        "source_file": "posts.csv",
        "source_span": "row 1",
        "text_ru": ru,
        "text_en": en,
    }


def _table(rows: list[dict[str, object]]) -> pa.Table:
    return schemas.from_rows(rows, schemas.CLEAN_POSTS)


def _channels(hours: float | None = None) -> list[dict[str, object]]:
    rows = [_post(f"ru/{name}", ru=ru, hours=hours) for name, (ru, _) in STORIES.items()]
    rows += [
        _post(f"en/{name}", en=en, hours=None if hours is None else hours + 1) for name, (_, en) in STORIES.items()
    ]
    rows += [_post(f"ru/alone_{number}", ru=text, hours=hours) for number, text in enumerate(RU_ALONE)]
    rows += [_post(f"en/alone_{number}", en=text, hours=hours) for number, text in enumerate(EN_ALONE)]
    return rows


def _match(rows: list[dict[str, object]], **options: float) -> StageResult:
    posts = _table(rows)
    return match_posts(posts, ENCODER, MatchOptions(**options))


def _ids(result: StageResult) -> list[tuple[str, str]]:
    return list(zip(result.kept["ru_post_id"].to_pylist(), result.kept["en_post_id"].to_pylist(), strict=True))


def test_true_pairs_are_found_and_others_stay_alone() -> None:
    result = _match(_channels())
    assert _ids(result) == sorted((f"ru/{name}", f"en/{name}") for name in STORIES)
    assert result.kept.schema.equals(schemas.POST_PAIRS, check_metadata=True)
    assert result.dropped.schema.equals(schemas.DROPPED, check_metadata=True)
    assert result.dropped["row_id"].to_pylist() == ["en/alone_0", "en/alone_1", "ru/alone_0", "ru/alone_1"]
    assert set(result.dropped["reason"].to_pylist()) == {NO_COUNTERPART}
    assert all(float(value) < 0.5 for value in result.dropped["value"].to_pylist())
    assert all(0.5 <= value <= 1 for value in result.kept["probability"].to_pylist())


def test_evidence_of_a_pair() -> None:
    (row,) = [row for row in _match(_channels(hours=0)).kept.to_pylist() if row["ru_post_id"] == "ru/bridge"]
    assert row["pair_id"] == "ru/bridge ~ en/bridge"
    assert row["hours_apart"] == 1.0
    assert row["number_overlap"] == 1.0
    assert row["name_overlap"] == 1.0
    assert row["link_overlap"] is None
    assert 0.8 < row["length_ratio"] <= 1
    assert row["margin"] > 1
    assert {row["coverage_ru"], row["coverage_en"], row["relation"], row["variant"]} == {None}


def test_order_of_rows_changes_nothing() -> None:
    rows = _channels(hours=0)
    posts = _table(rows)
    shuffled = np.random.default_rng(1).permutation(len(rows))
    first = match_posts(posts, ENCODER)
    second = match_posts(posts.take(pa.array(shuffled)), ENCODER)
    assert first.kept.equals(second.kept)
    assert first.dropped.equals(second.dropped)


@pytest.mark.parametrize("names", [("bridge",), ("bridge", "chess"), ("weather_1", "weather_2")])
def test_tiny_pools_with_counterpart(names: tuple[str, ...]) -> None:
    rows = [row for row in _channels() if str(row["post_id"]).split("/")[1] in names]
    assert _ids(_match(rows)) == sorted((f"ru/{name}", f"en/{name}") for name in names)


@pytest.mark.parametrize(("ru", "en"), [("bridge", "library"), ("chess", "orchard"), ("library", "weather_1")])
def test_one_post_against_an_unrelated_one_stays_alone(ru: str, en: str) -> None:
    result = _match([_post("ru/1", ru=STORIES[ru][0]), _post("en/1", en=STORIES[en][1])])
    assert _ids(result) == []
    assert result.dropped["row_id"].to_pylist() == ["en/1", "ru/1"]


def test_window_excludes_what_is_far_in_time() -> None:
    ru, en = STORIES["bridge"]
    rows = [_post("ru/1", ru=ru, hours=0), _post("en/1", en=en, hours=50)]
    assert _ids(_match(rows)) == [("ru/1", "en/1")]
    apart = _match(rows, window_hours=48)
    assert _ids(apart) == []
    assert apart.dropped["value"].to_pylist() == [None, None]


def test_a_post_without_date_is_near_to_all() -> None:
    ru, en = STORIES["bridge"]
    result = _match([_post("ru/1", ru=ru, hours=0), _post("en/1", en=en)], window_hours=1)
    assert _ids(result) == [("ru/1", "en/1")]
    assert result.kept["hours_apart"].to_pylist() == [None]


def test_of_two_bulletins_with_one_text_the_nearer_in_time_is_taken() -> None:
    ru, en = STORIES["library"]
    rows = [_post("ru/1", ru=ru, hours=0), _post("ru/2", ru=ru, hours=24), _post("en/1", en=en, hours=25)]
    assert _ids(_match(rows)) == [("ru/2", "en/1")]


def test_a_repost_takes_no_second_counterpart() -> None:
    ru, en = STORIES["chess"]
    result = _match([_post("ru/1", ru=ru, hours=0), _post("ru/2", ru=ru, hours=2), _post("en/1", en=en, hours=0)])
    assert _ids(result) == [("ru/1", "en/1")]
    assert result.dropped["row_id"].to_pylist() == ["ru/2"]


def test_a_bilingual_post_is_paired_with_itself() -> None:
    rows = [_post("both/1", ru=STORIES["bridge"][0], en=STORIES["bridge"][1]), *_channels()]
    rows = [row for row in rows if row["post_id"] not in ("ru/bridge", "en/bridge")]
    result = _match(rows)
    assert ("both/1", "both/1") in _ids(result)
    assert len(_ids(result)) == len(STORIES)
    assert "both/1" not in result.dropped["row_id"].to_pylist()


@pytest.mark.parametrize("merging", ["ru", "en"])
@pytest.mark.parametrize(("first", "second"), [("bridge", "orchard"), ("orchard", "library"), ("library", "chess")])
def test_a_post_that_merges_two_is_in_two_pairs(merging: str, first: str, second: str) -> None:
    side = ("ru", "en").index(merging)
    rows = [row for row in _channels() if row["post_id"] not in (f"{merging}/{first}", f"{merging}/{second}")]
    text = "\n".join(STORIES[name][side] for name in (first, second))
    result = _match([*rows, _post(f"{merging}/both", **{merging: text})])
    expected = {(f"ru/{name}", f"en/{name}") for name in STORIES if name not in (first, second)}
    for name in (first, second):
        expected.add((f"ru/{name}", "en/both") if merging == "en" else ("ru/both", f"en/{name}"))
    assert set(_ids(result)) == expected
    assert result.kept["pair_id"].to_pylist() == sorted(result.kept["pair_id"].to_pylist())


def test_what_a_pair_leaves_does_not_attract_strangers() -> None:
    ru, en = STORIES["bridge"]
    long = _post("en/bridge", en=f"{en}\n{EN_ALONE[0]}")
    result = _match([_post("ru/bridge", ru=ru), long, *(_post(f"ru/{n}", ru=text) for n, text in enumerate(RU_ALONE))])
    assert _ids(result) == [("ru/bridge", "en/bridge")]


def test_halves_that_say_different_things_are_no_pair() -> None:
    result = _match([_post("both/1", ru=STORIES["bridge"][0], en=EN_ALONE[0]), *_channels()])
    assert ("both/1", "both/1") not in _ids(result)


# (Russian, English, whether the two say the same): halves of posts, with all that says nothing of them
HALVES = {
    "whole": (*STORIES["bridge"], True),
    "free": (
        "Уважаемые соотечественники! Посольство поздравляет вас с Днём знаний и желает успехов в учёбе, а родителям "
        "здоровья и терпения.",
        "Dear compatriots, on this Knowledge Day the Embassy wishes all pupils success in their studies, and good "
        "health and patience to their parents.",
        True,
    ),
    "with a tail": (f"{STORIES['library'][0]}\nПодписывайтесь на наш канал.", STORIES["library"][1], True),
    "a quote": (
        "Сегодня годовщина первого рейса. Вспоминаем слова капитана и смотрим снимки из архива музея.",
        "We came for the fish and stayed for the light, and none of us was ever sorry.",
        False,
    ),
    "lyrics": (
        "Песня дня: баллада о старом маяке, которую мы поём каждое лето у костра.",
        "The light is out, the sea is high,\nand I am waiting for the day\nwhen you will come and say goodbye.",
        False,
    ),
    "small print": (
        "Выложили исходники расписания паромов, забирайте и присылайте правки.",
        "The software is provided as is, without warranty of any kind, and you use it at your own risk.",
        False,
    ),
}


@pytest.mark.parametrize("pool", [[], _channels()], ids=["alone", "among others"])
def test_a_post_is_its_own_translation_only_if_it_says_the_same_twice(pool: list[dict[str, object]]) -> None:
    urls = ("https://example.org/one",)
    rows = [_post(f"both/{n}", ru=ru, en=en, hours=1, urls=urls) for n, (ru, en, _) in HALVES.items()]
    found = {ru for ru, en in _ids(_match([*rows, *pool])) if ru == en}
    assert found == {f"both/{name}" for name, (*_, is_same) in HALVES.items() if is_same}
    assert not [ru for ru, en in _ids(_match([*rows, *pool], self_pairs=False)) if ru == en]


# The same of short texts, and of texts of which the other is a summary.
SHORT_HALVES = {
    "summary 1": (
        "Из-за шторма паромы не ходят со вчерашнего вечера. Пассажиров разместили в школе на набережной. "
        "Движение восстановят, когда ветер ослабнет.",
        "Ferries have been stopped since last night because of a storm.",
        True,
    ),
    "summary 2": (
        "Жители острова проголосовали за строительство моста. Явка составила 78 процентов. "
        "Работы начнутся весной следующего года.",
        "Islanders have voted for a bridge, and work will begin next spring.",
        True,
    ),
    "summary 3": (
        "Посольство закрыто 9 мая в связи с праздником. Приём граждан возобновится 12 мая. "
        "По срочным вопросам звоните дежурному.",
        "The embassy is closed on 9 May for the holiday.",
        True,
    ),
    "summary 4": (
        "Школьники из Приморска победили на олимпиаде по физике. Они решили все задачи за четыре часа. "
        "Награду вручит губернатор.",
        "Schoolchildren from Primorsk won the physics olympiad.",
        True,
    ),
    "summary 5": (
        "Компания сократит выбросы на треть к 2030 году. Для этого заменят котлы на двух заводах. "
        "Расходы оценили в восемь миллионов.",
        "The company will cut its emissions by a third by 2030.",
        True,
    ),
    "summary 6": (
        "Волонтёры убрали с пляжа две тонны мусора. Больше всего было пластиковых бутылок. "
        "Следующая уборка пройдёт в июне.",
        "Volunteers removed two tonnes of rubbish from the beach.",
        True,
    ),
    "short 1": ("Завтра будет сильный ветер.", "There will be strong wind tomorrow.", True),
    "short 2": ("Регистрация продлена до пятницы.", "Registration is extended until Friday.", True),
    "short 3": ("Поздравляем с Новым годом!", "We wish you a happy New Year!", True),
    "short 4": ("Новая школа примет 600 детей.", "The new school will take 600 children.", True),
    "summary of another": (
        "Жители острова проголосовали за строительство моста. Явка составила 78 процентов. "
        "Работы начнутся весной следующего года.",
        "The flight to the capital has been cancelled because of fog.",
        False,
    ),
    "short of another": ("Регистрация продлена до пятницы.", "The ice on the river is thin.", False),
}


def test_a_summary_in_one_sentence_and_a_short_body_are_translations() -> None:
    found = _ids(_match([_post(f"both/{name}", ru=ru, en=en) for name, (ru, en, _) in SHORT_HALVES.items()]))
    assert {ru for ru, en in found if ru == en} == {f"both/{n}" for n, (*_, is_same) in SHORT_HALVES.items() if is_same}


def test_a_foreign_half_does_not_keep_a_post_from_its_counterpart() -> None:
    ru, en = STORIES["chess"]
    rows = [_post("both/1", ru=ru, en=HALVES["small print"][1], hours=0), _post("en/chess", en=en, hours=1)]
    assert _ids(_match(rows)) == [("both/1", "en/chess")]


def test_a_shared_article_counts_and_a_footer_does_not() -> None:
    short = ("Опубликован доклад.", "The paper is out.")
    link = ("https://example.org/ru/news/70411", "https://example.org/en/news/70411")

    def probability(urls: tuple[str, str] | None, everywhere: bool = False) -> float:
        rows = [row | {"urls": [urls[0]]} if urls and everywhere else row for row in _channels()]
        ru, en = ((urls[0],), (urls[1],)) if urls else ((), ())
        result = _match([*rows, _post("ru/x", ru=short[0], urls=ru), _post("en/x", en=short[1], urls=en)],
                        min_probability=0)  # fmt: skip
        pairs = {(row["ru_post_id"], row["en_post_id"]): row["probability"] for row in result.kept.to_pylist()}
        return pairs.get(("ru/x", "en/x"), 0.0)

    assert probability(link) > max(probability(None), 0.5)
    assert probability(link, everywhere=True) == pytest.approx(probability(None), abs=1e-3)


def test_min_probability_cuts() -> None:
    everything = _match(_channels(), min_probability=0)
    strict = _match(_channels(), min_probability=0.999)
    assert set(_ids(strict)) < set(_ids(everything))
    assert all(value >= 0.999 for value in strict.kept["probability"].to_pylist())


@pytest.mark.parametrize("sides", [("ru",), ("en",), ()])
def test_a_side_without_posts(sides: tuple[str, ...]) -> None:
    rows = [row for row in _channels() if str(row["post_id"])[:2] in sides]
    result = _match(rows)
    assert result.kept.num_rows == 0
    assert result.dropped.num_rows == len(rows)


# --- parts -----------------------------------------------------------------------------------------------------------

_MERGED = "\n".join(STORIES[name][1] for name in ("bridge", "orchard"))
POOL = [
    *_channels(hours=0),
    *(row | {"post_id": f"later_{row['post_id']}", "channel": "later"} for row in _channels(hours=300)),
    *(row | {"post_id": f"undated_{row['post_id']}"} for row in _channels() if "alone" in str(row["post_id"])),
    *(_post(f"undated_{lang}/library", **{lang: STORIES["library"][n]}) for n, lang in enumerate(("ru", "en"))),
    _post("en/merged", en=_MERGED, hours=500),
    *(_post(f"ru/{name}_again", ru=STORIES[name][0], hours=499) for name in ("bridge", "orchard")),
    *(_post(f"both/{n}", ru=ru, en=en, hours=400 + 9 * k) for k, (n, (ru, en, _)) in enumerate(HALVES.items())),
]


def _in_parts(folder: Path, rows: list[dict[str, object]], size: int, workers: int = 1) -> StageResult:
    store = Store(folder, Engine(workers=workers))
    posts = store.write("unique", _table(rows), size)
    return match_parts(posts, read_parts(posts, ENCODER, store), ENCODER, store)


def test_parts_and_workers_and_the_order_of_posts_change_nothing(tmp_path: Path) -> None:
    whole = _in_parts(tmp_path / "whole", POOL, len(POOL))
    assert {("ru/bridge_again", "en/merged"), ("ru/orchard_again", "en/merged")} <= set(_ids(whole))
    shuffled = [POOL[place] for place in np.random.default_rng(1).permutation(len(POOL))]
    for name, rows, size, workers in (("small", POOL, 21, 2), ("any order", shuffled, 16, 1)):
        parts = _in_parts(tmp_path / name, rows, size, workers)
        assert parts.kept.equals(whole.kept), name
        assert parts.dropped.equals(whole.dropped), name
        assert not (tmp_path / name / "weighing").exists()


def test_a_part_reads_those_that_the_window_reaches(tmp_path: Path) -> None:
    hours = [0, 10, 60, 100, None, None]
    rows = [_post(f"ru/{n}", ru=STORIES["chess"][0], hours=hour) for n, hour in enumerate(hours)]
    store = Store(tmp_path)
    known = take_survey(read_parts(store.write("posts", _table(rows), 2), ENCODER, store))
    assert [known.reached(part, 50) for part in range(3)] == [(0, 1, 2), (0, 1, 2), (0, 1, 2)]
    assert [known.reached(part, 49) for part in range(3)] == [(0, 2), (1, 2), (0, 1, 2)]
