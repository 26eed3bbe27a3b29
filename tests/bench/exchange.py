"""Every format of exchange, out and back: what was sent and what came back, compared element by element.

    python tests/bench/exchange.py                          the outputs in outputs/
    python tests/bench/exchange.py --outputs DIR --only csv
    python tests/bench/exchange.py --json

An element is whatever a format holds one by one: a cell of a table, an annotation with its words, place, code and
coder, a task with its text, a label on it, a field of a citation, a decision. For annotation tools a person is played
who hands in every task as it was suggested, in the form in which the tool exports it (tests/exchanging.py). Ends with 1
if anything came back changed.

To add a format: a function (documents, folder) → `Compared`, and a line in FORMATS.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))
import bibtexparser
from exchanging import completed, differences

from pipeline.bundles import bundles
from pipeline.config import HOME, Settings
from pipeline.exchange import web_annotation, web_annotation_reading
from pipeline.exchange.annotation import argilla, doccano, label_studio, prodigy
from pipeline.exchange.annotation.answers import Answer, decide
from pipeline.exchange.annotation.tasks import Asking, Task, Unit, tasks_of
from pipeline.exchange.choosing import ALL_KINDS
from pipeline.exchange.citations.bibtex import to_bibtex, unescape
from pipeline.exchange.citations.csl import to_csl
from pipeline.exchange.citations.entries import Entry, entries
from pipeline.exchange.codings import codes, codings
from pipeline.exchange.refi import reading as refi
from pipeline.exchange.refi.codebook_file import read_codebook, to_qdc
from pipeline.exchange.refi.names import guid, user_name
from pipeline.exchange.refi.positions import PROGRAMS, Ruler, Target, safe
from pipeline.exchange.refi.sent import sent
from pipeline.exchange.refi.tree import all_codes
from pipeline.exchange.refi.writing import write_project
from pipeline.exchange.tables import long, reading, returning, wide, writing
from pipeline.records import Bundle
from pipeline.tools import Tools

TOOLS = Tools(
    settings=Settings(),
    codebook_path=HOME / "corpus" / "codebook.yaml",
    rubric_path=HOME / "corpus" / "rubric.yaml",
    models_path=HOME / "models",
)
CODES = codes(TOOLS.codebook, TOOLS.rubric)
QDA_CODES = all_codes(TOOLS.codebook, TOOLS.rubric)


@dataclass(frozen=True)
class Compared:
    """What became of a format. `different`: elements that are missing, new or changed; `shown`: some of them."""

    files: int
    elements: int
    different: int
    shown: list[str] = field(default_factory=list)

    @property
    def equal(self) -> int:
        """Elements that came back as they were."""
        return self.elements - min(self.different, self.elements)


Format = Callable[[Sequence[Bundle], Path], Compared]


def compared(sent: Iterable[Hashable], back: Iterable[Hashable], files: int = 1) -> Compared:
    """Compare two heaps of elements."""
    before, after = Counter(sent), Counter(back)
    missing, new = before - after, after - before
    shown = [f"missing: {one!r}" for one in list(missing)[:3]] + [f"new: {one!r}" for one in list(new)[:3]]
    return Compared(files, before.total(), max(missing.total(), new.total()), shown)


@dataclass(frozen=True)
class Tool:
    """How an annotation tool's files are written and read."""

    name: str
    tasks: Callable[[Sequence[Task], Asking], bytes]
    settings: Callable[[Asking], bytes]
    read: Callable[[bytes], list[Answer]]
    form: str = ""


def asking(unit: Unit) -> Asking:
    return Asking(unit=unit, themes=TOOLS.codebook.themes, model="themes")


def annotated(tool: Tool, unit: Unit, documents: Sequence[Bundle], folder: Path) -> Compared:
    """Tasks out, everything handed in as suggested, answers and decisions back."""
    asked = asking(unit)
    tasks = [task for one in documents for task in tasks_of(one, asked)]
    path = folder / "tasks"
    path.write_bytes(tool.tasks(tasks, asked))
    (folder / "settings").write_bytes(tool.settings(asked))
    answers = tool.read(completed(tool.name, path.read_bytes(), form=tool.form))
    sent = [*_of_tasks(tasks, unit), *_of_tags(documents)]
    back = [*_of_answers(answers, unit), *_of_decisions(answers, documents, folder)]
    return compared(sent, back, files=2)


def _of_tasks(tasks: Sequence[Task], unit: Unit) -> Iterable[Hashable]:
    for task in tasks:
        yield "task", task.id, task.text
        for mark in task.marks:
            yield ("label", task.id, mark.theme) if unit == "passage" else ("span", mark.start, mark.end, mark.theme)


def _of_answers(answers: Sequence[Answer], unit: Unit) -> Iterable[Hashable]:
    for one in answers:
        yield "task", one.facts["pop_id"], one.text
        if unit == "passage":
            yield from (("label", one.facts["pop_id"], label) for label in one.labels)
        else:
            yield from (("span", span.start, span.end, span.label) for span in one.stretches)


def _of_tags(documents: Sequence[Bundle]) -> Iterable[Hashable]:
    for one in documents:
        for task in tasks_of(one, asking("passage")):
            yield "decision", task.id, tuple(sorted(mark.theme for mark in task.marks))


def _of_decisions(answers: Sequence[Answer], documents: Sequence[Bundle], folder: Path) -> Iterable[Hashable]:
    from exchanging import written  # noqa: PLC0415

    who = {one.coder: "ana" for one in answers}
    outcome = decide(answers, written(folder / "outputs", *documents), TOOLS.codebook, who, [])
    return [("decision", one.record_id, tuple(sorted(one.themes))) for one in outcome.decisions]


def tabled(form: writing.Form, shape: str, documents: Sequence[Bundle], folder: Path) -> Compared:
    """A table out and back, cell by cell; and the import that must find nothing changed."""
    wanted = wide.Wanted(codebook=TOOLS.codebook, rubric=TOOLS.rubric, p=True)
    grid = wide.grid(documents, wanted) if shape == "wide" else long.grid(documents, CODES)
    path = folder / f"t.{form}"
    writing.write(grid, form, path, [], CODES, newlines="keep")
    rows = reading.read(path)
    found = differences(grid, rows, form)
    passages = {one.id for bundle in documents for one in bundle.passages}
    changed = returning.changes(rows, TOOLS.codebook, "ana", passages, dict)
    n_wrong = len(found) + len(changed.verdicts) + len(changed.lost)
    return Compared(1, len(grid.rows) * len(grid.columns), n_wrong, [repr(one) for one in found[:3]])


def web(lines: bool, documents: Sequence[Bundle], folder: Path) -> Compared:
    """Web annotations out and back: words, place, code, coder, probability, decision."""
    tree = {code.id: code for code in CODES}
    made = [one for bundle in documents for one in web_annotation.annotations(bundle, tree, {})]
    path = folder / "annotations"
    path.write_bytes(web_annotation.lines(made) if lines else web_annotation.collection(made))
    content = path.read_bytes()
    items = [json.loads(line) for line in content.splitlines()] if lines else json.loads(content)["first"]["items"]
    sent = [
        (one.start, one.end, one.text, one.code, one.coder, one.p, one.decision, one.document_id)
        for bundle in documents
        for one in codings(bundle)
    ]
    read = web_annotation_reading.read(content)
    back = [(*_place(one), *_told(item)) for one, item in zip(read, items, strict=True)]
    return compared(sent, back)


def _place(one: web_annotation_reading.WebAnswer) -> tuple[int, int, str]:
    return one.start, one.end, one.exact


def _told(item: dict[str, Any]) -> tuple[Any, ...]:
    code = item["body"][0]["source"].partition("code/")[2]
    document = item["target"]["source"]["id"].partition("document/")[2]
    return code, item["creator"]["name"], item.get("pop:p"), item["pop:decision"], document


def cited(kind: str, documents: Sequence[Bundle], folder: Path) -> Compared:
    """Citations out, read by a program of others, field by field."""
    found = list(entries(documents, quotes=True))
    path = folder / f"c.{kind}"
    path.write_bytes(to_bibtex(found) if kind == "bib" else to_csl(found))
    sent = [pair for entry in found for pair in _fields(entry)]
    back = _of_bibtex(path) if kind == "bib" else _of_csl(path)
    return compared(sent, back)


def _fields(entry: Entry) -> Iterable[tuple[str, str, str]]:
    told = {
        "title": entry.title,
        "note": entry.note,
        "address": entry.place,
        "pages": str(entry.page) if entry.page else None,
        "annote": " ".join(entry.words.split()) if entry.words else None,
        "year": entry.date_start[:4] if entry.date_start else None,
    }
    return [(entry.key, name, value) for name, value in told.items() if value]


def _of_bibtex(path: Path) -> Iterable[tuple[str, str, str]]:
    library = bibtexparser.parse_file(str(path))
    for entry in library.entries:
        for one in entry.fields:
            if one.key in {"title", "note", "address", "pages", "annote", "year"}:
                bare = one.value[1:-1] if one.key == "title" else one.value
                yield entry.key, one.key, unescape(bare)


def _of_csl(path: Path) -> Iterable[tuple[str, str, str]]:
    for item in json.loads(path.read_bytes()):
        yield item["id"], "title", item["title"]
        yield item["id"], "note", item["note"]
        for name, own in (("event-place", "address"), ("page", "pages")):
            if name in item:
                yield item["id"], own, item[name]
        if "abstract" in item:
            yield item["id"], "annote", " ".join(item["abstract"].split())
        if "issued" in item:
            yield item["id"], "year", str(item["issued"]["date-parts"][0][0])


LABEL_STUDIO = partial(Tool, "label-studio", label_studio.tasks, label_studio.interface, label_studio.read)
PRODIGY = Tool("prodigy", prodigy.tasks, prodigy.settings, prodigy.read)
DOCCANO = Tool("doccano", doccano.tasks, doccano.labels, partial(doccano.read, complete=True))
ARGILLA = Tool("argilla", argilla.tasks, argilla.settings, argilla.read)


def project(target: Target, documents: Sequence[Bundle], folder: Path) -> Compared:
    """Send all codings as a REFI-QDA project; each comes back with its GUID, code, coder and words."""
    path, program = folder / "study.qdpx", PROGRAMS[target]
    write_project(path, [one.document for one in documents], documents, QDA_CODES, target=target)
    went = [
        (guid("coding", one.id), guid("code", one.code), user_name(one.coder, is_person=one.source == "human"), words)
        for held in documents
        for one in sent(held, "all")
        for words in [safe(held.document.text)[one.start : one.end]]
    ]
    read = refi.read(path)
    came = [
        (one.guid, one.code, read.users[one.user], ruler.text[ruler.ours(one.start) : ruler.ours(one.end)])
        for text in read.texts
        for ruler in [Ruler(text.raw or "", program.rule)]
        for one in text.codings
    ]
    return compared(went, came)


def codebook(_: Sequence[Bundle], folder: Path) -> Compared:
    """Send the codebook as REFI-QDA; each theme comes back with its definition, lists and examples."""
    path = folder / "themes.qdc"
    path.write_bytes(to_qdc(QDA_CODES))
    return compared(map(repr, TOOLS.codebook.themes), map(repr, read_codebook(path).codebook.themes))


FORMATS: dict[str, Format] = {
    **{f"qdpx, {target}": partial(project, target) for target in PROGRAMS},
    "qdc": codebook,
    "label-studio, JSON": partial(annotated, LABEL_STUDIO(), "passage"),
    "label-studio, JSON-MIN": partial(annotated, LABEL_STUDIO("min"), "passage"),
    "label-studio, CSV": partial(annotated, LABEL_STUDIO("csv"), "passage"),
    "label-studio, documents": partial(annotated, LABEL_STUDIO(), "document"),
    "prodigy": partial(annotated, PRODIGY, "passage"),
    "prodigy, documents": partial(annotated, PRODIGY, "document"),
    "doccano": partial(annotated, DOCCANO, "passage"),
    "doccano, documents": partial(annotated, DOCCANO, "document"),
    "argilla": partial(annotated, ARGILLA, "passage"),
    **{f"{form}, {shape}": partial(tabled, form, shape) for form in writing.FORMS for shape in ("wide", "long")},
    "web-annotation, JSON-LD": partial(web, False),
    "web-annotation, JSONL": partial(web, True),
    "bibtex": partial(cited, "bib"),
    "csl": partial(cited, "json"),
}


def run(documents: Sequence[Bundle], only: str = "") -> dict[str, Compared]:
    """Return what became of each format whose name holds `only`."""
    found = {}
    for name, compare in FORMATS.items():
        if only in name:
            with tempfile.TemporaryDirectory() as folder:
                found[name] = compare(documents, Path(folder))
    return found


def table(found: dict[str, Compared]) -> str:
    """Return the figures as a table."""
    rows = [(name, one.files, one.elements, one.equal, one.different) for name, one in found.items()]
    total = ("all", *(sum(row[i] for row in rows) for i in range(1, 5)))
    lines = [f"{'format':<26}{'files':>7}{'elements':>10}{'equal':>10}{'different':>11}"]
    return "\n".join([*lines, *(f"{n:<26}{f:>7}{e:>10,}{q:>10,}{d:>11,}" for n, f, e, q, d in [*rows, total])])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--outputs", type=Path, default=HOME / "outputs")
    parser.add_argument("--only", default="", help="only formats whose name holds this")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = run(list(bundles(given.outputs, ALL_KINDS)), given.only)
    if given.json:
        print(json.dumps({name: asdict(one) for name, one in found.items()}, indent=1))
    else:
        print(table(found))
        for name, one in found.items():
            print(*(f"{name}: {shown}" for shown in one.shown), sep="\n", end="\n" if one.shown else "")
    return int(any(one.different for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
