"""A corpus that is worked on in parts: the same files as one run writes."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.errors import ErrorCode, PipelineError
from pipeline.manifest import InputFile, load
from pipeline.merging import merge
from pipeline.plan import Plan
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.work.shard import Shard

OF_DOCUMENTS = [stage.name for stage in STAGES.values() if not stage.sees_all]


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name: path.read_bytes() for path in paths if path.name[0] != "." and path.name != "manifest.json"}


@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_every_file_is_in_one_part(n: int) -> None:
    inputs = [InputFile(f"notes/{i}.txt", "0" * 64) for i in range(40)]
    parts = [Shard(number, n).of(inputs) for number in range(1, n + 1)]
    assert sorted(entry.path for part in parts for entry in part) == sorted(entry.path for entry in inputs)
    assert all(parts)
    fewer = [Shard(number, n).of(inputs[5:]) for number in range(1, n + 1)]
    assert all(set(few) <= set(part) for few, part in zip(fewer, parts, strict=True)), "each stays in its part"


@pytest.fixture
def parts(plan: Plan, tmp_path: Path) -> list[Path]:
    """The small corpus, with a passage that stands in two documents of different parts, run in two parts."""
    folders = []
    for number in (1, 2):
        folders.append(tmp_path / f"part{number}")
        run(replace(plan, outputs=folders[-1], shard=Shard(number, 2)), OF_DOCUMENTS)
    assert [len(load(folder).inputs) for folder in folders] in ([1, 2], [2, 1])
    return folders


def test_parts_give_the_same_bytes_as_one_run(
    parts: list[Path], plan: Plan, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replace(plan, outputs=tmp_path / "whole")
    assert sum(merge(parts, whole.outputs).values()) == 3
    for name in ("pipeline.stages.ingest.ingest_content", "pipeline.work.chain.work_on"):
        monkeypatch.setattr(name, refuse)
    run(whole, list(STAGES))
    assert contents(whole.outputs) == contents(outputs)
    monkeypatch.undo()
    assert run(whole, list(STAGES)).ran == []


def refuse(*_: object) -> None:
    raise AssertionError("it was done already")


def test_a_part_that_is_missing_is_worked_out(parts: list[Path], plan: Plan, outputs: Path, tmp_path: Path) -> None:
    whole = replace(plan, outputs=tmp_path / "whole")
    merge(parts[:1], whole.outputs)
    run(whole, OF_DOCUMENTS)
    assert contents(whole.outputs).items() <= contents(outputs).items()


def test_a_passage_that_stands_in_documents_of_two_parts(plan: Plan, tmp_path: Path) -> None:
    shared = "The board asked every school to show how it chooses what teachers learn together in the coming year."
    for i in range(6):
        (plan.corpus / f"more{i}.txt").write_text(f"Meeting {i}\n\n{shared}\n\nNumber {i} of the notes.\n", "utf-8")
    one = replace(plan, outputs=tmp_path / "one")
    run(one, ["ingest", "segment"])
    folders = [tmp_path / f"part{number}" for number in (1, 2)]
    for number, folder in enumerate(folders, start=1):
        run(replace(plan, outputs=folder, shard=Shard(number, 2)), ["ingest", "segment"])
    merge(folders, tmp_path / "whole")
    run(replace(plan, outputs=tmp_path / "whole"), ["ingest", "segment"])
    assert contents(tmp_path / "whole") == contents(one.outputs)
    assert b'"duplicate_of":"' in contents(one.outputs)["passages.jsonl"]


def test_a_part_needs_a_folder_of_its_own(plan: Plan) -> None:
    with pytest.raises(PipelineError, match="no part of this shard") as caught:
        run(replace(plan, shard=Shard(1, 2)), OF_DOCUMENTS)
    assert caught.value.code == ErrorCode.NOT_WRITABLE


def pop(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("given", ["0/2", "3/2", "2", "a/b", "1/", "-1/2"])
def test_no_such_part(given: str) -> None:
    result = pop("run", "--shard", given)
    assert (result.exit_code, "no part such as 2/8" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (shutil.rmtree, "no documents.jsonl"),
        (lambda folder: (folder / "documents.jsonl").write_text("", "utf-8"), "changed after the run"),
    ],
)
def test_a_folder_without_results(plan: Plan, tmp_path: Path, spoil: Callable[[Path], object], told: str) -> None:
    spoil(plan.outputs)
    result = pop("merge", plan.outputs, "--outputs", tmp_path / "whole")
    assert result.exit_code == 3
    assert told in result.stderr


def test_the_command(plan: Plan, tmp_path: Path) -> None:
    result = pop("merge", plan.outputs, "--outputs", tmp_path / "whole")
    assert result.exit_code == 0
    assert f"3 documents from {plan.outputs}" in result.stderr
    assert pop("merge", "--outputs", tmp_path).exit_code == 2
