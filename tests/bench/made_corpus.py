"""Makes a corpus of any size from the example documents, to measure with.

    python tests/bench/made_corpus.py FOLDER [--documents 100] [--words 300-1600] [--seed 13]

Each document reads as one of its kind: title, date, place, headings, paragraphs, speakers and what they said. Its
sections come from different examples. So that no document and hardly a passage has the words of another, people,
places, dates, figures and words of one kind are exchanged (the same way throughout a document), sentences are left out
and others added. Documents come in series of 24, as a network's papers do: they share the network's name, its member
districts, and a note that stands in each of its summaries.

The same seed gives the same bytes, and the documents of a small corpus are the first ones of a large corpus.
"""

import argparse
import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path

import made_words as words
from made_files import SUFFIXES, Block, rendered

from pipeline.config import HOME, Settings
from pipeline.stages.ingest import ingest_file

SERIES = 24
"""Documents of one network."""

KINDS = {"meeting_summary": 45, "minutes": 15, "report": 15, "program": 10, "news": 8, "transcript": 7}
"""In percent."""

POOLS = {
    "meeting_summary": ("meeting_summary", "report"),
    "report": ("report", "meeting_summary"),
    "news": ("news", "program"),
}
"""Where the sections of a kind come from, if not from examples of this kind alone."""

FEW = 2000
"""A sentence that can be worded in fewer ways than this is left out or begins with words of ours."""

TURNS = 9
"""Speaker turns in a section of a transcript."""

_YEARS = range(2005, 2020)
_SPEECH = ("turn", "quote")


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it. `place`: opening | middle | closing."""

    source: str
    place: str
    blocks: Sequence[Block]


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


@dataclass(frozen=True)
class Made:
    """A document: where it belongs in the corpus, and its blocks."""

    path: str
    blocks: Sequence[Block]

    def content(self) -> bytes:
        """Return the bytes of its file."""
        return rendered(self.path, self.blocks)


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


def sources() -> dict[str, list[Section]]:
    """Return the sections of the examples by the kind of the document they stand in."""
    return _sources(HOME / "corpus" / "examples")


@lru_cache(maxsize=1)
def _sources(folder: Path) -> dict[str, list[Section]]:
    found: dict[str, list[Section]] = {kind: [] for kind in KINDS}
    for path in sorted(folder.iterdir()):
        read = ingest_file(folder, path.name, settings=Settings())
        if read.document is None:
            raise SystemExit(f"{path}: {read.refusals}")
        blocks = [Block(one.kind, one.text, one.level or 0) for one in read.passages if one.kind != "note"]
        found[read.document.kind] += _sections(path.stem, blocks)
    return found


def _sections(source: str, blocks: Sequence[Block]) -> list[Section]:
    parts: list[list[Block]] = [[]]
    for block in blocks:
        n_turns = sum(other.kind == "turn" for other in parts[-1])
        if block.kind == "heading" or (block.kind == "turn" and n_turns == TURNS):
            parts.append([])
        parts[-1].append(block)
    first = next(i for i, part in enumerate(parts) if _is_told(part))
    parts[first] = [block for block in parts[first] if first > 1 or block.kind == "turn" or _is_body(block)]
    told = [part for part in parts if _is_told(part)]
    places = ["opening", *["middle"] * (len(told) - 2), "closing"]
    return [Section(source, where, part) for where, part in zip(places, told, strict=True)]


def _is_body(block: Block) -> bool:
    """Whether a block at the top of a document is more than a date, a list of who was there or a note to readers."""
    return len(block.text.split()) > 24 and not re.match("Present|Note|Recorded", block.text)


def _is_told(part: Sequence[Block]) -> bool:
    return sum(len(block.text.split()) for block in part if block.kind != "heading") > 24


def documents(n: int, low: int, high: int, seed: int = 13) -> Iterator[Made]:
    """Yield so many documents of `low` to `high` words."""
    for number in range(n):
        yield document(number, low, high, seed)


def document(number: int, low: int, high: int, seed: int = 13) -> Made:
    """Return one document of a corpus; it depends on its number, not on the other documents."""
    draw = random.Random(f"{seed}:{number}")
    of = series(seed, number // SERIES)
    kind = draw.choices(list(KINDS), list(KINDS.values()))[0]
    day = date(of.year, 2, 1) + timedelta(days=91 * (number % SERIES) + draw.randrange(80))
    cast = Cast(draw, of, day.year)
    front = FRONTS[kind](cast, day, number % SERIES + 1)
    body = _body(kind, cast, draw.randint(low, high) - _length(front))
    return Made(_path(number, of, kind, draw), [*front, *body])


def _path(number: int, of: Series, kind: str, draw: random.Random) -> str:
    folder = re.sub(r"\W+", "-", of.name.lower()).strip("-")
    suffix = draw.choices(list(SUFFIXES), list(SUFFIXES.values()))[0]
    return f"{of.number:03}-{folder}/{number:05}-{kind.replace('_', '-')}{suffix}"


def _length(blocks: Sequence[Block]) -> int:
    return sum(len(block.text.split()) for block in blocks)


def _body(kind: str, cast: Cast, length: int) -> list[Block]:
    made: list[Block] = []
    closing = [section for section in _pool(kind, "closing")[:4] if _length(section.blocks) < length / 3]
    last = _fitted(varied(cast.draw.choice(closing), cast, 0), length // 4) if closing else []
    for round_, section in _order(kind, cast.draw):
        room = length - _length(made) - _length(last)
        if room < length / 20:
            break
        made += _fitted(varied(section, cast, round_), room)
    return made + last


def _order(kind: str, draw: random.Random) -> Iterator[tuple[int, Section]]:
    """Yield an opening section and then others, again and again; each round has other names."""
    yield 0, draw.choice(_pool(kind, "opening"))
    round_ = 0
    while True:
        middle = _pool(kind, "middle")
        yield from ((round_, section) for section in draw.sample(middle, len(middle)))
        round_ += 1


def _pool(kind: str, where: str) -> list[Section]:
    kinds = POOLS.get(kind, (kind,))[: 1 if where == "opening" else None]
    return [section for name in kinds for section in sources()[name] if section.place == where]


def _fitted(blocks: Sequence[Block], length: int) -> list[Block]:
    """Return the first blocks: one more than fit, so that a section is more than its heading."""
    found: list[Block] = []
    for block in blocks:
        if found and _length(found) + 0.5 * _length([block]) > length and found[-1].kind != "heading":
            break
        found.append(block)
    return found if found and found[-1].kind != "heading" else found[:-1]


def varied(section: Section, cast: Cast, round_: int) -> list[Block]:
    """Return the blocks of a section in other words."""
    key = f"{section.source}{round_ or ''}"
    return [_block(block, cast, key) for block in section.blocks]


def _block(block: Block, cast: Cast, key: str) -> Block:
    text, quoted = block.text, re.fullmatch(r"([“\"])([^“”\"]+)([”\"])", block.text, re.DOTALL)
    if block.kind in {"heading", "table"} or not re.match(r"[^a-z].*[.?!]\W*$", text, re.DOTALL):
        return replace(block, text=_phrase(block, cast, key))
    if quoted:
        return replace(block, text=quoted[1] + _paragraph(quoted[2], cast, key, "quote") + quoted[3])
    return replace(block, text=_paragraph(text, cast, key, block.kind))


def _phrase(block: Block, cast: Cast, key: str) -> str:
    """Return a heading, a table or an item that is no sentence, in other words."""
    text, ways = exchanged(block.text, cast, key)
    if block.kind == "list_item" and ways < FEW and len(text.split()) > 3 and cast.draw.random() < 0.8:
        text += written(cast.draw.choice(words.TAILS), cast)
    return text


def _paragraph(text: str, cast: Cast, key: str, kind: str) -> str:
    """Return a paragraph: some of its sentences in other words, and one of ours."""
    draw, spoken = cast.draw, kind in _SPEECH
    given = [exchanged(sentence, cast, key) for sentence in sentences(text)]
    chosen = [
        _opened(sentence, cast, spoken=spoken) if ways < FEW and draw.random() < 0.85 else sentence
        for i, (sentence, ways) in enumerate(given)
        if (i == 0 and kind == "turn") or len(given) < 3 or draw.random() < (0.85 if ways >= FEW else 0.35)
    ] or [given[0][0]]
    if draw.random() < 0.5 or math.prod(ways for _, ways in given) < FEW:
        added = written(draw.choice(words.SPOKEN if spoken else words.TOLD), cast)
        chosen.insert(draw.randint(1, len(chosen)), added)
    return " ".join(chosen)


def _opened(sentence: str, cast: Cast, *, spoken: bool) -> str:
    speaker, said = re.fullmatch(r"((?:[A-Z][\w.’'-]*(?: [\w.’'()-]+){0,3}: )?)(.*)", sentence, re.DOTALL).groups()  # type: ignore[union-attr]
    first = re.match(r"[A-Z][a-z]*\b(?! [A-Z])", said)
    if not first or len(said.split()) < 5 or ":" in said[:40]:
        return sentence
    if first[0].lower() in _plain() and first[0] != "I":
        said = said[0].lower() + said[1:]
    return speaker + written(cast.draw.choice(words.OPENERS_SPOKEN if spoken else words.OPENERS), cast) + said


@lru_cache(maxsize=1)
def _plain() -> frozenset[str]:
    """Return the words that are no names: those of the examples that are written small somewhere."""
    texts = (block.text for sections in sources().values() for one in sections for block in one.blocks)
    return frozenset(re.findall(r"\b[a-z]+", " ".join([*texts, *words.NUMBERS, *_CHOICES])))


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
    return (made[0].upper() + made[1:] if word[0].isupper() else made), _CHOICES[word.lower()]


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


_CHOICES = {word: len(group) for group in words.ALIKE for word in group}
_LONGEST_FIRST = sorted(_CHOICES, key=lambda word: (-len(word), word))
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


def write(folder: Path, made: Iterator[Made]) -> tuple[int, int]:
    """Write documents into a folder; return how many they are and how many words they have."""
    n = n_words = 0
    for one in made:
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.content())
        n, n_words = n + 1, n_words + _length(one.blocks)
    return n, n_words


def spread(given: str) -> tuple[int, int]:
    """Read `300-1600` or `500`: the least and the greatest number of words of a document."""
    low, _, high = given.partition("-")
    return int(low), int(high or low)


def main() -> None:
    """Write a corpus."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--words", type=spread, default=(300, 1600), metavar="LOW-HIGH")
    parser.add_argument("--seed", type=int, default=13)
    given = parser.parse_args()
    low, high = given.words
    n, n_words = write(given.folder, documents(given.documents, low, high, given.seed))
    print(f"{given.folder}: {n} documents, {n_words:,} words")


if __name__ == "__main__":
    main()
