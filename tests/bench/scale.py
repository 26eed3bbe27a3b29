"""How long questions to a large index take.

    python tests/bench/scale.py OUTPUTS [--passages 100000] [--folder FOLDER] [--encode] [--only WORDS]

Repeats the records of an output folder, with other ids, names of people and sites, until there are so many passages;
builds the index from them; and asks every kind of question several times. Times are medians in milliseconds, with the
database in the memory of the system; those of `like` without the loading of the encoder. `work`: what the processor
worked for it, which other programs on the same machine make no longer. A FOLDER that holds records or an index already
is used again.

Most of the building is the encoder's reading, so that the rest is measured with a stand-in: it gives each text the sum
of random vectors of its words. `--encode` has the encoder itself read.
"""

import argparse
import contextlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pipeline import codebook, encoder, jsonl, query, rubric
from pipeline.bundles import bundles
from pipeline.config import HOME, Settings
from pipeline.corpus_records import CorpusRecords
from pipeline.counts import theme_counts
from pipeline.counts.crosstab import Correction, Dimension, crosstab, themes_by
from pipeline.files import sha256_text
from pipeline.learning import prevalence
from pipeline.learning.held_out import Sample
from pipeline.query import Filter
from pipeline.records import Bundle
from pipeline.stages.index import VECTORS, build_index

KINDS = ("documents", "passages", "segments", "quotes", "tags", "mappings")
TIMES = 5
CROSSED: tuple[tuple[Dimension, Dimension], ...] = (
    ("theme", "theme"), ("theme", "year"), ("theme", "site"), ("site", "year"), ("theme", "role"), ("role", "year"),
    ("practice", "theme"), ("practice", "year"), ("practice", "site"), ("practice", "problem"), ("indicator", "role"),
    ("indicator", "indicator"), ("area", "kind"), ("document", "theme"), ("problem", "theme"), ("problem", "year"),
)  # fmt: skip
ROW = "{:<58} {:>8} {:>8} {:>9}"
_PIECE = re.compile(r'("[^"\\]{2,120}"|\b[A-ZÀ-Þ][a-zß-ÿ]{2,}\b)')
_SYLLABLES = "ba de fi go lu mo na pe ri sa to vu ke li no".split()


class StandIn:
    """Gives each text the sum of random vectors, one for each of its words."""

    def __init__(self) -> None:
        self._words = np.random.default_rng(13).normal(size=(2**15, encoder.DIMENSIONS)).astype(np.float32)

    def encode(self, texts: Sequence[str]) -> Any:
        rows = [self._words[[zlib.crc32(word.encode()) % 2**15 for word in text.split() or ["?"]]] for text in texts]
        return encoder.normalised(np.array([row.sum(axis=0) for row in rows], dtype=np.float32))


def copies(bundle: Bundle) -> Iterator[Bundle]:
    """Yield the document again and again; ids and names differ, names keep their length and so all offsets."""
    records = [record for kind in KINDS[1:] for record in getattr(bundle, kind)]
    ids = {bundle.document.id, bundle.document.path, *(record.id for record in records)}
    named = [quote.speaker.name or "" for quote in bundle.quotes if quote.speaker]
    named += [site.name for segment in bundle.segments for site in segment.sites]
    kept = {word for mapping in bundle.mappings for word in mapping.area.split()}
    names = {word for name in named for word in re.findall(r"\b[A-ZÀ-Þ][a-zß-ÿ]{2,}\b", name)} - kept
    pieces = _PIECE.split(msgspec.json.encode(bundle).decode())
    number = 0
    while True:
        number += 1
        made = "".join(_renamed(piece, number, ids, names) for piece in pieces)
        yield msgspec.json.decode(made, type=Bundle)


def _renamed(piece: str, number: int, ids: set[str], names: set[str]) -> str:
    if piece[:1] == '"' and piece[1:-1] in ids:
        return f'{piece[:-1]}~{number}"'
    if piece in names:
        return other_name(piece, number)
    if piece[:1] == '"' and piece[-1:] == '"':
        return re.sub(r"\b[A-ZÀ-Þ][a-zß-ÿ]{2,}\b", lambda m: _renamed(m[0], number, ids, names), piece)
    return piece


def other_name(name: str, number: int) -> str:
    """Return a name of the same length."""
    seed = zlib.crc32(f"{name}{number % 400}".encode())
    made = "".join(_SYLLABLES[(seed >> (3 * i)) % len(_SYLLABLES)] for i in range(9))
    return (made * 4)[: len(name)].capitalize()


def repeated(outputs: Path, passages: int) -> Iterator[Bundle]:
    """Yield copies of all documents in turn until there are so many passages."""
    streams = [copies(bundle) for bundle in bundles(outputs, KINDS)]
    n = 0
    while True:
        for stream in streams:
            made = next(stream)
            n += len(made.passages)
            yield made
            if n >= passages:
                return


def write_records(outputs: Path, folder: Path, passages: int) -> None:
    """Write the stage files of a large corpus."""
    with contextlib.ExitStack() as stack:
        put = {kind: stack.enter_context(jsonl.writer(folder / f"{kind}.jsonl")) for kind in KINDS}
        for bundle in repeated(outputs, passages):
            put["documents"](bundle.document)
            for kind in KINDS[1:]:
                for record in getattr(bundle, kind):
                    put[kind](record)


def records_of(folder: Path) -> CorpusRecords:
    """Return the records of a folder; they are read from the disk whenever they are asked for."""
    hashes = {one.document.id: sha256_text(msgspec.json.encode(one).decode()) for one in bundles(folder, KINDS)}
    return CorpusRecords(hashes, lambda of: bundles(folder, KINDS, of))


def build(folder: Path, reader: Any) -> None:
    """Build the index of a folder, and say how long it took."""
    start = time.perf_counter()
    counts = build_index(
        folder / "corpus.db",
        records_of(folder),
        codebook.load(HOME / "corpus" / "codebook.yaml"),
        rubric.load(HOME / "corpus" / "rubric.yaml"),
        reader,
    )
    sizes = {name: (folder / name).stat().st_size // 2**20 for name in ("corpus.db", VECTORS)}
    print(f"built in {time.perf_counter() - start:.1f} s, MiB: {sizes}, rows: {counts}")


def questions(folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every kind of question; what it returns has a length."""
    database = folder / "corpus.db"
    (site,), (name,) = (
        query.sql(database, f"SELECT {what} FROM {table} WHERE {what} NOTNULL ORDER BY n LIMIT 1 OFFSET 90").rows[0]
        for what, table in (("speaker_name", "quotes"), ("speaker_role", "quotes"))
    )
    (place,) = query.sql(database, "SELECT name FROM segment_sites LIMIT 1 OFFSET 900").rows[0]
    (document,) = query.sql(database, "SELECT path FROM documents LIMIT 1 OFFSET 70").rows[0]
    expression = "succession and (equity or culture_change) and not policy_resources"
    asked = {
        "everything": Filter(),
        "theme": Filter(themes=("succession",)),
        "theme expression": Filter(themes=(expression,)),
        "theme, decided, p": Filter(themes=("succession",), decision="yes", min_p=0.6),
        "practice": Filter(practice="12"),
        "indicator and area": Filter(indicator="12b", area="build"),
        "site": Filter(site=str(place)),
        "speaker": Filter(speaker=str(site)),
        "role": Filter(role=str(name)),
        "kind": Filter(kind="problem_of_practice"),
        "dates": Filter(date_from="2014", date_to="2016-06"),
        "document": Filter(document=str(document)),
        "only for review": Filter(decision="review"),
        "source": Filter(source="model"),
        "a common word": Filter(text="school"),
        "a phrase": Filter(text='"next year"'),
        "near, or, prefix": Filter(text="NEAR(principal teacher, 8) OR leav*"),
        "word, site, date": Filter(text="school", site=str(place), date_from="2010"),
        "word, theme, practice, date": Filter(text="teacher", themes=("equity",), practice="12", date_from="2010"),
    }
    for unit in query.UNITS:
        for label, wanted in asked.items():
            yield f"{unit}: {label}", lambda w=wanted, u=unit: query.search(database, w, unit=u, limit=20)
            if unit in {"quote", "passage"}:
                yield f"{unit}: {label}, counted", lambda w=wanted, u=unit: query.count(database, w, unit=u)
        yield (
            f"{unit}: theme, by date",
            lambda u=unit: query.search(database, asked["theme"], unit=u, sort="date", limit=20),
        )
        yield f"{unit}: theme, by p", lambda u=unit: query.search(database, asked["theme"], unit=u, sort="p", limit=20)
        yield (
            f"{unit}: a common word, by rank",
            lambda u=unit: query.search(database, asked["a common word"], unit=u, sort="rank", limit=20),
        )
        yield (
            f"{unit}: theme, context 2",
            lambda u=unit: query.search(database, asked["theme"], unit=u, limit=20, context=2),
        )
    yield from _by_meaning(database, asked, expression)
    yield from _counts(database, asked)
    yield "quote: 5,000 rows with all that is told", lambda: query.search(database, Filter(), limit=5000)
    yield (
        "sql: quotes_in_context, 20 rows",
        lambda: query.sql(database, "SELECT * FROM quotes_in_context", limit=20).rows,
    )
    yield "tables", lambda: query.tables(database).rows


def _by_meaning(
    database: Path, asked: dict[str, Filter], expression: str
) -> Iterator[tuple[str, Callable[[], Sequence[Any]]]]:
    vector = StandIn().encode(["nobody is next in line when a principal leaves"])[0]
    chosen = {
        "alone": Filter(),
        "theme expression": Filter(themes=(expression,)),
        "word, theme, dates": Filter(text="school", themes=("succession",), date_from="2010"),
        "kind": asked["kind"],
    }
    for unit in query.UNITS:
        for label, wanted in chosen.items():
            yield f"like, {unit}: {label}", lambda w=wanted, u=unit: query.nearest(database, w, vector, unit=u)


def _counts(database: Path, asked: dict[str, Filter]) -> Iterator[tuple[str, Callable[[], Sequence[Any]]]]:
    held = prevalence.HeldOut(themes=query.theme_ids(database), clusters=[_measured(i) for i in range(8)])
    uncorrected = Correction(prevalence.Prevalence(None, Settings()), Sample())
    corrected = Correction(prevalence.Prevalence(held, Settings()), Sample())
    groups: tuple[theme_counts.By | None, ...] = (None, *theme_counts.GROUPINGS)
    for by in groups:
        yield f"counts: themes by {by}", lambda b=by: themes_by(database, Filter(), b, uncorrected)
    for by in groups[:4:3]:
        yield f"counts: themes by {by}, corrected", lambda b=by: themes_by(database, Filter(), b, corrected)
    for label in ("theme", "site", "dates", "a common word"):
        yield f"counts: themes by year: {label}", lambda x=label: themes_by(database, asked[x], "year", uncorrected)
    for pair in CROSSED:
        yield (
            f"crosstab: {' by '.join(pair)}",
            lambda p=pair: crosstab(database, Filter(), p, uncorrected).cells,
        )
    for by in ("site", "date", "problem", "document"):
        yield f"coverage by {by}", lambda b=by: query.coverage(database, Filter(), b).lines
    yield "coverage by site: theme", lambda: query.coverage(database, asked["theme"], "site").lines


def _measured(number: int) -> prevalence.Cluster:
    each = {"true_yes": 6, "false_yes": 1, "missed": 2, "rejected": 51}
    return prevalence.Cluster(group=str(number), n=60, **{name: [n] * 10 for name, n in each.items()})


def median_of(ask: Callable[[], Any]) -> tuple[float, float, int]:
    """Return the medians of time and of work in milliseconds, and the number of rows."""
    found: Any = ask()
    times, works = [], []
    for _ in range(TIMES):
        start, began = time.perf_counter(), time.process_time()
        found = ask()
        works.append(1000 * (time.process_time() - began))
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), statistics.median(works), len(found)


def start_up(folder: Path, *asked: str) -> tuple[float, float]:
    """Return the medians of time and of work of the whole command, in milliseconds."""
    command = [sys.executable, "-m", "pipeline", "query", *asked, "--outputs", str(folder), "--quiet"]
    times, works = [], []
    for _ in range(TIMES):
        start, began = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(1000 * (time.perf_counter() - start))
        works.append(1000 * (ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime))
    return statistics.median(times), statistics.median(works)


def main() -> None:
    """Print a row for each question."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("outputs", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--encode", action="store_true", help="read with the encoder itself")
    parser.add_argument("--only", default="", metavar="WORDS", help="only the questions with these words in their name")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        if not (folder / "mappings.jsonl").is_file():
            write_records(given.outputs, folder, given.passages)
        if not (folder / "corpus.db").is_file():
            build(folder, encoder.load() if given.encode else StandIn())
        print(ROW.format("milliseconds", "time", "work", "rows"))
        asked = ((label, ask) for label, ask in questions(folder) if given.only in label)
        for label, ask in asked:
            took, worked, n = median_of(ask)
            print(ROW.format(label, f"{took:.0f}", f"{worked:.0f}", n), " <--" if worked > 200 else "", flush=True)
        for words in (["--help"], ["--theme", "succession"], ["--counts"], ["--coverage", "date"]):
            took, worked = start_up(folder, *words)
            print(ROW.format(f"the whole process: pop query {' '.join(words)}", f"{took:.0f}", f"{worked:.0f}", ""))


if __name__ == "__main__":
    main()
