"""All that the page shows, gathered in one pass over the documents."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.codebook import Codebook
from pipeline.records import Bundle, Refusal, Severity
from pipeline.rubric import Rubric
from pipeline.stages.report import tables
from pipeline.stages.report.gather import Context, context, view_document
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
class Findings:
    """The whole page."""

    counts: Counts
    documents: list[DocumentView]
    themes: list[ThemeView]
    by_document: Table
    by_site: Table
    by_year: Table
    together: Table
    practices_by_document: Table
    practices_by_site: Table
    practices_by_year: Table
    areas: list[AreaCoverage]
    refused: list[Refused]
    methods: Methods

    @property
    def problems(self) -> dict[str, tuple[ProblemView, DocumentView]]:
        """Each problem of practice by its id, with its document."""
        return {problem.id: (problem, document) for document in self.documents for problem in document.problems}


def gather(bundles: Iterable[Bundle], errors: Sequence[Refusal], codebook: Codebook, rubric: Rubric) -> Findings:
    """Read every document once and count."""
    known = context(codebook.ids, rubric, errors)
    origins = _Origins(codebook, rubric)
    documents = [_view(bundle, number, known, origins) for number, bundle in enumerate(bundles, start=1)]
    themes = tables.theme_columns(codebook)
    practices = tables.practice_columns(rubric)
    return Findings(
        counts=_counts(documents, errors),
        documents=documents,
        themes=tables.theme_views(documents, codebook, themes),
        by_document=tables.themes_by_document(documents, themes),
        by_site=tables.themes_by_site(documents, themes),
        by_year=tables.themes_by_year(documents, themes),
        together=tables.together(documents, themes),
        practices_by_document=tables.practices_by_document(documents, practices),
        practices_by_site=tables.practices_by_site(documents, practices),
        practices_by_year=tables.practices_by_year(documents, practices),
        areas=tables.coverage(documents, rubric),
        refused=_refused(documents, errors),
        methods=origins.methods(),
    )


def _view(bundle: Bundle, number: int, known: Context, origins: "_Origins") -> DocumentView:
    origins.note(bundle)
    return view_document(bundle, number, known)


class _Origins:
    """Collects, document by document, which models and people decided, at which thresholds, with which instruments."""

    def __init__(self, codebook: Codebook, rubric: Rubric) -> None:
        self._codebook = codebook
        self._rubric = rubric
        self._indicators = frozenset(rubric.indicators)
        self._theme_models: set[str] = set()
        self._practice_models: set[str] = set()
        self._people: set[str] = set()
        self._thresholds: dict[str, set[float]] = defaultdict(set)
        self._doubts: set[str] = set()

    def note(self, bundle: Bundle) -> None:
        for tag in bundle.tags:
            if tag.source == "human":
                self._people.add(tag.coder)
            else:
                self._theme_models.add(tag.model_version or "no version given")
                self._thresholds[tag.theme].add(tag.threshold)
            if tag.theme not in self._codebook.ids:
                self._doubts.add(f"The theme “{tag.theme}” was coded but is not in this codebook; tables leave it out.")
            elif tag.codebook_sha256 != self._codebook.sha256:
                self._doubts.add("Some themes were coded with another version of the codebook than the one named here.")
        for mapping in bundle.mappings:
            self._practice_models.add(mapping.model_version or "no version given")
            if mapping.rubric != self._rubric.name or mapping.indicator not in self._indicators:
                self._doubts.add(
                    f"Some quotes were mapped to the rubric “{mapping.rubric}”, which differs from the one named here; "
                    "tables leave out what this one does not have."
                )

    def methods(self) -> Methods:
        order = [theme for theme in self._codebook.ids if theme in self._thresholds]
        return Methods(
            theme_models=sorted(self._theme_models),
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
    practices = [mapped.decision for doc in documents for q in doc.quotes if q.counted for mapped in q.practices]
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
