"""Every public function of `toolkit.text` takes twice the time for twice the text, whatever the text is."""

import inspect
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

import toolkit.text
from toolkit.text.footers import Footers
from toolkit.text.masking import hide_personal

# What a text has again and again, and what costs a careless function the square of it.
UNITS = (
    *("1", "12 ", "a", "ж", "a@", "@some_name ", "+7 900 000-00-11, ", "8 900\n123-45-67\n", "(495)\n123-45-67\n"),
    *("4111 1111 1111 1111 ", "a@b.cd ", "t.me/abcd ", "http://a.b/c ", "#tag ", "[", ")]", "[a](http://b.c) ", "**"),
    *("`", "«", '"? ', ".", "… ", "-", "_", "/", "&#64;", "%40", " ", "\n", "\u00a0", "\u0301", "a\u200b", "\u3164"),
    *("A line.\n", "```\n", "👍12 ❤5\n", "слово word ", "г. ", "А. ", "XIV ", "двадцать пять ", "5 мая 2024 ", "CШA "),
    *("😀", "🇷🇺", "1️⃣", "👨\u200d", "Ｍ", "Ñåãîä"),
)
SMALL = 1_000  # characters
SMALLER = {"dump_grammar.parse_dump": 300}  # a dump of more equal lines takes a second
GROWTH = 4
SUSPICIOUS = 0.03  # seconds for the large text; a square that hides below costs nobody anything
ALLOWED = 2.2 * GROWTH  # times the time of the small text; a square takes 16 times as long

_ARGUMENTS: dict[str, Callable[[str], Any]] = {
    "str": lambda text: text,
    "Iterable[str]": lambda text: text.split("\n"),
    "Sequence[str]": lambda text: text.split("\n"),
    "list[str]": lambda text: text.split("\n"),
    "Collection[str]": lambda _: ("@", "tel"),
    "float": lambda _: 0.1,
    "int": lambda _: 3,
    "Footers": lambda _: Footers(frozenset({"abc"}), ("x",), frozenset({"port"})),
}
# They take one word, number or code, not a text.
_NOT_OF_TEXTS = {
    "all_but",
    "own_letters",
    "packed",
    "plain",
    "fewest_misfits",
    "parse_count",
    "is_valid_phone",
    "split_sentences",
    "phone_number",
}


def functions() -> Iterator[tuple[str, Callable[..., Any], list[str]]]:
    """Yield the name, the function and its required arguments of all that take a text or lines."""
    for module in iter_modules(toolkit.text.__path__, "toolkit.text."):
        for name, function in vars(import_module(module.name)).items():
            if name.startswith("_") or name in _NOT_OF_TEXTS or not inspect.isfunction(function):
                continue
            if function.__module__ != module.name:
                continue
            required = [p.annotation for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            is_of_text = required and required[0] in ("str", "Iterable[str]", "Sequence[str]", "list[str]")
            if is_of_text and _ARGUMENTS.keys() >= set(required):
                yield f"{module.name.rpartition('.')[2]}.{name}", function, required


ALL = list(functions())


def seconds(function: Callable[..., Any], required: list[str], text: str) -> float:
    arguments = [_ARGUMENTS[kind](text) for kind in required]
    started = time.process_time()
    result = function(*arguments)
    if inspect.isgenerator(result):
        list(result)
    return time.process_time() - started


def test_the_functions_are_found() -> None:
    names = {name for name, *_ in ALL}
    assert {"masking.hide_personal", "dump_grammar.parse_dump", "language.detect_language", "plain.plain_text"} <= names
    assert len(names) > 40


@pytest.mark.parametrize(("name", "function", "required"), ALL, ids=[name for name, *_ in ALL])
def test_growth(name: str, function: Callable[..., Any], required: list[str]) -> None:
    seconds(function, required, "Порт. Port.")  # what is loaded once
    size = SMALLER.get(name, SMALL)
    for unit in UNITS:
        small, large = ((unit * (length // len(unit) + 1))[:length] for length in (size, GROWTH * size))
        if seconds(function, required, large) < SUSPICIOUS:
            continue
        for _ in range(3):  # a busy machine can slow one measurement, hardly three
            before = min(seconds(function, required, small) for _ in range(2))
            taken = seconds(function, required, large)
            if taken < max(SUSPICIOUS, ALLOWED * before):
                break
        else:
            pytest.fail(f"{name} takes {before:.3f} s for {size} characters of {unit!r}, {taken:.3f} s for {GROWTH} x")


def test_a_hundred_thousand_characters_of_handles() -> None:
    """What copies the text for each handle shows only in a long one."""
    few, many = ("@some_name " * n for n in (1_000, 16_000))
    hide_personal(few)
    for _ in range(3):
        before = min(seconds(hide_personal, ["str"], few) for _ in range(3))
        if seconds(hide_personal, ["str"], many) < 32 * before:
            return
    pytest.fail("hide_personal is superlinear in the handles of a text")
