"""Trace every record of an output folder: how many, how long each takes, the slowest.

    python tests/bench/why.py outputs [--labels-behind N]

The labels behind a tag or mapping are looked for in N of the records only, since they take a second each.
"""

import argparse
import time
from pathlib import Path
from statistics import median

from pipeline.config import HOME, Settings
from pipeline.records import RECORD_TYPES
from pipeline.tools import Tools
from pipeline.why import Source, Trace, printing, trace
from pipeline.why.facts import LabelsBehind
from pipeline.why.sections import sections


def main() -> None:
    """Trace, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outputs", type=Path)
    parser.add_argument("--labels-behind", type=int, default=5, metavar="N")
    given = parser.parse_args()
    corpus = HOME / "corpus"
    tools = Tools(
        Settings(), corpus / "codebook.yaml", corpus / "rubric.yaml", HOME / "models", None, corpus / "labels"
    )
    source = Source(given.outputs, tools, corpus)
    print(f"{'records':<22}{'n':>7}{'traced':>8}{'ms each':>9}{'slowest':>9}")
    for kind in RECORD_TYPES:
        asked = source.lookup.all_ids(kind)
        _told(kind, len(asked), [_traced(source, record_id, labels=False)[0] for record_id in asked])
    for kind in ("tags", "mappings"):
        asked = source.lookup.all_ids(kind)
        some = asked[:: max(1, len(asked) // max(1, given.labels_behind))][: given.labels_behind]
        traced = [_traced(source, record_id, labels=True) for record_id in some]
        _told(f"{kind}, with labels", len(some), [seconds for seconds, _ in traced])
        _told_of_sums([one.labels for _, one in traced if one.labels is not None and one.labels.why is None])


def _traced(source: Source, record_id: str, *, labels: bool) -> tuple[float, Trace]:
    begun = time.perf_counter()
    found = trace(source, record_id, labels=labels)
    assert found.id == record_id
    assert printing.to_text(sections(found))
    return time.perf_counter() - begun, found


def _told(kind: str, n: int, seconds: list[float]) -> None:
    mean = 1000 * sum(seconds) / max(1, len(seconds))
    print(f"{kind:<22}{n:>7,}{len(seconds):>8,}{mean:>9.0f}{1000 * max(seconds, default=0.0):>9.0f}")


def _told_of_sums(found: list[LabelsBehind]) -> None:
    """Tell how far the sum over all labels is from what the model says, as a share of it."""
    off = sorted(abs(one.sum - one.log_odds) / max(1.0, abs(one.log_odds)) for one in found)
    if off:
        print(f"  sum of the labels off by {median(off):.3f} (median), {off[-1]:.3f} (most)")


if __name__ == "__main__":
    main()
