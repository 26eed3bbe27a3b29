"""What is put to a person in an annotation tool: a passage with its themes, or a whole document to mark stretches in.

    passage p0004 with succession, p .84  → Task(id="…:p0004", text="Nobody knew who …", marks=[succession .84])

What a tool must give back for an answer to find its place travels with each task, under names that begin with "pop_".
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, Literal

import msgspec

from pipeline.codebook import Codebook, Theme
from pipeline.learning.labels import Grade
from pipeline.records import Bundle, Passage, Tag, is_coded

Unit = Literal["passage", "document"]
TOUCHED: Final = " (touched on)"
"""Ends the label of a theme that a passage only touches on."""

NONE: Final = "none"
"""The label that says that no theme is there, for tools that cannot hand in a task without any label."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A theme that the model suggests, and where: offsets in the text of the task."""

    theme: str
    start: int
    end: int
    p: float
    decision: str
    grade: Grade | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A text to judge. `id`: of the passage, or of the document. `start`: of the text in the document."""

    id: str
    document_id: str
    document: str
    title: str | None
    date: str | None
    heading: str | None
    page: int | None
    start: int
    text: str
    marks: list[Mark]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What can be answered. `label`: as it comes back; `name`: as it is shown."""

    label: str
    name: str
    definition: str


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of all tasks. `themes`: their ids; `grades`: whether "touched on" is a choice of its own.

    `blind`: nothing of the model is shown. `model`: the version of the model that suggests; `None`: there is none.
    """

    unit: Unit
    themes: list[Theme]
    grades: bool = False
    blind: bool = False
    model: str | None = None

    @property
    def offers(self) -> list[Offer]:
        """All labels, theme by theme."""
        return [offer for theme in self.themes for offer in _offers(theme, grades=self.grades)]

    @property
    def offers_and_none(self) -> list[Offer]:
        """The same, and a label that says that no theme is there."""
        return [*self.offers, Offer(label=NONE, name="None of these", definition="No theme is there.")]

    def label(self, mark: Mark) -> str:
        """Return the label that a suggestion has."""
        return mark.theme + (TOUCHED if self.grades and mark.grade == 1 else "")


def facts_of(task: Task, asking: Asking) -> dict[str, str | int]:
    """Return what a task tells the person, and what its answer must bring back; nothing that is unknown."""
    shown: dict[str, str | int | None] = {"document": task.document, "title": task.title, "date": task.date}
    placed: dict[str, str | int | None] = {"heading": task.heading, "page": task.page}
    own: dict[str, str | int | None] = {
        "pop_id": task.id,
        "pop_start": task.start,
        "pop_themes": " ".join(theme.id for theme in asking.themes),
        "pop_model": None if asking.blind else asking.model,
        "pop_blind": int(asking.blind),
    }
    return {name: value for name, value in (shown | placed | own).items() if value is not None}


def suggested(task: Task) -> str:
    """Say what the model suggests: "succession 0.84, equity 0.41 (review)"."""
    best: dict[str, Mark] = {}
    for mark in sorted(task.marks, key=lambda one: -one.p):
        best.setdefault(mark.theme, mark)
    return ", ".join(
        f"{one.theme} {one.p:.2f}" + (" (review)" if one.decision == "review" else "") for one in best.values()
    )


def tasks_of(
    bundle: Bundle, asking: Asking, *, wanted: Collection[str] | None = None, review: bool = True
) -> list[Task]:
    """Return the tasks of a document in the order of its text; a rubric has none.

    Args:
        bundle: with its passages and tags.
        asking: what is asked.
        wanted: ids of passages that are asked about; `None`: all. A document is asked about as a whole.
        review: also suggest what the model left for review.
    """
    if bundle.document.kind == "rubric":
        return []
    marks = _marks(bundle, asking, review=review)
    asked = [one for one in _coded(bundle) if wanted is None or one[0].id in wanted]
    if not asked:
        return []
    if asking.unit == "document":
        return [_whole(bundle, marks)]
    return [_single(bundle, passage, heading, marks.get(passage.id, [])) for passage, heading in asked]


def themes_of(labels: Sequence[str], codebook: Codebook) -> tuple[dict[str, Grade], list[str]]:
    """Return the themes that labels mean, and the labels that mean none; a theme's id or name, in any case.

    A label that ends in " (touched on)" has the grade 1, any other 2; of both for one theme, the higher. "none" is a
    known label that means no theme.
    """
    known = {word.casefold(): theme.id for theme in codebook.themes for word in (theme.id, theme.name)}
    found: dict[str, Grade] = {}
    unknown = []
    for label in labels:
        if label.strip().casefold() == NONE:
            continue
        theme, grade = _read(label, known)
        if theme is None:
            unknown.append(label)
        else:
            found[theme] = max(grade, found.get(theme, grade))
    return found, unknown


def _read(label: str, known: dict[str, str]) -> tuple[str | None, Grade]:
    bare = label.strip().casefold()
    if bare in known:
        return known[bare], 2
    return known.get(bare.removesuffix(TOUCHED).strip()), 1 if bare.endswith(TOUCHED) else 2


def _offers(theme: Theme, *, grades: bool) -> Iterator[Offer]:
    yield Offer(label=theme.id, name=theme.name, definition=theme.definition)
    if grades:
        yield Offer(label=theme.id + TOUCHED, name=theme.name + TOUCHED, definition=theme.definition)


def _coded(bundle: Bundle) -> Iterator[tuple[Passage, str | None]]:
    """Yield the passages that are coded, each with the heading above it."""
    heading = None
    for passage in bundle.passages:
        heading = passage.text if passage.kind == "heading" else heading
        if is_coded(passage):
            yield passage, heading


def _marks(bundle: Bundle, asking: Asking, *, review: bool) -> dict[str, list[Tag]]:
    """Return for each passage what the model suggests of the themes that are asked."""
    if asking.blind:
        return {}
    decisions = {"yes", "review"} if review else {"yes"}
    themes = {theme.id for theme in asking.themes}
    found: dict[str, list[Tag]] = {}
    for tag in bundle.tags:
        if tag.source == "model" and tag.decision in decisions and tag.theme in themes:
            found.setdefault(tag.passage_id, []).append(tag)
    return found


def _single(bundle: Bundle, passage: Passage, heading: str | None, tags: Sequence[Tag]) -> Task:
    marks = [_mark(tag, 0, len(passage.text)) for tag in tags]
    return _task(bundle, passage.id, passage.text, passage.start, marks, heading=heading, page=passage.page)


def _whole(bundle: Bundle, tags: dict[str, list[Tag]]) -> Task:
    marks = [_mark(tag, one.start, one.end) for one in bundle.passages for tag in tags.get(one.id, [])]
    return _task(bundle, bundle.document.id, bundle.document.text, 0, marks)


def _mark(tag: Tag, start: int, end: int) -> Mark:
    return Mark(theme=tag.theme, start=start, end=end, p=tag.p, decision=tag.decision, grade=tag.grade)


def _task(
    bundle: Bundle,
    own: str,
    text: str,
    start: int,
    marks: list[Mark],
    *,
    heading: str | None = None,
    page: int | None = None,
) -> Task:
    document = bundle.document
    return Task(
        id=own,
        document_id=document.id,
        document=document.path,
        title=document.title,
        date=document.date_start,
        heading=heading,
        page=page,
        start=start,
        text=text,
        marks=marks,
    )
