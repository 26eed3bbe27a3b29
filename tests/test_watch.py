"""A document that takes too long, or fills the memory, is broken off and named; the others go on."""

import contextlib
import re
import signal
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pipeline import engine, watch
from pipeline.config import Settings
from pipeline.engine import Workers
from pipeline.errors import ErrorCode, PipelineError
from pipeline.stages import ingest
from pipeline.stages.ingest import Ingested, ingest_file
from pipeline.stages.ingest.from_pdf import read_pdf
from pipeline.watch import Stopped, watched
from tests.test_ingest_bad_input import pdf

SHORT = Settings(max_seconds=0.5)
SMALL = Settings(max_memory_bytes=50_000_000)


def spin() -> None:
    while True:
        pass


def spin_and_swallow() -> None:
    """Work on, as a library does that takes every exception for a damaged page."""
    while True:
        with contextlib.suppress(Exception):
            spin()


def match_for_ever() -> None:
    re.match(r"(a+)+$", "a" * 40 + "b")


def fill_the_memory() -> None:
    held = []
    while True:
        held.append(b"x" * 1_000_000)


def nest() -> None:
    nest()


def ask_for_too_much() -> None:
    raise MemoryError


@pytest.mark.parametrize(
    ("work", "settings", "code"),
    [
        (spin, SHORT, ErrorCode.TOO_SLOW),
        (spin_and_swallow, SHORT, ErrorCode.TOO_SLOW),
        (match_for_ever, SHORT, ErrorCode.TOO_SLOW),
        (fill_the_memory, SMALL, ErrorCode.TOO_LARGE),
        (nest, Settings(), ErrorCode.DAMAGED_FILE),
        (ask_for_too_much, Settings(), ErrorCode.TOO_LARGE),
    ],
)
def test_what_takes_too_much_is_broken_off(work: Callable[[], None], settings: Settings, code: ErrorCode) -> None:
    began = time.process_time()
    with pytest.raises(PipelineError) as caught, watched(settings):
        work()
    assert caught.value.code == code
    assert time.process_time() - began < 3


def test_what_takes_little_is_left_alone_and_so_is_the_timer() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with watched(SHORT):
        pass
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) == before
    until = time.process_time() + 0.8
    while time.process_time() < until:
        pass  # nobody looks any more


def test_each_document_has_its_own_time() -> None:
    for _ in range(3):
        with watched(SHORT):
            until = time.process_time() + 0.3
            while time.process_time() < until:
                pass


def test_errors_of_the_work_come_through() -> None:
    with pytest.raises(ZeroDivisionError), watched(SHORT):
        _ = 1 / 0


def test_where_there_is_no_timer_the_work_is_done_all_the_same() -> None:
    done = []

    def work() -> None:
        with watched(SHORT):
            done.append(signal.getitimer(signal.ITIMER_PROF))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [(0, 0)]


def _has_a_timer(_: int) -> bool:
    with watched(SHORT):
        return signal.getitimer(signal.ITIMER_PROF)[1] > 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_all_processes_of_the_engine_have_a_timer(jobs: int) -> None:
    assert list(engine.each(_has_a_timer, range(4), Workers(jobs))) == [True] * 4


def _texts(results: list[Ingested]) -> list[str | None]:
    return [result.document.text if result.document else None for result in results]


def test_the_other_documents_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "slow", "z"):
        (tmp_path / f"{name}.txt").write_text(f"The {name} meeting was short.", encoding="utf-8")
    read = ingest._read
    monkeypatch.setattr(ingest, "_read", lambda content, *rest: spin() if b"slow" in content else read(content, *rest))
    results = [ingest_file(tmp_path, f"{name}.txt", settings=SHORT) for name in ("a", "slow", "z")]
    assert _texts(results) == ["The a meeting was short.", None, "The z meeting was short."]
    [refusal] = results[1].refusals
    assert refusal.error == ErrorCode.TOO_SLOW
    assert "more than 0.5 seconds" in refusal.message
    assert "--max-seconds" in refusal.message


# --- PDF: what comes out of its streams -------------------------------------------------------------------------------


def packed_pdf(content: bytes, *, times: int = 1) -> bytes:
    """Return a PDF whose only page is packed, as often as is asked for."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    filters = b"/Filter [%s]" % (b"/FlateDecode " * times)
    stream = b"<< /Length %d %s >>\nstream\n%s" % (len(content), filters, content)
    return pdf(b"~").replace(b"<< /Length 1 >>\nstream\n~", stream)


WORDS = b"BT /F1 12 Tf 72 700 Td (The nine superintendents met at the depot.) Tj ET\n"


@pytest.mark.parametrize("times", [1, 2, 3])
def test_packed_words_are_read(times: int) -> None:
    [block] = read_pdf(packed_pdf(WORDS, times=times)).blocks
    assert block.text == "The nine superintendents met at the depot."


@pytest.mark.parametrize("times", [1, 2])
def test_a_bomb_in_a_stream_is_refused_before_it_is_unpacked(times: int) -> None:
    bomb = packed_pdf(b" " * 50_000_000, times=times)
    assert len(bomb) < 60_000
    before = watch.memory()
    with pytest.raises(PipelineError) as caught:
        read_pdf(bomb, max_unpacked=1_000_000)
    assert caught.value.code == ErrorCode.TOO_LARGE
    assert "more than 1,000,000 bytes" in caught.value.found
    assert watch.memory() - before < 20_000_000


def test_a_stream_that_is_cut_off_or_has_a_wrong_sum_is_read_as_far_as_it_goes() -> None:
    packed = zlib.compress(WORDS * 3)
    for damaged in (packed[:-4], packed[:-4] + b"\x00\x00\x00\x00"):
        content = packed_pdf(WORDS * 3).replace(packed, damaged)
        assert "superintendents" in read_pdf(content).blocks[0].text


def test_the_budget_is_each_documents_own() -> None:
    content = packed_pdf(WORDS + b" " * 600_000)
    for _ in range(3):
        assert read_pdf(content, max_unpacked=1_000_000).blocks


def test_settings_reach_the_readers(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(packed_pdf(WORDS + b" " * 600_000))
    small = msgspec.structs.replace(Settings(), max_unpacked_bytes=500_000)
    [refusal] = ingest_file(tmp_path, "a.pdf", settings=small).refusals
    assert refusal.error == ErrorCode.TOO_LARGE
    assert ingest_file(tmp_path, "a.pdf", settings=Settings()).document is not None


def test_stopping_is_no_error_that_a_library_could_swallow() -> None:
    assert not issubclass(Stopped, Exception)
