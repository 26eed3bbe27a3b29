"""A run does only what is new: what results depend on, where they are kept, and that nothing else is done."""

import ast
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import document
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import jsonl, kept
from pipeline.config import HOME, Settings
from pipeline.files import sha256_file, sha256_or_nothing, sha256_text
from pipeline.kept import Kept, open_kept
from pipeline.own_code import is_elsewhere
from pipeline.plan import Plan
from pipeline.records import Bundle, Document
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.tools import Tools
from pipeline.work import places
from pipeline.work.inputs import list_inputs
from pipeline.work.keys import basis_of
from pipeline.work.places import Place, open_file, open_old, records_of, write_file

STAGE_FILES = ("documents", "passages", "segments", "quotes", "tags", "mappings")

# What results depend on


def imports(module: str) -> Iterator[str]:
    """Yield the modules of the package that a module may import, also inside functions."""
    path = HOME / module.replace(".", "/")
    source = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    if not source.is_file():
        return
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("pipeline"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline"):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_record_of_a_document_depends_on_code_that_does_not_count() -> None:
    waiting = [f"pipeline.stages.{name}" for name, stage in STAGES.items() if not stage.sees_all]
    waiting += ["pipeline.tools", "pipeline.records"]
    seen: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += imports(module)
    assert "pipeline.learning.themes.model" in seen
    assert not [name for name in seen if is_elsewhere(name.removeprefix("pipeline.").replace(".", "/"))]


class Watched:
    """Settings that remember which of them were read."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self.read = settings, set[str]()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self._settings, name)


@pytest.mark.parametrize("name", [name for name, stage in STAGES.items() if stage.apply is not None])
def test_a_stage_reads_no_setting_that_it_does_not_name(name: str, tools: Tools, whole: list[Bundle]) -> None:
    watched = Watched(tools.settings)
    apply = STAGES[name].apply
    assert apply is not None
    for one in whole:
        apply(one, replace(tools, settings=watched))  # type: ignore[arg-type]
    assert watched.read <= set(STAGES[name].settings)


@pytest.fixture(scope="module")
def whole(outputs: Path) -> list[Bundle]:
    with open_kept(outputs) as store:
        files = {kind: open_file(outputs / f"{kind}.jsonl", store) for kind in ("documents",)}
        paths = {place.document_id: place.path for place in files["documents"].places}
        files |= {kind: open_file(outputs / f"{kind}.jsonl", store, paths) for kind in STAGE_FILES[1:]}
        found = list(records_of(files).read(None))
        for file in files.values():
            file.close()
    return found


def test_a_key_changes_with_everything_that_a_stage_reads_and_with_nothing_else(tools: Tools, tmp_path: Path) -> None:
    def digests(changed: Tools) -> dict[str, str]:
        with open_kept(tmp_path) as store:
            return {name: basis_of(stage, changed, store).digest for name, stage in STAGES.items()}

    before = digests(tools)
    precise = digests(replace(tools, settings=msgspec.structs.replace(tools.settings, precision=0.8)))
    assert {name for name in STAGES if before[name] != precise[name]} == {"tag", "map", "report"}
    codebook = tmp_path / "codebook.yaml"
    codebook.write_text(tools.codebook_path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    coded = digests(replace(tools, codebook_path=codebook))
    assert {name for name in STAGES if before[name] != coded[name]} == {"tag", "index", "report"}


# The store


def test_a_file_is_hashed_again_only_if_it_may_have_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("one", encoding="utf-8")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    hashed: list[Path] = []
    monkeypatch.setattr(kept, "sha256_or_nothing", lambda path: hashed.append(path) or sha256_or_nothing(path))
    for _ in range(2):
        with open_kept(tmp_path) as store:
            assert store.sha256(file) == sha256_file(file)
    assert hashed == [file]
    file.write_text("two", encoding="utf-8")  # as long as before
    with open_kept(tmp_path) as store:
        assert store.sha256(file) == sha256_file(file)
        assert store.sha256(tmp_path / "none.txt") == sha256_text()


def test_a_file_that_has_just_changed_is_not_trusted(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("one", encoding="utf-8")
    changed = file.stat().st_mtime_ns
    with open_kept(tmp_path) as store:
        store.sha256(file)
        file.write_text("two", encoding="utf-8")
        os.utime(file, ns=(changed, changed))  # within one tick of a slow clock
        assert store.sha256(file) == sha256_file(file)


def test_an_error_takes_back_what_was_not_saved(tmp_path: Path) -> None:
    def spoil(store: Kept) -> None:
        store.put("tag", "a", b"saved")
        store.save()
        store.put("tag", "b", b"not saved")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), open_kept(tmp_path) as store:
        spoil(store)
    with open_kept(tmp_path) as store:
        assert (store.get("tag", "a"), store.get("tag", "b")) == (b"saved", None)


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be one" * 40])
def test_a_damaged_store_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / kept.FILE).write_bytes(content)
    with open_kept(tmp_path) as store:
        store.put("tag", "a", b"b")
        assert store.get("tag", "a") == b"b"


# Stage files


def lines_of(names: Sequence[str]) -> dict[str, bytes]:
    return {name: jsonl.lines([document(f"Words of {name}.", id=name, path=name)]) for name in names}


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True).map(sorted)


@given(NAMES, NAMES, st.sets(st.sampled_from("abcdefgh")))
def test_a_stage_file_is_put_together_from_old_pieces_and_new_ones(
    before: list[str], after: list[str], changed: set[str]
) -> None:
    with tempfile.TemporaryDirectory() as name, open_kept(Path(name)) as store:
        path = Path(name) / "documents.jsonl"
        first = [(placed(one), lines) for one, lines in lines_of(before).items()]
        old = write_file(path, store, open_old(path, store), first)
        stay = set(before) - changed
        pieces = [(placed(one), None if one in stay else lines) for one, lines in lines_of(after).items()]
        write_file(path, store, old, pieces)
        assert path.read_bytes() == b"".join(lines_of(after).values())
        again = open_old(path, store)
        assert again.sha256 == sha256_file(path)
        assert [again.read(one) for one in after] == list(lines_of(after).values())
        again.close()


def placed(name: str) -> Place:
    lines = lines_of([name])[name]
    made = places.sha256_of(lines)
    return Place(name, name, "key", made, made, "", len(lines), 1)


def test_places_in_a_file_of_somebody_else_are_found_by_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_bytes(b"".join(lines_of("ab").values()))
    with open_kept(tmp_path) as store:
        assert open_old(path, store).places == []
        file = open_file(path, store)
        assert [(place.path, place.key, place.n) for place in file.places] == [("a", "", 1), ("b", "", 1)]
        [read] = places.decoded("documents", file.read("b"))
        file.close()
    assert isinstance(read, Document)
    assert read.text == "Words of b."


# Whole runs

TEXTS = [
    "# Notes\n\nThe superintendent asked how to keep the work going when a leader leaves the district.\n",
    "# More notes\n\nThe superintendent asked how to keep the work going when a leader leaves the district.\n",
    "# Other notes\n\nThe board heard the reports and asked for the budget of the coming year.\n\nNothing else.\n",
]
CORPORA = st.dictionaries(st.sampled_from(["a.md", "b.md", "sub/c.md", "d.md"]), st.sampled_from(TEXTS), min_size=1)


def lay_out(corpus: Path, texts: dict[str, str]) -> None:
    for path in [one for one in corpus.rglob("*.md") if one.relative_to(corpus).as_posix() not in texts]:
        path.unlink()
    for name, text in texts.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


@settings(max_examples=12)
@given(st.lists(CORPORA, min_size=2, max_size=4))
def test_documents_that_come_and_go_leave_the_files_of_a_first_run(tools: Tools, corpora: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        kept_up = Plan(Path(name) / "corpus", Path(name) / "kept", tools, quiet=True)
        for number, texts in enumerate(corpora):
            lay_out(kept_up.corpus, texts)
            run(kept_up, ["ingest"])
            fresh = replace(kept_up, outputs=Path(name) / f"fresh{number}")
            run(fresh, ["ingest"])
            for kind in ("documents", "passages", "errors"):
                file = f"{kind}.jsonl"
                assert (kept_up.outputs / file).read_bytes() == (fresh.outputs / file).read_bytes()


def test_a_document_that_comes_first_and_one_that_goes(plan: Plan, tmp_path: Path) -> None:
    text = (plan.corpus / "meeting.txt").read_text(encoding="utf-8")
    (plan.corpus / "a first.txt").write_text(f"Minutes of May\n\n{text}", encoding="utf-8")
    (plan.corpus / "page.html").unlink()
    run(plan, list(STAGES))
    fresh = replace(plan, outputs=tmp_path / "fresh")
    run(fresh, list(STAGES))
    names = {path.name for path in fresh.outputs.iterdir() if path.is_file()} - {kept.FILE, "manifest.json"}
    assert len(names) == 10
    for name in sorted(names):
        assert (plan.outputs / name).read_bytes() == (fresh.outputs / name).read_bytes(), name


def test_only_new_documents_are_worked_on(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[tuple[str, str]] = []
    for name, stage in STAGES.items():
        if stage.apply is not None:

            def apply(one: Bundle, given: Tools, name: str = name, apply: Any = stage.apply) -> Any:
                worked.append((name, one.document.path))
                return apply(one, given)

            monkeypatch.setitem(STAGES, name, replace(stage, apply=apply))
    (plan.corpus / "new.txt").write_text("Notes of June\n\nThe board heard the reports.\n", encoding="utf-8")
    run(plan, list(STAGES))
    assert worked == [(name, "new.txt") for name in ("segment", "quote", "tag", "map")]


def test_what_lies_in_a_corpus(tmp_path: Path) -> None:
    corpus, elsewhere = tmp_path / "corpus", tmp_path / "elsewhere"
    for name in ("b.txt", "a/c.txt", ".hidden/d.txt", "~$e.docx", "codebook.yaml", "labels/f.jsonl", "outputs/g.txt"):
        (corpus / name).parent.mkdir(parents=True, exist_ok=True)
        (corpus / name).write_text("words", encoding="utf-8")
    elsewhere.mkdir()
    (elsewhere / "h.txt").write_text("words", encoding="utf-8")
    (corpus / "linked").symlink_to(elsewhere)
    (corpus / "i.txt").symlink_to(elsewhere / "h.txt")
    with open_kept(tmp_path) as store:
        found = list_inputs(corpus, corpus / "outputs", store)
    assert [entry.path for entry in found] == ["a/c.txt", "b.txt", "i.txt"]
