"""How made documents of each kind begin: title, date and place, who wrote them or was there."""

from datetime import date

import made_words as words
from made_casting import Cast, person
from made_files import Block


def _summary(cast: Cast, day: date, number: int) -> list[Block]:
    of = cast.series
    return [
        Block("heading", f"{of.name}: Summary of Meeting {number}, {cast.draw.choice(words.SUBJECTS)}", 1),
        Block("paragraph", f"{_dated(day)} · {cast.draw.choice(of.places)}, {of.state}"),
        Block("paragraph", f"Prepared by {of.author}, {of.name}"),
        *([Block("paragraph", of.note)] if cast.draw.random() < 0.4 else []),
    ]


def _minutes(cast: Cast, day: date, number: int) -> list[Block]:
    of = cast.series
    there = ", ".join(f"{person(cast.draw)} ({role})" for role in ("chair", "superintendent", "clerk"))
    others = ", ".join(person(cast.draw) for _ in range(cast.draw.randint(3, 7)))
    where = cast.draw.choice(of.places)
    return [
        Block("heading", f"{where} School District: Minutes of the Regular Meeting", 1),
        Block("paragraph", f"{day:%A}, {_dated(day)}, {cast.draw.randint(5, 7)}:30 p.m., {where}, {of.state}"),
        Block("paragraph", f"Present: {there}, {others}."),
    ]


def _transcript(cast: Cast, day: date, number: int) -> list[Block]:
    title = f"{cast.series.name}, session {number}: {cast.draw.choice(words.SUBJECTS)}"
    return [
        Block("heading", title, 1),
        Block("paragraph", f"{day:%A}, {_dated(day)} · {cast.draw.choice(cast.series.places)}, {cast.series.state}"),
        Block("paragraph", f"Transcript of a recording, made by {person(cast.draw)}"),
    ]


def _program(cast: Cast, day: date, number: int) -> list[Block]:
    what = cast.draw.choice(("Residency", "Fellows", "Project", "Study", "Partnership"))
    return [
        Block("heading", f"{cast.draw.choice(cast.series.places)} {what}: {cast.draw.choice(words.SUBJECTS)}", 1),
        Block("paragraph", f"Project Dates: {day:%B %Y} – {words.MONTHS[day.month - 1]} {day.year + number % 4 + 1}"),
        Block("paragraph", f"Contact: {person(cast.draw)}, {cast.series.name}"),
    ]


def _news(cast: Cast, day: date, number: int) -> list[Block]:
    where = cast.draw.choice(cast.series.places)
    return [
        Block("heading", f"{cast.draw.choice(words.SUBJECTS)}: {where} looks for an answer", 1),
        Block("paragraph", f"By {person(cast.draw)} | {_dated(day)}"),
        Block("paragraph", f"{where.upper()}, {cast.series.state}"),
    ]


def _report(cast: Cast, day: date, number: int) -> list[Block]:
    of = cast.series
    return [
        Block("heading", f"{cast.draw.choice(words.SUBJECTS)}: A Study of Districts near {of.places[number]}", 1),
        Block("paragraph", f"{person(cast.draw)} and {person(cast.draw)}"),
        Block("paragraph", f"{of.name} · Report No. {number} · {day:%B %Y}"),
    ]


def _dated(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


FRONTS = {
    "meeting_summary": _summary,
    "minutes": _minutes,
    "report": _report,
    "program": _program,
    "news": _news,
    "transcript": _transcript,
}
