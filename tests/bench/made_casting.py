"""Who and what stands for whom and what in a made document, and the exchange of words.

exchanged("Whitcomb came to Corliss in May 2014.", cast, "a")
→ "Lozano came to Heron Vale in October 2011.", and in how many ways that could have been done
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache

import made_words as words

_YEARS = range(2005, 2020)


@dataclass(frozen=True)
class Series:
    """The papers of one network: its name, its member districts, its state, who writes, and its note to readers."""

    number: int
    name: str
    places: Sequence[str]
    state: str
    author: str
    note: str
    year: int


@dataclass
class Cast:
    """Who and what stands for whom and what in one document: every draw is kept, so that it holds throughout."""

    draw: random.Random
    series: Series
    year: int
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    def person(self) -> str:
        """Return a new name."""
        return person(self.draw)

    def of(self, kind: str, word: str) -> str:
        """Return what stands for a name of the examples."""
        key = (kind, word)
        if key not in self.kept:
            self.kept[key] = self._new(kind)
        return self.kept[key]

    def _new(self, kind: str) -> str:
        names = {"woman": words.WOMEN, "man": words.MEN, "family": words.FAMILIES, "place": self.series.places}[kind]
        taken = set(self.kept.values())
        free = [name for name in names if name not in taken]
        return self.draw.choice(free or list(names))

    @cached_property
    def factors(self) -> tuple[float, float, float]:
        """Return by what figures, percentages and counted things are multiplied."""
        return self.draw.uniform(0.6, 1.6), self.draw.uniform(0.55, 1.05), self.draw.uniform(0.7, 1.5)

    @cached_property
    def shifts(self) -> tuple[int, int]:
        """Return by how much months and weekdays are moved."""
        return self.draw.randrange(12), self.draw.randrange(5)

    @cached_property
    def alike(self) -> dict[str, str]:
        """Return what stands for each word that others of its kind may stand for."""
        found: dict[str, str] = {}
        for group in words.ALIKE:
            found.update(zip(group, self.draw.sample(group, len(group)), strict=True))
        return found


def person(draw: random.Random) -> str:
    """Return a full name."""
    given = draw.choice(draw.choice((words.WOMEN, words.MEN)))
    family = draw.choice(words.FAMILIES)
    return f"{given} {family}-{draw.choice(words.FAMILIES)}" if draw.random() < 0.08 else f"{given} {family}"


def place(draw: random.Random) -> str:
    """Return the name of a district."""
    return f"{draw.choice(words.PLACE_FIRST)} {draw.choice(words.PLACE_SECOND)}"


@lru_cache(maxsize=2)
def series(seed: int, number: int) -> Series:
    """Return the network that the documents of a series belong to."""
    draw = random.Random(f"{seed}:series:{number}")
    places = [place(draw) for _ in range(40)]
    author, name = person(draw), f"{place(draw)} {draw.choice(words.NETWORKS)}"
    note = draw.choice(_NOTES).format(name=name, author=author, weeks=draw.choice(("two", "three", "four", "six")))
    return Series(number, name, sorted(set(places)), draw.choice(words.STATES), author, note, draw.choice(_YEARS))


_NOTES = (
    "Note: This summary was written for members of the {name} and for the boards that pay our dues. Remarks are "
    "attributed only where the speaker agreed. Figures are those that the districts brought with them. Please send "
    "corrections to {author}.",
    "Note: Summaries are sent to member districts {weeks} weeks after each meeting. This is not a transcript, and not "
    "every speaker has read it. {author} keeps the tapes for a year.",
    "About these notes: {author} takes them for the {name}. Names are given where a district presented its own work, "
    "and elsewhere only with leave. Corrections are welcome for {weeks} weeks.",
)


@cache
def sentences(text: str) -> list[str]:
    """Split a text into sentences; what stands between quotation marks is not parted.

    >>> sentences('She left. "It rained. We stayed," he said. Then he left.')
    ['She left.', '"It rained. We stayed," he said.', 'Then he left.']
    """
    found, start = [], 0
    for end in re.finditer(r"(?<!\b[A-Z])(?<!Mr)(?<!Ms)(?<!Dr)(?<!Mrs)(?<!St)[.?!][”\"’)]*(?=\s+[“\"‘(]?[A-Z])", text):
        piece = text[start : end.end()]
        if piece.count("“") == piece.count("”") and piece.count('"') % 2 == 0 and piece.count("(") == piece.count(")"):
            found.append(piece.strip())
            start = end.end()
    return [*found, text[start:].strip()]


def written(template: str, cast: Cast) -> str:
    """Fill in a sentence of ours: what is in braces is drawn."""
    slots: dict[str, Callable[[], str]] = {
        "person": cast.person,
        "place": lambda: cast.draw.choice(cast.series.places),
        "month": lambda: cast.draw.choice(words.MONTHS),
        "weekday": lambda: cast.draw.choice(words.WEEKDAYS),
        "year": lambda: str(cast.year - cast.draw.randrange(9)),
        "n": lambda: str(cast.draw.randrange(11, 97)),
        "thousands": lambda: str(cast.draw.randrange(2, 90)),
        "hundreds": lambda: f"{cast.draw.randrange(1000):03}",
    }

    def filled(match: re.Match[str]) -> str:
        return slots[match[1]]() if match[1] in slots else cast.draw.choice(match[1].split("|"))

    while "{" in template:
        template = re.sub(r"\{([^{}]*)\}", filled, template)
    return template[0].upper() + template[1:] if template[-1] == "." else template


def exchanged(text: str, cast: Cast, key: str) -> tuple[str, int]:
    """Exchange the names, dates, figures and words of a text; return in how many ways that could be done, too."""
    ways, made = 1, ""
    for literal, article, kind, word in _parsed(text):
        other, n = _EXCHANGES[kind](word, cast, key)
        ways *= n
        made += literal + _article(article, other) + other
    return made, ways


@cache
def _parsed(text: str) -> list[tuple[str, str, str, str]]:
    """Return what can be exchanged in a text, in order: what stands before it, its article, its kind, its words."""
    found, start = [], 0
    for match in _PATTERN.finditer(text):
        article = match["article"] or ""
        found.append((text[start : match.start()], article, match.lastgroup or "", match[0].removeprefix(article)))
        start = match.end()
    return [*found, (text[start:], "", "rest", "")]


def _article(article: str, word: str) -> str:
    if article.lower() not in {"a ", "an "}:
        return article
    vowel = re.match(r"(?i)[aeio]|un(?!i)|hour|honest|8|11|18", word) and not word.lower().startswith("one")
    return article[0] + ("n " if vowel else " ")


def _name(kind: str, n: int) -> Callable[[str, Cast, str], tuple[str, int]]:
    def exchange(word: str, cast: Cast, key: str) -> tuple[str, int]:
        made = cast.of(kind, f"{key}:{word.casefold()}")
        return (made.upper() if word.isupper() else made), n

    return exchange


def _alike(word: str, cast: Cast, key: str) -> tuple[str, int]:
    made = cast.alike[word.lower()]
    return (made[0].upper() + made[1:] if word[0].isupper() else made), CHOICES[word.lower()]


def _year(word: str, cast: Cast, key: str) -> tuple[str, int]:
    return str(int(word) + min(2, cast.year - 2018)), 15


def _years(word: str, cast: Cast, key: str) -> tuple[str, int]:
    first, n = _year(word[:4], cast, key)
    return f"{first}{word[4]}{(int(first) + 1) % 100:02}", n


def _day(word: str, cast: Cast, key: str) -> tuple[str, int]:
    month, _ = word.split()
    return f"{_month(month, cast, key)[0]} {cast.draw.randint(1, 28)}", 300


def _month(word: str, cast: Cast, key: str) -> tuple[str, int]:
    return words.MONTHS[(words.MONTHS.index(word) + cast.shifts[0]) % 12], 12


def _weekday(word: str, cast: Cast, key: str) -> tuple[str, int]:
    return words.WEEKDAYS[(words.WEEKDAYS.index(word) + cast.shifts[1]) % 5], 5


def _percent(word: str, cast: Cast, key: str) -> tuple[str, int]:
    return str(max(2, round(int(word) * cast.factors[1]))), 12


def _figure(word: str, cast: Cast, key: str) -> tuple[str, int]:
    n = int(word.replace(",", ""))
    return (f"{max(3, round(n * cast.factors[0])):,}" if n > 3 else word), min(n, 100)


def _counted(word: str, cast: Cast, key: str) -> tuple[str, int]:
    n = max(3, round(words.NUMBERS.index(word.lower()) * cast.factors[2]))
    made = words.NUMBERS[n]
    return (made.capitalize() if word[0].isupper() else made), 5


_EXCHANGES: dict[str, Callable[[str, Cast, str], tuple[str, int]]] = {
    "place": _name("place", 40),
    "woman": _name("woman", 90),
    "man": _name("man", 90),
    "family": _name("family", 180),
    "years": _years,
    "year": _year,
    "percent": _percent,
    "figure": _figure,
    "day": _day,
    "month": _month,
    "weekday": _weekday,
    "counted": _counted,
    "alike": _alike,
    "rest": lambda word, cast, key: ("", 1),
}


def _any(names: Sequence[str]) -> str:
    both = {name for word in names for name in (word, word.upper())}
    return "|".join(sorted(map(re.escape, both), key=lambda name: (-len(name), name)))


CHOICES = {word: len(group) for group in words.ALIKE for word in group}
_LONGEST_FIRST = sorted(CHOICES, key=lambda word: (-len(word), word))
_PATTERN = re.compile(
    r"(?P<article>\b[Aa]n? )?(?:"
    rf"\b(?P<place>{_any(words.SOURCE_PLACES)})\b"
    rf"|\b(?P<woman>{_any(words.SOURCE_WOMEN)})\b"
    rf"|\b(?P<man>{_any(words.SOURCE_MEN)})\b"
    rf"|\b(?P<family>{_any(words.SOURCE_FAMILIES)})\b(?!-[A-Z])"
    r"|\b(?P<years>(?:19|20)\d\d[–-]\d\d)\b(?!\d)"
    r"|\b(?P<year>(?:19|20)\d\d)\b"
    r"|\b(?P<percent>\d{1,2})(?= ?percent|%)"
    r"|(?<![\d:.#/-])\b(?P<figure>\d{1,3}(?:,\d{3})+|\d{1,4})\b(?![:/]\d|[-–]\d| ?[ap]\.m|\.\d)"
    rf"|\b(?P<day>(?:{'|'.join(words.MONTHS)}) \d{{1,2}})\b(?!\d)"
    rf"|\b(?P<month>{'|'.join(month for month in words.MONTHS if month != 'May')}|(?<=in )May|May(?= \d))\b"
    rf"|\b(?P<weekday>{'|'.join(words.WEEKDAYS)})(?=s?\b)"
    rf"|\b(?P<counted>(?:{'|'.join(words.NUMBERS[3:20])})|(?:{'|'.join(words.NUMBERS[3:20]).title()}))\b(?!-)"
    rf"|(?<![\w-])(?P<alike>{'|'.join(f'(?i:{word[0]}){re.escape(word[1:])}' for word in _LONGEST_FIRST)})(?!\w|-)"
    r")"
)
