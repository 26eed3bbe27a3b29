"""Measures what the pipeline costs, and writes docs/benchmarks.json and docs/benchmarks.md.

    python tests/bench/benchmarks.py [--sizes 100 1000 10000] [--repeats N] [--words 300-400] [--only run changes …]
    python tests/bench/benchmarks.py --page           only write the page again from what was measured

For each size a corpus is made (made_corpus.py), and rounds are run on it. In each round every command is started once,
one after the other, each in a process of its own with one thread, so that what is compared ran minutes apart on the
same machine. What is measured of a size replaces what docs/benchmarks.json held of it.

    models    the two models as their packages come, over the same passages (bare_models.py); at more than 1,000
              documents over those of a sample, and the seconds are multiplied
    run       the whole with one process, from nothing, and the same for a corpus of one document
    two       the whole with two processes, from nothing
    changes   the whole again: nothing changed, one document added, one deleted, another codebook
    stages    each stage alone, everything it reads being there
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import made_corpus
import measurements
from benchmarks_page import page
from measurements import Cost, Measured

from pipeline.config import HOME
from pipeline.version import __version__

PARTS = ("models", "run", "two", "changes", "stages")
KEPT = HOME / "docs" / "benchmarks.json"
PAGE = HOME / "docs" / "benchmarks.md"
SAMPLE = 500
"""Documents over which the bare models are measured at most."""

QUICK = 3
"""How often a small change is measured at least, over all rounds."""

_BENCH = Path(__file__).parent
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Room:
    """Where one size is measured: the made documents, and the results of one process and of two."""

    folder: Path
    documents: int
    low: int
    high: int

    @property
    def corpus(self) -> Path:
        """The made documents."""
        return self.folder / "corpus"

    @property
    def outputs(self) -> Path:
        """The results of one process."""
        return self.folder / "outputs"

    @property
    def outputs_of_two(self) -> Path:
        """The results of two processes."""
        return self.folder / "outputs of two"

    def add(self, number: int) -> Path:
        """Write one more document."""
        made = made_corpus.document(self.documents + number, self.low, self.high)
        path = self.corpus / made.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made.content())
        return path


def pop(stage: str, corpus: Path, outputs: Path, *options: str, jobs: int = 1) -> Cost:
    """Run a command of the pipeline."""
    folders = ["--corpus", str(corpus), "--outputs", str(outputs)]
    return run("-m", "pipeline", stage, *folders, "--jobs", str(jobs), "--quiet", *options)


def run(*arguments: str) -> Cost:
    """Run Python and return what that cost, with all processes that it starts."""
    command = [sys.executable, str(_BENCH / "measured_process.py"), sys.executable, *arguments]
    environment = os.environ | _ONE_THREAD | {"PYTHONPATH": str(HOME)}
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment, cwd=HOME)
    found = json.loads(ran.stdout)
    if found["exit"]:
        raise SystemExit(f"exit code {found['exit']}: {' '.join(arguments)}")
    parts = json.loads(found["said"]) if found["said"].startswith("{") else {}
    return Cost(cpu=found["cpu"], wall=found["wall"], mb=found["mb"], others=found["others"], parts=parts)


def from_nothing(corpus: Path, outputs: Path, jobs: int = 1) -> Cost:
    """Run the whole into an empty folder."""
    shutil.rmtree(outputs, ignore_errors=True)
    return pop("run", corpus, outputs, jobs=jobs)


def models(room: Room) -> Iterator[tuple[str, Cost]]:
    """Measure the bare models over the passages that a run has left."""
    every = max(1, room.documents // SAMPLE) if room.documents > 1000 else 1
    cost = run(str(_BENCH / "bare_models.py"), str(room.outputs / "passages.jsonl"), "--every", str(every))
    parts = {name: seconds * (1 if name == "loading" else every) for name, seconds in cost.parts.items()}
    yield measurements.MODELS, Cost(cost.cpu, cost.wall, cost.mb, cost.others, parts)


def whole(room: Room) -> Iterator[tuple[str, Cost]]:
    """Measure a run with one process."""
    single = room.folder / "single"
    single.mkdir(exist_ok=True)
    (single / "one.txt").write_bytes(made_corpus.document(0, room.low, room.high).content())
    yield measurements.ONE, from_nothing(single, room.folder / "outputs of one")
    yield measurements.RUN, from_nothing(room.corpus, room.outputs)


def on_two(room: Room) -> Iterator[tuple[str, Cost]]:
    """Measure a run with two processes."""
    yield measurements.RUN_ON_TWO, from_nothing(room.corpus, room.outputs_of_two, jobs=2)


def changes(room: Room, times: int, number: int) -> Iterator[tuple[str, Cost]]:
    """Measure runs after small changes; afterwards the corpus is as it was."""
    for time in range(times):
        yield measurements.UNCHANGED, pop("run", room.corpus, room.outputs)
        added = room.add(number * times + time)
        yield measurements.ADDED, pop("run", room.corpus, room.outputs)
        added.unlink()
        yield measurements.DELETED, pop("run", room.corpus, room.outputs)
    codebook = (HOME / "corpus" / "codebook.yaml").read_text(encoding="utf-8")
    other = room.folder / f"codebook {number}.yaml"
    begin = "definition: >-\n      "
    other.write_text(codebook.replace(begin, f"{begin}For study {number}: ", 1), encoding="utf-8")
    yield measurements.CODEBOOK, pop("run", room.corpus, room.outputs, "--codebook", str(other))


def stages(room: Room) -> Iterator[tuple[str, Cost]]:
    """Measure each stage alone."""
    for stage in measurements.STAGES:
        yield stage, pop(stage, room.corpus, room.outputs, "--force")


def round_of(room: Room, number: int, times: int, only: tuple[str, ...]) -> Iterator[tuple[str, Cost]]:
    """Run everything once; the bare models first in every other round, so that neither side is always the earlier."""
    parts: dict[str, Callable[[], Iterator[tuple[str, Cost]]]] = {
        "run": lambda: whole(room),
        "two": lambda: on_two(room),
        "models": lambda: models(room),
        "changes": lambda: changes(room, times, number),
        "stages": lambda: stages(room),
    }
    order = list(parts) if number % 2 == 0 else ["models", *(name for name in parts if name != "models")]
    for name in order:
        if name in only:
            yield from parts[name]()


def measure(room: Room, rounds: int, only: tuple[str, ...]) -> Iterator[Measured]:
    """Yield what was measured on one size, after each command: what is broken off is kept as far as it got."""
    made = made_corpus.documents(room.documents, room.low, room.high)
    _, n_words = made_corpus.write(room.corpus, made)
    found = Measured(
        documents=room.documents,
        words=n_words,
        each=f"{room.low}–{room.high}",
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        version=f"{__version__} ({_code()})",
        machine=measurements.machine(),
    )
    if "run" not in only:
        from_nothing(room.corpus, room.outputs, jobs=2)
    for number in range(rounds):
        found.rounds = number + 1
        for name, cost in round_of(room, number, -(-QUICK // rounds), only):
            found.runs.setdefault(name, []).append(cost)
            if name == measurements.RUN_ON_TWO:
                found.same = _same(room) and found.same is not False
            _tell(room.documents, number + 1, rounds, name, cost)
            yield found


def keep(measured: dict[int, Measured]) -> None:
    """Write what was measured, and the page."""
    measurements.save(KEPT, measured)
    PAGE.write_text(page(list(measured.values())), encoding="utf-8")


def _code() -> str:
    """Return a short hash of the program, so that figures of two states of one version are told apart."""
    parts = hashlib.sha256()
    for path in sorted((HOME / "pipeline").rglob("*.py")):
        parts.update(path.read_bytes())
    return parts.hexdigest()[:7]


def _same(room: Room) -> bool:
    """Whether one and two processes wrote the same bytes."""
    one, two = (
        json.loads((outputs / "manifest.json").read_bytes())["outputs"]
        for outputs in (room.outputs, room.outputs_of_two)
    )
    return bool(one == two)


def _tell(documents: int, number: int, rounds: int, name: str, cost: Cost) -> None:
    figures = f"{cost.cpu:9.2f} s of processor {cost.wall:9.2f} s by the clock {cost.mb:6.0f} MB"
    print(f"{documents:6,} documents, round {number} of {rounds}: {name:18} {figures}", file=sys.stderr, flush=True)


def rounds_for(documents: int) -> int:
    """Return how often a size is measured unless told otherwise: large ones take long, and vary less."""
    return 5 if documents <= 100 else 3 if documents <= 1000 else 1


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100], metavar="N", help="documents")
    parser.add_argument("--repeats", type=int, help="rounds of each size; else 5 at 100, 3 at 1,000, 1 beyond")
    parser.add_argument(
        "--words", type=made_corpus.spread, default=(300, 400), metavar="LOW-HIGH", help="of a document"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--folder", type=Path, help="where to work; else a folder that is removed at the end")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    given = parser.parse_args()
    measured = measurements.load(KEPT)
    for documents in [] if given.page else given.sizes:
        with tempfile.TemporaryDirectory(prefix="pop-bench-", dir=given.folder) as folder:
            room = Room(Path(folder), documents, *given.words)
            for found in measure(room, given.repeats or rounds_for(documents), tuple(given.only)):
                measured[documents] = found
                keep(measured)
    keep(measured)
    print(f"written: {PAGE.relative_to(HOME)}")


if __name__ == "__main__":
    main()
