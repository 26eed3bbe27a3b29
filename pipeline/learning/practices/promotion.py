"""A newly trained practice model beside the current one, on quotes whose documents neither had learned from.

`held_out.safetensors`, written beside a model, says which indicators would be reviewed or matched for each paired label
by the fold that had left its group out. It holds hashes, no text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.config import Settings
from pipeline.files import sha256_text
from pipeline.learning import gate, model_files
from pipeline.learning.gate import Judged, Verdict
from pipeline.learning.labels import PracticeLabel
from pipeline.learning.practices.fit import OPEN, Material, Trained
from pipeline.learning.practices.model import PracticeModel

FILE = "held_out.safetensors"

Flags = npt.NDArray[np.bool_]
Grades = npt.NDArray[np.int8]


def key(label: PracticeLabel) -> bytes:
    """Return the hash by which a label is known again."""
    return bytes.fromhex(sha256_text(label.quote, label.context))[:16]


def decided(trained: Trained) -> Flags:
    """Return which indicators are reviewed or matched by the fold that left the quote out, shape (rows, indicators)."""
    found: Flags = np.round(trained.p, 4) >= trained.band.review
    return found


def held_out_arrays(trained: Trained, labels: Sequence[PracticeLabel], grades: Grades) -> model_files.Arrays:
    """Return what is written beside a model. `grades`: of all labels, shape (labels, indicators)."""
    keys = [np.frombuffer(key(labels[i]), dtype=np.uint8) for i in trained.rows.tolist()]
    return {
        "keys": np.array(keys, np.uint8).reshape(-1, 16),
        "decided": decided(trained).astype(np.uint8),
        "grades": grades[trained.rows],
    }


@dataclass(frozen=True)
class Current:
    """The model in use, and what its folds decided: the rows of labels by their hash, decisions, grades."""

    model: PracticeModel
    row: dict[bytes, int]
    decided: Flags
    grades: Grades


def load_current(folder: Path) -> Current | None:
    """Load the model in use from its folder; `None`: there is none, or it is too old to be compared with.

    Raises:
        PipelineError: it is damaged.
    """
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load_file  # noqa: PLC0415

    if not model_files.is_there(folder):
        return None
    model = PracticeModel.load(folder.parent)
    if not (folder / FILE).is_file():
        return None
    try:
        arrays = load_file(folder / FILE)
        row = {bytes(one.tobytes()): i for i, one in enumerate(arrays["keys"])}
        return Current(model, row, arrays["decided"].astype(bool), arrays["grades"])
    except (OSError, SafetensorError, KeyError) as error:
        raise model_files.damaged(folder, f"{FILE}: {error}") from error


def judge(current: Current | None, trained: Trained, material: Material, settings: Settings) -> Verdict | None:
    """Compare a new model with the one in use.

    Returns:
        `None`: there is no model in use that can be compared; it is missing, or of another rubric.
    """
    if current is None or not current.model.knows(material.rubric):
        return None
    model = current.model
    rows = trained.rows
    said = model.p_of(material.vectors[rows], [material.texts[i] for i in rows], material.pairs)
    now = np.round(said, 4) >= model.config.bands[0].review
    grades = material.grades[rows]
    before = np.full(grades.shape, OPEN, dtype=np.int8)
    for i, label in enumerate(material.labels[j] for j in rows.tolist()):
        if (known := current.row.get(key(label))) is not None:
            now[i], before[i] = current.decided[known], current.grades[known]
    changed = ((before > OPEN) & (grades > OPEN) & ((before > 0) != (grades > 0))).any(axis=1)
    names = np.array([material.labels[i].group or material.labels[i].id for i in rows.tolist()])
    cluster = np.unique(names, return_inverse=True)[1].astype(np.int64)
    new, old = decided(trained), np.where(changed[:, None], before, OPEN)
    by_today = Judged(now, new, grades > 0, grades > OPEN, cluster)
    by_old = Judged(now, new, old > 0, old > OPEN, cluster)
    return Verdict(
        gate.compare(by_today, material.rubric.indicators, settings),
        gate.compare(by_old, material.rubric.indicators, settings) if changed.any() else [],
        len(rows),
        int(changed.sum()),
        "all indicators",
    )
