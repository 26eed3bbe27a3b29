"""Takes the work that people did in a QDA program back in: a project file → decisions.

What was sent must be known, or nobody can tell what was taken off. It is what the outputs hold, if the mark below the
description of a document says so; otherwise the file that was sent tells (`original`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.corrections.decisions import Judgement
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.exchange.codings import Code, Coding
from pipeline.exchange.refi import export, reading, tree
from pipeline.exchange.refi.comparing import Back, Changes, changes
from pipeline.exchange.refi.decided import Decided, Setting, decided
from pipeline.exchange.refi.finding import documents_of
from pipeline.exchange.refi.originals import originals
from pipeline.exchange.refi.people import Asked, People
from pipeline.exchange.refi.positions import PROGRAMS, Ruler, target_of
from pipeline.exchange.refi.reading import ForeignCoding, ForeignText, Project
from pipeline.exchange.refi.views import View, as_sent, backs, is_same, known
from pipeline.exchange.refi.writing import source_names
from pipeline.records import Bundle
from pipeline.rubric import Rubric

_MOST_SHOWN: Final = 3


@dataclass
class Came:
    """What came back. `lost`: codings whose words are in none of our documents. `foreign`: codes that are not ours."""

    program: str
    texts: int = 0
    found: int = 0
    revised: int = 0
    codings: int = 0
    same: int = 0
    lost: int = 0
    added: int = 0
    removed: int = 0
    moved: int = 0
    decisions: list[Judgement] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    foreign: Counter[str] = field(default_factory=Counter)
    left: dict[str, list[str]] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)

    def take(self, back: Sequence[Back], found: Changes, result: Decided, *, is_revised: bool) -> None:
        """Take in what came of a document."""
        self.found += 1
        self.revised += is_revised
        self.codings += len(back)
        self.same += len(found.kept)
        self.added += len(found.added)
        self.removed += len(found.removed)
        self.moved += len(found.moved)
        self.decisions += result.decisions
        for why, words in result.left.items():
            self.left.setdefault(why, []).extend(words)

    def lines(self) -> list[str]:
        """Say it, a line for each matter."""
        revised = f", {_n(self.revised, 'revised text')}" if self.revised else ""
        told = [
            f"{self.program}: {self.found} of {_n(self.texts, 'text')} are documents of ours{revised}",
            f"{_n(self.codings, 'coding')} with our codes: {self.same:,} as they were sent, {self.added:,} added, "
            f"{self.removed:,} missing, {self.moved:,} on other words",
        ]
        if self.missing:
            told.append(f"no document of ours: {_some(self.missing)}")
        if self.lost:
            told.append(f"{_n(self.lost, 'coding')} on words that our document does not have")
        told += [f"not taken: {_n(len(words), 'coding')}, {why}: {_some(words)}" for why, words in self.left.items()]
        if self.foreign:
            counted = [f"{name} ({n})" for name, n in self.foreign.most_common()]
            told.append(f"codes that are not ours: {_some(counted)}; add them to the codebook to have them taken")
        told += [f"not read: {_n(n, name)}" for name, n in sorted(self.other.items())]
        return told


def come_back(
    path: Path,
    outputs: Path,
    codes: Sequence[Code],
    rubric: Rubric,
    standing: Sequence[Judgement],
    asked: Asked,
) -> Came:
    """Return what the people who worked in a project decided.

    Raises:
        PipelineError: it is no project, or none of its texts is a document of the outputs.
    """
    project = reading.read(path)
    documents = export.documents(outputs, None)
    readable = [one for one in project.texts if one.raw is not None]
    held = documents_of(readable, documents, source_names(documents))
    if not held:
        raise _none_of_ours(path, project)
    bundles = {one.document.id: one for one in export.bundles_of(outputs, list(held.values()))}
    pairs = [(text, bundles[held[text.guid].id]) for text in project.texts if text.guid in held]
    before = originals(asked, bundles, codes)
    return taken(project, pairs, codes, rubric, standing, asked, before)


def taken(
    project: Project,
    pairs: Sequence[tuple[ForeignText, Bundle]],
    codes: Sequence[Code],
    rubric: Rubric,
    standing: Sequence[Judgement],
    asked: Asked,
    before: Mapping[str, Sequence[Coding]],
) -> Came:
    """Return what people decided in a project.

    Args:
        project: as it was read.
        pairs: its texts with the documents that they are.
        codes: the tree of our codes.
        rubric: whose indicators are among them.
        standing: what people decided before.
        asked: what was asked for.
        before: id of a document → what was sent of it; of others the outputs tell.
    """
    ours = tree.ours_among(project.codes, codes)
    people = People(project, asked)
    sought = [one.id.partition(":")[2] for one in codes if one.kind == "theme" and asked.is_complete]
    program = PROGRAMS[asked.target or target_of(project.origin, project.description)]
    counting = reading.rule_of(project, program, known(pairs))
    present = set(ours.values())
    came = Came(f"{project.container.path.name} ({project.origin or 'program not told'})", len(project.texts))
    for text, bundle in pairs:
        view = View(text, Ruler(text.raw or "", counting), bundle)
        own = bundle.document.id
        lost: list[ForeignCoding] = []
        back = backs(view, ours, people, lost)
        came.lost += len(lost)
        made = before[own] if own in before else as_sent(view)
        found = changes(made, back, bundle.document.text, users_lost=not people.has_machine)
        is_sure = own in before or is_same(view)
        setting = Setting(rubric, present, standing, people.by, project.at, is_sure, sought)
        came.take(back, found, decided(bundle, found, setting), is_revised=not view.carried.same_letters)
    told = {text.guid for text, _ in pairs}
    came.missing = [text.name for text in project.texts if text.guid not in told]
    came.foreign = _foreign(project, ours)
    came.other = project.other
    return came


def _foreign(project: Project, ours: Mapping[str, str]) -> Counter[str]:
    names = {one.guid: " / ".join(one.path) for one in project.codes}
    used = (one.code for text in project.texts for one in text.codings if one.code not in ours)
    return Counter(names.get(code, "a code that the file does not list") for code in used)


def _none_of_ours(path: Path, project: Project) -> PipelineError:
    return PipelineError(
        ErrorCode.INVALID_EXCHANGE,
        found=f"{path}: {_n(len(project.texts), 'text')}, none of which is a document of the outputs",
        expected="a project that was written by pop export qdpx, or that has the same documents",
        do="name the outputs with --outputs; to work on the documents of this project, use --new-corpus FOLDER",
        exit_code=ExitCode.BAD_INPUT,
    )


def _n(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_SHOWN]) + (", …" if len(names) > _MOST_SHOWN else "")
