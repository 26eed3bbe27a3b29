"""Trains the theme model, as a command does it: a model that takes the current one's place, or is refused."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline import jsonl
from pipeline.codebook import Codebook
from pipeline.config import HOME, Settings
from pipeline.corrections import log
from pipeline.errors import PipelineError
from pipeline.files import sha256_file, sha256_text
from pipeline.learning import coders, held_out, model_files, promotion, vectors
from pipeline.learning.bands import Bands
from pipeline.learning.evaluation import measures
from pipeline.learning.gate import Verdict
from pipeline.learning.labels import ThemeLabel, folds
from pipeline.learning.linear import Floats
from pipeline.learning.prevalence import Cluster, HeldOut
from pipeline.learning.recoding import recode
from pipeline.learning.themes import FOLDER, churn, fit, grades
from pipeline.learning.training.common import (
    FEWEST_POSITIVES,
    HEADER,
    Candidate,
    Clusters,
    Result,
    card,
    clusters,
    decision_row,
    how_measured,
    in_use,
    mean_of_known,
    require_measurable,
    row_line,
    value_of,
)
from pipeline.records import Passage
from pipeline.safe_json import decode
from pipeline.tools import Tools

LABELS = HOME / "corpus" / "labels"
CURVE = (0.125, 0.25, 0.5, 1.0)
"""Shares of the groups that the learning curve is measured at."""

Flags = npt.NDArray[np.bool_]


def train_themes(
    labels_path: Path | None,
    tools: Tools,
    *,
    outputs: Path | None = None,
    quiet: bool = False,
    force: bool = False,
) -> Result:
    """Train the theme model; it takes the place of the current one unless a theme got clearly worse.

    Args:
        labels_path: a file of labels or decisions, or a folder of such files; `None`: the shipped ones, and the
            decisions of people in the corpus.
        tools: codebook, encoder, settings, and where the models lie.
        outputs: whose tags to compare with those that the new model would give; `None`: nobody's.
        quiet: show no progress.
        force: promote the model even so; that is recorded.

    Raises:
        PipelineError: labels or codebook cannot be used, the folder cannot be written, or (quality gate) the model was
            not promoted.
    """
    files = _files(labels_path, tools.labels_path)
    passages = _texts(outputs)
    recoded = recode(coders.read(files, passages), tools.codebook, strict=True)
    labels = recoded.labels
    if not force:
        require_measurable(labels, labels_path or LABELS)
    target = tools.models_path / FOLDER
    current, is_blind = in_use(target, promotion.load_current, force=force)
    read = vectors.read_labels(labels, tools.encoder, tools.models_path, quiet=quiet)
    material = fit.prepare(labels, tools.codebook, read, tools.encoder)
    origin = _origin(files, labels, tools)
    trained = fit.train(material, origin)
    measured = _measure(trained, material, tools.settings) | {"trained_on": origin}
    version = trained.config.version
    verdict = _judge(current, trained, material, passages, tools)
    candidate = Candidate(
        tools.models_path, FOLDER, version, "theme", "passages", "meetings", verdict, is_blind=is_blind
    )
    lines = [*recoded.notes, *_table(measured, trained, labels, tools.settings), *candidate.lines()]
    candidate.admit(lines, force=force)
    changes = _churn(outputs, trained, tools)
    lines += churn.lines(changes)
    described = card("Theme model", version, origin, lines)
    about = {} if changes is None else {churn.FILE: jsonl.lines(changes)}
    candidate.put_to_use(
        model_files.Saved(trained.config, trained.arrays, measured, described, _beside(trained, material), about)
    )
    return Result([*lines, f"Wrote {target} ({version})."], measured)


def _files(labels_path: Path | None, own: Path | None) -> list[Path]:
    """Return the files to learn from; where none are named, the shipped labels and the decisions in the corpus."""
    if labels_path is not None:
        return coders.label_files(labels_path)
    is_shipped = own is not None and own.exists() and own.samefile(LABELS)
    return [*coders.label_files(LABELS), *(log.files(own) if own is not None and not is_shipped else [])]


def _texts(outputs: Path | None) -> Mapping[str, str]:
    """Return the texts of the passages in an output folder, for labels that name a passage only."""
    path = outputs / "passages.jsonl" if outputs else None
    if path is None or not path.is_file():
        return {}
    return {passage.id: passage.text for passage in jsonl.read(path, Passage)}


def _origin(files: Sequence[Path], labels: Sequence[ThemeLabel], tools: Tools) -> dict[str, Any]:
    """Say what a model was trained on and with; the same labels, code and versions give the same model."""
    import sklearn  # noqa: PLC0415

    code = sorted((HOME / "pipeline" / "learning").rglob("*.py"))
    return {
        "labels": {_name(file): sha256_file(file) for file in files},
        "coders": coders.coders(labels),
        "n_labels": len(labels),
        "n_groups": len({label.group for label in labels if label.group}),
        "n_folds": len(np.unique(folds(labels))),
        "codebook_sha256": tools.codebook.sha256,
        "codebook_version": tools.codebook.version,
        "code_sha256": sha256_text(*(file.read_text(encoding="utf-8") for file in code)),
        "seed": tools.settings.seed,
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
    }


def _name(file: Path) -> str:
    """Return the path of a label file: from the project's folder where it lies in there."""
    path = file.resolve()
    return path.relative_to(HOME).as_posix() if path.is_relative_to(HOME) else str(path)


def _judge(
    current: promotion.Current | None,
    trained: fit.Trained,
    material: fit.Material,
    passages: Mapping[str, str],
    tools: Tools,
) -> Verdict | None:
    earlier = _earlier(tools.models_path / FOLDER, passages, tools.codebook)
    work = promotion.Work(tools.codebook, tools.encoder, tools.settings, tools.models_path)
    return promotion.judge(current, trained, material, earlier, work)


def _earlier(current: Path, passages: Mapping[str, str], codebook: Codebook) -> list[ThemeLabel]:
    """Return the labels that the current model was trained on, as far as their files are still there and readable."""
    try:
        config = decode((current / model_files.CONFIG).read_bytes(), dict[str, Any])
        files = [HOME / name for name in config["trained_on"]["labels"]]
        return recode(coders.read([file for file in files if file.is_file()], passages), codebook).labels
    except (OSError, UnicodeDecodeError, msgspec.DecodeError, KeyError, TypeError, PipelineError):
        return []


def _measure(trained: fit.Trained, material: fit.Material, settings: Settings) -> dict[str, Any]:
    rows = np.flatnonzero(trained.judged)
    judged = [material.labels[i] for i in rows.tolist()]
    groups = clusters(judged)
    p, decided = trained.p[rows], trained.decided[rows]
    known, gold = material.known[rows], material.positive[rows]
    themes = {
        name: _theme(p[:, j], decided[:, j], gold[:, j], known[:, j], groups, settings)
        for j, name in enumerate(material.themes)
    }
    return {
        "n": len(judged),
        "micro": decision_row(decided & known, gold & known, groups, settings),
        "macro_f1": mean_of_known([row["f1"] for row in themes.values()]),
        "mean_average_precision": mean_of_known([row["average_precision"] for row in themes.values()]),
        "calibration_error": calibration_error(p[known], gold[known]),
        "grades": _grades(p, judged, material.grades[rows], trained.config.grade),
        "bands": [msgspec.to_builtins(bands) for bands in trained.config.bands],
        "learning_curve": _curve(material, rows),
        "themes": themes,
        "model_version": trained.config.version,
    }


def _grades(
    p: Floats, judged: Sequence[ThemeLabel], given: npt.NDArray[np.int8], weights: Sequence[float]
) -> dict[str, float | None]:
    """Return the share of themes whose grade is right, where a person gave the theme, and of those with grade 2."""
    has = given > 0
    right = grades.decide(p, [label.text for label in judged], weights)[has] == given[has]
    shares = right, given[has] == grades.SUBSTANTIAL
    return {
        name: round(float(share.mean()), 4) if len(share) else None
        for name, share in zip(("right", "substantial"), shares, strict=True)
    }


def _theme(
    p: Floats, decided: Flags, gold: Flags, known: Flags, groups: Clusters, settings: Settings
) -> dict[str, Any]:
    row = decision_row((decided & known)[:, None], (gold & known)[:, None], groups, settings)
    return row | {"average_precision": value_of(measures.average_precision(p[known], gold[known]), int(known.sum()))}


def calibration_error(p: Floats, positive: Flags) -> float:
    """Return the expected calibration error: mean distance of p and share of positives, in ten bins of equal width."""
    bins = np.minimum((p * 10).astype(int), 9)
    apart = [abs(p[bins == b].mean() - positive[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return round(float(np.sum(apart)), 4)


def _curve(material: fit.Material, judged: npt.NDArray[np.int64]) -> list[dict[str, float | int | None]]:
    """Return mean average precision on the first fold's judged labels, by how many other groups were learned from."""
    first = material.fold == material.fold.min()
    test = np.intersect1d(np.flatnonzero(first), judged)
    names = np.array([label.group or label.id for label in material.labels])
    order = sorted(set(names[~first].tolist()), key=sha256_text)
    found: list[dict[str, float | int | None]] = []
    for share in CURVE if len(order) >= len(CURVE) * 2 and len(test) else ():
        kept = np.isin(names, order[: round(share * len(order))]) & ~first
        log_odds = fit.learned_from(material, kept, test)
        ap = [
            value_of(measures.average_precision(log_odds[rows, j], material.positive[test[rows], j]), len(rows))
            for j in range(len(material.themes))
            for rows in [np.flatnonzero(material.known[test, j])]
        ]
        n = int((kept & material.is_body).sum())
        found.append({"share": share, "n_labels": n, "mean_average_precision": mean_of_known(ap)})
    return found


def _beside(trained: fit.Trained, material: fit.Material) -> dict[str, bytes]:
    """Return the files that tell of the model's errors: by group for counting, by label for the next comparison."""
    rows = np.flatnonzero(trained.judged)
    names = np.array([material.labels[i].group or material.labels[i].id for i in rows.tolist()])
    known, gold, yes = material.known[rows], material.positive[rows], trained.decided[rows]
    counted = [
        (gold & yes, "true_yes"),
        (~gold & yes, "false_yes"),
        (gold & ~yes, "missed"),
        (~gold & ~yes, "rejected"),
    ]
    errors = HeldOut(
        themes=material.themes,
        clusters=[
            Cluster(
                group=group,
                n=int((names == group).sum()),
                **{field: (cells & known)[names == group].sum(axis=0).tolist() for cells, field in counted},
            )
            for group in sorted(set(names.tolist()))
        ],
    )
    return {
        held_out.FILE: msgspec.json.encode(errors) + b"\n",
        promotion.FILE: model_files.pack(promotion.held_out_arrays(material, trained.decided)),
    }


def _churn(outputs: Path | None, trained: fit.Trained, tools: Tools) -> list[churn.Change] | None:
    if outputs is None or not (outputs / "tags.jsonl").is_file() or not (outputs / "passages.jsonl").is_file():
        return None
    return churn.changes(outputs, trained.model, tools)


def _table(
    measured: dict[str, Any], trained: fit.Trained, labels: Sequence[ThemeLabel], settings: Settings
) -> list[str]:
    n = measured["n"]
    lines = [how_measured(len(labels), labels)]
    if n < len(labels):
        lines.append(f"Measured on the {n} passages of whole documents among them, each in its surroundings.")
    lines += ["", HEADER.format("theme")]
    lines += [row_line(name, row, row["average_precision"]) for name, row in measured["themes"].items()]
    lines.append(row_line("all (micro)", measured["micro"], measured["mean_average_precision"]))
    lines += ["", f"Expected calibration error of p: {measured['calibration_error']:.3f}"]
    if measured["grades"]["right"] is not None:
        lines.append(
            "Grade right where the theme is: {right:.0%} (grade 2 makes up {substantial:.0%})".format(
                **measured["grades"]
            )
        )
    lines += _band_lines(trained.config.bands_for(settings.precision))
    rare = [name for name, row in measured["themes"].items() if row["n"] < FEWEST_POSITIVES]
    if rare:
        lines.append(
            f"Not enough evidence (fewer than {FEWEST_POSITIVES} positives): {', '.join(rare)}. The words of the "
            "codebook decide with what labels there are."
        )
    curve = measured["learning_curve"]
    if curve:
        steps = ", ".join(f"{step['n_labels']:,}: {step['mean_average_precision']:.2f}" for step in curve)
        lines.append(f"Learning curve (labels: mean AP on held-out groups, without surroundings): {steps}")
    return lines


def _band_lines(bands: Bands) -> list[str]:
    asked = f"Decisions yes at a precision of {bands.precision:.2f}"
    if bands.yes_precision is None:
        return [f"{asked}: none; no p is high enough for that."]
    return [
        f"{asked}: {bands.yes_precision:.2f} right on held-out passages, {bands.yes_share:.0%} of all positives.",
        f"Expected load of review: {bands.review_decisions:.0%} of decisions, "
        f"in {bands.review_passages:.0%} of passages.",
    ]
