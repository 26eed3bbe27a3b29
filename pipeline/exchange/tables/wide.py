"""The wide form: a row for each passage, quote, segment or document, and a 0/1 column for each theme and practice.

    id      …  text              theme_equity  theme_succession  practice_12
    p0004      Nobody knew who …            0                 1
    p0005      We share the …               1                               1

An empty cell is unknown: nobody judged, people differ, or the model left it for review.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.codebook import Codebook
from pipeline.corrections.folder import Recorded
from pipeline.exchange.tables import facts, judged
from pipeline.exchange.tables.judged import Cell, Judged
from pipeline.exchange.tables.long import SENT, Unit
from pipeline.forms.grid import Column, Grid, Value
from pipeline.records import Bundle, Passage, Quote, Segment, is_coded, segment_of_passage
from pipeline.rubric import Practice, Rubric

PRACTICE: Final = "practice_"
_ID: Final = Column("id", width=0, label="Id of the unit; keep it, it tells where a change belongs")
_WORDS: Final = Column("n_words", "integer", 8, label="Number of words")
_QUOTE: Final = (
    Column("form", label="Form of the quote"),
    Column("confidence", "number", 8, label="How sure the quote is, 0 to 1"),
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the columns are. `coders`: also a column of every theme for each person; `p`: the model's probabilities.

    `review`: what the model left for review is unknown, otherwise absent. `recorded`: what people decided of passages.
    """

    codebook: Codebook
    rubric: Rubric
    unit: Unit = "passage"
    coders: bool = False
    p: bool = False
    review: bool = True
    recorded: Sequence[Recorded] = ()

    @property
    def practices(self) -> list[Practice]:
        """The practices of the rubric."""
        return [practice for area in self.rubric.areas for practice in area.practices]


@dataclass(frozen=True)
class _Row:
    """A unit: what is told of it, and the passages and quotes that its codes come from."""

    told: tuple[Value, ...]
    passages: list[Passage] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)


def grid(bundles: Iterable[Bundle], wanted: Wanted) -> Grid:
    """Return the table; units stand in the order of the documents and of their text."""
    found: list[tuple[_Row, Judged, Judged]] = []
    recorded: dict[str, list[Recorded]] = {}
    for one in wanted.recorded:
        recorded.setdefault(one.judgement.anchor.document, []).append(one)
    for bundle in bundles:
        decided = recorded.get(bundle.document.path, [])
        themes = judged.themes(bundle, wanted.codebook, decided, review=wanted.review)
        practices = judged.practices(bundle, [one.id for one in wanted.practices], review=wanted.review)
        found += [(row, themes, practices) for row in _units(bundle, wanted.unit)]
    people = sorted({name for _, themes, _ in found for name in themes.people}) if wanted.coders else []
    rows = [(*row.told, *_cells(row, themes, practices, wanted, people)) for row, themes, practices in found]
    return Grid((*_told(wanted.unit), *_columns(wanted, people)), rows, f"{wanted.unit}s")


def column_of(theme: str) -> str:
    """Return the name of the column of a theme."""
    return f"theme_{theme}"


def practice_column(practice: str) -> str:
    """Return the name of the column of a practice."""
    return f"{PRACTICE}{practice}"


def _told(unit: Unit) -> tuple[Column, ...]:
    if unit == "document":
        return (_ID, *facts.DOCUMENT[1:], _WORDS)
    if unit == "segment":
        return (_ID, *facts.DOCUMENT, *facts.SEGMENT[1:], *facts.SPAN, _WORDS, facts.TEXT)
    placed = (*facts.DOCUMENT, *facts.SEGMENT)
    if unit == "quote":
        return (_ID, *placed, *facts.PASSAGE, *facts.SPEAKER, *_QUOTE, *facts.SPAN, _WORDS, facts.TEXT)
    return (_ID, *placed, *facts.PASSAGE[1:], facts.SPEAKER[0], *facts.SPAN, _WORDS, facts.TEXT)


def _units(bundle: Bundle, unit: Unit) -> Iterator[_Row]:
    if unit == "passage":
        return _passages(bundle)
    if unit == "quote":
        return _quotes(bundle)
    return _segments(bundle) if unit == "segment" else _documents(bundle)


def _passages(bundle: Bundle) -> Iterator[_Row]:
    segments = segment_of_passage(bundle)
    said: dict[str, list[Quote]] = {}
    for quote in bundle.quotes:
        said.setdefault(quote.passage_id, []).append(quote)
    for one in bundle.passages:
        if is_coded(one):
            told = (*facts.of_document(bundle.document), *facts.of_segment(segments.get(one.id)))
            own = (*facts.of_passage(one)[1:], one.speaker, one.start, one.end, _n_words(one.text), one.text)
            yield _Row((one.id, *told, *own), [one], said.get(one.id, []))


def _quotes(bundle: Bundle) -> Iterator[_Row]:
    passages = {one.id: one for one in bundle.passages}
    segments = {one.id: one for one in bundle.segments}
    for quote in bundle.quotes:
        passage = passages[quote.passage_id]
        segment = segments.get(quote.segment_id or "")
        placed = (*facts.of_document(bundle.document), *facts.of_segment(segment), *facts.of_passage(passage))
        said = (*facts.of_speaker(quote, None), quote.form, quote.confidence)
        own = (quote.start, quote.end, _n_words(quote.text), quote.text)
        yield _Row((quote.id, *placed, *said, *own), [passage] if is_coded(passage) else [], [quote])


def _segments(bundle: Bundle) -> Iterator[_Row]:
    for segment in bundle.segments:
        text = bundle.document.text[segment.start : segment.end]
        told = (*facts.of_document(bundle.document), *facts.of_segment(segment)[1:])
        own = (segment.start, segment.end, _n_words(text), text)
        yield _Row((segment.id, *told, *own), *_held(bundle, segment))


def _documents(bundle: Bundle) -> Iterator[_Row]:
    told = facts.of_document(bundle.document)
    coded = [one for one in bundle.passages if is_coded(one)]
    yield _Row((*told, _n_words(bundle.document.text)), coded, list(bundle.quotes))


def _held(bundle: Bundle, segment: Segment) -> tuple[list[Passage], list[Quote]]:
    inside = set(segment.passage_ids)
    coded = [one for one in bundle.passages if one.id in inside and is_coded(one)]
    return coded, [one for one in bundle.quotes if one.passage_id in inside]


def _columns(wanted: Wanted, people: Sequence[str]) -> Iterator[Column]:
    themes = wanted.codebook.themes
    for theme in themes:
        yield Column(column_of(theme.id), "flag", 10, label=f"Theme: {theme.name}")
    for name in people:
        for theme in themes:
            yield Column(f"{column_of(theme.id)}__{name}", "flag", 10, label=f"Theme, says {name}: {theme.name}")
    for practice in wanted.practices:
        yield Column(practice_column(practice.id), "flag", 10, label=f"Practice {practice.id}: {practice.text}")
    if wanted.p:
        for theme in themes:
            yield Column(f"p_{theme.id}", "number", 8, label=f"Probability of the theme: {theme.name}")
        for practice in wanted.practices:
            yield Column(f"p_practice_{practice.id}", "number", 8, label=f"Probability of practice {practice.id}")
    if wanted.unit == "passage":
        yield Column(SENT, width=0, label="Themes and practices as they were sent out")


def _cells(row: _Row, themes: Judged, practices: Judged, wanted: Wanted, people: Sequence[str]) -> Iterator[Value]:
    ids = wanted.codebook.ids
    values = {theme: judged.together(themes.value((one.id, theme)) for one in row.passages) for theme in ids}
    yield from map(_flag, values.values())
    for name in people:
        for theme in ids:
            yield _flag(judged.together(themes.of(name, (one.id, theme)) for one in row.passages))
    known = {
        practice_column(practice.id): judged.together(practices.value((one.id, practice.id)) for one in row.quotes)
        for practice in wanted.practices
    }
    yield from map(_flag, known.values())
    if wanted.p:
        for theme in ids:
            yield _highest(themes, [(one.id, theme) for one in row.passages])
        for practice in wanted.practices:
            yield _highest(practices, [(one.id, practice.id) for one in row.quotes])
    if wanted.unit == "passage":
        yield sent(values | known)


def sent(values: dict[str, Cell]) -> str:
    """Return what a row says as SENT keeps it: "equity succession? practice_12"; what is not named is absent."""
    return " ".join(name + ("?" if cell is None else "") for name, cell in values.items() if cell != 0)


def _flag(cell: Cell) -> bool | None:
    return None if cell is None else bool(cell)


def _highest(known: Judged, keys: Sequence[tuple[str, str]]) -> float | None:
    return max((known.p[key] for key in keys if key in known.p), default=None)


def _n_words(text: str) -> int:
    return len(text.split())
