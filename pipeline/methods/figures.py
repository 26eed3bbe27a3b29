"""Every figure of the methods section, worked out from the outputs, the models and the decisions at hand.

`None`: it cannot be told from what is at hand, and the text says so.
"""

from typing import Any, Final

import msgspec

FEWEST_JUDGED: Final = 15
"""Passages below which a coefficient of agreement tells nothing."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What all of them share."""


class CorpusFigures(Figures, frozen=True, kw_only=True):
    """The documents. `words`: of their text, parted at spaces. `in_words`: kinds, years, sites."""

    documents: int
    words: int
    passages: int
    coded: int
    repeated: int
    by_kind: dict[str, int]
    by_type: dict[str, int]
    first: str | None
    last: str | None
    undated: int
    sites: int
    refused: list[tuple[str, str, str]]
    doubted: int


class FoundFigures(Figures, frozen=True, kw_only=True):
    """What was found. `speakers`: quotes with one that is named or described; `reasons`: of boundaries."""

    segments: int
    problems: int
    reasons: dict[str, int]
    quotes: int
    speakers: int
    forms: dict[str, int]
    tags_yes: int
    tags_review: int
    mappings_match: int
    mappings_review: int


class ThemeFigures(Figures, frozen=True, kw_only=True):
    """A theme: its definition, how well it was found on held-out labels, how often it was found here.

    `n`: held-out positives; `naive_low`, `naive_high`: the interval as if passages did not belong to documents.
    `present`, `review`, `of`: passages here; `share`: corrected for the errors of the model, or `why` it is not.
    """

    id: str
    name: str
    definition: str
    threshold: float | None = None
    yes_threshold: float | None = None
    n: int | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    low: float | None = None
    high: float | None = None
    naive_low: float | None = None
    naive_high: float | None = None
    present: int = 0
    review: int = 0
    of: int = 0
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    method: str | None = None
    why: str = ""


class ModelFigures(Figures, frozen=True, kw_only=True):
    """A model. `shipped`: it learned from the labels of the program. `measured`: name → value, low, high.

    `yes_precision`, `yes_share`: of what it decides by itself at the precision asked for; `same`: the outputs were made
    with this model.
    """

    version: str
    same: bool
    shipped: bool
    labels: dict[str, str]
    n_labels: int
    n_groups: int
    n_folds: int
    coders: dict[str, int]
    n: int | None
    measured: dict[str, tuple[float, float, float]]
    calibration_error: float | None = None
    precision: float | None = None
    yes_precision: float | None = None
    yes_share: float | None = None
    versions: dict[str, str] = {}


class AgreementFigures(Figures, frozen=True, kw_only=True):
    """The agreement of two coders, or of all (`coders`), all themes counted together; each with low and high.

    `few`: too few groups for intervals.
    """

    coders: list[str]
    n: int
    rule: str
    drawn_over: str
    few: bool
    coefficients: dict[str, tuple[float | None, float | None, float | None]]


class PeopleFigures(Figures, frozen=True, kw_only=True):
    """What people did. `coders`: decisions that hold, by coder; `blind`: of `decisions`, made without the model's word.

    `confirmed`, `struck`: themes the model had decided yes; `settled_yes`, `settled_no`: those it had left for review;
    `added`: those it had not found. Each a theme of a passage, by one coder. `learned`: the models learned from them.
    """

    coders: dict[str, int]
    decisions: int
    blind: int
    undone: int
    first: str | None
    last: str | None
    by_target: dict[str, int]
    confirmed: int = 0
    struck: int = 0
    settled_yes: int = 0
    settled_no: int = 0
    added: int = 0
    quotes: int = 0
    segments: int = 0
    mappings: int = 0
    agreement: list[AgreementFigures] = []
    why_no_agreement: str = ""


class FileFigures(Figures, frozen=True, kw_only=True):
    """A file of the audit trail. `records`: of JSONL."""

    path: str
    sha256: str
    records: int | None = None
    says: str = ""


class TrailFigures(Figures, frozen=True, kw_only=True):
    """The audit trail. `checked`: records compared with their documents; `drift`: what does not match."""

    inputs: list[FileFigures]
    outputs: list[FileFigures]
    figures: int
    instruments: list[FileFigures]
    models: list[FileFigures]
    labels: list[FileFigures]
    history: list[tuple[str, str, str, str]]
    checked: dict[str, int]
    drift: list[str]


class All(Figures, frozen=True, kw_only=True):
    """All figures. `software`: package → version; `run`: when and where, only if asked for."""

    version: str
    corpus: CorpusFigures
    found: FoundFigures
    codebook: dict[str, Any]
    themes: list[ThemeFigures]
    theme_model: ModelFigures | None
    rubric: dict[str, Any]
    practice_model: ModelFigures | None
    practices_evidenced: tuple[int, int]
    people: PeopleFigures
    trail: TrailFigures
    settings: dict[str, Any]
    correction: dict[str, Any]
    doubts: list[str]
    software: dict[str, str]
    run: dict[str, Any] = {}
