import pytest

from toolkit.text.repeats import repeat_start

BODY = "The museum opens on Monday.\nTickets are sold at the door only.\nChildren go in free of charge."
TITLE = "📌 News of the day"


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        (f"{BODY}\n{BODY}", BODY),
        (f"{BODY} {BODY}", BODY),
        (f"{TITLE}\n{BODY}\n{BODY}", BODY),  # the copy lacks the first line
        (f"{TITLE}\n{BODY}\n\n{BODY}\n", f"{BODY}\n"),
        ("«Мы открываем музей завтра!» «Мы открываем музей завтра!»", None),  # four words
        ("«Мы завтра открываем новый музей!» «Мы завтра открываем новый музей!»", "«Мы завтра открываем новый музей!»"),
        (f"{TITLE}\n{BODY}\n{BODY.partition(chr(10))[2]}", BODY.partition("\n")[2]),
        (BODY, None),
        (f"{BODY}\n{BODY}\nOne more line.", None),  # no copy that reaches the end
        (f"{TITLE}\n{BODY}\n{TITLE}", None),  # a refrain
        ("Yes, we can! Yes, we can!", None),
        ("***\nOne thing that was said.\n***\nAnother thing that was said.\n***", None),
        ("a b c d e f a b c d e g", None),
        ("", None),
    ],
)  # fmt: skip
def test_repeat(text: str, copy: str | None) -> None:
    start = repeat_start(text)
    assert (None if start is None else text[start:]) == copy
