import pytest

from toolkit.text.sentences import split_sentences

EN = [
    ("First one. Second one! Third?", ["First one.", "Second one!", "Third?"]),
    ("A line\n\nAnother line", ["A line", "Another line"]),
    ("Mr. Hill met Dr. Wood at 5 p.m. in St. Andrews.", ["Mr. Hill met Dr. Wood at 5 p.m. in St. Andrews."]),
    ("See No. 5 and Art. 12 of the rules.", ["See No. 5 and Art. 12 of the rules."]),
    ("I said no. Then we left.", ["I said no.", "Then we left."]),
    ("He flew to the U.S. The trip was short.", ["He flew to the U.S.", "The trip was short."]),
    ("The U.S. Senate voted.", ["The U.S. Senate voted."]),
    ("They met at 5 p.m. They left at six.", ["They met at 5 p.m.", "They left at six."]),
    ("J. R. Miller wrote it.", ["J. R. Miller wrote it."]),
    ("Growth was 3.5 percent. It will be 4.", ["Growth was 3.5 percent.", "It will be 4."]),
    ("“We are ready.” She smiled.", ["“We are ready.”", "She smiled."]),
    ("Talks went well today ☝️ It is only a start", ["Talks went well today", "☝️ It is only a start"]),
    ("We did it! 🎉 Thanks to all of you.", ["We did it!", "🎉 Thanks to all of you."]),
    ("Thanks to all of you! 🎉🎉", ["Thanks to all of you! 🎉🎉"]),
    ("The talks with 🇨🇳 Beijing and 🇮🇳 Delhi went on", ["The talks with 🇨🇳 Beijing and 🇮🇳 Delhi went on"]),
    ("It was said. #News #World", ["It was said.", "#News #World"]),
    ("It was said on #WorldDay", ["It was said on #WorldDay"]),
    ("#Sports news of the day.", ["#Sports news of the day."]),
    ("#News #World", ["#News #World"]),
    ("We shall go on. <...> It is not the end.", ["We shall go on.", "<...>", "It is not the end."]),
    ("He said <…> nothing at all.", ["He said <…> nothing at all."]),
    ("***", ["***"]),
    ("• One thing. • Another thing", ["• One thing.", "• Another thing"]),
    ("🔹 1. The first point. It is short.", ["🔹 1. The first point.", "It is short."]),
    ("2. Second point", ["2. Second point"]),
    ("It was the ministry.The second part followed.", ["It was the ministry.", "The second part followed."]),
    ("Visit example.org or mail a.b@example.org now.", ["Visit example.org or mail a.b@example.org now."]),
    ("8️⃣0️⃣ years ago it ended. We remember.", ["8️⃣0️⃣ years ago it ended.", "We remember."]),
    ("", []),
    (" \n ", []),
]
RU = [
    (
        "Об этом пишет «Пример.Новости» и Example.Com сегодня.",
        ["Об этом пишет «Пример.Новости» и Example.Com сегодня."],
    ),
    ("Первое. Второе! Третье?", ["Первое.", "Второе!", "Третье?"]),
    ("Это было в 1945 г. Он это помнил.", ["Это было в 1945 г.", "Он это помнил."]),
    ("В 2024 г. Россия провела форум в г. Казани.", ["В 2024 г. Россия провела форум в г. Казани."]),
    ("Яблоки, груши и т. д. В саду их много.", ["Яблоки, груши и т. д.", "В саду их много."]),
    ("А. В. Иванов и И. И. Петров приехали.", ["А. В. Иванов и И. И. Петров приехали."]),
    ("Премия — 5 тыс. руб. за работу.", ["Премия — 5 тыс. руб. за работу."]),
    ("«Мы готовы!» — сказал он. Все встали.", ["«Мы готовы!» — сказал он.", "Все встали."]),
    ("Г-н Иванов приехал.", ["Г-н Иванов приехал."]),
    ("Встреча прошла хорошо ☝️ Это лишь начало пути", ["Встреча прошла хорошо", "☝️ Это лишь начало пути"]),
    ("Итоги подведены. #Новости #Итоги", ["Итоги подведены.", "#Новости #Итоги"]),
    ("Итоги подведены. #Маи\u0306 #Новыи\u0306Год", ["Итоги подведены.", "#Маи\u0306 #Новыи\u0306Год"]),
]


@pytest.mark.parametrize(
    ("lang", "text", "expected"), [*(("en", *case) for case in EN), *(("ru", *case) for case in RU)]
)
def test_sentences(lang: str, text: str, expected: list[str]) -> None:
    segments = split_sentences(text, lang)
    assert segments == expected
    assert "".join("".join(segments).split()) == "".join(text.split())
