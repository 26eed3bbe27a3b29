"""All that the page shows, gathered in one pass over the documents: counts of all of it, words of as much as fits."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from pipeline.codebook import Codebook, Theme
from pipeline.corpus_records import CorpusRecords
from pipeline.counts.coverage import By, Matrix
from pipeline.files import sha256_text
from pipeline.kept import Kept
from pipeline.learning.held_out import Errors
from pipeline.learning.prevalence import TOO_FEW, Prevalence
from pipeline.records import Refusal, Severity
from pipeline.stages.report import facets, tables
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.corrected import ALL, Corrected, Corrections, Tallied, estimates
from pipeline.stages.report.extract import Extract
from pipeline.stages.report.facets import Facets
from pipeline.stages.report.gather import warnings_of
from pipeline.stages.report.origins import AllOrigins, Methods
from pipeline.stages.report.overview import Statement, corpus_in_words, statements
from pipeline.stages.report.sample import Sample
from pipeline.stages.report.source import Kind, Source, Words, keys_of, words_of
from pipeline.stages.report.tables import AreaCoverage, CoverageCounts, Pair, Table, ThemeCounts, ThemeView
from pipeline.stages.report.views import (
    Card,
    DocumentRow,
    DocumentView,
    PassageView,
    Portrait,
    ProblemView,
    QuoteView,
    Reading,
    row_of,
)
from pipeline.stages.report.words import without_folders


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


def gather(records: CorpusRecords, errors: Sequence[Refusal], basis: Basis, kept: Kept | None = None) -> Findings:
    """Count the whole corpus, and read the words of as much of it as the settings allow.

    Args:
        records: the documents; each is read at most twice, none that `kept` tells enough of.
        errors: what was left out or used with a doubt.
        basis: what the documents are counted with.
        kept: what was worked out before, which goes on to be kept; no effect on what is returned.
    """
    source = Source(records, basis, kept)
    gathered = _Gathered(basis)
    warnings = warnings_of(errors)
    for number, (extract, view) in enumerate(source.extracts(), start=1):
        gathered.add(extract, row_of(extract.title, number, warnings.get(extract.title.path, [])), view)
    found = _findings(gathered, gathered.words(source), source, errors)
    source.forget_others()
    return found


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Words that the page may show: number of the document and place in it; the words, if they are at hand."""

    number: int
    place: int
    words: Words | None


class _Gathered:
    """What has been counted so far, and which words the page is to hold: number of the document, place in it."""

    def __init__(self, basis: Basis) -> None:
        limits = basis.settings
        self.basis = basis
        self.origins = AllOrigins()
        self.counts: Counter[str] = Counter()
        self.themes = ThemeCounts()
        self.coverage = CoverageCounts(basis.rubric)
        self.corrections = Corrections(basis.codebook.ids) if basis.known else None
        self.measured: list[tuple[str, Tallied, Corrected]] = []
        self.sampled = 0
        self.documents: list[DocumentRow] = []
        self.samples: dict[Kind, Sample[_Chosen]] = {
            "said": Sample(limits.report_quotes),
            "read": Sample(limits.report_passages),
            "cards": Sample(limits.report_problems),
            "portrait": Sample(limits.report_portraits),
        }

    def add(self, extract: Extract, row: DocumentRow, view: DocumentView | None) -> None:
        """Count a document, and offer its words to the samples. `view`: its words, where they are at hand."""
        self.documents.append(row)
        self.origins.add(extract.origins)
        self.counts.update(extract.counts)
        self.themes.add(extract, row)
        self.coverage.add(extract)
        self.sampled += extract.sampled
        if self.corrections is not None and extract.everything.n:
            self._correct(self.corrections, extract, row)
        self._offer(extract, row.number, view)

    def _correct(self, corrections: Corrections, extract: Extract, row: DocumentRow) -> None:
        held = extract.everything
        tallied = held.tally, held.sample
        corrections.add([ALL, *([("year", row.year)] if row.year else [])], tallied)
        for key, site in extract.sites.items():
            corrections.add([("site", key)], (site.tally, site.sample))
        self.measured.append((row.anchor, tallied, extract.corrected))

    def _offer(self, extract: Extract, number: int, view: DocumentView | None) -> None:
        for kind, sample in self.samples.items():
            for place, key in sample.wanted(keys_of(extract, kind)):
                words = words_of(view, {kind: [place]}, self.basis.codebook.ids) if view else None
                sample.offer(key, _Chosen(number, place, words))

    def words(self, source: Source) -> "_Words":
        """Return the words that were chosen."""
        fresh: dict[int, Words] = {}
        wanted: dict[int, dict[Kind, list[int]]] = defaultdict(lambda: defaultdict(list))
        for kind, sample in self.samples.items():
            for chosen in sample.kept():
                if chosen.words is None:
                    wanted[chosen.number][kind].append(chosen.place)
                else:
                    held = fresh.setdefault(chosen.number, Words({}, {}, {}, {}))
                    getattr(held, kind).update(getattr(chosen.words, kind))
        return _Words.of(self, source.words(fresh, wanted))


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of the page, in the order of the corpus."""

    said: list[tuple[DocumentRow, QuoteView]]
    read: list[tuple[DocumentRow, PassageView]]
    cards: list[Card]
    portraits: list[Portrait]

    @classmethod
    def of(cls, gathered: _Gathered, words: Mapping[int, Words]) -> "_Words":
        """Put words at the places for which they were chosen."""
        kept = {kind: sample.kept() for kind, sample in gathered.samples.items()}
        rows = gathered.documents
        shapes = [(rows[one.number - 1], words[one.number].portrait[one.place]) for one in kept["portrait"]]
        return cls(
            said=[(rows[one.number - 1], words[one.number].said[one.place]) for one in kept["said"]],
            read=[(rows[one.number - 1], words[one.number].read[one.place]) for one in kept["read"]],
            cards=[Card(words[one.number].cards[one.place], rows[one.number - 1]) for one in kept["cards"]],
            portraits=[Portrait(row, shape.n, shape.strips, shape.stretches) for row, shape in shapes],
        )


def _findings(gathered: _Gathered, words: _Words, source: Source, errors: Sequence[Refusal]) -> Findings:
    basis = gathered.basis
    codebook = _with_unlisted(basis.codebook, gathered.themes.coded)
    columns = tables.theme_columns(codebook)
    counted = _corrected(gathered, source, _Counted.of(gathered.themes, codebook, columns))
    coverage = gathered.coverage.matrices()
    areas = gathered.coverage.areas(coverage["document"])
    counts = _counts(gathered, errors)
    methods = gathered.origins.methods(basis.codebook)
    pairs = tables.pairs(counted.together, counts.passages)
    return Findings(
        counts=counts,
        corpus=corpus_in_words(gathered.documents, len(counted.by_site.lines)),
        statements=statements(counted.views, counted.by_site, counted.by_year, pairs, areas),
        documents=gathered.documents,
        portraits=words.portraits,
        cards=words.cards,
        readings=_readings(gathered.documents, words),
        codebook=codebook,
        themes=counted.views,
        correction=counted.correction,
        by_document=counted.by_document,
        by_site=counted.by_site,
        by_year=counted.by_year,
        together=counted.together,
        pairs=pairs,
        areas=areas,
        best=_best(words.said),
        coverage=coverage,
        refused=_refused(gathered.documents, errors),
        methods=methods,
        facets=_facets(gathered.documents, words, codebook, counted.by_site, coverage, methods.people),
        shown=_shown(gathered),
        linked={
            card.problem.id: Linked(card.problem.anchor, _heading(card.problem), card.document) for card in words.cards
        },
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


def _corrected(gathered: _Gathered, source: Source, counted: _Counted) -> _Counted:
    basis, corrections = gathered.basis, gathered.corrections
    if basis.known is None or corrections is None:
        return counted
    coders = gathered.origins.theme_models
    prevalence = basis.known.prevalence(coders, basis.settings)
    _note_documents(gathered, corrections, prevalence, alone=coders <= {basis.known.version})
    corrections.correct(prevalence, lambda name, make: source.corrected(sha256_text(name, *sorted(coders)), make))
    views = corrections.of_themes(counted.views)
    return _Counted(
        views,
        corrections.of_table(counted.by_document, "document"),
        corrections.of_table(counted.by_site, "site"),
        corrections.of_table(counted.by_year, "year"),
        counted.together,
        _correction(views, basis.known, gathered.sampled),
    )


def _note_documents(gathered: _Gathered, corrections: Corrections, prevalence: Prevalence, *, alone: bool) -> None:
    """Take the corrected shares of each document; make them, if its model was not `alone` in coding the corpus."""
    themes = gathered.basis.codebook.ids
    too_few = [TOO_FEW for _ in themes]
    for name, tallied, corrected in gathered.measured:
        made = corrected or too_few if alone else estimates([tallied], themes, prevalence)
        corrections.note("document", name, made)


def _readings(rows: Sequence[DocumentRow], words: _Words) -> list[Reading]:
    """Put words together by document, in the order of the corpus."""
    quotes: dict[int, list[QuoteView]] = defaultdict(list)
    passages: dict[int, list[PassageView]] = defaultdict(list)
    for row, quote in words.said:
        quotes[row.number].append(quote)
    for row, passage in words.read:
        passages[row.number].append(passage)
    held = [row for row in rows if row.number in quotes or row.number in passages]
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
    rows: Sequence[DocumentRow],
    words: _Words,
    codebook: Codebook,
    by_site: Table,
    coverage: Mapping[By, Matrix],
    people: Sequence[str],
) -> Facets:
    sites = {line.group.key: line.group.label for line in by_site.lines[: facets.MAX_SITES]}
    sites |= {column.key: column.label for column in coverage["site"].columns[: facets.MAX_SITES] if column.key}
    years = sorted({row.year for row in rows if row.year})
    practices = [(line.practice, f"{line.practice} {line.practice_text}") for line in coverage["document"].lines]
    held = {row.number for row, _ in [*words.said, *words.read]}
    return Facets(
        theme=facets.options("t", [(theme.id, theme.name) for theme in codebook.themes]),
        site=facets.options("s", sorted(sites.items(), key=lambda pair: pair[1].casefold())),
        year=[facets.Option(year, year, f"j{year}") for year in years],
        document=[facets.Option(row.anchor, row.label, f"d{row.number}") for row in rows if row.number in held],
        practice=facets.options("p", practices),
        problem=facets.options("b", [(card.problem.id, _heading(card.problem)) for card in words.cards]),
        coder=facets.options("h", [(name, name) for name in people]),
    )


def _heading(problem: ProblemView) -> str:
    return problem.heading or ", ".join(problem.sites) or "Without a heading"


def _shown(gathered: _Gathered) -> dict[str, Shown]:
    names: dict[Kind, str] = {"said": "quotes", "read": "passages", "cards": "problems", "portrait": "portraits"}
    samples = gathered.samples
    return {name: Shown(len(samples[kind].kept()), samples[kind].offered) for kind, name in names.items()}


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
