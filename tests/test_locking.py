"""One command at a time writes into a folder; whoever only reads is never kept out."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import locking
from pipeline.cli import main
from pipeline.errors import ErrorCode, PipelineError
from pipeline.plan import Plan
from pipeline.run import run
from pipeline.work.writing import LEFTOVERS, writing

HOLDS = """
import sys, time
from pathlib import Path
from pipeline import locking
with locking.held(Path(sys.argv[1]), "pop run"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def elsewhere(tmp_path: Path):
    """Another process that holds the lock of a folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_second_command_is_told_who_holds_the_lock(tmp_path: Path, elsewhere) -> None:
    assert locking.is_held(tmp_path)
    with pytest.raises(PipelineError) as caught, locking.held(tmp_path, "pop index"):
        pass
    assert (caught.value.code, caught.value.exit_code) == (ErrorCode.LOCKED, 3)
    assert f"pop run (process {elsewhere.pid} on " in caught.value.found
    assert str(tmp_path) in caught.value.found


def test_the_lock_of_a_killed_command_is_free_and_its_left_overs_are_cleared(tmp_path: Path, elsewhere) -> None:
    mine, left = tmp_path / ".hits.csv.x.part", tmp_path / ".tags.jsonl.abc.part"
    for path in (mine, left):
        path.write_text("{", encoding="utf-8")
    (tmp_path / ".corpus.db.xyz").mkdir()
    elsewhere.send_signal(signal.SIGKILL)
    elsewhere.wait()
    assert not locking.is_held(tmp_path)
    told: list[str] = []
    with writing(tmp_path, "pop run", told.append):
        assert {path.name for path in tmp_path.iterdir()} == {mine.name, locking.FILE}
    (line,) = told
    assert line.startswith(f"pop run (process {elsewhere.pid} on ")
    assert line.endswith("did not end as it should; going on from there (2 unfinished files cleared)")
    assert [path.name for path in tmp_path.iterdir()] == [mine.name]


def test_a_lock_ends_with_its_block_also_after_an_error(tmp_path: Path) -> None:
    told: list[str] = []
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locking.held(tmp_path, "pop run", told.append):
            raise ZeroDivisionError
    assert told == []
    assert list(tmp_path.iterdir()) == []


def test_of_many_at_once_one_holds_it(tmp_path: Path) -> None:
    inside, most, ended = [], [], []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(60):
            try:
                with locking.held(tmp_path, "pop run"):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
            except PipelineError as error:
                ended.append(error.code)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert set(ended) <= {ErrorCode.LOCKED}
    assert len(most) + len(ended) == 480
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_knows_no_locks_is_used_with_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(locking, "_lock", refuse)
    told: list[str] = []
    with locking.held(tmp_path, "pop run", told.append):
        pass
    assert told == [
        f"{tmp_path} cannot be locked (No locks available): take care that no other command writes there meanwhile"
    ]
    assert not locking.is_held(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"command": 3}'])
def test_a_lock_file_that_tells_nothing_is_no_obstacle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / locking.FILE).write_bytes(content)
    told: list[str] = []
    with locking.held(tmp_path, "pop run", told.append):
        pass
    assert told == []


def test_every_command_that_writes_is_kept_out_and_those_that_read_are_not(plan: Plan, tmp_path: Path) -> None:
    folders = ["--outputs", str(plan.outputs)]
    given = tmp_path / "in.jsonl"
    given.write_text('{"id": "a", "text": "Nobody was prepared."}\n', encoding="utf-8")
    other = str(tmp_path / "other")
    writers = [
        ["run", "--corpus", str(plan.corpus), *folders],
        *(["index", "--corpus", str(plan.corpus), *folders], ["tag", "--corpus", str(plan.corpus), *folders]),
        ["map", "--unit", "segment", *folders],
        ["tag", "--passages", str(given), "--force", *folders],
        ["merge", str(plan.outputs), "--outputs", other],
        ["merge", other, *folders],
        ["train", "--labels", str(given), "--models", str(plan.outputs)],
        ["train", "--rollback", "--models", str(plan.outputs)],
    ]
    with locking.held(plan.outputs, "pop run"):
        for words in writers:
            told = CliRunner().invoke(main, words)
            assert told.exit_code == 3, words
            assert "Error: locked" in told.stderr, words
            assert f"(process {os.getpid()} on " in told.stderr
        for words in (["query", "teachers", *folders], ["verify", *folders]):
            assert CliRunner().invoke(main, words).exit_code == 0, words


def test_a_run_leaves_no_lock(plan: Plan) -> None:
    run(plan, ["ingest"])
    assert not (plan.outputs / locking.FILE).exists()
    assert all(pattern.startswith((".", "figures/.")) for pattern in LEFTOVERS), "nothing that anybody sees is cleared"
