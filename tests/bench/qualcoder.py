"""QualCoder's own import and export on our project, and ours on what it exports: every element compared.

    python tests/bench/qualcoder.py CHECKOUT [OUTPUTS]

CHECKOUT is a folder with QualCoder's sources (src/qualcoder/refi.py), or with as much of them as deals with texts. Its
window is left out: file dialogs, progress and messages are stand-ins, and the colour of a code stays what it is. What
reads, stores (in SQLite) and writes is QualCoder's own code.

Done are: export for QualCoder → its import → comparison with our codings → its export, with both of its line ends →
our import, untouched and with the changes of a person made in its database.
"""

import builtins
import importlib
import sqlite3
import sys
import tempfile
import types
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pipeline.codebook import load as load_codebook
from pipeline.config import HOME
from pipeline.corrections.decisions import PassageDecision
from pipeline.exchange.codings import Code
from pipeline.exchange.refi import export, tree
from pipeline.exchange.refi.coming_back import Came, come_back
from pipeline.exchange.refi.names import user_name
from pipeline.exchange.refi.people import Asked
from pipeline.exchange.refi.positions import safe
from pipeline.exchange.refi.sent import sent
from pipeline.exchange.refi.writing import source_names, write_project
from pipeline.records import Bundle
from pipeline.rubric import Rubric
from pipeline.rubric import load as load_rubric

SCHEMA = """
create table project (databaseversion text, date text, memo text, about text);
create table source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text,
    date text, av_text_id integer, risid integer, unique(name));
create table code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer,
    unique(name));
create table code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text,
    color text, supercid integer, unique(name));
create table code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, pos1 integer,
    owner text, date text, memo text, avid integer, important integer, unique(cid, fid, pos0, pos1, owner));
create table code_image (imid integer primary key, id integer, x1 integer, y1 integer, width integer, height integer,
    cid integer, memo text, date text, owner text);
create table code_av (avid integer primary key, id integer, pos0 integer, pos1 integer, cid integer, memo text,
    date text, owner text);
create table annotation (anid integer primary key, fid integer, pos0 integer, pos1 integer, memo text, owner text,
    date text);
create table attribute_type (name text primary key, date text, owner text, memo text, caseOrFile text, valuetype text);
create table attribute (attrid integer primary key, name text, attr_type text, value text, id integer, date text,
    owner text);
create table cases (caseid integer primary key, name text, memo text, owner text, date text, unique(name));
create table case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer, owner text,
    date text, memo text);
create table journal (jid integer primary key, name text, jentry text, date text, owner text, unique(name));
insert into project values ('v17', '2026-01-01 10:00:00', '', 'QualCoder');
"""


class Anything:
    """Stands in for a widget: whatever is asked of it, it takes."""

    answers: ClassVar[dict[str, Any]] = {}

    def __init__(self, *_: object) -> None:
        self.said: list[str] = []

    def append(self, words: str) -> None:
        """Keep what would be shown."""
        self.said.append(words)

    def __getattr__(self, name: str) -> Any:
        if name in self.answers:
            return self.answers[name]
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_: object, **__: object) -> Any:
        return Anything()

    def __invert__(self) -> Any:
        return Anything()

    def __and__(self, _: object) -> Any:
        return Anything()

    def __or__(self, _: object) -> Any:
        return Anything()


class Endings(Anything):
    """Stands in for the dialog of line ends. `maxqda`: two characters are asked for."""

    maxqda = False

    def setupUi(self, _: object) -> None:  # noqa: N802 - its name there
        """Put the buttons in."""
        self.radioButton_maxqda = types.SimpleNamespace(isChecked=lambda: Endings.maxqda)


def qualcoder(checkout: Path) -> Any:
    """Import QualCoder's module of REFI-QDA, with stand-ins for its window."""
    folder = next(path.parent for path in sorted(checkout.rglob("refi.py")))

    def module(name: str, **held: object) -> None:
        sys.modules[name] = types.ModuleType(name)
        for key, value in held.items():
            setattr(sys.modules[name], key, value)

    widgets = types.SimpleNamespace(QDialog=Anything, QFileDialog=Anything(), QProgressDialog=Anything)
    module("PyQt6", QtWidgets=widgets, QtCore=Anything())
    module("qualcoder", __path__=[str(folder)])
    module("qualcoder.color_selector", colors=["#888888"] * 120, color_matcher=lambda colour: colour)
    module("qualcoder.helpers", Message=Anything)
    module("qualcoder.GUI", __path__=[])
    module("qualcoder.GUI.ui_dialog_refi_export_endings", Ui_Dialog_refi_export_line_endings=Endings)
    builtins._ = str  # type: ignore[attr-defined]
    return importlib.import_module("qualcoder.refi")


class App:
    """Stands in for the program: a new project, open."""

    def __init__(self, folder: Path) -> None:
        self.project_path = str(folder / "exchange.qda")
        self.project_name = "exchange.qda"
        self.version = "QualCoder 4.0"
        self.settings = {"directory": str(folder), "codername": "me", "ai_enable": "False", "fontsize": 9, "font": "x"}
        self.ai_models: list[str] = []
        (folder / "exchange.qda" / "documents").mkdir(parents=True)
        self.conn = sqlite3.connect(":memory:")
        self.conn.executescript(SCHEMA)

    def write_config_ini(self, *_: object) -> None:
        """Keep nothing."""

    def get_annotations(self) -> list[object]:
        """Return none: there are none."""
        return []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the database holds."""
        return self.conn.execute(sql).fetchall()


@dataclass
class Compared:
    """What was compared. `differences`: what there is on one side only, in words."""

    elements: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, kind: str, ours: Sequence[object], theirs: Sequence[object]) -> None:
        """Compare all elements of a kind."""
        self.elements[kind] += len(ours)
        left, right = Counter(ours), Counter(theirs)
        for one, n in ((left - right) + Counter()).items():
            self.differences.append(f"{kind}, ours only ({n}): {str(one)[:150]}")
        for one, n in ((right - left) + Counter()).items():
            self.differences.append(f"{kind}, theirs only ({n}): {str(one)[:150]}")


def codings_of(bundles: Sequence[Bundle], codes: Sequence[Code]) -> Iterator[tuple[str, str, int, int, str, str]]:
    """Yield our codings as QualCoder should hold them."""
    names = {code.id: code.name for code in codes}
    called = source_names([one.document for one in bundles])
    for bundle in bundles:
        for one in sent(bundle, "all"):
            user = user_name(one.coder, is_person=one.source == "human")
            words = safe(bundle.document.text)[one.start : one.end]
            yield called[bundle.document.id], names[one.code], one.start, one.end, user, words


def compare(app: App, bundles: Sequence[Bundle], codes: Sequence[Code]) -> Compared:
    """Compare what QualCoder took in with what we sent."""
    found = Compared()
    called = source_names([one.document for one in bundles])
    ours = [(called[one.document.id], safe(one.document.text)) for one in bundles]
    found.add("texts", ours, app.rows("select name, fulltext from source"))
    is_code = {"theme", "indicator", "segment", "anatomy", "quote"}
    listed = [(code.name, code.definition) for code in codes if code.kind in is_code]
    found.add("codes", listed, app.rows("select name, ifnull(memo, '') from code_name"))
    groups = [code.name for code in codes if code.kind not in is_code]
    found.add("categories", groups, [name for (name,) in app.rows("select name from code_cat")])
    sql = "select source.name, code_name.name, pos0, pos1, code_text.owner, seltext from code_text"
    sql += " join source on fid = id join code_name using (cid)"
    found.add("codings", list(codings_of(bundles, codes)), app.rows(sql))
    known = {"Kind": "kind", "Date from": "date_start", "Date to": "date_end", "Place": "place"}
    values = [
        (called[one.document.id], name, getattr(one.document, key))
        for one in bundles
        for name, key in known.items()
        if getattr(one.document, key)
    ]
    sql = "select source.name, attribute.name, value from attribute join source on source.id = attribute.id"
    found.add("values of documents", values, app.rows(f"{sql} where attr_type = 'file'"))
    found.add("notes", ["About this project"], [name for (name,) in app.rows("select name from journal")])
    speakers = {one.speaker.name for each in bundles for one in each.quotes if one.speaker and one.speaker.name}
    cases = [name for (name,) in app.rows("select name from cases")]
    found.add("cases of persons", sorted(speakers), [name for name in cases if name in speakers])
    return found


def change(app: App) -> tuple[str, str]:
    """Work as a person does in QualCoder: code a passage, uncode another; return the words of both."""
    (fid, start, end, words), *_ = app.rows(
        "select fid, pos0, pos1, seltext from code_text join code_name using (cid) "
        "where code_name.name = 'Leadership succession' order by fid, pos0"
    )
    (cid,) = app.rows("select cid from code_name where name = 'Equity'")[0]
    app.conn.execute(
        "insert into code_text (cid, fid, seltext, pos0, pos1, owner, memo, date) values (?,?,?,?,?,'Ana','',?)",
        (cid, fid, words, start, end, "2026-11-22 10:00:00"),
    )
    own, gone = app.rows(
        "select ctid, seltext from code_text join code_name using (cid) "
        "where code_name.name = 'Culture change' order by fid desc, pos0"
    )[0]
    app.conn.execute("delete from code_text where ctid = ?", (own,))
    app.conn.commit()
    return words, gone


def exported(refi: Any, app: App, folder: Path, *, maxqda: bool) -> Path:
    """Let QualCoder export its project."""
    Endings.maxqda = maxqda
    target = folder / f"exported-{maxqda}-{len(list(folder.iterdir()))}"
    target.mkdir()
    Anything.answers = {"getExistingDirectory": lambda *_, **__: str(target)}
    refi.RefiExport(app, Anything(), "project")
    return next(target.glob("*.qdpx"))


def told(came: Came) -> str:
    """Say what came back in a line."""
    return f"{came.found} texts, {came.codings:,} codings, {came.same:,} as sent, {len(came.decisions)} decisions"


def main(checkout: Path, outputs: Path) -> int:
    """Exchange, compare, and print; return how much differs."""
    refi = qualcoder(checkout)
    book: Any = load_codebook(HOME / "corpus" / "codebook.yaml")
    rubric: Rubric = load_rubric(HOME / "corpus" / "rubric.yaml")
    codes = tree.all_codes(book, rubric)
    documents = export.documents(outputs, None)
    bundles = list(export.bundles_of(outputs, documents))
    n_wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Path.home().joinpath(".qualcoder").mkdir(exist_ok=True)
        for target in ("qualcoder", "standard", "nvivo", "maxqda"):
            work = folder / target
            work.mkdir()
            sent_file = work / "ours.qdpx"
            write_project(sent_file, documents, bundles, codes, target=target)  # type: ignore[arg-type]
            app = App(work)
            Anything.answers = {"getOpenFileName": lambda *_, file=sent_file, **__: (str(file), True)}
            refi.RefiImport(app, Anything(), "qdpx")
            if target in {"qualcoder", "standard"}:
                found = compare(app, bundles, codes)
                counted = ", ".join(f"{n:,} {kind}" for kind, n in found.elements.items())
                print(f"{target}: read by QualCoder and compared: {counted}; {len(found.differences)} differences")
                print(
                    *(f"  {line}" for line in found.differences[:20]), sep="\n", end="\n" if found.differences else ""
                )
                n_wrong += len(found.differences)
            else:
                wrong = [row for row in app.rows("select seltext, memo from code_text") if not row[0].strip()]
                print(f"{target}: read by QualCoder: {len(app.rows('select 1 from code_text')):,} codings")
                n_wrong += len(wrong)
            for maxqda in (False, True):
                back = come_back(exported(refi, app, work, maxqda=maxqda), outputs, codes, rubric, (), Asked(by="ana"))
                print(f"  exported by QualCoder ({'two' if maxqda else 'one'}-character line ends): {told(back)}")
                n_wrong += len(back.decisions) + abs(back.codings - back.same)
            added, gone = change(app)
            for maxqda in (False, True):
                back = come_back(exported(refi, app, work, maxqda=maxqda), outputs, codes, rubric, (), Asked())
                said = {
                    (one.anchor.text[:30].split()[0], tuple(one.themes), tuple(one.asked))
                    for one in back.decisions
                    if isinstance(one, PassageDecision)
                }
                wanted = {(added.split()[0], ("equity",), ("equity",)), (gone.split()[0], (), ("culture_change",))}
                n_wrong += said != wanted
                verdict = "right" if said == wanted else f"WRONG: {said}"
                print(f"  and with a person's two changes: {told(back)}; {verdict}")
    print(f"{n_wrong} differences in all")
    return n_wrong


if __name__ == "__main__":
    sys.exit(min(1, main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else HOME / "outputs"))))
