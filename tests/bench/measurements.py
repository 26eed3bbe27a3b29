"""What was measured, kept in docs/benchmarks.json, and the arithmetic on it."""

import importlib.metadata
import os
import platform
import sqlite3
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

STAGES = ("ingest", "segment", "quote", "tag", "map", "index", "report")

RUN, RUN_ON_TWO, MODELS, ONE = "run", "run on two", "models", "one document"
UNCHANGED, ADDED, DELETED, CODEBOOK = "nothing changed", "one added", "one deleted", "codebook changed"

_PACKAGES = ("spacy", "onnxruntime", "tokenizers", "numpy", "scikit-learn", "joblib")


class Cost(msgspec.Struct, frozen=True):
    """What one command cost: seconds of processor time and by the clock, MB of memory of its largest process.

    `others`: how many processors other programs kept busy meanwhile. `parts`: seconds of its parts, as it told them
    itself.
    """

    cpu: float
    wall: float
    mb: float
    others: float = 0.0
    parts: dict[str, float] = {}


class Measured(msgspec.Struct):
    """All that was measured on one made corpus. `runs`: the costs by what was run, in the order of the rounds.

    `rounds`: how often everything was repeated. `same`: whether two processes wrote the same bytes as one; `None` where
    that was not run.
    """

    documents: int
    words: int
    each: str
    date: str
    version: str
    machine: dict[str, str]
    rounds: int = 0
    runs: dict[str, list[Cost]] = {}
    same: bool | None = None

    def median(self, name: str, of: str = "cpu") -> float | None:
        """Return the median cost of what was run; `None` where it was not."""
        found = self.runs.get(name)
        return statistics.median(getattr(cost, of) for cost in found) if found else None

    def busy(self, *names: str) -> float:
        """Return how many processors other programs kept busy during some runs (all, if none are named): the median."""
        found = [cost.others for name in names or self.runs for cost in self.runs.get(name, [])]
        return statistics.median(found) if found else 0.0

    def largest(self, name: str) -> float | None:
        """Return the most memory that any process held at any time."""
        found = self.runs.get(name)
        return max(cost.mb for cost in found) if found else None


class Ratio(msgspec.Struct, frozen=True):
    """How two costs compare: the median of the ratios of runs that followed each other, and the range of them."""

    median: float
    low: float
    high: float
    n: int


def ratio(above: Sequence[float], below: Sequence[float]) -> Ratio | None:
    """Compare runs pair by pair; `None` without a pair.

    >>> ratio([2.0, 3.0, 9.0], [1.0, 2.0, 3.0])
    Ratio(median=2.0, low=1.5, high=3.0, n=3)
    """
    found = [one / other for one, other in zip(above, below, strict=False)]
    return Ratio(statistics.median(found), min(found), max(found), len(found)) if found else None


def costs(measured: Measured, name: str, of: Callable[[Cost], float]) -> list[float]:
    """Return one figure of each run, in the order of the rounds."""
    return [of(cost) for cost in measured.runs.get(name, [])]


def whole_to_models(measured: Measured, reading: str = "minilm") -> Ratio | None:
    """Compare the processor time of a whole run with that of the bare models, starting up included."""
    return ratio(costs(measured, RUN, lambda cost: cost.cpu), bare(measured, reading))


def beyond_starting(measured: Measured, reading: str = "minilm") -> Ratio | None:
    """Compare the same without what is paid once: a run on one document, and the loading of the models."""
    one, whole = (costs(measured, name, lambda cost: cost.cpu) for name in (ONE, RUN))
    beyond = [all_of_it - start for all_of_it, start in zip(whole, one, strict=False)]
    return ratio(beyond, costs(measured, MODELS, lambda cost: cost.parts["spacy"] + cost.parts[reading]))


def bare(measured: Measured, reading: str = "minilm") -> list[float]:
    """Return the seconds of the bare models in each round. `reading`: `minilm` or, in close batches, `minilm_close`."""
    return costs(measured, MODELS, lambda cost: cost.parts["loading"] + cost.parts["spacy"] + cost.parts[reading])


def speedup(measured: Measured) -> Ratio | None:
    """Compare the clock of one process with that of two."""
    one, two = (costs(measured, name, lambda cost: cost.wall) for name in (RUN, RUN_ON_TWO))
    return ratio(one, two)


def per_document(measured: Measured, name: str = RUN) -> float | None:
    """Return the seconds of processor time of one more document: what starting up costs once is taken off."""
    whole, one = measured.median(name), measured.median(ONE)
    if whole is None or one is None or measured.documents < 2:
        return None
    return (whole - one) / (measured.documents - 1)


def per_thousand_words(measured: Measured, name: str = RUN) -> float | None:
    """Return the seconds of processor time of a thousand words more."""
    each = per_document(measured, name)
    return None if each is None else each * measured.documents / measured.words * 1000


def growth(measured: Measured, smallest: Measured) -> float | None:
    """Return how much more a document costs than in the smallest corpus: 0.1 for a tenth; by thousands of words."""
    here, there = per_thousand_words(measured), per_thousand_words(smallest)
    return None if here is None or not there else here / there - 1


def allowed_unchanged(documents: int) -> float:
    """Return the seconds within which a run with nothing to do should end: 1, and a thousandth for 100 documents."""
    return 1 + documents / 100 * 0.001


def machine() -> dict[str, str]:
    """Describe this computer and what the measuring ran on."""
    found = {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory() / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }
    return found | {name: importlib.metadata.version(name) for name in _PACKAGES}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def load(path: Path) -> dict[int, Measured]:
    """Return what is kept in a file, by the number of documents; nothing where there is none."""
    if not path.is_file():
        return {}
    found = msgspec.json.decode(path.read_bytes(), type=list[Measured])
    return {one.documents: one for one in found}


def save(path: Path, measured: dict[int, Measured]) -> None:
    """Write what was measured, smallest corpus first."""
    content = msgspec.json.encode([measured[n] for n in sorted(measured)])
    path.write_bytes(msgspec.json.format(content, indent=1) + b"\n")
