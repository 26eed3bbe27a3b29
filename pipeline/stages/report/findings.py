"""All that the page shows, gathered in one pass over the documents."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from pipeline.codebook import Codebook, Theme
from pipeline.config import Settings
from pipeline.coverage import DIMENSIONS, By, MappedQuote, Matrix, count, mapped_quotes
from pipeline.learning.held_out import Errors
from pipeline.records import Bundle, Refusal, Severity
from pipeline.rubric import Rubric
from pipeline.stages.report import tables
from pipeline.stages.report.corrected import Corrections
from pipeline.stages.report.gather import context, view_document
from pipeline.stages.report.tables import AreaCoverage, Table, ThemeView
from pipeline.stages.report.views import DocumentView, ProblemView
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
    """The numbers at the top of the page. Whatever stands in a repeated passage is counted once."""

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
class Findings:
    """The whole page. `codebook`: the one at hand, and after it the themes that were coded and that it lacks."""

    counts: Counts
    documents: list[DocumentView]
    codebook: Codebook
    themes: list[ThemeView]
    correction: Correction
    by_document: Table
    by_site: Table
    by_year: Table
    together: Table
    areas: list[AreaCoverage]
    coverage: dict[By, Matrix]
    refused: list[Refused]
    methods: Methods

    @property
    def labels(self) -> dict[str, str]:
        """The label of each document by its anchor."""
        return {document.anchor: document.label for document in self.documents}

    @property
    def problems(self) -> dict[str, tuple[ProblemView, DocumentView]]:
        """Each problem of practice by its id, with its document."""
        return {problem.id: (problem, document) for document in self.documents for problem in document.problems}


def gather(
    bundles: Iterable[Bundle],
    errors: Sequence[Refusal],
    codebook: Codebook,
    rubric: Rubric,
    known: Errors | None = None,
    settings: Settings | None = None,
) -> Findings:
    """Read every document once and count.

    Args:
        bundles: every document with its records.
        errors: what was left out.
        codebook: the themes at hand.
        rubric: the practices at hand.
        known: what is known of the theme model's errors; `None`: counts are not corrected.
        settings: level, draws and seed of the intervals.
    """
    context_of_all = context(codebook.ids, rubric, errors)
    origins = _Origins(codebook, rubric)
    documents: list[DocumentView] = []
    quotes: list[MappedQuote] = []
    for number, bundle in enumerate(bundles, start=1):
        origins.note(bundle)
        documents.append(view_document(bundle, number, context_of_all))
        quotes += mapped_quotes(bundle, rubric.name)
    shown = _with_unlisted(codebook, documents)
    themes = tables.theme_columns(shown)
    views = tables.theme_views(documents, shown, themes)
    by_document = tables.themes_by_document(documents, themes)
    by_site = tables.themes_by_site(documents, themes)
    by_year = tables.themes_by_year(documents, themes)
    correction = Correction()
    if known is not None:
        prevalence = known.prevalence(origins.theme_models, settings or Settings())
        corrections = Corrections(documents, prevalence, known.sample)
        views = corrections.of_themes(views)
        by_document = corrections.of_table(by_document, tables.document_groups)
        by_site = corrections.of_table(by_site, tables.site_groups)
        by_year = corrections.of_table(by_year, tables.year_groups)
        correction = _correction(views, known, corrections.sampled)
    return Findings(
        counts=_counts(documents, errors),
        documents=documents,
        codebook=shown,
        themes=views,
        correction=correction,
        by_document=by_document,
        by_site=by_site,
        by_year=by_year,
        together=tables.together(documents, themes),
        areas=tables.coverage(documents, rubric),
        coverage={by: count(quotes, rubric.rows(), by) for by in DIMENSIONS},
        refused=_refused(documents, errors),
        methods=origins.methods(),
    )


def _with_unlisted(codebook: Codebook, documents: Sequence[DocumentView]) -> Codebook:
    """Add the themes that were coded and that the codebook does not have, so that no count is lost."""
    coded = {code.column for document in documents for passage in document.passages for code in passage.themes}
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
            if mapping.source == "model":
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


def _counts(documents: Sequence[DocumentView], errors: Sequence[Refusal]) -> Counts:
    themes = [
        code.decision for doc in documents for passage in doc.passages if passage.counted for code in passage.themes
    ]
    practices = [
        mapped.decision for doc in documents for q in doc.quotes if q.counted for mapped in q.practices if mapped.anchor
    ]
    return Counts(
        documents=len(documents),
        passages=sum(document.counted_passages for document in documents),
        repeated=sum(document.repeated_passages for document in documents),
        problems=sum(document.counted_problems for document in documents),
        quotes=sum(document.counted_quotes for document in documents),
        tags_yes=themes.count("yes"),
        tags_review=themes.count("review"),
        mappings_match=practices.count("yes"),
        mappings_review=practices.count("review"),
        refused=sum(error.severity == Severity.REFUSED for error in errors),
    )


def _refused(documents: Sequence[DocumentView], errors: Sequence[Refusal]) -> list[Refused]:
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
