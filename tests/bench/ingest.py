"""How well documents are read: words in order, furniture left, headings found; and how fast.

    python tests/bench/ingest.py                      the examples, four other layouts, real minutes
    python tests/bench/ingest.py --pages 500 [--pypdf PYTHON]
                                                      pages per second and memory of a PDF of so many pages, beside
                                                      pypdf, each in a process of its own
    python tests/bench/ingest.py --pdf FILE [--pypdf PYTHON]
                                                      the same for a PDF of yours

pypdf is no dependency; `python -m venv /tmp/v && /tmp/v/bin/pip install pypdf` and `--pypdf /tmp/v/bin/python` will do.

The examples under corpus/examples were used while the readers were written. Of the four documents under tests/files
only the first measurement, before anything was changed for them, was of unseen ones; docs/ingest.md keeps it. The
minutes lie in the developers' shared folder and are left out where it is missing.

*order*: words of the gold text that stand in the passages in the same order (longest matching blocks), in percent. A
footnote counts as in order, wherever it stands, when it is a note of its own with all its words: gold lists the notes
at the end, where they are printed; the pipeline puts each after the passage that refers to it, where it is needed.
*leaks*: lines of furniture of which the passages still hold the words. *heads*: gold headings found / of how many;
*more*: headings that are none in gold; *level*: of those found, how many have gold's level.
"""

import argparse
import difflib
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import HOME, Settings
from pipeline.records import Document, Passage
from pipeline.stages.ingest import ingest_file

GOLD = HOME / "tests" / "gold"
FILES = HOME / "tests" / "files"
MINUTES = HOME.parent / "shared" / "bench" / "minutes"
ROW = "{:<34} {:>6} {:>7} {:>6} {:>7} {:>5} {:>7}"

# Page heads and feet of the minutes, as a reader sees them; written down apart from the rules of the pipeline.
MINUTES_FURNITURE = re.compile(
    r"\d\d-\d-CC|\d{1,2}/\d{1,2}|.*BoardDocs® Plus|https?://\S+\s+\d/\d|.*Minutes UNAPPROVED\s+\d+|"
    r"[\d.]+ Board Meeting Minutes(?: - UNAPPROVED)?\s+\d+"
)
WRITE = "import sys, pathlib, long_pdf; long_pdf.write_pdf(pathlib.Path(sys.argv[1], 'long.pdf'), int(sys.argv[2]))"
PYPDF = (
    "import sys, time, pypdf\n"
    "began = time.perf_counter()\n"
    "reader = pypdf.PdfReader(sys.argv[1])\n"
    "n = sum(bool(page.extract_text() or True) for page in reader.pages)\n"
    "seconds = time.perf_counter() - began\n"
    "import resource\n"
    "print(n, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
)


@dataclass(frozen=True)
class Truth:
    """What a person found in a document: its words, headings with their levels, and what is no part of its text."""

    path: Path
    blocks: list[str]
    headings: list[tuple[int, str]]
    furniture: list[str]

    @property
    def words(self) -> list[str]:
        """All its words in order."""
        return words(" ".join(self.blocks))


@dataclass(frozen=True)
class Score:
    """How one document was read; see the top of the module."""

    n_words: int
    order: float
    leaks: int
    found: int
    wanted: int
    made_up: int
    right_level: int


def words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return re.findall(r"\w+", text.lower())


def letters(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return "".join(words(text))


def example(folder: Path) -> Truth:
    """Load the gold of an example document."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    blocks = re.split(r"(?m)^\[b\d+\] ", (folder / "blocks.txt").read_text(encoding="utf-8"))
    headings = [(level, text) for level, text in expected["headings"]]
    return Truth(HOME / "corpus" / expected["path"], blocks, headings, expected["furniture"])


def layout(path: Path) -> Truth:
    """Load a truth file: blocks parted by empty lines, each with its kind in brackets."""
    blocks = re.findall(r"(?s)\[(\w+)(?: (\d))?\] (.*?)\n\n?(?=\[|\Z)", path.read_text(encoding="utf-8"))
    document = next(file for file in path.parent.glob(f"{path.name.split('.')[0]}.*") if file != path)
    return Truth(
        document,
        [block for kind, _, block in blocks if kind != "furniture"],
        [(int(level), block) for kind, level, block in blocks if kind == "heading"],
        [block for kind, _, block in blocks if kind == "furniture"],
    )


def read(path: Path) -> tuple[Document, list[Passage]]:
    """Ingest one file."""
    ingested = ingest_file(path.parent, path.name, settings=Settings())
    if ingested.document is None:
        raise SystemExit(f"{path}: {ingested.refusals}")
    return ingested.document, ingested.passages


def score(truth: Truth) -> Score:
    """Compare a document as ingested with what a person found in it."""
    document, passages = read(truth.path)
    found = [(passage.level, letters(passage.text)) for passage in passages if passage.kind == "heading"]
    wanted = [(level, letters(text)) for level, text in truth.headings]
    pairs = _pairs([text for _, text in wanted], [text for _, text in found])
    flat = " ".join(document.text.split())
    return Score(
        n_words=len(truth.words),
        order=_order(truth, passages),
        leaks=sum(" ".join(line.split()) in flat for line in _singly(truth)),
        found=len(pairs),
        wanted=len(wanted),
        made_up=len(found) - len(pairs),
        right_level=sum(wanted[i][0] == found[j][0] for i, j in pairs),
    )


def _order(truth: Truth, passages: list[Passage]) -> float:
    """Return the share of words in order; notes that are whole stand where they belong."""
    notes = {letters(passage.text) for passage in passages if passage.kind == "note"} & set(map(letters, truth.blocks))
    wanted = words(" ".join(block for block in truth.blocks if letters(block) not in notes))
    found = words(" ".join(passage.text for passage in passages if letters(passage.text) not in notes))
    n_words = max(1, len(truth.words))
    return 100 - (100 - in_order(wanted, found)) * len(wanted) / n_words


def _singly(truth: Truth) -> list[str]:
    """Return the furniture of which the text has no words of its own: a pull quote is none, it repeats the body."""
    body = " ".join(truth.words)
    return [line for line in truth.furniture if " ".join(words(line)) not in body]


def in_order(wanted: list[str], found: list[str]) -> float:
    """Return the share of the wanted words that were found in the same order, in percent."""
    matcher = difflib.SequenceMatcher(None, wanted, found, autojunk=False)
    return 100 * sum(block.size for block in matcher.get_matching_blocks()) / max(1, len(wanted))


def _pairs(wanted: list[str], found: list[str]) -> list[tuple[int, int]]:
    matcher = difflib.SequenceMatcher(None, wanted, found, autojunk=False)
    return [(a + k, b + k) for a, b, n in matcher.get_matching_blocks() for k in range(n)]


def minutes_row(path: Path) -> str:
    """Measure leaks and speed on one of the real minutes."""
    began = time.perf_counter()
    _, passages = read(path)
    seconds = time.perf_counter() - began
    lines = [" ".join(line.split()) for line in re.split(r"[\n\f]", path.read_text(encoding="utf-8"))]
    furniture = [line for line in lines if MINUTES_FURNITURE.fullmatch(line)]
    texts = [" ".join(passage.text.split()) for passage in passages]
    leaks = sum(any(re.search(rf"(?<!\S){re.escape(line)}(?!\S)", text) for text in texts) for line in furniture)
    n = sum(len(text.split()) for text in texts)
    headings = sum(passage.kind == "heading" for passage in passages)
    return f"{path.stem:<34} {n:>6} {len(furniture):>9} {leaks:>6} {headings:>9} {n / seconds:>11,.0f}"


def show(title: str, truths: list[Truth]) -> None:
    """Print a row for each document."""
    print(ROW.format(title, "words", "order", "leaks", "heads", "more", "level"))
    scores = [score(truth) for truth in truths]
    for truth, one in zip(truths, scores, strict=True):
        print(_row(truth.path.stem, one))
    total = Score(*[sum(getattr(one, name) for one in scores) for name in Score.__dataclass_fields__])
    order = sum(one.order * one.n_words for one in scores) / max(1, total.n_words)
    print(_row("all", Score(**{**vars(total), "order": order})), end="\n\n")


def _row(name: str, one: Score) -> str:
    heads, level = f"{one.found}/{one.wanted}", f"{one.right_level}/{one.found}"
    return ROW.format(name, one.n_words, f"{one.order:.2f}%", one.leaks, heads, one.made_up, level)


def show_speed(path: Path, pypdf: str | None) -> None:
    """Print pages per second and memory of a PDF, beside pypdf in another interpreter."""
    import resource  # noqa: PLC0415 - not on Windows

    from pipeline.stages.ingest import from_pdf  # noqa: F401, PLC0415 - its import is not measured

    if pypdf:  # first: a process takes over the mark of the memory that the one before it used at most
        command = [pypdf, "-c", PYPDF, str(path)]
        n, taken, most = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        print(f"pypdf (text)  {n} pages  {int(n) / float(taken):8.1f} pages/s  {float(most):6.0f} MB at most")
    began = time.perf_counter()
    _, passages = read(path)
    seconds = time.perf_counter() - began
    pages = max(passage.page or 0 for passage in passages)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"pop ingest    {pages} pages  {pages / seconds:8.1f} pages/s  {megabytes:6.0f} MB at most")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="How well and how fast documents are read.")
    parser.add_argument("--pdf", type=Path, help="measure the speed on this file instead")
    parser.add_argument("--pages", type=int, help="write a PDF of so many pages and measure the speed on it instead")
    parser.add_argument("--pypdf", help="a Python interpreter in which pypdf is installed")
    options = parser.parse_args()
    if options.pages:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", WRITE, folder, str(options.pages)]
            subprocess.run(command, check=True, cwd=Path(__file__).parent)  # so that its memory is not counted
            show_speed(Path(folder, "long.pdf"), options.pypdf)
        return
    if options.pdf:
        show_speed(options.pdf, options.pypdf)
        return
    show("examples", [example(path.parent) for path in sorted(GOLD.glob("*/expected.json"))])
    show("other layouts", [layout(path) for path in sorted(FILES.glob("*.truth.txt"))])
    if MINUTES.is_dir():
        print(f"{'real minutes':<34} {'words':>6} {'furniture':>9} {'leaks':>6} {'headings':>9} {'words/s':>11}")
        for path in sorted(MINUTES.glob("*.txt")):
            print(minutes_row(path))
    else:
        print(f"no real minutes: {MINUTES} is missing", file=sys.stderr)


if __name__ == "__main__":
    main()
