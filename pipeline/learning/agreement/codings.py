"""Reads what coders say: labels of persons, tags of models, and where the passages stand."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from pipeline import jsonl
from pipeline.codebook import Codebook, require_known
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import decided
from pipeline.learning.decided import Target
from pipeline.records import Passage, Segment, Source, TagDecision, is_coded

T = TypeVar("T")

YES = 2
"""The grade that a model's yes counts as."""

Grades = Mapping[str, int]
"""The themes of a text, each with its grade, 1 or 2; absent: not."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of a passage: theme → grade. `group`: the meeting or site that it comes from."""

    id: str
    themes: dict[str, Literal[1, 2]]
    open: list[str] = []
    text: str | None = None
    group: str | None = None
    document: str | None = None
    document_id: str | None = None
    coder: str | None = None
    kind: str = "body"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a line of tags.jsonl says of a passage; the rest of the line does not matter here."""

    passage_id: str
    theme: str
    decision: TagDecision
    p: float | None = None
    document_id: str | None = None
    segment_id: str | None = None
    source: Source = "model"
    coder: str = ""


@dataclass(frozen=True)
class Places:
    """Where passages stand and how they read, by the id of the passage, as far as files tell."""

    group: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, str] = field(default_factory=dict)
    segment: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, other: "Places") -> "Places":
        """Join two; what the first says wins."""
        return Places(
            {**other.group, **self.group},
            {**other.document, **self.document},
            {**other.segment, **self.segment},
            {**other.text, **self.text},
        )


@dataclass(frozen=True)
class Coding:
    """What one coder says. `grades`: of every passage that they coded. `tags`: of a model, by passage and theme.

    `open`: the themes of a passage that they have not judged. `asked`: those that were put to them; none: all.
    """

    name: str
    grades: Mapping[str, Grades]
    places: Places = field(default_factory=Places)
    tags: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    is_model: bool = False
    open: Mapping[str, frozenset[str]] = field(default_factory=dict)
    asked: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def themes(self, passage: str) -> frozenset[str]:
        """Return the themes that the coder gives to a passage."""
        return frozenset(self.grades[passage])


def read_all(paths: Sequence[Path], codebook: Codebook | None = None, target: Target = "themes") -> list[Coding]:
    """Read what several files say; a labels file whose records name a `coder` holds one coding for each.

    Args:
        paths: labels, tags, files of decisions, and folders of these.
        codebook: the themes that they may name; `None`: any.
        target: what of the decisions is meant; labels and tags are of themes.

    Raises:
        PipelineError: as `read`, or there are fewer than two coders.
    """
    logs = [file for path in paths for file in decided.logs(path)]
    others = [path for path in paths if path not in logs and not path.is_dir()]
    if others and target != "themes":
        raise _invalid(f"{others[0]}, which is no file of decisions", "decisions of pop review", "leave it out")
    by_path = [(Path(path), coding) for path, coding in _from_decisions(logs, target, codebook)]
    by_path += [(path, coding) for path in others for coding in read(path, codebook)]
    if not by_path:
        raise _invalid(
            f"nothing that anybody decided on {target} in {', '.join(map(str, paths))}",
            "labels, tags, or decisions of pop review",
            "name other files, or another --target",
        )
    used = {theme for _, coding in by_path for grades in coding.grades.values() for theme in grades}
    by_path = [(path, _with_unasked(coding, {*used, *(codebook.ids if codebook else ())})) for path, coding in by_path]
    names = Counter(coding.name for _, coding in by_path)
    if len(by_path) < 2:
        raise _invalid(
            f"one coder only, {by_path[0][1].name}",
            "two coders at least: two files, or one file whose labels name their `coder`",
            'give a second file, or write "coder": "…" into every label',
        )
    return [
        coding if names[coding.name] == 1 else replace(coding, name=f"{coding.name} ({path})")
        for path, coding in by_path
    ]


def _from_decisions(logs: Sequence[Path], target: Target, codebook: Codebook | None) -> Iterator[tuple[str, Coding]]:
    """Yield the coding of each coder, with the file that it stands in; the same words have the same id in all."""
    judged = decided.judged(logs, target)
    for coder in dict.fromkeys(one.coder for one in judged):
        own = {one.id: one for one in judged if one.coder == coder}
        if codebook is not None and target == "themes":
            require_known({theme for one in own.values() for theme in one.grades}, codebook, coder)
        places = Places(
            group={name: one.document for name, one in own.items()},
            document={name: one.document for name, one in own.items()},
            text={name: one.text for name, one in own.items()},
        )
        grades = {name: one.grades for name, one in own.items()}
        asked = {name: frozenset(one.asked) for name, one in own.items() if one.asked}
        yield next(iter(own.values())).file, Coding(coder, grades, places, open=_opened(own), asked=asked)


def _with_unasked(coding: Coding, themes: Collection[str]) -> Coding:
    """Return a coding that leaves open which of some themes its coder was not asked about."""
    unasked = {
        name: frozenset(themes) - asked - coding.grades[name].keys() | coding.open.get(name, frozenset())
        for name, asked in coding.asked.items()
    }
    return replace(coding, open={**coding.open, **{name: left for name, left in unasked.items() if left}})


def _opened(judged: Mapping[str, "decided.Judged"]) -> dict[str, frozenset[str]]:
    return {name: frozenset(one.open) - one.grades.keys() for name, one in judged.items() if one.open}


def read(path: Path, codebook: Codebook | None = None) -> list[Coding]:
    """Read what a file says, of labels ({"id", "themes"}) or of tags ({"passage_id", "theme", "decision"}).

    Of tags, those decided yes count. A tags file names only passages with a theme; where passages.jsonl stands beside
    it, the others count as coded "none", headings and repeated passages apart.

    Returns:
        One coding for each coder, in the order of the file.

    Raises:
        PipelineError: no such file, no label in it, a passage coded twice, or a theme that the codebook lacks.
    """
    codings = [_from_tags(path)] if _holds_tags(path) else _from_labels(path)
    if not any(coding.grades for coding in codings):
        raise _invalid(f"{path} without a label", "at least one", "check that the file is the right one")
    if codebook is not None:
        used = {theme for coding in codings for grades in coding.grades.values() for theme in grades}
        require_known(used, codebook, str(path))
    return codings


def read_places(outputs: Path) -> Places:
    """Read where passages stand from an outputs folder; files that are missing tell nothing.

    A passage stands in the innermost of its segments, which the file names after those around it.
    """
    passages = list(_if_there(outputs / "passages.jsonl", Passage))
    segments = list(_if_there(outputs / "segments.jsonl", Segment))
    return Places(
        document={passage.id: passage.document_id for passage in passages},
        segment={passage: segment.id for segment in segments for passage in segment.passage_ids},
        text={passage.id: passage.text for passage in passages},
    )


def _holds_tags(path: Path) -> bool:
    first = next(iter(jsonl.read(path, dict[str, object], code=ErrorCode.INVALID_LABELS)), {})
    return "passage_id" in first


def _from_labels(path: Path) -> list[Coding]:
    by_coder: dict[str, list[Label]] = {}
    for label in jsonl.read(path, Label, code=ErrorCode.INVALID_LABELS):
        if label.kind != "heading":
            by_coder.setdefault(label.coder or str(path), []).append(label)
    return [_of_person(name, labels, path) for name, labels in by_coder.items()]


def _of_person(name: str, labels: Sequence[Label], path: Path) -> Coding:
    twice = [passage for passage, n in Counter(label.id for label in labels).items() if n > 1]
    if twice:
        raise _invalid(
            f"{path}: passage {twice[0]!r} stands twice",
            "each passage once for each coder",
            'remove one of its lines, or name the coders in a field "coder"',
        )
    places = Places(
        group=_known((label.id, label.group) for label in labels),
        document=_known((label.id, label.document_id or label.document) for label in labels),
        text=_known((label.id, label.text) for label in labels),
    )
    opened = {label.id: frozenset(label.open) - label.themes.keys() for label in labels if label.open}
    return Coding(name, {label.id: label.themes for label in labels}, places, open=opened)


def _from_tags(path: Path) -> Coding:
    tags = list(jsonl.read(path, Decision, code=ErrorCode.INVALID_LABELS))
    tags = [tag for tag in tags if tag.source == "model"] or tags  # corrections are other coders' work
    coders = sorted({tag.coder for tag in tags})
    if len(coders) > 1:
        raise _invalid(
            f"{path} with the tags of {', '.join(coders)}", "the tags of one coder", "put each coder's tags into a file"
        )
    grades: dict[str, dict[str, int]] = {passage: {} for passage in _coded(path.parent / "passages.jsonl")}
    for tag in tags:
        grades.setdefault(tag.passage_id, {}).update({tag.theme: YES} if tag.decision == "yes" else {})
    own = Places(
        document=_known((tag.passage_id, tag.document_id) for tag in tags),
        segment=_known((tag.passage_id, tag.segment_id) for tag in tags),
    )
    by_key = {(tag.passage_id, tag.theme): tag for tag in tags}
    return Coding(str(path), grades, own | read_places(path.parent), by_key, is_model=True)


def _coded(path: Path) -> Iterator[str]:
    """Yield the ids of the passages that a model is asked about."""
    for passage in _if_there(path, Passage):
        if is_coded(passage) and passage.duplicate_of is None:
            yield passage.id


def _if_there(path: Path, record_type: type[T]) -> Iterator[T]:
    if path.is_file():
        yield from jsonl.read(path, record_type)


def _known(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    return {passage: value for passage, value in pairs if value is not None}


def _invalid(found: str, expected: str, do: str) -> PipelineError:
    return PipelineError(ErrorCode.INVALID_LABELS, found=found, expected=expected, do=do)
