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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import made_words as words
from made_casting import CHOICES, Cast, Series, exchanged, sentences, series, written
from made_files import SUFFIXES, Block, rendered
from made_fronts import FRONTS

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

_SPEECH = ("turn", "quote")


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it. `place`: opening | middle | closing."""

    source: str
    place: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Made:
    """A document: where it belongs in the corpus, and its blocks."""

    path: str
    blocks: Sequence[Block]

    def content(self) -> bytes:
        """Return the bytes of its file."""
        return rendered(self.path, self.blocks)


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
    day -= timedelta(days=max(0, day.weekday() - 4))  # nobody meets on a weekend
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
    if not first or len(said.split()) < 5 or ":" in said[:40] or said[-1] == "?":
        return sentence
    if first[0].lower() in _plain() and first[0] != "I":
        said = said[0].lower() + said[1:]
    return speaker + written(cast.draw.choice(words.OPENERS_SPOKEN if spoken else words.OPENERS), cast) + said


@lru_cache(maxsize=1)
def _plain() -> frozenset[str]:
    """Return the words that are no names: those of the examples that are written small somewhere."""
    texts = (block.text for sections in sources().values() for one in sections for block in one.blocks)
    return frozenset(re.findall(r"\b[a-z]+", " ".join([*texts, *words.NUMBERS, *CHOICES])))


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
