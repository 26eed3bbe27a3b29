"""Trains the practice model, as a command does it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.config import HOME, Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import decided, model_files
from pipeline.learning.evaluation import measures
from pipeline.learning.labels import PracticeLabel, load_practice_labels
from pipeline.learning.linear import Floats
from pipeline.learning.practices import FOLDER, fit, promotion, ranks
from pipeline.learning.practices.labelled import Source, other_quotes, read_documents, read_labels
from pipeline.learning.practices.model import OTHERS_FILE, Band
from pipeline.learning.training.common import (
    FEWEST_POSITIVES,
    Candidate,
    Clusters,
    Result,
    bounds,
    card,
    clusters,
    how_measured,
    in_use,
    pair,
    percent,
    require_measurable,
    trained_on,
    value_of,
)
from pipeline.rubric import Rubric
from pipeline.tools import Tools

LABELS = HOME / "corpus" / "labels" / "practices.jsonl"
SHIPPED_RUBRIC = HOME / "corpus" / "rubric.yaml"


def train_practices(labels_path: Path | None, tools: Tools, *, quiet: bool = False, force: bool = False) -> Result:
    """Train the practice model, and put it to use if no indicator got clearly worse.

    Args:
        labels_path: a file of labels or decisions, or a folder of such files; `None`: the shipped ones, and the
            decisions of people in the corpus. Quotes that name a passage are read in its document,
            where a file of theme labels with that document lies beside them.
        tools: rubric, encoder, settings, and where the models lie.
        quiet: show no progress.
        force: promote the model even so; that is recorded.

    Raises:
        PipelineError: labels or rubric cannot be used, the folder cannot be written, or (quality gate) the model was
            not promoted.
    """
    rubric, path = tools.rubric, _labels_file(labels_path)
    decisions = decided.logs(labels_path or tools.labels_path or LABELS.parent)
    labels = read(path, decisions, rubric)
    if not force:
        require_measurable(labels, path)
    target = tools.models_path / FOLDER
    current, is_blind = in_use(target, promotion.load_current, force=force)
    # What others are held against are the project's own quotes: no quote of a user ends up in a model.
    is_shipped = path == LABELS and not decisions and tools.rubric_path == SHIPPED_RUBRIC
    shipped = labels if is_shipped else load_practice_labels(LABELS, tools.rubric_at(SHIPPED_RUBRIC).indicators)
    source = Source(
        rubric, tools.encoder, other_quotes(shipped), read_documents(path.parent), tools.models_path, quiet=quiet
    )
    material = read_labels(labels, source)
    instrument: dict[str, str | int] = {"rubric_sha256": rubric.sha256, "seed": tools.settings.seed}
    origin = trained_on(path, labels, instrument, decisions)
    trained = fit.train(material, origin)
    measured = _measure(trained, material, tools.settings) | {"trained_on": origin}
    verdict, version = promotion.judge(current, trained, material, tools.settings), trained.config.version
    candidate = Candidate(
        tools.models_path, FOLDER, version, "indicator", "quotes", "documents", verdict, is_blind=is_blind
    )
    lines = [*_table(measured, trained, labels), *candidate.lines()]
    candidate.admit(lines, force=force)
    beside = {
        OTHERS_FILE: b"".join(msgspec.json.encode(one) + b"\n" for one in material.other_quotes),
        promotion.FILE: model_files.pack(promotion.held_out_arrays(trained, labels, material.grades)),
    }
    described = card("Practice model", version, origin, lines)
    candidate.put_to_use(model_files.Saved(trained.config, trained.arrays, measured, described, beside))
    return Result([*lines, f"Wrote {target} ({version})."], measured)


def _labels_file(labels_path: Path | None) -> Path:
    """Return the file of labels that is meant; of a folder the one with the name of the shipped file."""
    if labels_path is None:
        return LABELS
    inside = labels_path / LABELS.name
    held = decided.logs(labels_path) if labels_path.is_dir() else []
    return held[0] if held and not inside.is_file() else inside if labels_path.is_dir() else labels_path


def read(path: Path, decisions: Sequence[Path], rubric: Rubric) -> list[PracticeLabel]:
    """Read a file of labels and files of decisions; a decision goes before a label of the same quote.

    Raises:
        PipelineError: labels that cannot be used, or none.
    """
    own = decided.practice_labels(decisions, rubric.name)
    known = {*rubric.indicators}
    for label in own:
        unknown = sorted({*label.practices, *label.open} - known)
        if unknown:
            raise PipelineError(
                ErrorCode.INVALID_LABELS,
                found=f"{label.id}: a decision with unknown indicator {', '.join(map(repr, unknown))}",
                expected=f"indicators of {rubric.name}",
                do="name the rubric that it was made with (--rubric), or add the indicator there",
            )
    given = [] if path in decisions else load_practice_labels(path, rubric.indicators)
    labels = decided.beside(given, own)
    if not labels:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{path}: no practices of the rubric {rubric.name!r}",
            expected="practice labels, or decisions on practices (pop review)",
            do="check the path given with --labels, or name the rubric that they were made with (--rubric)",
        )
    return labels


def _measure(trained: fit.Trained, material: fit.Material, settings: Settings) -> dict[str, Any]:
    rows = trained.rows
    groups = clusters([material.labels[i] for i in rows.tolist()])
    grades = material.grades[rows]
    return {
        "known_rubric": _metrics(trained.p, grades, trained.band, groups, settings),
        "new_rubric": _new_metrics(trained, material, groups, settings),
        "bands": [msgspec.to_builtins(band) for band in trained.config.bands],
        "new_bands": [msgspec.to_builtins(band) for band in trained.config.new_bands],
        "model_version": trained.config.version,
    }


def _metrics(
    p: Floats, grades: npt.NDArray[np.int8], band: Band, groups: Clusters, settings: Settings
) -> dict[str, Any]:
    """Measure the ranking on quotes that some indicator fits, and the refusal on those that none fits."""
    fits, none = ranks.fits(grades), ranks.none_fits(grades)
    measured: dict[str, Any] = {"n": int(fits.sum()), "n_without": int(none.sum())}
    for name, values in ranks.by_quote(p, grades).items():
        statistic = measures.share(np.stack([np.where(fits, values, 0), fits], axis=1).astype(float))
        measured[name] = value_of(statistic, len(p))
        measured[f"{name}_interval"] = pair(measures.intervals(statistic, *groups, settings)[0])
    measured["none_auc"] = ranks.none_auc(p, grades)
    matched = (np.round(p, 4) >= band.match) & (grades > fit.OPEN)
    right = measures.share(np.stack([(matched & (grades > 0)).sum(axis=1), matched.sum(axis=1)], axis=1).astype(float))
    measured["match_precision"] = value_of(right, len(p))
    measured["match_precision_interval"] = pair(measures.intervals(right, *groups, settings)[0])
    measured["matched"] = round(float(matched.any(axis=1).mean()), 4) if len(p) else None
    return measured


def _new_metrics(trained: fit.Trained, material: fit.Material, groups: Clusters, settings: Settings) -> dict[str, Any]:
    """Measure each area as a rubric of its own that nothing was learned of, on the quotes that it fits."""
    grades = material.grades[trained.rows]
    columns = [found for found in fit.area_columns(material.rubric) if len(found) > 1]
    total: dict[str, Any] = {"n": 0}
    if not columns:
        return total
    pieces = [
        (np.stack([np.where(ranks.fits(grades[:, area]), values, 0), ranks.fits(grades[:, area])], axis=1), name)
        for area in columns
        for name, values in ranks.by_quote(trained.p_new[:, area], grades[:, area]).items()
    ]
    for name in ranks.NAMES:
        counts = np.sum([values for values, named in pieces if named == name], axis=0)
        statistic = measures.share(counts.astype(float))
        total["n"] = int(counts[:, 1].sum())
        total[name] = value_of(statistic, len(counts))
        total[f"{name}_interval"] = pair(measures.intervals(statistic, *groups, settings)[0])
    return total


def _table(measured: dict[str, Any], trained: fit.Trained, labels: Sequence[PracticeLabel]) -> list[str]:
    known, new = measured["known_rubric"], measured["new_rubric"]
    lines = [how_measured(len(labels), labels)]
    if len(trained.rows) < len(labels):
        lines.append(f"Measured on {len(trained.rows)} quotes of those that count most.")
    if known["n"] < FEWEST_POSITIVES:
        return [*lines, "", f"{known['n']} quotes with a practice (fewer than {FEWEST_POSITIVES}: no figure)"]
    lines += ["", f"{known['n']} quotes with a practice, {known['n_without']} without", _rank_line(known)]
    auc = known["none_auc"]
    lines.append(f"  none fits: area under the ROC curve {'n/a' if auc is None else f'{auc:.2f}'}")
    if known["match_precision"] is None:
        lines.append(f"  match at a precision of {trained.band.precision:.2f}: none; no p is high enough for that")
    else:
        lines.append(
            f"  match at a precision of {trained.band.precision:.2f}: {known['match_precision']:.2f} right "
            f"{bounds(known['match_precision_interval'])}, {percent(known['matched'])} of quotes have one"
        )
    if new["n"] >= FEWEST_POSITIVES:
        lines += ["each area as a new rubric, without its labels", _rank_line(new)]
    return lines


def _rank_line(row: dict[str, Any]) -> str:
    return (
        f"  hit@1 {row['hit_at_1']:.2f} {bounds(row['hit_at_1_interval'])}  "
        f"hit@3 {row['hit_at_3']:.2f} {bounds(row['hit_at_3_interval'])}  "
        f"MRR {row['mrr']:.2f}  nDCG@5 {row['ndcg_at_5']:.2f}"
    )
