"""Measures the report of a large corpus, made by repeating the documents of a run under other names.

    python tests/bench/report_scale.py outputs 100000
    python tests/bench/report_scale.py outputs 100000 --each 10 --kept

Prints seconds of processor time, the largest memory, and the sizes of page and figures. `--each`: so many passages of
each document. `--kept`: three times with a store of what is kept: all new, nothing new, one document new.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from pipeline.bundles import bundles
from pipeline.config import HOME, Settings
from pipeline.corpus_records import CorpusRecords
from pipeline.kept import Kept, open_kept
from pipeline.records import Bundle
from pipeline.stages.report import write_report
from pipeline.stages.report.basis import Basis
from pipeline.stages.report.findings import gather
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


def cut(bundle: Bundle, n_passages: int) -> Bundle:
    """Return the beginning of a document."""
    passages = bundle.passages[:n_passages]
    held = {passage.id for passage in passages}
    quotes = [quote for quote in bundle.quotes if quote.passage_id in held]
    said = {quote.id for quote in quotes}
    return Bundle(
        document=bundle.document,
        passages=passages,
        segments=[segment for segment in bundle.segments if held.intersection(segment.passage_ids)],
        quotes=quotes,
        tags=[tag for tag in bundle.tags if tag.passage_id in held],
        mappings=[mapping for mapping in bundle.mappings if mapping.quote_id in said],
    )


class Corpus:
    """Documents that are made when they are read. `making`: seconds that this took; `n_passages`: of all of them."""

    def __init__(self, shipped: list[Bundle], n_passages: int) -> None:
        self._shipped = shipped
        self.making = 0.0
        self.n_passages = 0
        self._made: dict[str, tuple[Bundle, int]] = {}
        number = 0
        while self.n_passages < n_passages:
            for bundle in shipped:
                self._made[f"{bundle.document.id}-{number}"] = bundle, number
                self.n_passages += len(bundle.passages)
            number += 1

    def records(self, without: int = 0) -> CorpusRecords:
        """Return the records of all documents but so many of the last."""
        names = list(self._made)[: len(self._made) - without]
        return CorpusRecords({name: f"hash of {name}" for name in names}, lambda of: self._read(names, of))

    def _read(self, names: list[str], of: Collection[str] | None) -> Iterator[Bundle]:
        wanted = set(names if of is None else of)
        for name in filter(wanted.__contains__, names):
            began = time.process_time()
            made = renamed(*self._made[name])
            self.making += time.process_time() - began
            yield made


def measure(corpus: Corpus, records: CorpusRecords, basis: Basis, kept: Kept | None, folder: Path | None) -> None:
    """Make the report once, or without a `folder` only what stands in it, and print what it cost."""
    began, corpus.making = time.process_time(), 0.0
    if folder is None:
        found = gather(records, [], basis, kept)
        gathered = time.process_time() - began - corpus.making
        began = time.process_time()
        size = sum(len(piece.encode()) for piece in render(found, frozenset(), basis))
        told = f"gather {gathered:.2f} s, render {time.process_time() - began:.2f} s"
    else:
        write_report(folder, records, [], basis, kept)
        size = (folder / "report.html").stat().st_size
        figures = sum(path.stat().st_size for path in (folder / "figures").iterdir())
        told = f"stage {time.process_time() - began - corpus.making:.2f} s, figures {figures / 1e6:.1f} MB"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(records.hashes):,} documents, {corpus.n_passages:,} passages: {told}, page {size / 1e6:.2f} MB, "
        f"largest memory so far {memory:.0f} MB"
    )


def main() -> None:
    """Measure once, or with `--kept` three times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("outputs", type=Path)
    parser.add_argument("passages", type=int, nargs="?", default=100_000)
    parser.add_argument("--each", type=int, default=1_000_000, help="passages of each document")
    parser.add_argument("--page-only", action="store_true", help="no figures")
    parser.add_argument("--kept", action="store_true", help="with a store of what is kept: new, the same, one more")
    given = parser.parse_args()
    tools = Tools(Settings(), HOME / "corpus" / "codebook.yaml", HOME / "corpus" / "rubric.yaml", HOME / "models")
    basis = Basis(tools.codebook, tools.rubric, tools.theme_errors, tools.settings, tools.metrics)
    corpus = Corpus([cut(bundle, given.each) for bundle in bundles(given.outputs, KINDS)], given.passages)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kept = stack.enter_context(open_kept(folder)) if given.kept else None
        for without in (1, 1, 0) if given.kept else (0,):
            measure(corpus, corpus.records(without), basis, kept, None if given.page_only else folder)


if __name__ == "__main__":
    main()
