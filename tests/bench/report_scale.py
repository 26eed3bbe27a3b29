"""Measures the report of a large corpus, made by repeating the documents of a run under other names.

    python tests/bench/report_scale.py outputs 100000

Prints passages, seconds of processor time by step, the largest memory, and the sizes of page and figures.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pipeline.config import HOME, Settings
from pipeline.records import Bundle
from pipeline.run import bundles
from pipeline.stages.report import write_report
from pipeline.stages.report.findings import Basis, gather
from pipeline.stages.report.render import render
from pipeline.tools import Tools

KINDS = ("documents", "passages", "segments", "quotes", "tags", "mappings")
YEARS = range(2008, 2026)


def renamed(bundle: Bundle, number: int) -> Bundle:
    """Return the same document under another name, at other sites and in another year; its words stay."""
    raw = msgspec.to_builtins(bundle)
    for kind in ("passages", "segments", "quotes", "tags", "mappings"):
        for record in raw[kind]:
            for name in ("id", "document_id", "segment_id", "passage_id", "quote_id", "parent_id", "duplicate_of"):
                if record.get(name):
                    record[name] = f"{record[name]}-{number}"
            if kind == "segments":
                record["passage_ids"] = [f"{name}-{number}" for name in record["passage_ids"]]
                record["linked"] = [f"{name}-{number}" for name in record["linked"]]
                for site in record["sites"]:
                    site["name"] = f"{site['name']} {number % 40}"
                for part in record["anatomy"]:
                    part["passage_id"] = f"{part['passage_id']}-{number}"
    document = raw["document"]
    year = YEARS[number % len(YEARS)]
    document.update(id=f"{document['id']}-{number}", path=f"{number}/{document['path']}")
    document.update(date_start=f"{year}-03-01", date_end=f"{year}-03-02", title=f"{document['title']} {number}")
    return msgspec.convert(raw, Bundle)


def repeated(outputs: Path, n_passages: int) -> Iterator[Bundle]:
    """Yield documents until they hold so many passages."""
    shipped = list(bundles(outputs, KINDS))
    held = number = 0
    while held < n_passages:
        for bundle in shipped:
            held += len(bundle.passages)
            yield renamed(bundle, number)
        number += 1


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("outputs", type=Path)
    parser.add_argument("passages", type=int, nargs="?", default=100_000)
    parser.add_argument("--page-only", action="store_true", help="no figures")
    given = parser.parse_args()
    tools = Tools(Settings(), HOME / "corpus" / "codebook.yaml", HOME / "corpus" / "rubric.yaml", HOME / "models")
    basis = Basis(tools.codebook, tools.rubric, tools.theme_errors, tools.settings, tools.metrics)
    began = time.process_time()
    made = sum(len(bundle.passages) for bundle in repeated(given.outputs, given.passages))
    making = time.process_time() - began
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        if given.page_only:
            found = gather(repeated(given.outputs, given.passages), [], basis)
            gathered = time.process_time()
            size = sum(len(piece.encode()) for piece in render(found, frozenset(), basis))
            print(f"gather {gathered - began - making:.1f} s, render {time.process_time() - gathered:.1f} s")
        else:
            write_report(Path(folder), repeated(given.outputs, given.passages), [], basis)
            size = (Path(folder) / "report.html").stat().st_size
            figures = sum(path.stat().st_size for path in (Path(folder) / "figures").iterdir())
            print(f"stage {time.process_time() - began - making:.1f} s, figures {figures / 1e6:.1f} MB")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{made:,} passages, page {size / 1e6:.2f} MB, memory {memory:.0f} MB (making the corpus took {making:.1f} s)"
    )


if __name__ == "__main__":
    main()
