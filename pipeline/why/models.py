"""The models of a trace: which one decided, what it was trained on, how well it did on held-out labels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pipeline.learning import bands, model_files, versions
from pipeline.safe_json import decode
from pipeline.why.facts import Measured, ModelFacts
from pipeline.why.source import Source


@dataclass(frozen=True)
class Found:
    """A model's folder with its configuration and figures, as they stand in its files."""

    folder: Path
    config: dict[str, Any]
    metrics: dict[str, Any]


def find(source: Source, target: str, version: str) -> Found | None:
    """Return the model of a version: the one in use, or one that is kept; `None`: it is not at hand."""
    models = source.tools.models_with(target)
    for folder in (models / target, models / versions.FOLDER / version):
        if versions.version_of(folder) == version:
            return Found(folder, _json(folder / model_files.CONFIG), _json(folder / model_files.METRICS))
    return None


def theme_model(source: Source, version: str, theme: str, precision: float) -> ModelFacts:
    """Return what is known of a theme model, with its figures for a theme."""
    found = find(source, "themes", version)
    if found is None:
        return ModelFacts(version=version, at_hand=False, since=_since(source, "themes", version))
    metrics = found.metrics
    rows = [(theme, metrics.get("themes", {}).get(theme)), ("all themes", metrics.get("micro"))]
    band = _band(found.config, precision)
    return _described(
        source,
        "themes",
        found,
        measured=[_measured(name, row) for name, row in rows if row],
        calibration_error=metrics.get("calibration_error"),
        precision=band.get("precision"),
        yes_precision=band.get("yes_precision"),
    )


def practice_model(source: Source, version: str, precision: float, rubric_sha256: str) -> ModelFacts:
    """Return what is known of a practice model, with its figures for the rubric at hand."""
    found = find(source, "practices", version)
    if found is None:
        return ModelFacts(version=version, at_hand=False, since=_since(source, "practices", version))
    known = found.config.get("rubric_sha256") == rubric_sha256
    row = found.metrics.get("known_rubric" if known else "new_rubric")
    shares = [
        Measured(
            of=name,
            n=row["n"],
            precision=row[key],
            low=row[f"{key}_interval"][0],
            high=row[f"{key}_interval"][1],
        )
        for key, name in (("hit_at_1", "right one first"), ("hit_at_3", "right one among the first three"))
        if row and key in row
    ]
    band = _band(found.config, precision, "bands" if known else "new_bands")
    return _described(
        source,
        "practices",
        found,
        measured=shares,
        precision=band.get("precision"),
        yes_precision=band.get("match_precision"),
    )


def anatomy_model(source: Source) -> ModelFacts | None:
    """Return what is known of the model of the anatomy that is in use; records do not name its version."""
    version = versions.version_of(source.tools.models_with("anatomy") / "anatomy")
    found = find(source, "anatomy", version) if version else None
    if found is None:
        return None
    rows = [_measured(role, row) for role, row in found.metrics.get("roles", {}).items()]
    return _described(source, "anatomy", found, measured=rows)


def yes_threshold(found: Found | None, theme: str, precision: float) -> float | None:
    """Return the p from which a theme counts as present at a precision."""
    if found is None:
        return None
    if theme not in found.config.get("themes", []):
        return (found.config.get("unlabelled") or {}).get("yes_threshold")
    thresholds: list[float] = _band(found.config, precision).get("yes_thresholds", [])
    return thresholds[found.config["themes"].index(theme)] if thresholds else None


def match_threshold(found: Found | None, precision: float, rubric_sha256: str) -> tuple[float | None, float | None]:
    """Return the p from which a candidate is reviewed, and from which it is a match."""
    if found is None:
        return None, None
    known = found.config.get("rubric_sha256") == rubric_sha256
    band = _band(found.config, precision, "bands" if known else "new_bands")
    return band.get("review"), band.get("match")


def _described(source: Source, target: str, found: Found, **figures: Any) -> ModelFacts:
    trained = found.config.get("trained_on", {})
    version = str(found.config["version"])
    return ModelFacts(
        version=version,
        at_hand=True,
        folder=str(found.folder.relative_to(source.tools.models_with(target))),
        weights_sha256=found.config.get("weights_sha256"),
        since=_since(source, target, version),
        labels=model_files.labels_of(trained),
        n_labels=trained.get("n_labels"),
        n_groups=trained.get("n_groups"),
        n_folds=trained.get("n_folds"),
        coders=trained.get("coders", {}),
        instrument_sha256=trained.get("codebook_sha256") or trained.get("rubric_sha256"),
        **figures,
    )


def _since(source: Source, target: str, version: str) -> str | None:
    entries = versions.history(source.tools.models_with(target), target)
    used = [one.when for one in entries if one.version == version and one.event != "refused"]
    return used[0] if used else None


def _band(config: dict[str, Any], precision: float, name: str = "bands") -> dict[str, Any]:
    return bands.written_for(precision, config.get(name, []))


def _measured(name: str, row: dict[str, Any]) -> Measured:
    low, high = row.get("f1_interval") or (None, None)
    return Measured(
        of=name,
        n=row["n"],
        precision=row.get("precision"),
        recall=row.get("recall"),
        f1=row.get("f1"),
        low=low,
        high=high,
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        return decode(path.read_bytes(), dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return {}
