"""Work in one process, in several, and on the workers of a real Dask cluster on this computer."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from distributed import Client, Future, get_worker

from pipeline import cluster, engine
from pipeline.cli import main
from pipeline.config import HOME
from pipeline.engine import WINDOW, Workers, each
from pipeline.errors import ErrorCode, ExitCode, PipelineError
from pipeline.kept import open_kept
from pipeline.plan import Plan
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.tools import Tools
from pipeline.verify import verify
from pipeline.work.keys import basis_of, require_same

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
NOWHERE = "tcp://127.0.0.1:1"


class Cluster:
    """Scheduler and workers as processes of their own, as `dask scheduler` and `dask worker` start them."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scheduler.json"
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._log = (folder / "log.txt").open("wb")
        self._scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        # The file is there before its words are.
        while not (self._file.is_file() and self._file.read_text("utf-8").rstrip().endswith("}")):
            assert self._scheduler.poll() is None
            time.sleep(0.05)
        self.address: str = json.loads(self._file.read_text("utf-8"))["address"]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], "--scheduler-file", str(self._file)]
        paths = os.pathsep.join([str(HOME), str(Path(__file__).parent)])
        return subprocess.Popen(
            [*command, *words[1:]], stdout=self._log, stderr=self._log, env=os.environ | {"PYTHONPATH": paths}
        )

    @property
    def workers(self) -> Workers:
        return Workers(engine="dask", scheduler=self.address)

    def add(self, name: str, n_threads: int = 1) -> None:
        """Start a worker that stays dead when it is killed."""
        words = ("--name", name, "--nthreads", str(n_threads), "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        self._workers[name] = self._start("worker", *words)

    def kill(self, name: str) -> None:
        worker = self._workers.pop(name)
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def names(self) -> set[str]:
        return set(self._workers)

    def stop(self) -> None:
        for name in list(self._workers):
            self.kill(name)
        self._scheduler.kill()
        self._scheduler.wait()
        self._log.close()


@pytest.fixture
def start_cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    started: list[Cluster] = []

    def start(*names: str, n_threads: int = 1) -> Cluster:
        started.append(Cluster(tmp_path))
        for name in names:
            started[0].add(name, n_threads)
        if names:
            with Client(started[0].address, set_as_default=False) as client:
                client.wait_for_workers(len(names), timeout=120)
        return started[0]

    yield start
    for one in started:
        one.stop()


def endless(taken: list[int]) -> Iterator[int]:
    while True:
        taken.append(len(taken))
        yield taken[-1]


def failing(n: int) -> int:
    if n == 2:
        raise ZeroDivisionError(f"piece {n}")
    return n


# Any engine


@pytest.fixture(params=["one process", "two processes", "two workers"])
def workers(request: pytest.FixtureRequest) -> Workers:
    if request.param == "two workers":
        made: Cluster = request.getfixturevalue("start_cluster")("a", "b")
        return made.workers
    return Workers(1 if request.param == "one process" else 2)


def test_results_come_in_the_order_of_the_work(workers: Workers) -> None:
    def late_first(n: int) -> int:
        time.sleep(0.3 if n == 0 else 0)
        return n * n

    assert list(each(late_first, range(20), workers)) == [n * n for n in range(20)]
    assert list(each(late_first, [], workers)) == []


def test_work_is_taken_only_as_far_as_there_is_room(workers: Workers) -> None:
    taken: list[int] = []
    results = each(lambda n: -n, endless(taken), workers)
    assert taken == []
    assert next(results) == 0
    time.sleep(0.2)
    assert len(taken) <= WINDOW * 2
    assert [next(results) for _ in range(30)] == [-n for n in range(1, 31)]
    assert len(taken) <= 31 + WINDOW * 2


def test_the_fault_of_a_piece_reaches_the_caller(workers: Workers) -> None:
    results = each(failing, range(5), workers)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError, match="piece 2"):
        next(results)


def test_an_error_with_advice_reaches_the_caller(workers: Workers) -> None:
    def refuse(_: int) -> int:
        raise PipelineError(ErrorCode.INVALID_MODEL, found="a", expected="b", do="c")

    with pytest.raises(PipelineError) as caught:
        list(each(refuse, [1], workers))
    assert (caught.value.code, caught.value.do) == (ErrorCode.INVALID_MODEL, "c")


# Processes of this computer


@pytest.mark.parametrize(
    ("jobs", "n_bytes", "cores", "expected"),
    [(1, 10**9, 8, 1), (3, 10, 8, 3), (0, 10, 8, 1), (0, 10**9, 8, 8), (0, 180_000, 8, 3), (0, 10**9, None, 1)],
)
def test_as_many_processes_as_pay_off(
    monkeypatch: pytest.MonkeyPatch, jobs: int, n_bytes: int, cores: int | None, expected: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert engine.processes(jobs, n_bytes) == expected
    assert Workers(jobs).for_bytes(n_bytes) == Workers(expected)


def test_one_process_starts_and_pickles_nothing() -> None:
    here = os.getpid()
    lock = (n for n in range(1))  # a generator cannot be pickled
    assert list(each(lambda piece: (os.getpid(), piece is lock), [lock], Workers())) == [(here, True)]


def test_each_of_several_processes_computes_with_one_thread() -> None:
    def told(_: int) -> tuple[int, str | None]:
        return os.getpid(), os.environ.get("OMP_NUM_THREADS")

    found = list(each(told, range(4), Workers(2)))
    assert os.getpid() not in {pid for pid, _ in found}
    assert {threads for _, threads in found} == {"1"}


def test_a_killed_process_is_an_error_with_advice() -> None:
    def die(n: int) -> int:
        if n == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return n

    with pytest.raises(PipelineError, match="--jobs") as caught:
        list(each(die, range(8), Workers(2)))
    assert caught.value.code == ErrorCode.ENGINE
    assert list(each(abs, [-1, -2], Workers(2))) == [1, 2], "the next stage gets new processes"


# A cluster


def test_the_pieces_of_a_killed_worker_are_done_by_others(
    start_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    made = start_cluster("a", "b")

    def named(n: int) -> tuple[int, str]:
        name = str(get_worker().name)
        (tmp_path / f"{name}-{n}").touch()
        time.sleep(0.1)
        return n, name

    results = each(named, range(40), made.workers)
    seen = [next(results) for _ in range(2)]
    seen += [next(results) for _ in range(10)]
    assert list(tmp_path.glob("b-*"))
    made.kill("b")
    seen += results
    assert [n for n, _ in seen] == list(range(40))
    assert {name for _, name in seen[-10:]} == {"a"}


@pytest.mark.slow
def test_a_whole_run_with_four_three_and_two_workers(
    bare_plan: Plan, outputs: Path, start_cluster: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice a worker is killed while it holds work."""
    made = start_cluster("a", "b", "c", "d")
    monkeypatch.setattr("pipeline.work.chain.MOST_DOCUMENTS", 1)
    monkeypatch.setattr("pipeline.work.ingesting.MOST_FILES", 1)
    of_documents = [stage.name for stage in STAGES.values() if stage.name not in {"index", "report"}]
    for n_workers, kill_after, names in [(4, 0, of_documents), (3, 3, of_documents), (2, None, list(STAGES))]:
        assert len(made.names()) == n_workers
        with monkeypatch.context() as patch:
            if kill_after is not None:
                patch.setattr(cluster, "_take", Killer(made, kill_after, cluster._take))
            run(replace(bare_plan, workers=made.workers, force=True), names)
        assert contents(bare_plan.outputs).items() <= contents(outputs).items()
        assert verify(bare_plan.outputs, bare_plan.corpus).drift == []


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name: path.read_bytes() for path in paths if path.name[0] != "." and path.name != "manifest.json"}


class Killer:
    """Takes results; after some of them it kills the first worker that it finds at work."""

    def __init__(self, made: Cluster, after: int, take: Callable[[Client, Future], Any]) -> None:
        self._made, self._left, self._take = made, after, take
        self._killed = False

    def __call__(self, client: Client, future: Future) -> Any:
        self._left -= 1
        while self._left < 0 and not self._killed and not future.done():
            self._kill_a_busy_one(client)
        return self._take(client, future)

    def _kill_a_busy_one(self, client: Client) -> None:
        busy = [address for address, tasks in client.processing().items() if tasks]
        if busy:
            self._made.kill(client.scheduler_info(n_workers=-1)["workers"][busy[0]]["name"])
            self._killed = True


HERE = {"pop": "1", "spacy": "3.8"}


@pytest.mark.parametrize(
    ("there", "n_threads", "told"),
    [
        ({"pop": "2", "spacy": "3.8"}, 1, ["worker w: pop 2.", "pop 1", "requirements.lock"]),
        ({"pop": "1"}, 1, ["worker w: spacy None.", "spacy 3.8"]),
        (HERE, 4, ["worker w with 4 threads", "--nthreads 1"]),
    ],
)
def test_a_worker_that_could_give_other_results_is_refused(
    there: dict[str, str], n_threads: int, told: list[str]
) -> None:
    with pytest.raises(PipelineError) as caught:
        cluster.check("w", n_threads, there, HERE)
    assert caught.value.code == ErrorCode.ENGINE
    assert [words for words in told if words not in str(caught.value)] == []


def test_a_worker_like_this_computer_is_not_refused() -> None:
    cluster.check("w", 1, cluster.installed(), cluster.installed())
    assert {"pop", "source of pop", "Python", "spacy", "onnxruntime"} <= cluster.installed().keys()


def test_another_computer_needs_the_same_instruments_and_models(tools: Tools, tmp_path: Path) -> None:
    with open_kept(tmp_path) as kept:
        needs = {
            need: sha for stage in ("tag", "map") for need, sha in basis_of(STAGES[stage], tools, kept).needs.items()
        }
    require_same(tools, tuple(needs.items()))
    with pytest.raises(PipelineError, match="another theme model and another rubric than") as caught:
        require_same(tools, tuple((needs | {"theme_model": "0", "rubric": "1"}).items()))
    assert caught.value.code == ErrorCode.ENGINE
    shutil.copytree(HOME / "models" / "themes", tmp_path / "models" / "themes")
    elsewhere = replace(tools, models_path=tmp_path / "models")
    require_same(elsewhere, tuple(needs.items()))
    (tmp_path / "models" / "themes" / "model.json").write_text("{}", "utf-8")
    require_same.cache_clear()
    with pytest.raises(PipelineError, match="another theme model than"):
        require_same(elsewhere, tuple(needs.items()))


def test_workers_are_looked_at(start_cluster: Callable[..., Cluster]) -> None:
    made = start_cluster("broad", n_threads=2)
    with pytest.raises(PipelineError, match="worker broad with 2 threads"):
        list(each(abs, [1], made.workers))


def test_nobody_waits_for_ever(start_cluster: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    made = start_cluster()
    with pytest.raises(PipelineError, match=rf"no worker at {made.address}"):
        list(each(abs, [1], made.workers))
    made.stop()
    with pytest.raises(PipelineError, match=rf"no scheduler at {made.address}"):
        list(each(abs, [1], made.workers))


def test_a_scheduler_that_goes_away(start_cluster: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 5)
    made = start_cluster("a")
    results = each(abs, endless([]), made.workers)
    next(results)
    made.stop()
    with pytest.raises(PipelineError, match="connection to the scheduler was lost"):
        list(results)


def test_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PipelineError, match=r"pip install -e '\.\[dask\]'"):
        list(each(abs, [1], Workers(engine="dask", scheduler=NOWHERE)))


# The command line


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--engine", "dask"], "--scheduler"),
        (["--scheduler", NOWHERE], "--engine dask"),
        (["--engine", "local", "--scheduler", NOWHERE], "--engine dask"),
        (["--engine", "dask", "--scheduler", "10.0.0.5:8786"], "no address such as tcp://"),
        (["--engine", "dask", "--scheduler", "tcp://host"], "no address such as tcp://"),
    ],
)
@pytest.mark.parametrize("command", ["run", "tag"])
def test_engine_and_scheduler_go_together(command: str, words: list[str], told: str) -> None:
    result = CliRunner().invoke(main, [command, *words])
    assert result.exit_code == ExitCode.USAGE
    assert told in result.stderr


def test_a_cluster_that_cannot_be_reached(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    folders = ["--corpus", str(corpus), "--outputs", str(tmp_path / "new")]
    result = CliRunner().invoke(main, ["ingest", *folders, "--engine", "dask", "--scheduler", NOWHERE])
    assert result.exit_code == ExitCode.BAD_INPUT
    assert [line.split(":")[0].strip() for line in result.stderr.splitlines()] == [
        "Error", "found", "expected", "what to do",
    ]  # fmt: skip
    assert not (tmp_path / "new" / "documents.jsonl").exists()
