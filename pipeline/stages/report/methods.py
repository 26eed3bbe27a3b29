"""The methods in sentences that can be pasted into a paper: what was read, by what, with which settings, how well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pipeline.learning.prevalence import HeldOut
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.findings import Findings
from pipeline.stages.report.words import percent, probability
from pipeline.version import __version__

NAME = "Problems of Practice (pop)"


@dataclass(frozen=True, slots=True)
class Skill:
    """How well the model found a theme on held-out documents, `n` passages with it; shares are `None` where n is 0."""

    n: int
    precision: float | None
    recall: float | None


def sentences(found: Findings, basis: Basis) -> list[str]:
    """Return the paragraphs of the methods section."""
    return [
        " ".join(_reading(found)),
        " ".join(_themes(found, basis)),
        " ".join(_practices(found, basis)),
        " ".join(_people(found)),
    ]


def citation() -> str:
    """Return how to name the program in a list of references."""
    return f"Problems of Practice (version {__version__}). 2026. Computer program."


def settings(basis: Basis) -> list[tuple[str, str, str]]:
    """Return every setting: name, value, meaning."""
    schema = msgspec.json.schema(type(basis.settings))["$defs"][type(basis.settings).__name__]["properties"]
    return [
        (name, str(getattr(basis.settings, name)), schema[name].get("description", ""))
        for name in basis.settings.__struct_fields__
    ]


def skills(held_out: HeldOut | None) -> dict[str, Skill]:
    """Return for each theme how well it was found, counted at the threshold from which the model asks for review."""
    if held_out is None or not held_out.clusters:
        return {}
    true_yes, false_yes, missed, _ = held_out.counts().sum(axis=1)
    return {
        theme: Skill(
            int(true_yes[i] + missed[i]),
            _ratio(true_yes[i], true_yes[i] + false_yes[i]),
            _ratio(true_yes[i], true_yes[i] + missed[i]),
        )
        for i, theme in enumerate(held_out.themes)
    }


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def _reading(found: Findings) -> Iterator[str]:
    counts = found.counts
    yield (
        f"We read {counts.documents:,} document{'' if counts.documents == 1 else 's'} ({found.corpus}) with {NAME} "
        f"{__version__}, a program that runs on one computer, without a network and without a large language model."
    )
    repeated = f" ({counts.repeated:,} more repeat an earlier one and were not counted)" if counts.repeated else ""
    yield (
        f"They hold {counts.passages:,} passages{repeated}. Rules about headings, quotation marks, verbs of saying and "
        f"speaker labels found {counts.problems:,} problems of practice and {counts.quotes:,} quotes in them. No words "
        "were changed."
    )
    if counts.refused:
        yield f"{counts.refused:,} inputs could not be used."


def _themes(found: Findings, basis: Basis) -> Iterator[str]:
    book, metrics = basis.codebook, basis.metrics.get("themes", {})
    models = ", ".join(found.methods.theme_models)
    if not models:
        yield f"No model coded themes; the codebook is version {book.version} (sha256 {book.sha256[:12]})."
        return
    yield (
        f"A classifier (model {models}) coded each passage with the {len(book.themes)} themes of a codebook (version "
        f"{book.version}, sha256 {book.sha256[:12]})."
    )
    yield from _trained(metrics, "labelled passages", found.methods.theme_models)
    if metrics.get("model_version") in found.methods.theme_models:
        yield from _measured_themes(metrics, basis)
    yield from _correction(found, basis)


def _measured_themes(metrics: Mapping[str, Any], basis: Basis) -> Iterator[str]:
    asked = basis.settings.precision
    band = min(metrics.get("bands", []), key=lambda band: abs(band["precision"] - asked), default=None)
    if band:
        yield (
            f"A theme counts as present from the probability on at which {percent(band['yes_precision'])} of such "
            f"decisions were right on held-out documents (asked for: {percent(asked)}); this finds "
            f"{percent(band['yes_share'])} of what people had marked. Less certain cases were set apart for review and "
            "not counted."
        )
    micro = metrics.get("micro")
    if micro:
        low, high = micro["f1_interval"]
        yield (
            f"With the cases for review, held-out precision is {probability(micro['precision'])}, recall "
            f"{probability(micro['recall'])}, F1 {probability(micro['f1'])} (95% interval {probability(low)}–"
            f"{probability(high)}; {metrics['n']:,} passages)."
        )


def _trained(metrics: Mapping[str, Any], what: str, versions: list[str]) -> Iterator[str]:
    trained = metrics.get("trained_on")
    if trained and metrics.get("model_version") in versions:
        labels = trained.get("labels_sha256") or " ".join(dict(trained.get("labels") or {}).values())
        yield (
            f"It had learned from {trained['n_labels']:,} {what} of {trained['n_groups']:,} documents or sites (labels "
            f"sha256 {labels[:12] or 'unknown'}; {trained['n_folds']} folds that keep a document together)."
        )


def _correction(found: Findings, basis: Basis) -> Iterator[str]:
    correction, given = found.correction, basis.settings
    if not correction.made:
        yield "Shares of themes were not corrected for the errors of the model."
        return
    drawn = f"{given.bootstrap:,} resamples, seed {given.seed}"
    if correction.sampled >= 30:
        how = f"by a random sample of {correction.sampled:,} of these passages that a person judged"
        source = "prediction-powered inference, Angelopoulos et al. 2023"
    else:
        how = f"by its error rates on {correction.passages:,} passages of {correction.documents:,} held-out documents"
        source = "Rogan & Gladen 1978"
    yield (
        f"Shares were corrected for the errors of the model {how} ({source}); intervals are at the "
        f"{percent(given.confidence)} level ({drawn}). Uncorrected shares have Wilson intervals."
    )


def _practices(found: Findings, basis: Basis) -> Iterator[str]:
    rubric, metrics = basis.rubric, basis.metrics.get("practices", {})
    models = ", ".join(found.methods.practice_models)
    name = f"“{rubric.name}” ({len(rubric.indicators)} indicators, sha256 {rubric.sha256[:12]})"
    if not models:
        yield f"No model compared quotes with the rubric {name}."
        return
    yield f"A ranking model ({models}) compared each quote with the indicators of the rubric {name}."
    if metrics.get("model_version") not in found.methods.practice_models:
        return
    yield from _trained(metrics, "labelled quotes", found.methods.practice_models)
    known = metrics.get("known_rubric")
    if known and metrics.get("trained_on", {}).get("rubric_sha256") == rubric.sha256:
        yield (
            f"On {known['n']:,} held-out quotes the right indicator came first in {percent(known['hit_at_1'])} and "
            f"among the first three in {percent(known['hit_at_3'])}; of its matches, "
            f"{percent(known['match_precision'])} were right. Less certain pairs were set apart for review and not "
            "counted."
        )


def _people(found: Findings) -> Iterator[str]:
    people, counts = found.methods.people, found.counts
    decided = counts.tags_yes + counts.tags_review + counts.mappings_match + counts.mappings_review
    if people:
        yield (
            f"People ({', '.join(people)}) decided {counts.by_people:,} of the {decided:,} themes and practices shown; "
            "where a person and the model disagree, the person’s word counts."
        )
    else:
        yield "No decision shown here was made by a person; the model is one coder, and its word is not the truth."
    yield "Agreement with a second coder on these documents is not part of this report (pop agree measures it)."
