"""What the page shows: records put into words and joined, as the template and the figures receive them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

Decision = Literal["yes", "review"]


@dataclass(frozen=True, slots=True)
class Coded:
    """A theme that a passage was decided to have. `column`: its id; `by`: the person who decided, or empty."""

    column: str
    decision: Decision
    p: float
    by: str = ""


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage. `counted`: it repeats no other and is no heading, unless somebody gave the heading a theme.

    `settled`: the themes that a person decided, yes or no. `problems`: ids of those it stands in.
    """

    anchor: str
    id: str
    kind: str
    text: str
    page: int | None
    speaker: str | None
    start: int
    end: int
    repeated: bool
    counted: bool
    themes: list[Coded]
    sites: list[str]
    settled: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()

    @property
    def decided(self) -> set[str]:
        """The themes decided yes."""
        return {code.column for code in self.themes if code.decision == "yes"}

    def leans_to(self, theme: str) -> bool:
        """Tell whether a theme was decided yes or to review."""
        return any(code.column == theme for code in self.themes)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A practice that a quote was decided to show. `level` in words, or empty; `by`: the person who decided, or empty.

    `anchor`: empty for a practice that the rubric at hand does not have. `words`: stretches of the quote's text that
    spoke most for it.
    """

    indicator: str
    practice: str
    practice_text: str
    anchor: str
    level: str
    p: float
    decision: Decision
    evidence: str
    by: str = ""
    words: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote. `speaker`: `None` where the text does not tell; `details`: role and organization.

    `sites`, `problems`: keys of the columns in which coverage counts it. `by`: the person who found it, or empty.
    """

    anchor: str
    id: str
    text: str
    speaker: str | None
    details: str
    form: str
    confidence: str
    start: int
    end: int
    passage: PassageView
    practices: list[Mapped]
    sites: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    by: str = ""

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text cut into stretches, and whether each spoke for the best practice."""
        marks = sorted(self.practices[0].words) if self.practices else []
        return _pieces(self.text, marks)

    @property
    def counted(self) -> bool:
        """Whether its passage repeats no other."""
        return not self.passage.repeated

    @property
    def to_review(self) -> bool:
        """Whether a decision about it waits for a person."""
        decided: list[Coded | Mapped] = [*self.passage.themes, *self.practices]
        return any(decision.decision == "review" for decision in decided)


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The sentences of a problem of practice that play one role."""

    role: str
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem of practice. `extent`: its first and last offset. `sites` are those that it names.

    `repeated`: every passage repeats another.

    `linked`: ids of the same problem in other documents. `by`: the person who said that it is one, or empty.
    """

    anchor: str
    id: str
    heading: str
    sites: list[str]
    sureness: str
    anatomy: list[Anatomy]
    opening: str
    repeated: bool
    extent: tuple[int, int]
    passages: list[PassageView]
    quotes: list[QuoteView]
    linked: list[str] = field(default_factory=list)
    by: str = ""

    @property
    def themes(self) -> list[tuple[str, int, int]]:
        """Each theme with the passages decided yes and to review, the most frequent first."""
        votes = [(code.column, code.decision) for passage in self.passages for code in passage.themes]
        counts = Counter(votes)
        rows = [(theme, counts[theme, "yes"], counts[theme, "review"]) for theme in dict(votes)]
        return sorted(rows, key=lambda row: (-row[1], -row[2]))

    @property
    def practices(self) -> list[tuple[Mapped, QuoteView]]:
        """Each indicator once, with the quote that shows it best: matches before those to review."""
        pairs = [(mapped, quote) for quote in self.quotes for mapped in quote.practices]
        best: dict[str, tuple[Mapped, QuoteView]] = {}
        for pair in sorted(pairs, key=lambda pair: (pair[0].decision != "yes", -pair[0].p)):
            best.setdefault(pair[0].indicator, pair)
        return list(best.values())


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with all of its words, held while it is counted. `date` in words; `iso`: its first day.

    `quality`: what was measured while it was read, each fact in words.
    """

    anchor: str
    title: str
    path: str
    kind: str
    date: str | None
    iso: str | None
    place: str | None
    authors: list[str]
    passages: list[PassageView]
    quotes: list[QuoteView]
    problems: list[ProblemView]
    quality: list[str] = field(default_factory=list)


class Title(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A document in lists and tables. Repeated passages, and what stands in them, are counted apart."""

    anchor: str
    title: str
    path: str
    kind: str
    date: str | None
    year: str | None
    place: str | None
    authors: list[str]
    quality: list[str]
    passages: int
    repeated: int
    quotes: int
    problems: int


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document at its place in the corpus: `number`, from 1. `label`: number and title, for tables and figures."""

    anchor: str
    number: int
    label: str
    path: str
    kind: str
    date: str | None
    year: str | None
    place: str | None
    authors: list[str]
    warnings: list[str]
    quality: list[str]
    passages: int
    repeated: int
    quotes: int
    problems: int


@dataclass(frozen=True, slots=True)
class Strip:
    """A theme along a document: place, decision, anchor of the passage and the person who decided, or empty."""

    theme: str
    yes: int
    review: int
    cells: list[tuple[int, Decision, str, str]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A problem of practice along a document: from its first place to the one after its last."""

    start: int
    end: int
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The themes of a document passage by passage. `n`: how many passages it has, headings left out."""

    n: int
    strips: list[Strip]
    stretches: list[Stretch]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A document at a glance: its shape, flat."""

    document: DocumentRow
    n: int
    strips: list[Strip]
    stretches: list[Stretch]


@dataclass(frozen=True, slots=True)
class Card:
    """A problem of practice with the document that it stands in."""

    problem: ProblemView
    document: DocumentRow


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a document that the page holds: its quotes and passages, or a sample of them."""

    document: DocumentRow
    quotes: list[QuoteView]
    passages: list[PassageView]


def title_row(view: DocumentView) -> Title:
    """Return what lists and tables show of a document."""
    return Title(
        anchor=view.anchor,
        title=view.title,
        path=view.path,
        kind=view.kind,
        date=view.date,
        year=view.iso[:4] if view.iso else None,
        place=view.place,
        authors=view.authors,
        quality=view.quality,
        passages=sum(passage.counted for passage in view.passages),
        repeated=sum(passage.repeated for passage in view.passages),
        quotes=sum(quote.counted for quote in view.quotes),
        problems=sum(not problem.repeated for problem in view.problems),
    )


def row_of(title: Title, number: int, warnings: list[str]) -> DocumentRow:
    """Put a document at its place in the corpus."""
    return DocumentRow(
        anchor=title.anchor,
        number=number,
        label=f"D{number} {title.title}",
        path=title.path,
        kind=title.kind,
        date=title.date,
        year=title.year,
        place=title.place,
        authors=title.authors,
        warnings=warnings,
        quality=title.quality,
        passages=title.passages,
        repeated=title.repeated,
        quotes=title.quotes,
        problems=title.problems,
    )


def shape_of(view: DocumentView, themes: Sequence[str]) -> Shape:
    """Lay the themes of a document out along its passages; a theme without a passage has no strip."""
    shown = [passage for passage in view.passages if passage.kind != "Heading"]
    cells: dict[str, list[tuple[int, Decision, str, str]]] = {theme: [] for theme in themes}
    for place, passage in enumerate(shown):
        for code in passage.themes:
            cells.setdefault(code.column, []).append((place, code.decision, passage.anchor, code.by))
    repeated = {passage.anchor for passage in shown if passage.repeated}
    strips = [_strip(theme, found, repeated) for theme, found in cells.items() if found]
    return Shape(len(shown), strips, [_stretch(problem, shown) for problem in view.problems])


def _strip(theme: str, cells: list[tuple[int, Decision, str, str]], repeated: set[str]) -> Strip:
    decisions = Counter(decision for _, decision, anchor, _ in cells if anchor not in repeated)
    return Strip(theme, decisions["yes"], decisions["review"], cells)


def _stretch(problem: ProblemView, shown: Sequence[PassageView]) -> Stretch:
    start, end = problem.extent
    places = [place for place, passage in enumerate(shown) if start <= passage.start and passage.end <= end]
    label = problem.heading or ", ".join(problem.sites) or "Without a heading"
    return Stretch(places[0] if places else 0, places[-1] + 1 if places else 0, label, problem.anchor)


def _pieces(text: str, marks: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Cut a text at the ends of stretches that do not overlap.

    >>> _pieces("We ask why.", [(3, 6)])
    [('We ', False), ('ask', True), (' why.', False)]
    """
    pieces: list[tuple[str, bool]] = []
    last = 0
    for start, end in marks:
        if last <= start < end <= len(text):
            pieces += [(text[last:start], False), (text[start:end], True)]
            last = end
    pieces.append((text[last:], False))
    return [piece for piece in pieces if piece[0]]
