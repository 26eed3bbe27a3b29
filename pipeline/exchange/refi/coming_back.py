"""Takes the work that people did in a QDA program back in: a project file → decisions.

What was sent must be known, or nobody can tell what was taken off. It is what the outputs hold, if the mark below the
description of a document says so; otherwise the file that was sent tells (`original`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.corrections.decisions import Judgement
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.exchange import returning
from pipeline.exchange.codings import Code, Coding
from pipeline.exchange.refi import export, reading, tree
from pipeline.exchange.refi.carrying import Carried
from pipeline.exchange.refi.comparing import Back, Changes, changes
from pipeline.exchange.refi.decided import Decided, Setting, decided
from pipeline.exchange.refi.finding import documents_of
from pipeline.exchange.refi.names import guid, machine, marks, same_guid
from pipeline.exchange.refi.positions import PROGRAMS, Ruler, Target, target_of
from pipeline.exchange.refi.reading import ForeignCoding, ForeignText, Project
from pipeline.exchange.refi.sent import extent_in, fingerprint, sent
from pipeline.exchange.refi.writing import PERSON, source_names
from pipeline.records import Bundle
from pipeline.rubric import Rubric

_MOST_SHOWN: Final = 3


@dataclass(frozen=True)
class Asked:
    """What was asked for. `coders`: name of a user → initials. `by`: who took codings off; `None`: find out.

    `original`: the file that was sent. `is_complete`: people read every passage of the documents in which they coded.
    """

    target: Target | None = None
    coders: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None
    original: Path | None = None
    is_complete: bool = False


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
        told += [f"not taken, {why}: {_n(len(words), 'coding')} ({_some(words)})" for why, words in self.left.items()]
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
    before = _before(asked, bundles, codes)
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
    people = _People(project, asked)
    sought = [one.id.partition(":")[2] for one in codes if one.kind == "theme" and asked.is_complete]
    program = PROGRAMS[asked.target or target_of(project.origin, project.description)]
    counting = reading.rule_of(project, program, list(_known(pairs)))
    came = Came(f"{project.container.path.name} ({project.origin or 'program not told'})", len(project.texts))
    for text, bundle in pairs:
        view = _View(text, Ruler(text.raw or "", counting), bundle)
        own = bundle.document.id
        back = _backs(view, ours, people, came)
        made = before[own] if own in before else _sent(view)
        found = changes(made, back, bundle.document.text, users_lost=not people.has_machine)
        is_sure = own in before or _is_same(view)
        setting = Setting(rubric, standing, people.by, project.at, is_sure, sought)
        came.take(back, found, decided(bundle, found, setting), is_revised=not view.carried.same_letters)
    told = {text.guid for text, _ in pairs}
    came.missing = [text.name for text in project.texts if text.guid not in told]
    came.foreign = _foreign(project, ours)
    came.other = project.other
    return came


class _People:
    """The users of a file: who of them is a person, and what their initials are."""

    def __init__(self, project: Project, asked: Asked) -> None:
        self._project = project
        self._asked = asked
        self.has_machine = any(machine(name) for name in project.users.values())
        self.by = asked.by or self._editor()

    def coder(self, user: str) -> tuple[str, bool]:
        """Return the name of a coder, and whether it is a person."""
        name = self.name(user)
        if name in self._asked.coders:
            return returning.coder_name(self._asked.coders[name]), True
        other = machine(name)
        return (other, False) if other is not None else (returning.coder_name(name), True)

    def name(self, user: str) -> str:
        """Return the name of a user; a person without one is called so."""
        return self._project.users.get(user) or "unknown"

    def _editor(self) -> str | None:
        """Return who worked in the file, as far as it tells: who changed it last, or the only person in it."""
        working = {one.user for text in self._project.texts for one in text.codings}
        listed = {key for key, name in self._project.users.items() if name != PERSON}
        for among in ({self._project.editor} & set(self._project.users), working, listed):
            people = sorted({coder for coder, is_person in map(self.coder, among) if is_person})
            if len(people) == 1:
                return people[0]
        return None


@dataclass(frozen=True)
class _View:
    """A text of the file beside our document."""

    text: ForeignText
    ruler: Ruler
    bundle: Bundle

    @property
    def carried(self) -> Carried:
        """What carries its offsets to ours."""
        return Carried(self.ruler.text, self.bundle.document.text)


def _backs(view: _View, ours: Mapping[str, str], people: _People, came: Came) -> list[Back]:
    """Return the codings of a text with our codes, on our words."""
    found: list[Back] = []
    carried = view.carried
    for one in view.text.codings:
        if one.code not in ours:
            continue
        place = carried.span(view.ruler.ours(one.start), view.ruler.ours(one.end))
        known = _unmoved(one, view.bundle) if place is None else None
        if place is None and known is None:
            came.lost += 1
            continue
        start, end = place or known or (0, 0)
        coder, is_person = people.coder(one.user)
        found.append(
            Back(
                guid=one.guid,
                code=ours[one.code],
                start=start,
                end=end,
                coder=coder,
                is_person=is_person,
                user=people.name(one.user),
                at=one.at,
                description=one.description,
            )
        )
    return found


def _unmoved(one: ForeignCoding, bundle: Bundle) -> tuple[int, int] | None:
    """Return where a coding of ours stands whose words were rewritten there: nobody took it off."""
    made = next((own for own in sent(bundle, "all") if _is_known(one, own)), None)
    return (made.start, made.end) if made is not None else None


def _is_known(one: ForeignCoding, own: Coding) -> bool:
    return one.guid == guid("coding", own.id) or (
        own.id in marks(one.description) and guid("code", own.code) == same_guid(one.code)
    )


def _known(pairs: Sequence[tuple[ForeignText, Bundle]]) -> Iterator[tuple[str, ForeignCoding, str]]:
    """Yield the codings of the file whose words are known, because they are ours."""
    for text, bundle in pairs:
        made = {guid("coding", one.id): one for one in sent(bundle, "all")}
        named = {one.id: one for one in made.values()}
        for one in text.codings:
            ours = made.get(one.guid) or next((named[name] for name in marks(one.description) if name in named), None)
            if ours is not None and text.raw is not None:
                yield text.raw, one, " ".join(ours.text.split())


def _sent(view: _View) -> list[Coding]:
    told = extent_in(view.text.description)
    return sent(view.bundle, told[0] if told is not None else "all")


def _is_same(view: _View) -> bool:
    """Tell whether the outputs still hold what was sent of a document."""
    told = extent_in(view.text.description)
    return told is not None and told[1] == fingerprint(sent(view.bundle, told[0]))


def _before(asked: Asked, bundles: Mapping[str, Bundle], codes: Sequence[Code]) -> dict[str, list[Coding]]:
    """Return what the file that was sent holds: id of a document → its codings."""
    if asked.original is None:
        return {}
    project = reading.read(asked.original)
    documents = [one.document for one in bundles.values()]
    held = documents_of(project.texts, documents, source_names(documents))
    ours = tree.ours_among(project.codes, codes)
    rule = reading.rule_of(project, PROGRAMS[target_of(project.origin, project.description)])
    found: dict[str, list[Coding]] = {}
    for text in project.texts:
        if text.guid in held:
            view = _View(text, Ruler(text.raw or "", rule), bundles[held[text.guid].id])
            found[view.bundle.document.id] = _as_sent(view, ours, project)
    return found


def _as_sent(view: _View, ours: Mapping[str, str], project: Project) -> list[Coding]:
    """Return the codings of a text as we sent them."""
    found: list[Coding] = []
    known = {one.id: one for one in sent(view.bundle, "all")}
    for one in view.text.codings:
        name = next((name for name in marks(one.description) if guid("coding", name) == one.guid), None)
        place = view.carried.span(view.ruler.ours(one.start), view.ruler.ours(one.end))
        if name is None or place is None or one.code not in ours:
            continue
        other = machine(project.users.get(one.user, ""))
        passages = returning.passages_at(view.bundle, *place)
        made = known.get(name)
        found.append(
            Coding(
                id=name,
                record_id=made.record_id if made is not None else name,
                document_id=view.bundle.document.id,
                segment_id=made.segment_id if made is not None else None,
                passage_id=passages[0].id if passages else None,
                code=ours[one.code],
                start=place[0],
                end=place[1],
                text=view.bundle.document.text[place[0] : place[1]],
                coder=other or project.users.get(one.user, ""),
                source="model" if other else "human",
                decision="yes",
                model_version=other,
            )
        )
    return found


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
