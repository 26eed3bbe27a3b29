"""Names found and names present: `pop pseudonymise`, spaCy's entities alone, and Presidio where it is installed.

    python tests/bench/pseudonyms.py [--missed]

Three sets of documents. *examples*: the twelve shipped ones, looked at while the finder was written. *unseen*: ten of
tests/unseen, whose names were written down when the finder was done, and which it was not changed for. *shared*: the
developers' real documents, whose names are kept as hashes; skipped where the folder is missing.

A name counts as found where all of its letters are replaced, whatever the kind. Precision is the share of replacements
that touch a name or contact detail. Intervals are Wilson's, 95 %; names of one document are not independent, so they
are narrower than they should be.

Presidio is no dependency. It runs in an environment of its own, named by PRESIDIO_PYTHON, such as
PRESIDIO_PYTHON=/tmp/presidio/bin/python with presidio-analyzer and en_core_web_sm-like model installed there.
"""

import argparse
import hashlib
import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from known_names import Known, overlaps, places, read_list

from pipeline import nlp
from pipeline.privacy.listing import identities, read_document
from pipeline.privacy.naming import name_all
from pipeline.privacy.replacing import Lexicon, replacements
from pipeline.privacy.words import phrase
from pipeline.records import Document, Passage
from pipeline.stages.ingest import ingest_bytes

HOME = Path(__file__).parents[2]
NAMES = HOME / "tests" / "gold" / "names"
SHARED = Path(__file__).parents[3] / "shared" / "corpus"
KINDS = ("person", "school", "district", "site", "contact")
Span = tuple[int, int]
Read = tuple[Document, list[Passage]]
Finder = Callable[[Sequence[Read]], list[list[Span]]]


def wilson(found: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a share."""
    if n == 0:
        return 0.0, 1.0
    share = found / n
    middle, width = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - width) / (1 + z * z / n), (middle + width) / (1 + z * z / n)


def of_pop(documents: Sequence[Read]) -> list[list[Span]]:
    """Return what pop would replace; names are shared among the documents of a set, as in a corpus."""
    language = nlp.load()
    readings = [read_document(document, passages, language) for document, passages in documents]
    found = identities(readings)
    name_all(found, (one.text for one in readings))
    lexicons = [Lexicon.of(one.path, one.text, found) for one in readings]
    return [
        [(one.start, one.end) for one in replacements(reading.text, lexicon)]
        for reading, lexicon in zip(readings, lexicons, strict=True)
    ]


def of_spacy(documents: Sequence[Read]) -> list[list[Span]]:
    """Return the entities of spaCy's small English model that may be names."""
    wanted = {"PERSON", "ORG", "GPE", "LOC", "FAC", "NORP"} - {"NORP"}
    found = []
    for document, passages in documents:
        docs = nlp.load().pipe([one.text for one in passages], disable=["tagger", "parser", "lemmatizer"])
        pairs = zip(docs, passages, strict=True)
        spans = [(one.start + ent.start_char, one.start + ent.end_char) for doc, one in pairs for ent in doc.ents
                 if ent.label_ in wanted]  # fmt: skip
        found.append(spans)
        assert document.text
    return found


_PRESIDIO = """
import json, sys
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
model = sys.argv[1]
models = [{"lang_code": "en", "model_name": model}]
provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
engine = AnalyzerEngine(nlp_engine=provider.create_engine(), supported_languages=["en"])
for line in sys.stdin:
    text = json.loads(line)
    wanted = {"PERSON", "LOCATION", "ORGANIZATION", "EMAIL_ADDRESS", "PHONE_NUMBER", "URL", "US_SSN", "IP_ADDRESS"}
    found = engine.analyze(text=text, language="en")
    print(json.dumps([(one.start, one.end) for one in found if one.entity_type in wanted]))
"""


def of_presidio(documents: Sequence[Read]) -> list[list[Span]] | None:
    """Return what Presidio finds, in an environment of its own; `None`: it is not there."""
    python = os.environ.get("PRESIDIO_PYTHON")
    if not python:
        return None
    model = os.environ.get("PRESIDIO_MODEL", "en_core_web_sm")
    lines = "".join(json.dumps(document.text) + "\n" for document, _ in documents)
    done = subprocess.run([python, "-c", _PRESIDIO, model], input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"Presidio failed: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return [[(start, end) for start, end in json.loads(line)] for line in done.stdout.splitlines()]


def _read(path: Path) -> Read:
    document, passages, _ = ingest_bytes(path.read_bytes(), path.name)
    return document, passages


def sets() -> Iterator[tuple[str, list[Read], list[list[Known]]]]:
    """Yield each set of documents with the names that stand in them."""
    for name, folder, lists in (
        ("examples", HOME / "corpus" / "examples", NAMES),
        ("unseen", HOME / "tests" / "unseen" / "b", NAMES / "unseen"),
    ):
        paths = [path for path in sorted(folder.iterdir()) if (lists / f"{path.stem}.txt").is_file()]
        documents = [_read(path) for path in paths if path.is_file()]
        known = [
            places(document.text, read_list(lists / f"{Path(document.path).stem}.txt")) for document, _ in documents
        ]
        yield name, documents, known
    hashed = NAMES / "shared.json"
    if SHARED.is_dir() and hashed.is_file():
        names = json.loads(hashed.read_text())
        documents = [_read(SHARED / f"{name}.txt") for name in sorted(names)]
        yield (
            "shared",
            documents,
            [by_hash(document.text, names[Path(document.path).stem]) for document, _ in documents],
        )
    else:
        print("shared: skipped, the developers' folder is not here")


def digest(words: Sequence[str]) -> str:
    """Return the hash by which a name of the shared documents is kept."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def by_hash(text: str, hashes: dict[str, str]) -> list[Known]:
    """Return where words stand whose hash is that of a name; the longest at each place."""
    tokens = [(match.start(), match.end()) for match in re.finditer(r"[^\W_]+", text)]
    folded = ["".join(phrase(text[start:end])) for start, end in tokens]
    found: list[Known] = []
    at = 0
    while at < len(tokens):
        for n in range(9, 0, -1):
            kind = hashes.get(digest(folded[at : at + n])) if text[tokens[at][0]].isupper() else None
            if kind:
                found.append(Known(kind, tokens[at][0], tokens[min(at + n, len(tokens)) - 1][1]))
                at += n - 1
                break
        at += 1
    return found


def measure(
    documents: Sequence[Read], known: Sequence[list[Known]], found: Sequence[list[Span]], *, missed: bool
) -> None:
    """Print what was found of what is there, by kind."""
    present: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    right = total = 0
    for (document, _), names, spans in zip(documents, known, found, strict=True):
        covered = bytearray(len(document.text))
        for start, end in spans:
            covered[start:end] = b"\1" * (end - start)
        for name in names:
            letters = [n for n in range(name.start, name.end) if document.text[n].isalnum()]
            present[name.kind] += 1
            hit[name.kind] += all(covered[n] for n in letters)
            if missed and not all(covered[n] for n in letters):
                print(f"      missed: {name.kind} {document.text[name.start : name.end]!r} in {document.path}")
        right += sum(overlaps(names, start, end) for start, end in spans)
        total += len(spans)
    for kind in (*KINDS, "all names"):
        n = sum(present[one] for one in KINDS if one != "contact") if kind == "all names" else present[kind]
        got = sum(hit[one] for one in KINDS if one != "contact") if kind == "all names" else hit[kind]
        if n:
            low, high = wilson(got, n)
            print(f"    {kind:<10} {got:>4} of {n:<4} {got / n:.3f}  [{low:.3f}, {high:.3f}]")
    low, high = wilson(right, total)
    print(f"    replaced   {right:>4} of {total:<4} {right / max(total, 1):.3f}  [{low:.3f}, {high:.3f}] are names")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missed", action="store_true", help="list what pop missed")
    missed = parser.parse_args().missed
    for name, documents, known in sets():
        print(f"{name}: {len(documents)} documents, {sum(len(one) for one in known)} places of names")
        for label, finder in (("pop", of_pop), ("spaCy alone", of_spacy), ("Presidio", of_presidio)):
            found = finder(documents)
            if found is None:
                print(f"  {label}: skipped, it is not installed (PRESIDIO_PYTHON)")
                continue
            print(f"  {label}")
            measure(documents, known, found, missed=missed and label == "pop")


if __name__ == "__main__":
    main()
