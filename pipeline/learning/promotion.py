"""A newly trained theme model beside the current one: what to judge both on, and what each decides there.

`held_out.safetensors`, written beside a model, says what was decided on each text that the model was trained on by the
fold that had left its group out. It holds hashes, no text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.codebook import Codebook
from pipeline.config import Settings
from pipeline.encoder import Encoder
from pipeline.files import sha256_text
from pipeline.learning import gate, model_files, vectors
from pipeline.learning.gate import Judged, Verdict
from pipeline.learning.labels import ThemeLabel
from pipeline.learning.themes import fit
from pipeline.learning.themes.model import ThemeModel

FILE = "held_out.safetensors"
MOST_OLD = 1000
"""Passages that the current model was trained on and the new one was not, on which the new one is asked."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class HeldOut:
    """What was decided, by the hash of a label: rows of `decided` and `grades`, shape (labels, themes) each."""

    row: dict[bytes, int]
    decided: Flags
    grades: npt.NDArray[np.int8]

    def grades_of(self, labels: Sequence[ThemeLabel]) -> npt.NDArray[np.int8]:
        """Return the grades that labels had then, shape (labels, themes); open for those that were not there."""
        found = np.full((len(labels), self.grades.shape[1]), fit.OPEN, dtype=np.int8)
        for i, label in enumerate(labels):
            if (row := self.row.get(key(label))) is not None:
                found[i] = self.grades[row]
        return found


def key(label: ThemeLabel) -> bytes:
    """Return the hash by which a label is known again, wherever it stands."""
    return bytes.fromhex(sha256_text(label.document or "", label.text))[:16]


def held_out_arrays(material: fit.Material, decided: Flags) -> model_files.Arrays:
    """Return what `read_held_out` reads."""
    rows = np.flatnonzero(material.is_body)
    return {
        "keys": np.array([np.frombuffer(key(material.labels[i]), dtype=np.uint8) for i in rows.tolist()]),
        "decided": decided[rows].astype(np.uint8),
        "grades": material.grades[rows],
    }


def read_held_out(folder: Path) -> HeldOut | None:
    """Read what was decided on the texts that a model was trained on; `None`: an older model does not say."""
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load_file  # noqa: PLC0415

    if not (folder / FILE).is_file():
        return None
    try:
        arrays = load_file(folder / FILE)
        row = {bytes(digits): i for i, digits in enumerate(arrays["keys"])}
        return HeldOut(row, arrays["decided"].astype(bool), arrays["grades"])
    except (SafetensorError, KeyError) as error:
        raise model_files.damaged(folder, f"{FILE}: {error}") from error


@dataclass(frozen=True)
class Work:
    """What both models are asked with. `codebook`: the themes, as the new model has them."""

    codebook: Codebook
    encoder: Encoder
    settings: Settings
    models: Path


@dataclass(frozen=True)
class Current:
    """The model in use. `held_out`: `None`: an older model does not say."""

    model: ThemeModel
    held_out: HeldOut | None


def load_current(folder: Path) -> Current | None:
    """Load the model in use from its folder; `None`: there is none.

    Raises:
        PipelineError: it is damaged.
    """
    return Current(ThemeModel.load_from(folder), read_held_out(folder)) if model_files.is_there(folder) else None


def judge(
    current: Current | None, trained: fit.Trained, material: fit.Material, earlier: Sequence[ThemeLabel], work: Work
) -> Verdict | None:
    """Compare a new model with the one in use.

    Args:
        current: the model in use.
        trained: the new model.
        material: what it was trained on.
        earlier: labels that the current model was trained on, as far as they can still be found.
        work: what to ask both models with.

    Returns:
        `None`: there is no model in use that can be compared; it is missing, too old, or shares no theme.
    """
    if current is None or current.held_out is None:
        return None
    model, held_out = current.model, current.held_out
    themes = [theme for theme in model.config.themes if theme in work.codebook.ids]
    if not themes:
        return None
    was = [model.config.themes.index(theme) for theme in themes]
    now = [work.codebook.ids.index(theme) for theme in themes]
    rows = np.flatnonzero(trained.judged)
    said = _current(model, held_out, material, work)[rows]
    before = held_out.grades_of(material.labels)[rows][:, was]
    today = material.grades[rows][:, now]
    new, names = trained.decided[rows][:, now], _groups(material.labels)[rows]
    changed = (before >= 0) & (today >= 0) & ((before > 0) != (today > 0))
    there = _keys(material.labels)
    gone = [label for label in earlier if key(label) in held_out.row and key(label) not in there]
    compared = _joined(_Side(said[:, now], new, today, names), _only_old(trained.model, held_out, gone, work, was, now))
    by_old = _Side(said[:, now], new, np.where(changed.any(axis=1)[:, None], before, fit.OPEN), names)
    return Verdict(
        gate.compare(compared.judged(), themes, work.settings),
        gate.compare(by_old.judged(), themes, work.settings) if changed.any() else [],
        len(compared.names),
        int(changed.any(axis=1).sum()),
    )


@dataclass(frozen=True)
class _Side:
    """Passages with what both models decide of them, the grades, and the group of each."""

    current: Flags
    new: Flags
    grades: npt.NDArray[np.int8]
    names: npt.NDArray[np.str_]

    def judged(self) -> Judged:
        """Return what the gate compares."""
        cluster = np.unique(self.names, return_inverse=True)[1].astype(np.int64)
        return Judged(self.current, self.new, self.grades > 0, self.grades > fit.OPEN, cluster)


def _joined(one: _Side, other: _Side) -> _Side:
    return _Side(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in vars(one)))


def _current(model: ThemeModel, held_out: HeldOut, material: fit.Material, work: Work) -> Flags:
    """Return what the current model decides on the labels of the new one, in the new one's columns.

    Where it was trained on a label, the fold that had left the label's group out decides.
    """
    decided = _decide(model, material.labels, material.vectors, work)
    for i, label in enumerate(material.labels):
        row = held_out.row.get(key(label))
        if row is not None:
            for j, theme in enumerate(model.config.themes):
                if theme in work.codebook.ids:
                    decided[i, work.codebook.ids.index(theme)] = held_out.decided[row, j]
    return decided


def _only_old(
    model: ThemeModel, held_out: HeldOut, gone: Sequence[ThemeLabel], work: Work, was: list[int], now: list[int]
) -> _Side:
    """Ask the new model about what only the current one was trained on: whole documents, up to a thousand passages."""
    labels = _some(gone)
    if not labels:
        return _Side(
            np.zeros((0, len(was)), bool),
            np.zeros((0, len(now)), bool),
            np.zeros((0, len(was)), np.int8),
            np.zeros(0, "U1"),
        )
    read = vectors.read_labels(labels, work.encoder, work.models, quiet=True)
    rows = np.flatnonzero([label.kind == "body" for label in labels])
    places = [held_out.row[key(labels[i])] for i in rows]
    new = _decide(model, labels, read, work)[rows][:, now]
    return _Side(held_out.decided[places][:, was], new, held_out.grades[places][:, was], _groups(labels)[rows])


def _decide(model: ThemeModel, labels: Sequence[ThemeLabel], read: npt.NDArray[np.float32], work: Work) -> Flags:
    """Return what a model decides at its thresholds, shape (labels, themes of the codebook); no, of what it cannot."""
    known = [theme for theme in work.codebook.themes if theme.id in model.config.themes]
    codebook = msgspec.structs.replace(work.codebook, themes=known)
    p = model.p_of([label.text for label in labels], read, fit.layout_of(labels), work.encoder, codebook)
    low, _ = model.decisions(codebook, work.settings.precision)
    decided = np.zeros((len(labels), len(work.codebook.ids)), dtype=bool)
    decided[:, [work.codebook.ids.index(theme.id) for theme in known]] = p >= np.array(low)
    return decided


def _some(labels: Sequence[ThemeLabel]) -> list[ThemeLabel]:
    """Return the labels of whole groups, in the order of their hashes, up to a thousand."""
    groups: dict[str, list[ThemeLabel]] = {}
    for label in labels:
        groups.setdefault(label.group or label.id, []).append(label)
    chosen: list[ThemeLabel] = []
    for name in sorted(groups, key=sha256_text):
        if chosen and len(chosen) + len(groups[name]) > MOST_OLD:
            break
        chosen += groups[name]
    return chosen


def _groups(labels: Sequence[ThemeLabel]) -> npt.NDArray[np.str_]:
    return np.array([label.group or f"id {label.id}" for label in labels])


def _keys(labels: Sequence[ThemeLabel]) -> set[bytes]:
    return {key(label) for label in labels}
