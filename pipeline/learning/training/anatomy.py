"""Trains the model of the anatomy of problems of practice, as a command does it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.config import HOME, Settings
from pipeline.learning import anatomy, model_files, versions
from pipeline.learning.evaluation import measures
from pipeline.learning.labels import AccountLabel, load_account_labels
from pipeline.learning.training.common import (
    HEADER,
    Clusters,
    Result,
    bounds,
    card,
    clusters,
    decision_row,
    how_measured,
    pair,
    require_measurable,
    row_line,
    trained_on,
    value_of,
)
from pipeline.records import ANATOMY_ROLES
from pipeline.tools import Tools

_ACCOUNT_LABELS = HOME / "corpus" / "labels" / "anatomy.jsonl"


def train_anatomy(labels_path: Path | None, tools: Tools, *, quiet: bool = False, force: bool = False) -> Result:
    """Train the model of the anatomy of problems of practice and write it into the models folder.

    Raises:
        PipelineError: labels cannot be used, or the folder cannot be written.
    """
    path = labels_path or _ACCOUNT_LABELS
    labels = load_account_labels(path)
    if not force:
        require_measurable(labels, path)
    origin = trained_on(path, labels, {"n_sentences": sum(len(label.sentences) for label in labels)})
    trained = anatomy.train(labels, tools.encoder, tools.nlp, trained_on=origin, quiet=quiet)
    groups = clusters([labels[i] for i in trained.account])
    measured = _anatomy_metrics(trained, groups, tools.settings)
    measured |= {"model_version": trained.config.version, "trained_on": origin}
    lines = _anatomy_table(measured, labels)
    described = card("Anatomy model", trained.config.version, origin, lines)
    versions.keep(tools.models_path, anatomy.FOLDER)
    before = versions.version_of(tools.models_path / anatomy.FOLDER)
    model_files.save(
        tools.models_path / anatomy.FOLDER, model_files.Saved(trained.config, trained.arrays, measured, described)
    )
    versions.record(tools.models_path, anatomy.FOLDER, "promoted", trained.config.version, before, "trained")
    return Result([*lines, f"Wrote {tools.models_path / anatomy.FOLDER} ({trained.config.version})."], measured)


def _anatomy_metrics(trained: anatomy.Trained, clusters: Clusters, settings: Settings) -> dict[str, Any]:
    marked, gold = trained.marked, trained.gold
    rows = {
        role: decision_row(marked[:, [j]], gold[:, [j]], clusters, settings)
        | {"average_precision": value_of(measures.average_precision(trained.p[:, j], gold[:, j]), len(gold))}
        for j, role in enumerate(ANATOMY_ROLES)
    }
    counts = np.stack([(marked & gold).sum(axis=1), marked.sum(axis=1)], axis=1).astype(float)
    interval = measures.intervals(measures.share(counts), *clusters, settings)[0]
    return {
        "marked": int(marked.sum()),
        "precision": round(float((marked & gold).sum() / max(1, marked.sum())), 4),
        "precision_interval": pair(interval),
        "roles": rows,
    }


def _anatomy_table(measured: dict[str, Any], labels: Sequence[AccountLabel]) -> list[str]:
    lines = [how_measured(len(labels), labels), "", HEADER.format("role")]
    lines += [row_line(role, row, row["average_precision"]) for role, row in measured["roles"].items()]
    shown = f"{measured['precision']:.2f} {bounds(measured['precision_interval'])}"
    return [*lines, f"{measured['marked']} sentences would be marked, at most two a role and account; right: {shown}"]
