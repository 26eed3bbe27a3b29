"""Labels: what people said of texts, that models learn from."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from pipeline import jsonl
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.records import AnatomyRole, Name

Grade = Literal[1, 2]
N_FOLDS = 7
_KEY = "problems of practice: folds: "


class ThemeLabel(msgspec.Struct, frozen=True, kw_only=True):
    """The themes of a text: 2 = substantially about it, 1 = touched on, absent = not.

    `group`: the meeting or site that a split must keep together. `fold`: a fixed split, whole groups. `document`: the
    document that the text is a passage of; its passages follow one another in their order, headings among them.
    `open`: themes that nobody has judged for this text, or on which coders differ; they are left out of learning and
    measuring. `asked`: the themes that were put to the coder, the others are open; none: all of the codebook at hand.
    `coder`: who said so. `weight`: what the label counts in learning; texts like those that the model is for
    should count most, and the model is measured on whole documents of the highest weight.
    """

    id: Name
    text: Name
    themes: dict[str, Grade]
    group: str | None = None
    fold: int | None = None
    document: str | None = None
    kind: Literal["heading", "body"] = "body"
    open: list[str] = []
    asked: list[str] = []
    coder: str | None = None
    weight: Annotated[float, Meta(gt=0)] = 1.0


class PracticeLabel(msgspec.Struct, frozen=True, kw_only=True):
    """The indicators that a quote is evidence of: 2 = best, 1 = defensible, none = no practice fits.

    `context`: the paragraph that the quote stands in. `passage`: the id of the theme label with that paragraph, whose
    document then says what surrounds it. `open`: indicators on which coders differ, left out of learning and measuring.
    `levels`: of indicators, the level that the quoted practice shows; null where it shows none. `group`, `fold`,
    `coder`, `weight`: as for themes.
    """

    id: Name
    quote: Name
    practices: dict[str, Grade]
    context: str = ""
    passage: str | None = None
    open: list[str] = []
    levels: dict[str, str | None] = {}
    group: str | None = None
    fold: int | None = None
    coder: str | None = None
    weight: Annotated[float, Meta(gt=0)] = 1.0


class SentenceLabel(msgspec.Struct, frozen=True, kw_only=True):
    """What a sentence of an account tells; the best role first, no role for what tells none."""

    text: Name
    roles: list[AnatomyRole]


class AccountLabel(msgspec.Struct, frozen=True, kw_only=True):
    """All sentences of an account of a problem of practice, in text order. `group`: its document."""

    id: Name
    sentences: list[SentenceLabel]
    heading: str | None = None
    group: str | None = None
    fold: int | None = None


Label = ThemeLabel | PracticeLabel | AccountLabel


def load_practice_labels(path: Path, indicators: Sequence[str]) -> list[PracticeLabel]:
    """Read practice labels.

    Raises:
        PipelineError: a broken line, a duplicate id, or an indicator that the rubric does not have.
    """
    labels = list(jsonl.read(path, PracticeLabel, code=ErrorCode.INVALID_LABELS))
    named = [label.practices | dict.fromkeys(label.open, 1) for label in labels]
    check_labels(labels, named, indicators, "indicator", "rubric", path)
    _refuse_contradictions(labels, path)
    return labels


def _refuse_contradictions(labels: Sequence[PracticeLabel], path: Path) -> None:
    """Refuse a quote that stands twice in the same paragraph, once with an indicator as the best and once without."""
    first: dict[tuple[str, str], PracticeLabel] = {}
    clashes = []
    for label in labels:
        other = first.setdefault((label.quote, label.context), label)
        indicators = contradictory(label.practices, other.practices, {*label.open, *other.open})
        clashes += [f"{other.id} and {label.id} ({indicator})" for indicator in indicators]
    if clashes:
        raise _invalid(
            f"{path}: {len(clashes)} labels that contradict another one of the same quote: {', '.join(clashes[:5])}",
            "one judgement of a quote; what coders differ on stands under `open`",
            "decide which one is right and remove the other",
        )


def contradictory(one: Mapping[str, Grade], other: Mapping[str, Grade], left_open: Collection[str]) -> list[str]:
    """Return what one judgement of a text names as the best and another as not there, by name; never what is open."""
    return [name for name in sorted({*one, *other} - {*left_open}) if {one.get(name, 0), other.get(name, 0)} == {0, 2}]


def load_account_labels(path: Path) -> list[AccountLabel]:
    """Read accounts whose sentences are labelled with roles.

    Raises:
        PipelineError: a broken line, or a duplicate id.
    """
    labels = list(jsonl.read(path, AccountLabel, code=ErrorCode.INVALID_LABELS))
    check_labels(labels, [{} for _ in labels], (), "account", "list of roles", path)
    return labels


def check_labels(
    labels: Sequence[Label],
    grades: Sequence[dict[str, Grade]],
    known: Sequence[str],
    what: str,
    instrument: str,
    path: Path,
) -> None:
    """Refuse labels that cannot be learned from.

    Args:
        labels: of one file.
        grades: the names that each gives or leaves open.
        known: the names that there are.
        what: a theme, an indicator.
        instrument: where these names stand.
        path: the file, for the error.

    Raises:
        PipelineError: no label, an unknown name, an id twice, a group in two folds.
    """
    if not labels:
        raise _invalid(f"{path} holds no labels", f"at least one {what} label", "check the path given with --labels")
    check_folds(labels, str(path))
    seen: set[str] = set()
    for number, (label, graded) in enumerate(zip(labels, grades, strict=True), start=1):
        unknown = sorted(set(graded) - set(known))
        if unknown:
            raise _invalid(
                f"{path}, record {number} ({label.id}): unknown {what} {', '.join(map(repr, unknown))}",
                f"one of {', '.join(known)}",
                f"correct the name in the labels, or add it to the {instrument}",
            )
        if label.id in seen:
            raise _invalid(
                f"{path}, record {number}: the id {label.id!r} stands more than once",
                "a different id for every label",
                "remove or rename one of them",
            )
        seen.add(label.id)


def check_folds(labels: Sequence[Label], where: str) -> None:
    """Refuse fixed folds that tear a group apart: the model would be measured on what it had learned from.

    Raises:
        PipelineError: names the group, and `where` it was read.
    """
    fold_of: dict[str, int] = {}
    for label in labels:
        if label.group is None or label.fold is None:
            continue
        if fold_of.setdefault(label.group, label.fold) != label.fold:
            raise PipelineError(
                ErrorCode.INVALID_LABELS,
                found=f"{where}: the group {label.group!r} stands in fold {fold_of[label.group]} and in {label.fold}",
                expected="a group in one fold only, so that no model is measured on a group that it learned from",
                do="correct the folds, or remove them from all labels to have the groups dealt out",
                exit_code=ExitCode.INTEGRITY,
            )


def _invalid(found: str, expected: str, do: str) -> PipelineError:
    return PipelineError(ErrorCode.INVALID_LABELS, found=found, expected=expected, do=do)


def grade_matrix(grades: Sequence[dict[str, Grade]], columns: Sequence[str]) -> npt.NDArray[np.int8]:
    """Return the grades as a matrix, shape (labels, columns), 0 where absent."""
    place = {name: j for j, name in enumerate(columns)}
    matrix = np.zeros((len(grades), len(columns)), dtype=np.int8)
    for i, graded in enumerate(grades):
        for name, grade in graded.items():
            matrix[i, place[name]] = grade
    return matrix


def known_matrix(labels: Sequence[ThemeLabel], columns: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which themes of which labels are judged, shape (labels, columns)."""
    return np.array([[column not in label.open for column in columns] for label in labels], dtype=bool).reshape(
        len(labels), len(columns)
    )


def folds(labels: Sequence[Label]) -> npt.NDArray[np.int64]:
    """Return the fold of each label, shape (labels,). A group never stands in two folds.

    A label's own fold counts. Otherwise the fold follows from the name of the group alone (a hash), so that new groups
    join without moving those that are there; a label without a group is one of its own. Up to seven groups are a fold
    each.
    """
    groups = [label.group or f"\x00{label.id}" for label in labels]
    names = sorted(set(groups))
    dealt = {name: i if len(names) <= N_FOLDS else _hashed(name) for i, name in enumerate(names)}
    own = [label.fold for label in labels]
    return np.array([dealt[group] if fold is None else fold for group, fold in zip(groups, own, strict=True)], np.int64)


def _hashed(group: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{_KEY}{group}".encode(), digest_size=8).digest()) % N_FOLDS


def splits(fold: npt.NDArray[np.int64]) -> Iterator[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Yield for each fold which labels it tests, and which are learned from for that, shape (labels,) each.

    A single fold is tested on what was learned from, and so is worth nothing as a measure.
    """
    names = np.unique(fold)
    for name in names:
        test = fold == name
        yield test, ~test if len(names) > 1 else test
