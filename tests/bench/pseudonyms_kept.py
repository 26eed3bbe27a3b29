"""What stays the same in a corpus without names: passages, segments, quotes and themes before and after.

    python tests/bench/pseudonyms_kept.py

The shipped examples are pseudonymised and run through all stages, as are the originals; about a minute. Quotes are
compared by their first and last words with names put back, segments by kind, themes by passage in documents whose
passages are as many as before.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline import nlp
from pipeline.bundles import bundles
from pipeline.config import HOME, Settings
from pipeline.plan import Plan
from pipeline.privacy.key import Key
from pipeline.privacy.pseudonymising import found_in, pseudonymised
from pipeline.privacy.reversing import names_in_place
from pipeline.privacy.sources import read_sources
from pipeline.privacy.writing import write_corpus
from pipeline.records import Bundle, Passage, Segment
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.tools import Tools

BOTH = {"yes", "review"}
KINDS = ("passages", "segments", "quotes", "tags")


def records(corpus: Path, outputs: Path) -> dict[str, Bundle]:
    """Run all stages but index and report, and return the records of each document by its path."""
    tools = Tools(
        settings=Settings(),
        codebook_path=HOME / "corpus" / "codebook.yaml",
        rubric_path=HOME / "corpus" / "rubric.yaml",
        models_path=HOME / "models",
    )
    run(Plan(corpus, outputs, tools, quiet=True), [name for name, stage in STAGES.items() if not stage.sees_all])
    return {one.document.path: one for one in bundles(outputs, KINDS)}


def same(one: Iterable[object], other: Iterable[object]) -> int:
    """Count what stands in both."""
    return sum((Counter(one) & Counter(other)).values())


def tags(bundle: Bundle, decisions: set[str]) -> list[tuple[int, str]]:
    """Return the themes of each passage, by its number."""
    numbers = {one.id: one.index for one in bundle.passages}
    return [(numbers[one.passage_id], one.theme) for one in bundle.tags if one.decision in decisions]


def main() -> None:
    """Print the table."""
    corpus = HOME / "corpus" / "examples"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources, _ = read_sources(corpus, Settings())
        result = pseudonymised(sources, found_in(sources, nlp.load(), []), Key(), None)
        write_corpus(result, folder / "new", corpus, folder / "key" / "key.jsonl")
        before, after = records(corpus, folder / "a"), records(folder / "new", folder / "b")
    pairs = [(before[one.source], after[one.path]) for one in result.documents]
    back = partial(names_in_place, key=result.key)
    even = [(one, other) for one, other in pairs if len(one.passages) == len(other.passages)]
    rows = {
        "passages, by kind": [(kinds(one.passages), kinds(other.passages)) for one, other in pairs],
        "segments, by kind": [(kinds(one.segments), kinds(other.segments)) for one, other in pairs],
        "quotes": [(words(one, str), words(other, back)) for one, other in pairs],
        "themes, yes": [(tags(one, {"yes"}), tags(other, {"yes"})) for one, other in even],
        "themes, yes or review": [(tags(one, BOTH), tags(other, BOTH)) for one, other in even],
    }
    for label, compared in rows.items():
        n = sum(len(one) for one, _ in compared)
        m = sum(len(other) for _, other in compared)
        kept = sum(same(one, other) for one, other in compared)
        print(f"{label:<22} before {n:>4}  after {m:>4}  the same {kept:>4}  ({kept / n:.3f})")


def kinds(found: Iterable[Passage | Segment]) -> list[str]:
    """Return the kind of each record."""
    return [one.kind for one in found]


def words(bundle: Bundle, back: Callable[[str], str]) -> list[str]:
    """Return the ends of each quote, its names put back."""
    return [ends(back(one.text)) for one in bundle.quotes]


def ends(text: str) -> str:
    """Return the first and last words, by which a quote is known again although names in it are put differently."""
    return " ".join(text.split()[:3] + text.split()[-2:])


if __name__ == "__main__":
    main()
