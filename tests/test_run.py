import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from builders import bundle, document

from pipeline import jsonl, kept, manifest
from pipeline.bundles import bundles
from pipeline.config import HOME
from pipeline.engine import Workers
from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_file
from pipeline.plan import Plan
from pipeline.records import RECORD_TYPES, Bundle, Document, Mapping, Record, Refusal, Segment
from pipeline.run import ERRORS, run
from pipeline.stages import STAGES
from pipeline.tools import Tools
from pipeline.verify import verify
from pipeline.work import chain
from pipeline.work.chain import apply_stage

Snapshot = Callable[[Path], dict[str, tuple[int, bytes]]]
WORK = ["ingest", "segment", "quote", "tag", "map"]
CHEAP = ["ingest", "segment", "quote"]

SMALL_RUBRIC = """
name: Small rubric
levels: [low, high]
areas:
  - name: People
    practices:
      - id: "1"
        text: Leaders grow the leaders who come after them.
        indicators:
          - id: 1a
            levels: {low: Nobody is prepared., high: Teachers are prepared to lead without the principal.}
"""


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def contents(taken: dict[str, tuple[int, bytes]]) -> dict[str, bytes]:
    return {name: content for name, (_, content) in taken.items()}


def without_run(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_bytes())
    found.pop("run")
    return found


def break_on(monkeypatch: pytest.MonkeyPatch, stage: str, path: str, error: BaseException) -> None:
    """Let a stage fail at one document."""
    original = STAGES[stage].apply
    assert original is not None

    def apply(given: Bundle, tools: Tools) -> Sequence[Record]:
        if given.document.path == path:
            raise error
        return original(given, tools)

    monkeypatch.setitem(STAGES, stage, replace(STAGES[stage], apply=apply))


def test_a_run_writes_the_files_of_the_contract(outputs: Path) -> None:
    expected = {f"{kind}.jsonl" for kind in RECORD_TYPES}
    expected |= {"corpus.db", "vectors.safetensors", "report.html", "figures", "manifest.json"}
    assert {path.name for path in outputs.iterdir()} == expected | {kept.FILE}
    for kind in ("documents", "passages", "segments", "quotes", "tags", "mappings"):
        assert lines(outputs / f"{kind}.jsonl"), kind
    assert verify(outputs, None).drift == []


def test_the_manifest_says_what_was_read_written_and_counted(outputs: Path, corpus: Path) -> None:
    state = manifest.load(outputs)
    assert [entry.path for entry in state.inputs] == ["meeting.txt", "notes/autumn.md", "page.html"]
    assert verify(outputs, corpus).drift == []
    assert [stage.name for stage in state.stages] == list(STAGES)
    assert set(state.models) == {
        "anatomy_model",
        "codebook",
        "rubric",
        "theme_model",
        "practice_model",
        "theme_errors",
        "metrics",
    }
    assert state.counts["files"] == state.counts["documents"] == 3
    assert state.counts["refused"] == 0
    assert state.counts["quotes"] == len(lines(outputs / "quotes.jsonl"))
    assert {"started", "finished", "seconds", "host"} <= set(state.run)
    written = {path.relative_to(outputs).as_posix() for path in outputs.rglob("*") if path.is_file()}
    assert {entry.path for entry in state.outputs} == written - {"manifest.json", kept.FILE}


def test_a_second_run_does_no_work(plan: Plan, snapshot: Snapshot) -> None:
    before = snapshot(plan.outputs)
    outcome = run(plan, list(STAGES))
    assert outcome.ran == []
    assert outcome.counts["documents"] == 3
    assert snapshot(plan.outputs) == before


def test_a_changed_document_changes_only_its_own_records(plan: Plan) -> None:
    before = list(bundles(plan.outputs, ["passages", "segments", "quotes"]))
    page = plan.corpus / "page.html"
    page.write_text(page.read_text(encoding="utf-8").replace("a mentor", "a good mentor"), encoding="utf-8")
    assert run(plan, CHEAP).ran == CHEAP
    after = list(bundles(plan.outputs, ["passages", "segments", "quotes"]))
    assert after[:2] == before[:2]
    assert after[2] != before[2]
    assert "a good mentor" in after[2].quotes[0].text


FIRST = """# Meeting 4 of the River Network

## Losing principals in Castor Creek

Castor Creek lost seven principals in four years, and the board struggled to find anyone who would apply. In 2013 the
district hired a retired principal to mentor each of them.
"""
SECOND = """# Meeting 9 of the River Network

## Castor Creek: Principal turnover, two years on

Castor Creek Unified School District has lost two more principals. The district now pays the mentors, retired
principals, to visit assistant principals as well. Trustees still worry about what the mentors cost.
"""


@pytest.mark.parametrize(("second", "linked"), [(SECOND, True), (SECOND.replace("Castor Creek", "Marl Gap"), False)])
def test_the_same_problem_is_linked_across_documents(bare_plan: Plan, second: str, linked: bool) -> None:
    (bare_plan.corpus / "x-first.md").write_text(FIRST, encoding="utf-8")
    (bare_plan.corpus / "x-second.md").write_text(second, encoding="utf-8")
    run(bare_plan, ["ingest", "segment"])
    segments = list(jsonl.read(bare_plan.outputs / "segments.jsonl", Segment))
    [one, other] = [segment for segment in segments if segment.document_id.startswith("x-") and segment.sites]
    assert (one.linked, other.linked) == (([other.id], [one.id]) if linked else ([], []))


def test_a_changed_codebook_tags_again_but_reads_nothing_again(plan: Plan, snapshot: Snapshot) -> None:
    own = plan.corpus / "codebook.yaml"
    own.write_text((HOME / "corpus" / "codebook.yaml").read_text(encoding="utf-8") + "\n# ours\n", encoding="utf-8")
    plan = replace(plan, tools=replace(plan.tools, codebook_path=own))
    before = snapshot(plan.outputs)
    assert run(plan, [*WORK, "index"]).ran == ["tag", "index"]
    after = snapshot(plan.outputs)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"tags.jsonl", "corpus.db", "vectors.safetensors", "manifest.json", "errors.jsonl"}
    assert plan.tools.codebook.sha256 == sha256_file(own)
    own.write_text(own.read_text(encoding="utf-8") + "# in the same process\n", encoding="utf-8")
    assert plan.tools.codebook.sha256 == sha256_file(own)


def test_another_rubric_maps_again(plan: Plan, few_others: Path) -> None:
    own = plan.corpus / "rubric.yaml"
    own.write_text(SMALL_RUBRIC, encoding="utf-8")
    tools = replace(plan.tools, rubric_path=own, models_path=few_others)
    assert run(replace(plan, tools=tools), WORK).ran == ["map"]
    mappings = list(jsonl.read(plan.outputs / "mappings.jsonl", Mapping))
    assert [(one.rubric, one.indicator) for one in mappings] == [("Small rubric", "1a")] * 2


def test_other_settings_run_the_stage_again(plan: Plan) -> None:
    n = len(lines(plan.outputs / "tags.jsonl"))
    settings = replace_settings(plan.tools, write_rejected=True)
    assert run(replace(plan, tools=settings), ["tag"]).ran == ["tag"]
    n_passages = sum(
        passage.kind not in {"heading", "table"}
        for found in bundles(plan.outputs, ["passages"])
        for passage in found.passages
    )
    assert len(lines(plan.outputs / "tags.jsonl")) == n_passages * len(plan.tools.codebook.ids) > n


def replace_settings(tools: Tools, **changes: object) -> Tools:
    return replace(tools, settings=msgspec.structs.replace(tools.settings, **changes))


def test_force_does_the_work_again_with_the_same_result(plan: Plan, snapshot: Snapshot) -> None:
    before = snapshot(plan.outputs)
    assert run(replace(plan, force=True), ["ingest", "segment"]).ran == ["ingest", "segment"]
    after = snapshot(plan.outputs)
    assert after["segments.jsonl"][0] > before["segments.jsonl"][0]
    manifest_file = contents(before).pop("manifest.json"), contents(after).pop("manifest.json")
    assert manifest_file[0] != manifest_file[1]
    for name in after.keys() - {"manifest.json"}:
        assert after[name][1] == before[name][1], name


def test_the_records_of_a_deleted_file_disappear(plan: Plan) -> None:
    (plan.corpus / "page.html").unlink()
    run(plan, WORK)
    there = {record.id for record in jsonl.read(plan.outputs / "documents.jsonl", Document)}
    assert len(there) == 2
    for kind in ("passages", "segments", "quotes", "tags", "mappings"):
        records = list(jsonl.read(plan.outputs / f"{kind}.jsonl", RECORD_TYPES[kind]))
        assert {getattr(record, "document_id", None) for record in records} <= there, kind
    assert [entry.path for entry in manifest.load(plan.outputs).inputs] == ["meeting.txt", "notes/autumn.md"]


@pytest.mark.parametrize(
    ("name", "ran"),
    [
        ("documents.jsonl", ["ingest"]),
        ("passages.jsonl", ["ingest"]),
        ("quotes.jsonl", ["quote"]),
        ("tags.jsonl", ["tag"]),
        ("corpus.db", ["index"]),
        (ERRORS, CHEAP),
    ],
)
@pytest.mark.parametrize("deed", ["change", "delete"])
def test_a_tampered_output_is_rebuilt(plan: Plan, snapshot: Snapshot, name: str, ran: list[str], deed: str) -> None:
    before = contents(snapshot(plan.outputs))
    path = plan.outputs / name
    if deed == "delete":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"\n")
    outcome = run(plan, CHEAP if name == ERRORS else [*WORK, "index"])
    assert outcome.ran == ran
    after = contents(snapshot(plan.outputs))
    assert {key for key in before if after[key] != before[key]} <= {"manifest.json"}
    assert verify(plan.outputs, plan.corpus).drift == []


def test_two_processes_and_another_folder_give_the_same_bytes(
    bare_plan: Plan, outputs: Path, tmp_path: Path, snapshot: Snapshot
) -> None:
    elsewhere = replace(bare_plan, outputs=tmp_path / "else" / "where", workers=Workers(jobs=2))
    run(elsewhere, list(STAGES))
    expected, found = contents(snapshot(outputs)), contents(snapshot(elsewhere.outputs))
    assert {name for name in expected if found.get(name) != expected[name]} == {"manifest.json"}
    assert found.keys() == expected.keys()
    assert without_run(elsewhere.outputs / "manifest.json") == without_run(outputs / "manifest.json")


def test_a_fault_at_one_document_does_not_cost_the_others(bare_plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        break_on(patch, "segment", "notes/autumn.md", ZeroDivisionError("a bug"))
        outcome = run(bare_plan, ["ingest", "segment"])
    assert outcome.unexpected
    (entry,) = jsonl.read(bare_plan.outputs / ERRORS, Refusal)
    assert (entry.path, entry.stage, entry.error) == ("notes/autumn.md", "segment", "unexpected")
    assert "ZeroDivisionError: a bug" in entry.message
    assert "POP_DEBUG" in entry.message
    whose = {segment.document_id for segment in jsonl.read(bare_plan.outputs / "segments.jsonl", Segment)}
    assert len(whose) == 2
    again = run(bare_plan, ["ingest", "segment"])
    assert again.unexpected, "an error is not forgotten because nothing was to be done"
    repaired = run(replace(bare_plan, force=True), ["ingest", "segment"])
    assert repaired.refusals == []
    assert lines(bare_plan.outputs / ERRORS) == []


def test_with_pop_debug_a_fault_keeps_its_traceback(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    given = bundle(document())
    break_on(monkeypatch, "segment", given.document.path, ZeroDivisionError("a bug"))
    monkeypatch.setenv("POP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        apply_stage("segment", tools, given)


def test_an_interrupted_run_goes_on_where_it_stopped(
    bare_plan: Plan, outputs: Path, monkeypatch: pytest.MonkeyPatch, snapshot: Snapshot
) -> None:
    monkeypatch.setattr(chain, "MOST_DOCUMENTS", 1)
    with monkeypatch.context() as patch:
        break_on(patch, "quote", "page.html", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            run(bare_plan, CHEAP)
    assert not [path.name for path in bare_plan.outputs.iterdir() if path.suffix == ".part"]
    assert not (bare_plan.outputs / "quotes.jsonl").exists()
    with monkeypatch.context() as patch:  # what was done is not done again
        for path in ("meeting.txt", "notes/autumn.md"):
            break_on(patch, "segment", path, ZeroDivisionError("done again"))
        assert run(bare_plan, CHEAP).refusals == []
    for name in ("documents", "passages", "segments", "quotes"):
        assert (bare_plan.outputs / f"{name}.jsonl").read_bytes() == (outputs / f"{name}.jsonl").read_bytes()


def test_a_run_stopped_before_its_last_word_is_completed(plan: Plan) -> None:
    before = without_run(plan.outputs / "manifest.json")
    state = json.loads((plan.outputs / "manifest.json").read_bytes())
    (plan.outputs / "manifest.json").write_text(json.dumps(state | {"counts": {}}), encoding="utf-8")
    assert run(plan, list(STAGES)).ran == []
    assert without_run(plan.outputs / "manifest.json") == before


def test_what_cannot_be_read_is_refused_and_the_rest_is_used(bare_plan: Plan) -> None:
    (bare_plan.corpus / "gone.txt").symlink_to(bare_plan.corpus / "nowhere.txt")
    (bare_plan.corpus / "table.xyz").write_text("a b c", encoding="utf-8")
    outcome = run(bare_plan, ["ingest"])
    assert [(one.path, one.error) for one in outcome.refusals] == [
        ("gone.txt", "unreadable"),
        ("table.xyz", "unknown_format"),
    ]
    assert outcome.counts == {"files": 5, "refused": 2, "documents": 3, "passages": outcome.counts["passages"]}
    assert run(bare_plan, ["ingest"]).refused == 2, "a second run still tells"


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_file_name_that_is_no_utf8_is_refused(bare_plan: Plan) -> None:
    Path(os.fsdecode(os.fsencode(bare_plan.corpus) + b"/caf\xe9.txt")).write_text("Some words.", encoding="utf-8")
    outcome = run(bare_plan, ["ingest"])
    assert [(one.path, one.error) for one in outcome.refusals] == [("caf\\xe9.txt", "unreadable")]
    assert outcome.counts["documents"] == 3


@pytest.mark.parametrize("name", [".hidden.txt", "~$draft.docx", ".git/a.txt", "labels/a.txt", "DATACARD.md"])
def test_some_files_of_a_corpus_are_no_documents(bare_plan: Plan, name: str) -> None:
    path = bare_plan.corpus / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("Some words.", encoding="utf-8")
    assert run(bare_plan, ["ingest"]).counts["files"] == 3


def test_results_inside_the_corpus_are_not_read_as_documents(bare_plan: Plan) -> None:
    inside = replace(bare_plan, outputs=bare_plan.corpus / "results")
    for _ in range(2):
        outcome = run(inside, ["ingest"])
        assert outcome.counts["files"] == 3
        assert outcome.refusals == []
    assert outcome.ran == []


def _no_corpus(plan: Plan) -> Plan:
    return replace(plan, corpus=plan.corpus / "nothing")


def _empty_corpus(plan: Plan) -> Plan:
    shutil.rmtree(plan.corpus)
    plan.corpus.mkdir()
    return plan


def _below_a_file(plan: Plan) -> Plan:
    return replace(plan, outputs=plan.corpus / "page.html" / "outputs")


def _is_a_file(plan: Plan) -> Plan:
    return replace(plan, outputs=plan.corpus / "page.html")


def _the_corpus_itself(plan: Plan) -> Plan:
    return replace(plan, outputs=plan.corpus)


def _no_codebook(plan: Plan) -> Plan:
    return replace(plan, tools=replace(plan.tools, codebook_path=plan.corpus / "none.yaml"))


@pytest.mark.parametrize(
    ("change", "code", "found"),
    [
        (_no_corpus, ErrorCode.MISSING_FILE, "no folder"),
        (_empty_corpus, ErrorCode.MISSING_FILE, "no documents"),
        (_below_a_file, ErrorCode.NOT_WRITABLE, "page.html"),
        (_is_a_file, ErrorCode.NOT_WRITABLE, "page.html"),
        (_the_corpus_itself, ErrorCode.NOT_WRITABLE, "folder of the results"),
        (_no_codebook, ErrorCode.MISSING_FILE, "none.yaml"),
    ],
)
def test_what_makes_a_run_impossible_is_said(
    bare_plan: Plan, change: Callable[[Plan], Plan], code: ErrorCode, found: str
) -> None:
    with pytest.raises(PipelineError) as caught:
        run(change(bare_plan), list(STAGES))
    assert caught.value.code is code
    assert found in caught.value.found
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("content", [b"", b"{", b'{"inputs": 3}', b"\xff\xfe", b"[]"])
def test_a_broken_manifest_is_named(plan: Plan, content: bytes) -> None:
    (plan.outputs / "manifest.json").write_bytes(content)
    with pytest.raises(PipelineError, match=r"manifest\.json") as caught:
        run(plan, ["ingest"])
    assert "delete that file" in caught.value.do


def test_a_stage_says_what_it_lacks(bare_plan: Plan) -> None:
    with pytest.raises(PipelineError, match=r"no documents\.jsonl") as caught:
        run(bare_plan, ["tag"])
    assert "pop run" in caught.value.do


def test_a_broken_stage_file_is_named_with_its_line(plan: Plan) -> None:
    path = plan.outputs / "segments.jsonl"
    first, *rest = lines(path)
    path.write_text("\n".join([first, rest[0].replace('"level":', '"level":"'), *rest[1:]]), encoding="utf-8")
    with pytest.raises(PipelineError, match=r"segments\.jsonl, line 2"):
        run(plan, ["quote"])


def test_what_a_stage_reads_was_written_before() -> None:
    written: set[str] = set()
    for stage in STAGES.values():
        assert {f"{kind}.jsonl" for kind in stage.reads} <= written | {ERRORS}, stage.name
        written |= set(stage.writes)


def test_bundles_give_each_document_its_own_records(outputs: Path) -> None:
    found = list(bundles(outputs, list(RECORD_TYPES)))
    assert [one.document.path for one in found] == ["meeting.txt", "notes/autumn.md", "page.html"]
    for one in found:
        records: list[Any] = [*one.passages, *one.segments, *one.quotes, *one.tags, *one.mappings]
        assert {record.document_id for record in records} == {one.document.id}
    assert [len(one.quotes) for one in found] == [1, 0, 1]
