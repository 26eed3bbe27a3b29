"""What the report takes from one document: counts to add up, and the order in which its words stand for the samples.

It follows from the records of the document alone, whatever the other documents are and wherever it stands among them.
So it can be kept, and only new or changed documents are looked at. `findings` adds extracts up.

Worked example. Of a document with two passages at the site Elm, one on equity and one on equity and succession, the
extract says

    everything   n 2   equity 2 yes, succession 1 yes
    sites        elm   n 2   equity 2 yes, succession 1 yes
    meeting      equity with equity 2, equity with succession 1, succession with succession 1
    read         (0, 71…), (0, 17…)   each passage is the first of its theme here; then chance decides
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from pipeline.counts.coverage import DIMENSIONS, By, MappedQuote, count, mapped_quotes, site_key
from pipeline.learning.prevalence import FEWEST_PASSAGES, Estimate, Prevalence, Sampled
from pipeline.records import Bundle
from pipeline.rubric import Row
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.corrected import estimates
from pipeline.stages.report.gather import Context, context, view_document
from pipeline.stages.report.origins import Origins, origins_of
from pipeline.stages.report.sample import LAST, Key, keys
from pipeline.stages.report.views import DocumentView, PassageView, QuoteView, Title, title_row


class Struct(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is kept, in as few bytes as it takes."""


class Group(Struct, frozen=True):
    """The counted passages of a document, or those at one of its sites.

    `cells`: theme → decided yes, to review. `tally`: for each theme of the codebook, as `corrected.COUNTS`, 32-bit
    integers; `sample`: for each of them what a person said of passages drawn at random; both empty where no count is
    corrected.
    """

    label: str
    n: int
    cells: dict[str, tuple[int, int]]
    tally: bytes = b""
    sample: list[list[Sampled]] = []


class Covered(Struct, frozen=True):
    """What a document adds to one matrix of coverage.

    `columns`: key, label, document and quotes of each; `cells`: line, column, quotes matched and to review.
    """

    columns: list[tuple[str, str, str, int]]
    cells: list[tuple[int, int, int, int]]


class Extract(Struct, frozen=True):
    """What the report takes from one document.

    `coded`: themes on any of its passages; `meeting`: theme → theme → passages with both; `nowhere`: passages without a
    site; `corrected`: the shares of the themes of the codebook, if no other model coded the corpus.

    `practices`, `indicators`: place in the rubric, quotes matched and to review, each quote once.

    `said`, `read`, `cards`, `portrait`: keys of its quotes, of `readable` passages, of its problems and of itself for
    the samples.
    """

    title: Title
    counts: dict[str, int]
    everything: Group
    coded: list[str]
    sites: dict[str, Group]
    nowhere: int
    meeting: dict[str, dict[str, int]]
    sampled: int
    corrected: list[Estimate]
    origins: Origins
    n_quotes: int
    covered: dict[By, Covered]
    practices: list[tuple[int, int, int]]
    indicators: list[tuple[int, int, int]]
    said: list[Key]
    read: list[Key]
    cards: list[Key]
    portrait: Key


@dataclass
class Extractor:
    """Takes extracts from documents; all that they depend on besides the documents is in `basis`."""

    basis: Basis

    def __post_init__(self) -> None:
        basis = self.basis
        self.rows: Sequence[Row] = basis.rubric.rows()
        self.shown_with: Context = context(basis.codebook.ids, basis.rubric)
        self._prevalence: Prevalence | None = None

    def view(self, bundle: Bundle) -> DocumentView:
        """Show a document."""
        return self._view(bundle, mapped_quotes(bundle, self.basis.rubric.name))

    def _view(self, bundle: Bundle, quotes: Sequence[MappedQuote]) -> DocumentView:
        return view_document(bundle, self.shown_with, {quote.id: quote for quote in quotes})

    def extract(self, bundle: Bundle) -> tuple[Extract, DocumentView]:
        """Return the extract of a document, and what it was taken from."""
        quotes = mapped_quotes(bundle, self.basis.rubric.name)
        view = self._view(bundle, quotes)
        counted = [passage for passage in view.passages if passage.counted]
        everything = self._group("", counted)
        seed = self.basis.settings.seed
        made = Extract(
            title=title_row(view),
            counts=_decisions(view),
            everything=everything,
            coded=sorted({code.column for passage in view.passages for code in passage.themes}),
            sites={key: self._group(label, held) for key, (label, held) in _by_site(counted).items()},
            nowhere=sum(not passage.sites for passage in counted),
            meeting=_meeting(counted),
            sampled=sum(passage.id in self._sampled for passage in counted),
            corrected=self._corrected(everything),
            origins=origins_of(bundle, self.basis),
            n_quotes=len(quotes),
            covered={by: _covered(quotes, self.rows, by) for by in DIMENSIONS},
            practices=_totals(quotes, self.rows, indicators=False),
            indicators=_totals(quotes, self.rows, indicators=True),
            said=_keys_of_quotes(view, seed),
            read=_keys_of_passages(view, seed),
            cards=_keys_of_problems(view, seed),
            portrait=(int(not _problems(view)), keys([(view.anchor, [""])], seed)[0][1]),
        )
        return made, view

    @property
    def _sampled(self) -> Iterable[Any]:
        return self.basis.known.sample.labels if self.basis.known else {}

    def _group(self, label: str, passages: Sequence[PassageView]) -> Group:
        cells: dict[str, tuple[int, int]] = {}
        votes = Counter((code.column, code.decision) for passage in passages for code in passage.themes)
        for theme in sorted({theme for theme, _ in votes}):
            cells[theme] = votes[theme, "yes"], votes[theme, "review"]
        if self.basis.known is None:
            return Group(label, len(passages), cells)
        themes = self.basis.codebook.ids
        tally = np.array([_tally(passages, theme) for theme in themes], dtype="<i4").tobytes()
        sample = [self._sample(passages, theme) for theme in themes]
        return Group(label, len(passages), cells, tally, sample if any(sample) else [])

    def _sample(self, passages: Sequence[PassageView], theme: str) -> list[Sampled]:
        assert self.basis.known is not None
        labels = self.basis.known.sample
        if not labels.labels:
            return []
        open_ = (passage for passage in passages if theme not in passage.settled)
        judged = (labels.of(passage.id, theme, model=passage.leans_to(theme)) for passage in open_)
        return [one for one in judged if one is not None]

    def _corrected(self, everything: Group) -> list[Estimate]:
        """Correct the counts as those of the model at hand, which is what most corpora were coded by."""
        known = self.basis.known
        if known is None or everything.n < FEWEST_PASSAGES:
            return []
        if self._prevalence is None:
            self._prevalence = known.prevalence((), self.basis.settings)
        return estimates([(everything.tally, everything.sample)], self.basis.codebook.ids, self._prevalence)


def readable(view: DocumentView) -> list[PassageView]:
    """Return the passages that the page may show: no headings, unless somebody gave one a theme."""
    return [passage for passage in view.passages if passage.kind != "Heading" or passage.themes]


def _tally(passages: Sequence[PassageView], theme: str) -> tuple[int, int, int, int]:
    # The errors of the model were counted at the threshold from which it asks for review.
    settled = [theme in passage.decided for passage in passages if theme in passage.settled]
    found = [passage.leans_to(theme) for passage in passages if theme not in passage.settled]
    return len(found), sum(found), len(settled), sum(settled)


def _by_site(passages: Sequence[PassageView]) -> dict[str, tuple[str, list[PassageView]]]:
    """Return each site by its key: its name as first written, and its passages."""
    found: dict[str, tuple[str, list[PassageView]]] = {}
    for passage in passages:
        for key, name in {site_key(site): site for site in passage.sites}.items():
            found.setdefault(key, (name, []))[1].append(passage)
    return found


def _meeting(passages: Sequence[PassageView]) -> dict[str, dict[str, int]]:
    met: dict[str, Counter[str]] = defaultdict(Counter)
    for passage in passages:
        decided = sorted(passage.decided)
        for theme in decided:
            met[theme].update(decided)
    return {theme: dict(others) for theme, others in sorted(met.items())}


def _covered(quotes: Sequence[MappedQuote], rows: Sequence[Row], by: By) -> Covered:
    if not quotes:
        return Covered([], [])
    matrix = count(quotes, rows, by)
    cells = [
        (i, j, len(cell.matched), len(cell.review))
        for i, line in enumerate(matrix.lines)
        for j, cell in enumerate(line.cells)
        if cell.matched or cell.review
    ]
    columns = [(one.key, one.label, one.document, n) for one, n in zip(matrix.columns, matrix.n, strict=True)]
    return Covered(columns, cells)


def _totals(quotes: Sequence[MappedQuote], rows: Sequence[Row], *, indicators: bool) -> list[tuple[int, int, int]]:
    lines = count(quotes, rows, "document", indicators=indicators).lines if quotes else []
    totals = [(i, len(line.total.matched), len(line.total.review)) for i, line in enumerate(lines)]
    return [total for total in totals if any(total[1:])]


def _keys_of_quotes(view: DocumentView, seed: int) -> list[Key]:
    drawn = keys([(quote.id, _strata(quote)) for quote in view.quotes], seed)
    return [
        (rank + LAST * quote.passage.repeated, chance)
        for (rank, chance), quote in zip(drawn, view.quotes, strict=True)
    ]  # fmt: skip


def _strata(quote: QuoteView) -> list[str]:
    return [
        *(code.column for code in quote.passage.themes),
        *(f"practice {mapped.practice}" for mapped in quote.practices),
        "",
    ]


def _keys_of_passages(view: DocumentView, seed: int) -> list[Key]:
    shown = readable(view)
    drawn = keys([(passage.id, [code.column for code in passage.themes]) for passage in shown], seed)
    return [
        (rank + LAST * (not passage.counted), chance) for (rank, chance), passage in zip(drawn, shown, strict=True)
    ]  # fmt: skip


def _keys_of_problems(view: DocumentView, seed: int) -> list[Key]:
    drawn = keys([(problem.id, [problem.anchor]) for problem in view.problems], seed)
    return [
        (order + LAST * problem.repeated, chance)
        for order, ((_, chance), problem) in enumerate(zip(drawn, view.problems, strict=True))
    ]


def _problems(view: DocumentView) -> int:
    return sum(not problem.repeated for problem in view.problems)


def _decisions(view: DocumentView) -> dict[str, int]:
    """Return how many decisions of each kind a document holds, repeated passages left out."""
    themes = [code for passage in view.passages if passage.counted for code in passage.themes]
    practices = [mapped for quote in view.quotes if quote.counted for mapped in quote.practices if mapped.anchor]
    return {
        "tags_yes": sum(code.decision == "yes" for code in themes),
        "tags_review": sum(code.decision == "review" for code in themes),
        "mappings_match": sum(mapped.decision == "yes" for mapped in practices),
        "mappings_review": sum(mapped.decision == "review" for mapped in practices),
        "by_people": sum(bool(code.by) for code in themes) + sum(bool(mapped.by) for mapped in practices),
    }
