"""Training as a command does it: labels in, a model with its metrics and card out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import HOME, Settings
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.files import sha256_file
from pipeline.learning import anatomy, model_files, practices, themes
from pipeline.learning.evaluation import measures
from pipeline.learning.labels import (
    AccountLabel,
    Label,
    folds,
    grade_matrix,
    load_account_labels,
    load_practice_labels,
    load_theme_labels,
)
from pipeline.learning.linear import Floats
from pipeline.records import ANATOMY_ROLES
from pipeline.tools import Tools

Clusters = tuple[npt.NDArray[np.int64], int]
"""The number of the group of each label, and how many groups there are."""

_FEWEST_POSITIVES = 15
_HEADER = f"{{:26}}{'n':>6}{'prec':>7}{'recall':>8}{'F1':>7}  {'95 % interval':15}{'AP':>6}"
_THEME_LABELS = HOME / "corpus" / "labels" / "themes.jsonl"
_ACCOUNT_LABELS = HOME / "corpus" / "labels" / "anatomy.jsonl"
_PRACTICE_LABELS = HOME / "corpus" / "labels" / "practices.jsonl"


@dataclass(frozen=True)
class Result:
    """What a training run measured, ready to print. `lines`: a table for people; `metrics`: the same for machines."""

    lines: list[str]
    metrics: dict[str, Any]

    def table(self) -> str:
        """Return the table as text."""
        return "\n".join(self.lines)

    def as_json(self) -> str:
        """Return the metrics as one line of JSON."""
        return msgspec.json.encode(self.metrics).decode()


def train_themes(labels_path: Path | None, tools: Tools, *, quiet: bool = False, force: bool = False) -> Result:
    """Train the theme model and write it into the models folder.

    Raises:
        PipelineError: labels or codebook cannot be used, or the folder cannot be written.
    """
    codebook = tools.codebook
    path = labels_path or _THEME_LABELS
    labels = load_theme_labels(path, codebook.ids)
    if not force:
        _require_measurable(labels, path)
    trained_on = _trained_on(path, labels, {"codebook_sha256": codebook.sha256})
    trained = themes.train(
        labels, codebook.ids, tools.encoder, tools.sentencizer, tools.settings, trained_on=trained_on, quiet=quiet
    )
    judged = [label for label, is_judged in zip(labels, trained.judged, strict=True) if is_judged]
    grades = grade_matrix([label.themes for label in judged], codebook.ids)
    p = trained.p[trained.judged]
    decided = p >= np.array(trained.config.thresholds)
    measured = _theme_metrics(p, decided, grades, _clusters(judged), codebook.ids, tools.settings)
    measured |= {"model_version": trained.config.version, "trained_on": trained_on}
    lines = _theme_table(measured, len(judged), labels)
    saved = model_files.Saved(
        trained.config, trained.arrays, measured, _card("Theme model", trained.config.version, trained_on, lines)
    )
    model_files.save(tools.models_path / themes.FOLDER, saved)
    return Result([*lines, f"Wrote {tools.models_path / themes.FOLDER} ({trained.config.version})."], measured)


def train_practices(labels_path: Path | None, tools: Tools, *, quiet: bool = False, force: bool = False) -> Result:
    """Train the practice model and write it into the models folder.

    Raises:
        PipelineError: labels or rubric cannot be used, or the folder cannot be written.
    """
    rubric = tools.rubric
    path = labels_path or _PRACTICE_LABELS
    labels = load_practice_labels(path, rubric.indicators)
    if not force:
        _require_measurable(labels, path)
    trained_on = _trained_on(path, labels, {"rubric_sha256": rubric.sha256})
    trained = practices.train(labels, rubric, tools.encoder, tools.settings, trained_on=trained_on, quiet=quiet)
    grades = grade_matrix([label.practices for label in labels], rubric.indicators)
    clusters = _clusters(labels)
    measured: dict[str, Any] = {
        "known_rubric": _practice_metrics(trained.p, grades, trained.config.threshold, clusters, tools.settings),
        "new_rubric": _practice_metrics(
            trained.p_new, grades, trained.config.new_rubric_threshold, clusters, tools.settings
        ),
        "model_version": trained.config.version,
        "trained_on": trained_on,
    }
    lines = _practice_table(measured, labels)
    saved = model_files.Saved(
        trained.config, trained.arrays, measured, _card("Practice model", trained.config.version, trained_on, lines)
    )
    model_files.save(tools.models_path / practices.FOLDER, saved)
    return Result([*lines, f"Wrote {tools.models_path / practices.FOLDER} ({trained.config.version})."], measured)


def train_anatomy(labels_path: Path | None, tools: Tools, *, quiet: bool = False, force: bool = False) -> Result:
    """Train the model of the anatomy of problems of practice and write it into the models folder.

    Raises:
        PipelineError: labels cannot be used, or the folder cannot be written.
    """
    path = labels_path or _ACCOUNT_LABELS
    labels = load_account_labels(path)
    if not force:
        _require_measurable(labels, path)
    trained_on = _trained_on(path, labels, {"n_sentences": sum(len(label.sentences) for label in labels)})
    trained = anatomy.train(labels, tools.encoder, tools.nlp, trained_on=trained_on, quiet=quiet)
    clusters = _clusters([labels[i] for i in trained.account])
    measured = _anatomy_metrics(trained, clusters, tools.settings)
    measured |= {"model_version": trained.config.version, "trained_on": trained_on}
    lines = _anatomy_table(measured, labels)
    card = _card("Anatomy model", trained.config.version, trained_on, lines)
    model_files.save(
        tools.models_path / anatomy.FOLDER, model_files.Saved(trained.config, trained.arrays, measured, card)
    )
    return Result([*lines, f"Wrote {tools.models_path / anatomy.FOLDER} ({trained.config.version})."], measured)


def _anatomy_metrics(trained: anatomy.Trained, clusters: Clusters, settings: Settings) -> dict[str, Any]:
    marked, gold = trained.marked, trained.gold
    rows = {
        role: _decision_row(marked[:, [j]], gold[:, [j]], clusters, settings)
        | {"average_precision": _value(measures.average_precision(trained.p[:, j], gold[:, j]), len(gold))}
        for j, role in enumerate(ANATOMY_ROLES)
    }
    counts = np.stack([(marked & gold).sum(axis=1), marked.sum(axis=1)], axis=1).astype(float)
    interval = measures.intervals(measures.share(counts), *clusters, settings)[0]
    return {
        "marked": int(marked.sum()),
        "precision": round(float((marked & gold).sum() / max(1, marked.sum())), 4),
        "precision_interval": _pair(interval),
        "roles": rows,
    }


def _anatomy_table(measured: dict[str, Any], labels: Sequence[AccountLabel]) -> list[str]:
    lines = [_how(len(labels), labels), "", _HEADER.format("role")]
    lines += [_theme_row(role, row, row["average_precision"]) for role, row in measured["roles"].items()]
    shown = f"{measured['precision']:.2f} {_bounds(measured['precision_interval'])}"
    return [*lines, f"{measured['marked']} sentences would be marked, at most two a role and account; right: {shown}"]


def _require_measurable(labels: Sequence[Label], path: Path) -> None:
    """Refuse to put a model to use that cannot be measured on anything that it had not learned from.

    Raises:
        PipelineError: quality gate.
    """
    if len(np.unique(folds(labels))) < 2:
        raise PipelineError(
            ErrorCode.QUALITY_GATE,
            found=f"{path}: {len(labels)} labels, all of one group",
            expected="labels of at least two groups (meetings, sites), so that one can test what the other taught",
            do="label another meeting, or leave `group` out where texts are independent (--force writes it even so)",
            exit_code=ExitCode.QUALITY_GATE,
        )


def _trained_on(path: Path, labels: Sequence[Label], instrument: dict[str, str | int]) -> dict[str, Any]:
    groups = {label.group for label in labels if label.group}
    return {
        "labels": path.name,
        "labels_sha256": sha256_file(path),
        "n_labels": len(labels),
        "n_groups": len(groups),
        "n_folds": len(np.unique(folds(labels))),
        **instrument,
    }


def _clusters(labels: Sequence[Label]) -> Clusters:
    """Number the groups of the labels; a label without a group is one of its own."""
    names, numbers = np.unique([label.group or f"\x00{label.id}" for label in labels], return_inverse=True)
    return numbers.astype(np.int64), len(names)


def _theme_metrics(
    p: Floats,
    decided: npt.NDArray[np.bool_],
    grades: npt.NDArray[np.int8],
    clusters: Clusters,
    names: Sequence[str],
    settings: Settings,
) -> dict[str, Any]:
    gold = grades > 0
    rows: dict[str, Any] = {}
    for j, name in enumerate(names):
        rows[name] = _decision_row(decided[:, [j]], gold[:, [j]], clusters, settings)
        rows[name]["average_precision"] = _value(measures.average_precision(p[:, j], gold[:, j]), len(p))
    return {
        "micro": _decision_row(decided, gold, clusters, settings),
        "macro_f1": _mean([row["f1"] for row in rows.values()]),
        "mean_average_precision": _mean([row["average_precision"] for row in rows.values()]),
        "themes": rows,
    }


def _decision_row(
    decided: npt.NDArray[np.bool_], gold: npt.NDArray[np.bool_], clusters: Clusters, settings: Settings
) -> dict[str, Any]:
    counts = np.stack([(decided & gold).sum(axis=1), decided.sum(axis=1), gold.sum(axis=1)], axis=1).astype(float)
    statistic = measures.precision_recall_f1(counts)
    values = [round(float(value), 4) for value in np.nan_to_num(statistic(np.ones((1, len(counts))))[0])]
    interval = measures.intervals(statistic, *clusters, settings)[2]
    return {
        "n": int(gold.sum()),
        **dict(zip(("precision", "recall", "f1"), values, strict=True)),
        "f1_interval": _pair(interval),
    }


def _value(statistic: measures.Statistic, n: int) -> float | None:
    value = float(statistic(np.ones((1, n)))[0, 0])
    return None if np.isnan(value) else round(value, 4)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None


def _pair(interval: measures.Interval | None) -> list[float] | None:
    return None if interval is None else [round(interval.low, 4), round(interval.high, 4)]


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
        measured[f"hit_at_{k}"] = _value(statistic, len(p))
        measured[f"hit_at_{k}_interval"] = _pair(measures.intervals(statistic, *clusters, settings)[0])
    measured["mrr"] = round(float((1 / (hits[fits].argmax(axis=1) + 1)).mean()), 4) if fits.any() else None
    refused = p.max(axis=1) < threshold
    measured["refused_when_none_fits"] = round(float(refused[~fits].mean()), 4) if (~fits).any() else None
    measured["refused_when_one_fits"] = round(float(refused[fits].mean()), 4) if fits.any() else None
    measured["match"] = _decision_row(p >= threshold, gold, clusters, settings)
    return measured


def _theme_table(measured: dict[str, Any], n: int, labels: Sequence[Label]) -> list[str]:
    lines = [_how(len(labels), labels)]
    if n < len(labels):
        lines.append(f"Measured on the {n} passages of whole documents among them, each in its surroundings.")
    lines += ["", _HEADER.format("theme")]
    for name, row in measured["themes"].items():
        lines.append(_theme_row(name, row, row["average_precision"]))
    lines.append(_theme_row("all (micro)", measured["micro"], measured["mean_average_precision"]))
    return lines


def _theme_row(name: str, row: dict[str, Any], ap: float | None) -> str:
    if row["n"] < _FEWEST_POSITIVES:
        return f"{name[:25]:26}{row['n']:>6}   (fewer than {_FEWEST_POSITIVES} positives: no figure)"
    figures = f"{row['precision']:>7.2f}{row['recall']:>8.2f}{row['f1']:>7.2f}"
    return f"{name[:25]:26}{row['n']:>6}{figures}  {_bounds(row['f1_interval']):15}{ap or 0:>6.2f}"


def _practice_table(measured: dict[str, Any], labels: Sequence[Label]) -> list[str]:
    lines = [_how(len(labels), labels), ""]
    for key, title in (("known_rubric", "this rubric"), ("new_rubric", "as for a rubric without labels")):
        row = measured[key]
        if row["n"] < _FEWEST_POSITIVES:
            lines.append(f"{title}: {row['n']} quotes with a practice (fewer than {_FEWEST_POSITIVES}: no figure)")
            continue
        lines += [
            f"{title}: {row['n']} quotes with a practice, {row['n_without']} without",
            f"  hit@1 {row['hit_at_1']:.2f} {_bounds(row['hit_at_1_interval'])}"
            f"   hit@3 {row['hit_at_3']:.2f} {_bounds(row['hit_at_3_interval'])}   MRR {row['mrr']:.2f}",
            f"  match: precision {row['match']['precision']:.2f}, recall {row['match']['recall']:.2f}, "
            f"F1 {row['match']['f1']:.2f} {_bounds(row['match']['f1_interval'])}",
            f"  refused: {_share(row['refused_when_none_fits'])} of quotes that no practice fits, "
            f"{_share(row['refused_when_one_fits'])} of the others",
        ]
    return lines


def _how(n: int, labels: Sequence[Label]) -> str:
    n_folds = len(np.unique(folds(labels)))
    if n_folds < 2:
        return f"{n} labels in one group: measured on the texts that it learned from, so worth nothing."
    grouped = all(label.group for label in labels)
    unit = "whole groups together" if grouped else "labels without groups, dealt out singly"
    return f"{n} labels, cross-validated in {n_folds} folds ({unit}); intervals over groups."


def _bounds(interval: list[float] | None) -> str:
    return f"[{interval[0]:.2f}, {interval[1]:.2f}]" if interval else "n/a (1 group)"


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.0%}"


def _card(title: str, version: str, trained_on: dict[str, Any], lines: Sequence[str]) -> str:
    facts = "\n".join(f"- {name}: `{value}`" for name, value in trained_on.items())
    table = "\n".join(lines)
    return f"""# {title} `{version}`

Made by `pop train`; the same labels and versions give the same model. Encoder: all-MiniLM-L6-v2 (int8, Apache-2.0).

## Trained on

{facts}

## Measured on folds that it had not learned from

```
{table}
```

These figures come from texts of the same origin as the training material. They say how well the model learned that
material, not how well it codes your documents: for that, annotate some of yours and run `pop evaluate`.

## Use

A coder among others, whose tags a person checks; `review` marks what it is unsure of. Not for decisions about people or
schools, and no estimate of how common a theme is: its errors do not cancel out.
"""
