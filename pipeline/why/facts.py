"""What a trace tells of a record: facts, to be printed or handed on as JSON. `None`: it does not apply or is not known.

Offsets are those of the document; `low` and `high` enclose an interval.
"""

from typing import Any, Literal

import msgspec

Kind = Literal["document", "passage", "segment", "quote", "tag", "mapping", "anatomy", "error"]


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """What all of them share."""


class DocumentFacts(Facts, frozen=True, kw_only=True):
    """The document. `file`: the file in the corpus at hand. `quality`, `doubts`: how it was read."""

    id: str
    path: str
    sha256: str
    file: Literal["unchanged", "changed", "not there", "not looked for"]
    media_type: str
    kind: str
    title: str | None
    date_start: str | None
    date_end: str | None
    n_passages: int
    quality: list[str]
    doubts: list[str]


class PlaceFacts(Facts, frozen=True, kw_only=True):
    """Where it stands. `passage_index`: from 0, as in the tables. `headings`: above it, the outermost first."""

    start: int
    end: int
    passage_id: str | None = None
    passage_index: int | None = None
    page: int | None = None
    kind: str | None = None
    speaker: str | None = None
    duplicate_of: str | None = None
    segment_id: str | None = None
    segment_kind: str | None = None
    headings: list[str] = []
    sites: list[str] = []


class Stretch(Facts, frozen=True, kw_only=True):
    """Words that spoke for it. `weight`: their share of what is shown; `telling`: single words among them."""

    text: str
    start: int
    end: int
    weight: float | None = None
    telling: list[str] = []


class Decided(Facts, frozen=True, kw_only=True):
    """What was decided and how. `counts`: what counts where several decided; `settings`: those that it depends on.

    `threshold`: from which p upwards it is shown to a person; `yes_threshold`: from which it counts as present.
    """

    decision: str
    source: str
    coder: str | None
    p: float | None = None
    threshold: float | None = None
    yes_threshold: float | None = None
    grade: int | None = None
    rank: int | None = None
    counts: str | None = None
    settings: dict[str, Any] = {}


class Measured(Facts, frozen=True, kw_only=True):
    """What was measured on held-out labels. `of`: a theme, or what all are called together; `n`: positives."""

    of: str
    n: int
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    low: float | None = None
    high: float | None = None


class ModelFacts(Facts, frozen=True, kw_only=True):
    """The model. `at_hand`: its files are there, in `folder`. `since`: when it was put to use, by the history.

    `labels`: file → SHA-256, of what it learned from. `calibration_error`: mean distance of p and the share that is
    right. `yes_precision`: the share of its decisions yes (or match) that are right at the precision asked for.
    """

    version: str
    at_hand: bool
    folder: str | None = None
    weights_sha256: str | None = None
    since: str | None = None
    labels: dict[str, str] = {}
    n_labels: int | None = None
    n_groups: int | None = None
    n_folds: int | None = None
    coders: dict[str, int] = {}
    instrument_sha256: str | None = None
    measured: list[Measured] = []
    calibration_error: float | None = None
    precision: float | None = None
    yes_precision: float | None = None


class InstrumentFacts(Facts, frozen=True, kw_only=True):
    """The entry of the codebook or rubric. `used_sha256`: of the file that was used; `same`: it is the one at hand."""

    instrument: Literal["codebook", "rubric"]
    name: str
    sha256: str
    used_sha256: str | None
    same: bool | None
    entry: str
    entry_name: str
    says: list[str]


class Weighed(Facts, frozen=True, kw_only=True):
    """A term of the words, and what it adds to the log-odds of the half of the model that sees words."""

    term: str
    log_odds: float


class ByWords(Facts, frozen=True, kw_only=True):
    """The half of a model that sees words. `log_odds`: of all its terms together; `intercept`: without any."""

    log_odds: float
    intercept: float
    n_terms: int
    spoke_for: list[Weighed]
    spoke_against: list[Weighed]


class LabelBehind(Facts, frozen=True, kw_only=True):
    """A label that the model learned from, and what it adds to the log-odds. `likeness`: cosine of the words, 0–1."""

    id: str
    group: str | None
    coder: str | None
    grade: int
    log_odds: float
    likeness: float
    shared: list[str]
    text: str


class LabelsBehind(Facts, frozen=True, kw_only=True):
    """The labels that weighed most. `sum`: what all labels add; `log_odds`: what the model says, for comparison.

    `missing`: files of labels that are gone or have changed since; `why`: why nothing can be told.
    """

    n: int = 0
    sum: float = 0.0
    log_odds: float = 0.0
    spoke_for: list[LabelBehind] = []
    spoke_against: list[LabelBehind] = []
    missing: list[str] = []
    why: str | None = None


class Said(Facts, frozen=True, kw_only=True):
    """A decision of a person about these words. `says`: in words. `status`: whether it holds.

    `about`: the words as they were judged, where they have changed since.
    """

    id: str
    at: str
    coder: str
    file: str
    target: str
    says: str
    status: Literal["holds", "replaced", "taken back", "takes back"]
    blind: bool = False
    model_version: str | None = None
    about: str | None = None


class Beside(Facts, frozen=True, kw_only=True):
    """What belongs to it or stands beside it: another coder's word, a candidate, a part, a linked problem."""

    id: str
    says: str


class Again(Facts, frozen=True, kw_only=True):
    """What the program says when it is asked again. `before`: without what people decided; `models`: version → says."""

    same: bool
    before: str
    models: dict[str, str] = {}


class Trace(Facts, frozen=True, kw_only=True):
    """All of it. `record`: as it stands in its file; `file`, `file_sha256`: that file; `notes`: more, in words."""

    kind: Kind
    id: str
    title: str
    file: str
    file_sha256: str | None
    version: str
    record: dict[str, Any]
    document: DocumentFacts | None = None
    place: PlaceFacts | None = None
    words: str | None = None
    evidence: list[Stretch] = []
    decided: Decided | None = None
    instrument: InstrumentFacts | None = None
    model: ModelFacts | None = None
    by_words: ByWords | None = None
    labels: LabelsBehind | None = None
    notes: list[tuple[str, str]] = []
    people: list[Said] = []
    beside: list[Beside] = []
    again: Again | None = None
    warnings: list[str] = []
