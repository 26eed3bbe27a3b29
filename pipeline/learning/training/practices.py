"""Trains the practice model, as a command does it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.config import HOME, Settings
from pipeline.learning import model_files, practices, versions
from pipeline.learning.evaluation import measures
from pipeline.learning.labels import Label, grade_matrix, load_practice_labels
from pipeline.learning.linear import Floats
from pipeline.learning.training.common import (
    FEWEST_POSITIVES,
    Clusters,
    Result,
    bounds,
    card,
    clusters,
    decision_row,
    how_measured,
    pair,
    percent,
    require_measurable,
    trained_on,
    value_of,
)
from pipeline.tools import Tools

_PRACTICE_LABELS = HOME / "corpus" / "labels" / "practices.jsonl"


def train_practices(labels_path: Path | None, tools: Tools, *, quiet: bool = False, force: bool = False) -> Result:
    """Train the practice model and write it into the models folder.

    Raises:
        PipelineError: labels or rubric cannot be used, or the folder cannot be written.
    """
    rubric = tools.rubric
    path = labels_path or _PRACTICE_LABELS
    labels = load_practice_labels(path, rubric.indicators)
    if not force:
        require_measurable(labels, path)
    origin = trained_on(path, labels, {"rubric_sha256": rubric.sha256})
    trained = practices.train(labels, rubric, tools.encoder, tools.settings, trained_on=origin, quiet=quiet)
    grades = grade_matrix([label.practices for label in labels], rubric.indicators)
    groups = clusters(labels)
    measured: dict[str, Any] = {
        "known_rubric": _practice_metrics(trained.p, grades, trained.config.threshold, groups, tools.settings),
        "new_rubric": _practice_metrics(
            trained.p_new, grades, trained.config.new_rubric_threshold, groups, tools.settings
        ),
        "model_version": trained.config.version,
        "trained_on": origin,
    }
    lines = _practice_table(measured, labels)
    saved = model_files.Saved(
        trained.config, trained.arrays, measured, card("Practice model", trained.config.version, origin, lines)
    )
    versions.keep(tools.models_path, practices.FOLDER)
    before = versions.version_of(tools.models_path / practices.FOLDER)
    model_files.save(tools.models_path / practices.FOLDER, saved)
    versions.record(tools.models_path, practices.FOLDER, "promoted", trained.config.version, before, "trained")
    return Result([*lines, f"Wrote {tools.models_path / practices.FOLDER} ({trained.config.version})."], measured)


def _practice_metrics(
    p: Floats, grades: npt.NDArray[np.int8], threshold: float, clusters: Clusters, settings: Settings
) -> dict[str, Any]:
    """Measure the ranking on quotes that some indicator fits, and the refusal on those that none fits."""
    gold = grades > 0
    fits = gold.any(axis=1)
    hits = np.take_along_axis(gold, np.argsort(-p, axis=1, kind="stable"), axis=1)
    measured: dict[str, Any] = {"n": int(fits.sum()), "n_without": int((~fits).sum())}
    for k in (1, 3):
        statistic = measures.share(np.stack([hits[:, :k].any(axis=1) & fits, fits], axis=1).astype(float))
        measured[f"hit_at_{k}"] = value_of(statistic, len(p))
        measured[f"hit_at_{k}_interval"] = pair(measures.intervals(statistic, *clusters, settings)[0])
    measured["mrr"] = round(float((1 / (hits[fits].argmax(axis=1) + 1)).mean()), 4) if fits.any() else None
    refused = p.max(axis=1) < threshold
    measured["refused_when_none_fits"] = round(float(refused[~fits].mean()), 4) if (~fits).any() else None
    measured["refused_when_one_fits"] = round(float(refused[fits].mean()), 4) if fits.any() else None
    measured["match"] = decision_row(p >= threshold, gold, clusters, settings)
    return measured


def _practice_table(measured: dict[str, Any], labels: Sequence[Label]) -> list[str]:
    lines = [how_measured(len(labels), labels), ""]
    for key, title in (("known_rubric", "this rubric"), ("new_rubric", "as for a rubric without labels")):
        row = measured[key]
        if row["n"] < FEWEST_POSITIVES:
            lines.append(f"{title}: {row['n']} quotes with a practice (fewer than {FEWEST_POSITIVES}: no figure)")
            continue
        lines += [
            f"{title}: {row['n']} quotes with a practice, {row['n_without']} without",
            f"  hit@1 {row['hit_at_1']:.2f} {bounds(row['hit_at_1_interval'])}"
            f"   hit@3 {row['hit_at_3']:.2f} {bounds(row['hit_at_3_interval'])}   MRR {row['mrr']:.2f}",
            f"  match: precision {row['match']['precision']:.2f}, recall {row['match']['recall']:.2f}, "
            f"F1 {row['match']['f1']:.2f} {bounds(row['match']['f1_interval'])}",
            f"  refused: {percent(row['refused_when_none_fits'])} of quotes that no practice fits, "
            f"{percent(row['refused_when_one_fits'])} of the others",
        ]
    return lines
