"""Trains the model of the anatomy of problems of practice, as a command does it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.config import HOME, Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import anatomy, decided, model_files, versions
from pipeline.learning.evaluation import measures
from pipeline.learning.features import split_sentences
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

    Args:
        labels_path: a file of labels or decisions, or a folder of such files; `None`: the shipped ones, and the
            decisions of people in the corpus.
        tools: what parses and encodes, settings, and where the models lie.
        quiet: show no progress.
        force: write the model even if it cannot be measured.

    Raises:
        PipelineError: labels cannot be used, or the folder cannot be written.
    """
    decisions = decided.logs(labels_path or tools.labels_path or _ACCOUNT_LABELS.parent)
    path = _labels_file(labels_path, decisions)
    labels = read(path, decisions, lambda text: split_sentences([text], tools.sentencizer)[0])
    if not force:
        require_measurable(labels, path)
    origin = trained_on(path, labels, {"n_sentences": sum(len(label.sentences) for label in labels)}, decisions)
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


def _labels_file(labels_path: Path | None, decisions: Sequence[Path]) -> Path:
    """Return the file of labels that is meant; of a folder the one with the name of the shipped file."""
    if labels_path is None or not labels_path.is_dir():
        return labels_path or _ACCOUNT_LABELS
    inside = labels_path / _ACCOUNT_LABELS.name
    return inside if inside.is_file() or not decisions else decisions[0]


def read(path: Path, decisions: Sequence[Path], split: decided.Split) -> list[AccountLabel]:
    """Read a file of labels and files of decisions; a decision goes before a label of the same account.

    Raises:
        PipelineError: labels that cannot be used, or none.
    """
    own = decided.account_labels(decisions, split)
    given = [] if path in decisions else load_account_labels(path)
    labels = decided.beside(given, own)
    if not labels:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{path}: nobody gave the sentences of a problem of practice a role",
            expected="labels of accounts, or decisions on problems of practice (pop review --unit problems)",
            do="check the path given with --labels, or mark problem, approach, challenge and result first",
        )
    return labels


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
