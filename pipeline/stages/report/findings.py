"""All that the page shows, gathered in one pass over the documents: counts of all of it, words of as much as fits."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pipeline.codebook import Codebook, Theme
from pipeline.config import Settings
from pipeline.counts.coverage import DIMENSIONS, By, MappedQuote, Matrix, count, mapped_quotes
from pipeline.learning.held_out import Errors
from pipeline.records import Bundle, Refusal, Severity
from pipeline.rubric import Rubric
from pipeline.stages.report import facets, tables
from pipeline.stages.report.corrected import Corrections, Tallies
from pipeline.stages.report.facets import Facets
from pipeline.stages.report.gather import context, view_document
from pipeline.stages.report.overview import Statement, corpus_in_words, statements
from pipeline.stages.report.sample import LAST, Sample, keys
from pipeline.stages.report.tables import AreaCoverage, Pair, Table, ThemeCounts, ThemeView
from pipeline.stages.report.views import (
    Card,
    DocumentRow,
    DocumentView,
    PassageView,
    Portrait,
    ProblemView,
    QuoteView,
    Reading,
    portrait,
    row_of,
)
from pipeline.stages.report.words import without_folders


@dataclass(frozen=True)
class Basis:
    """What the documents are counted with.

    `known`: what is known of the theme model's errors, by which its counts are corrected; `None`: they are not.
    `metrics`: what was measured when the models were trained, by model.
    """

    codebook: Codebook
    rubric: Rubric
    known: Errors | None = None
    settings: Settings = field(default_factory=Settings)
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """An input that was left out, or used with a doubt, in words. `document`: its section, where it has one."""

    path: str
    stage: str
    error: str
    message: str
    left_out: bool
    anchor: str


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers at the top of the page. Whatever stands in a repeated passage is counted once.

    `by_people`: themes and practices that a person decided.
    """

    documents: int
    passages: int
    repeated: int
    problems: int
    quotes: int
    tags_yes: int
    tags_review: int
    mappings_match: int
    mappings_review: int
    refused: int
    by_people: int


@dataclass(frozen=True, slots=True)
class Methods:
    """What made the records. `thresholds`: theme → the probabilities from which it was decided, in words."""

    theme_models: list[str]
    practice_models: list[str]
    people: list[str]
    thresholds: dict[str, str]
    doubts: list[str]


@dataclass(frozen=True, slots=True)
class Correction:
    """How the shares of themes were corrected. `made`: some were; `asked`: any could have been.

    `documents`, `passages`: that the model's errors were measured on. `sampled`: passages of a random sample that a
    person judged. `why`: reasons for those that were not corrected, each with its themes.
    """

    asked: bool = False
    made: bool = False
    documents: int = 0
    passages: int = 0
    sampled: int = 0
    why: list[tuple[str, list[str]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """How many of something the page shows, of how many there are."""

    shown: int
    of: int

    @property
    def all(self) -> bool:
        """Whether nothing is missing."""
        return self.shown >= self.of


@dataclass(frozen=True, slots=True)
class Linked:
    """A problem of practice as another one names it."""

    anchor: str
    heading: str
    document: DocumentRow


@dataclass(frozen=True, slots=True)
class Findings:
    """The whole page. `codebook`: the one at hand, and after it the themes that were coded and that it lacks.

    `best`: of each practice the quotes on the page that show it best; `shown`: how many quotes, passages, problems and
    portraits of all there are; `linked`: problems of practice on the page by their id.
    """

    counts: Counts
    corpus: str
    statements: list[Statement]
    documents: list[DocumentRow]
    portraits: list[Portrait]
    cards: list[Card]
    readings: list[Reading]
    codebook: Codebook
    themes: list[ThemeView]
    correction: Correction
    by_document: Table
    by_site: Table
    by_year: Table
    together: Table
    pairs: list[Pair]
    areas: list[AreaCoverage]
    best: dict[str, list[QuoteView]]
    coverage: dict[By, Matrix]
    refused: list[Refused]
    methods: Methods
    facets: Facets
    shown: dict[str, Shown]
    linked: dict[str, Linked]

    @property
    def labels(self) -> dict[str, str]:
        """The label of each document by its anchor."""
        return {document.anchor: document.label for document in self.documents}


def gather(bundles: Iterable[Bundle], errors: Sequence[Refusal], basis: Basis) -> Findings:
    """Read every document once; count all of it and keep the words of as much as the settings allow."""
    codebook, rubric = basis.codebook, basis.rubric
    shown_with = context(codebook.ids, rubric, errors)
    gathered = _Gathered(basis)
    for number, bundle in enumerate(bundles, start=1):
        quotes = {quote.id: quote for quote in mapped_quotes(bundle, rubric.name)}
        gathered.origins.note(bundle)
        gathered.quotes += quotes.values()
        gathered.add(view_document(bundle, number, shown_with, quotes))
    return _findings(gathered, basis, errors)


class _Gathered:
    """What has been read so far."""

    def __init__(self, basis: Basis) -> None:
        limits = basis.settings
        self._seed = limits.seed
        self._order = basis.codebook.ids
        self.origins = _Origins(basis.codebook, basis.rubric)
        self.counts: Counter[str] = Counter()
        self.themes = ThemeCounts()
        self.tallies = Tallies(basis.codebook.ids, basis.known.sample) if basis.known else None
        self.documents: list[DocumentRow] = []
        self.quotes: list[MappedQuote] = []
        self.said: Sample[tuple[DocumentRow, QuoteView]] = Sample(limits.report_quotes)
        self.read: Sample[tuple[DocumentRow, PassageView]] = Sample(limits.report_passages)
        self.portraits: Sample[Portrait] = Sample(limits.report_portraits)
        self.cards: Sample[Card] = Sample(limits.report_problems)

    def add(self, view: DocumentView) -> None:
        """Count a document, and offer its words to the samples."""
        row = row_of(view)
        self.documents.append(row)
        self.themes.add(view)
        if self.tallies is not None:
            self.tallies.add(view)
        self.counts.update(_decisions(view))
        self._offer_words(view, row)
        self._offer_shapes(view, row)

    def _offer_words(self, view: DocumentView, row: DocumentRow) -> None:
        said = [(quote.id, _strata(quote.passage, quote)) for quote in view.quotes]
        for key, quote in zip(keys(said, self._seed), view.quotes, strict=True):
            self.said.offer((key[0] + LAST * quote.passage.repeated, key[1]), (row, quote))
        passages = [passage for passage in view.passages if passage.kind != "Heading" or passage.themes]
        read = [(passage.id, [code.column for code in passage.themes]) for passage in passages]
        for key, passage in zip(keys(read, self._seed), passages, strict=True):
            self.read.offer((key[0] + LAST * (not passage.counted), key[1]), (row, passage))

    def _offer_shapes(self, view: DocumentView, row: DocumentRow) -> None:
        key = keys([(view.anchor, [""])], self._seed)[0]
        self.portraits.offer((not row.problems, key[1]), portrait(view, row, self._order))
        members = [(problem.id, [problem.anchor]) for problem in view.problems]
        for order, (drawn, problem) in enumerate(zip(keys(members, self._seed), view.problems, strict=True)):
            self.cards.offer((order + LAST * problem.repeated, drawn[1]), Card(problem, row))


def _strata(passage: PassageView, quote: QuoteView) -> list[str]:
    return [
        *(code.column for code in passage.themes),
        *(f"practice {mapped.practice}" for mapped in quote.practices),
        "",
    ]


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


def _findings(gathered: _Gathered, basis: Basis, errors: Sequence[Refusal]) -> Findings:
    rows = basis.rubric.rows()
    codebook = _with_unlisted(basis.codebook, gathered.themes.coded)
    columns = tables.theme_columns(codebook)
    counted = _corrected(gathered, basis, _Counted.of(gathered.themes, codebook, columns))
    coverage = {by: count(gathered.quotes, rows, by) for by in DIMENSIONS}
    by_indicator = count(gathered.quotes, rows, "document", indicators=True)
    areas = tables.coverage(coverage["document"], by_indicator, basis.rubric)
    counts = _counts(gathered, errors)
    pairs = tables.pairs(counted.together, counts.passages)
    cards = gathered.cards.kept()
    return Findings(
        counts=counts,
        corpus=corpus_in_words(gathered.documents, len(counted.by_site.lines)),
        statements=statements(counted.views, counted.by_site, counted.by_year, pairs, areas),
        documents=gathered.documents,
        portraits=gathered.portraits.kept(),
        cards=cards,
        readings=_readings(gathered),
        codebook=codebook,
        themes=counted.views,
        correction=counted.correction,
        by_document=counted.by_document,
        by_site=counted.by_site,
        by_year=counted.by_year,
        together=counted.together,
        pairs=pairs,
        areas=areas,
        best=_best(gathered.said.kept()),
        coverage=coverage,
        refused=_refused(gathered.documents, errors),
        methods=gathered.origins.methods(),
        facets=_facets(gathered, codebook, counted.by_site, coverage, cards),
        shown=_shown(gathered),
        linked={card.problem.id: Linked(card.problem.anchor, _heading(card.problem), card.document) for card in cards},
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    """The tables of themes."""

    views: list[ThemeView]
    by_document: Table
    by_site: Table
    by_year: Table
    together: Table
    correction: Correction

    @classmethod
    def of(cls, themes: ThemeCounts, codebook: Codebook, columns: Sequence[tables.Column]) -> "_Counted":
        return cls(
            themes.views(codebook, columns),
            themes.by_document(columns),
            themes.by_site(columns),
            themes.by_year(columns),
            themes.together(columns),
            Correction(),
        )


def _corrected(gathered: _Gathered, basis: Basis, counted: _Counted) -> _Counted:
    if basis.known is None or gathered.tallies is None:
        return counted
    prevalence = basis.known.prevalence(gathered.origins.theme_models, basis.settings)
    corrections = Corrections(gathered.tallies, prevalence)
    views = corrections.of_themes(counted.views)
    return _Counted(
        views,
        corrections.of_table(counted.by_document, "document"),
        corrections.of_table(counted.by_site, "site"),
        corrections.of_table(counted.by_year, "year"),
        counted.together,
        _correction(views, basis.known, gathered.tallies.sampled),
    )


def _readings(gathered: _Gathered) -> list[Reading]:
    """Put the words that were kept together by document, in the order of the corpus."""
    quotes: dict[int, list[QuoteView]] = defaultdict(list)
    passages: dict[int, list[PassageView]] = defaultdict(list)
    for row, quote in gathered.said.kept():
        quotes[row.number].append(quote)
    for row, passage in gathered.read.kept():
        passages[row.number].append(passage)
    held = [row for row in gathered.documents if row.number in quotes or row.number in passages]
    return [Reading(row, quotes[row.number], passages[row.number]) for row in held]


def _best(said: Sequence[tuple[DocumentRow, QuoteView]], most: int = 3) -> dict[str, list[QuoteView]]:
    found: dict[str, list[tuple[float, QuoteView]]] = defaultdict(list)
    for _, quote in said:
        if quote.counted:
            matched = [mapped for mapped in quote.practices if mapped.anchor and mapped.decision == "yes"]
            for practice in dict.fromkeys(mapped.practice for mapped in matched):
                found[practice].append((max(m.p for m in matched if m.practice == practice), quote))
    return {
        practice: [quote for _, quote in sorted(pairs, key=lambda pair: -pair[0])[:most]]
        for practice, pairs in found.items()
    }


def _facets(
    gathered: _Gathered, codebook: Codebook, by_site: Table, coverage: Mapping[By, Matrix], cards: Sequence[Card]
) -> Facets:
    sites = {line.group.key: line.group.label for line in by_site.lines[: facets.MAX_SITES]}
    sites |= {column.key: column.label for column in coverage["site"].columns[: facets.MAX_SITES] if column.key}
    years = sorted({row.year for row in gathered.documents if row.year})
    practices = [(line.practice, f"{line.practice} {line.practice_text}") for line in coverage["document"].lines]
    held = {row.number for row, _ in [*gathered.said.kept(), *gathered.read.kept()]}
    return Facets(
        theme=facets.options("t", [(theme.id, theme.name) for theme in codebook.themes]),
        site=facets.options("s", sorted(sites.items(), key=lambda pair: pair[1].casefold())),
        year=[facets.Option(year, year, f"j{year}") for year in years],
        document=[
            facets.Option(row.anchor, row.label, f"d{row.number}") for row in gathered.documents if row.number in held
        ],
        practice=facets.options("p", practices),
        problem=facets.options("b", [(card.problem.id, _heading(card.problem)) for card in cards]),
        coder=facets.options("h", [(name, name) for name in gathered.origins.methods().people]),
    )


def _heading(problem: ProblemView) -> str:
    return problem.heading or ", ".join(problem.sites) or "Without a heading"


def _shown(gathered: _Gathered) -> dict[str, Shown]:
    samples: dict[str, Sample[Any]] = {
        "quotes": gathered.said,
        "passages": gathered.read,
        "problems": gathered.cards,
        "portraits": gathered.portraits,
    }
    return {name: Shown(len(sample.kept()), sample.offered) for name, sample in samples.items()}


def _with_unlisted(codebook: Codebook, coded: set[str]) -> Codebook:
    """Add the themes that were coded and that the codebook does not have, so that no count is lost."""
    strange = sorted(coded - set(codebook.ids))
    return msgspec.structs.replace(
        codebook, themes=[*codebook.themes, *(_unlisted(name, codebook) for name in strange)]
    )


def _unlisted(name: str, codebook: Codebook) -> Theme:
    heirs = codebook.heirs(name)
    now = f"In this one it is {', '.join(heirs)}." if heirs else "This one has it in no form."
    return Theme(id=name, name=f"{name} (not in this codebook)", definition=f"Coded with another codebook. {now}")


def _correction(views: Sequence[ThemeView], known: Errors, sampled: int) -> Correction:
    clusters = known.held_out.clusters if known.held_out else []
    why: dict[str, list[str]] = {}
    for view in views:
        if view.cell.corrected is not None and view.cell.corrected.why:
            why.setdefault(view.cell.corrected.why, []).append(view.theme.name)
    return Correction(
        asked=True,
        made=any(view.cell.corrected is not None and view.cell.corrected.share is not None for view in views),
        documents=len(clusters),
        passages=sum(cluster.n for cluster in clusters),
        sampled=sampled,
        why=list(why.items()),
    )


class _Origins:
    """Collects, document by document, which models and people decided, at which thresholds, with which instruments."""

    def __init__(self, codebook: Codebook, rubric: Rubric) -> None:
        self._codebook = codebook
        self._rubric = rubric
        self._indicators = frozenset(rubric.indicators)
        self.theme_models: set[str] = set()
        self._practice_models: set[str] = set()
        self._people: set[str] = set()
        self._thresholds: dict[str, set[float]] = defaultdict(set)
        self._doubts: set[str] = set()

    def note(self, bundle: Bundle) -> None:
        for tag in bundle.tags:
            if tag.source == "human":
                self._people.add(tag.coder)
            else:
                self.theme_models.add(tag.model_version or "no version given")
                self._thresholds[tag.theme].add(tag.threshold)
            if tag.theme not in self._codebook.ids:
                self._doubts.add(
                    f"The theme “{tag.theme}” was coded but is not in this codebook; it is counted by itself."
                )
            elif tag.codebook_sha256 != self._codebook.sha256:
                self._doubts.add("Some themes were coded with another version of the codebook than the one named here.")
        for mapping in bundle.mappings:
            if mapping.source == "human":
                self._people.add(mapping.coder or "unnamed")
                continue
            self._practice_models.add(mapping.model_version or "no version given")
            if mapping.rubric != self._rubric.name or mapping.indicator not in self._indicators:
                self._doubts.add(
                    f"Some quotes were mapped to the rubric “{mapping.rubric}”, which differs from the one named here; "
                    "tables leave out what this one does not have."
                )

    def methods(self) -> Methods:
        unlisted = sorted(set(self._thresholds) - set(self._codebook.ids))
        order = [theme for theme in [*self._codebook.ids, *unlisted] if theme in self._thresholds]
        return Methods(
            theme_models=sorted(self.theme_models),
            practice_models=sorted(self._practice_models),
            people=sorted(self._people),
            thresholds={theme: _range(self._thresholds[theme]) for theme in order},
            doubts=sorted(self._doubts),
        )


def _range(thresholds: set[float]) -> str:
    return " or ".join(f"{threshold:.2f}".removeprefix("0") for threshold in sorted(thresholds))


def _counts(gathered: _Gathered, errors: Sequence[Refusal]) -> Counts:
    rows, counts = gathered.documents, gathered.counts
    return Counts(
        documents=len(rows),
        passages=sum(row.passages for row in rows),
        repeated=sum(row.repeated for row in rows),
        problems=sum(row.problems for row in rows),
        quotes=sum(row.quotes for row in rows),
        tags_yes=counts["tags_yes"],
        tags_review=counts["tags_review"],
        mappings_match=counts["mappings_match"],
        mappings_review=counts["mappings_review"],
        refused=sum(error.severity == Severity.REFUSED for error in errors),
        by_people=counts["by_people"],
    )


def _refused(documents: Sequence[DocumentRow], errors: Sequence[Refusal]) -> list[Refused]:
    anchors = {document.path: document.anchor for document in documents}
    return [
        Refused(
            path=error.path,
            stage=error.stage,
            error=error.error.replace("_", " "),
            message=without_folders(error.message, error.path),
            left_out=error.severity == Severity.REFUSED,
            anchor=anchors.get(error.path, ""),
        )
        for error in errors
    ]
