"""What the page shows: records put into words and joined, as the template and the figures receive them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

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

    `settled`: the themes that a person decided, yes or no.
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

    @property
    def decided(self) -> set[str]:
        """The themes decided yes."""
        return {code.column for code in self.themes if code.decision == "yes"}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A practice that a quote was decided to show. `level` in words, or empty.

    `anchor`: empty for a practice that the rubric at hand does not have.
    """

    indicator: str
    practice: str
    practice_text: str
    anchor: str
    level: str
    p: float
    decision: Decision
    evidence: str


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote. `speaker`: `None` where the text does not tell; `details`: role and organization."""

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
    """A problem of practice. `sites` are those that it names; `repeated`: every passage repeats another.

    `linked`: ids of the same problem in other documents.
    """

    anchor: str
    id: str
    heading: str
    sites: list[str]
    sureness: str
    anatomy: list[Anatomy]
    opening: str
    repeated: bool
    passages: list[PassageView]
    quotes: list[QuoteView]
    linked: list[str] = field(default_factory=list)

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
    """A document. `date` in words; `iso`: its first day; `label` is short and goes into tables and figures.

    `quality`: what was measured while it was read, each fact in words.
    """

    anchor: str
    number: int
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
    warnings: list[str] = field(default_factory=list)
    quality: list[str] = field(default_factory=list)

    @property
    def n_repeated(self) -> int:
        """How many of its passages stand in this or an earlier document already."""
        return sum(passage.repeated for passage in self.passages)

    @property
    def year(self) -> str | None:
        """The year in which it begins."""
        return self.iso[:4] if self.iso else None

    @property
    def label(self) -> str:
        """Its number and title."""
        return f"D{self.number} {self.title}"

    @property
    def counted_passages(self) -> int:
        """How many passages themes are decided for."""
        return sum(passage.counted for passage in self.passages)

    @property
    def repeated_passages(self) -> int:
        """How many passages repeat an earlier one."""
        return sum(passage.repeated for passage in self.passages)

    @property
    def counted_quotes(self) -> int:
        """How many quotes do not stand in a repeated passage."""
        return sum(quote.counted for quote in self.quotes)

    @property
    def counted_problems(self) -> int:
        """How many problems of practice do not stand elsewhere."""
        return sum(not problem.repeated for problem in self.problems)

    @property
    def coded(self) -> list[PassageView]:
        """The passages with at least one theme."""
        return [passage for passage in self.passages if passage.themes]
