"""Trace every record of an output folder: how many, how long each takes, the slowest.

    python tests/bench/why.py outputs [--labels-behind N]

The labels behind a tag or mapping are looked for in N of the records only, since they take a second each.
"""

import argparse
import time
from pathlib import Path

from pipeline.config import HOME, Settings
from pipeline.records import RECORD_TYPES
from pipeline.tools import Tools
from pipeline.why import Source, printing, trace
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
    print(f"{'records':<12}{'n':>8}{'traced':>8}{'ms each':>10}{'slowest':>10}")
    for kind in RECORD_TYPES:
        asked = source.lookup.all_ids(kind)
        _told(kind, len(asked), [_seconds(source, record_id, labels=False) for record_id in asked])
    behind = [*source.lookup.all_ids("tags"), *source.lookup.all_ids("mappings")]
    some = behind[:: max(1, len(behind) // max(1, given.labels_behind))][: given.labels_behind]
    _told("with labels", len(some), [_seconds(source, record_id, labels=True) for record_id in some])


def _seconds(source: Source, record_id: str, *, labels: bool) -> float:
    begun = time.perf_counter()
    found = trace(source, record_id, labels=labels)
    assert found.id == record_id
    assert printing.to_text(sections(found))
    return time.perf_counter() - begun


def _told(kind: str, n: int, seconds: list[float]) -> None:
    mean = 1000 * sum(seconds) / max(1, len(seconds))
    slowest = 1000 * max(seconds, default=0.0)
    print(f"{kind:<12}{n:>8,}{len(seconds):>8,}{mean:>10.0f}{slowest:>10.0f}")


if __name__ == "__main__":
    main()
