"""The benchmarks: arithmetic on costs, the page, and what a measured process tells. Nothing is timed here."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "bench"))
import benchmarks
import measurements
from bare_models import close_batches, texts_of
from benchmarks_page import page
from measurements import ADDED, MODELS, ONE, RUN, RUN_ON_TWO, UNCHANGED, Cost, Measured, Ratio

BENCH = Path(__file__).parent / "bench"


def _cost(cpu: float, wall: float = 1.0, mb: float = 100.0, **parts: float) -> Cost:
    return Cost(cpu=cpu, wall=wall, mb=mb, parts=parts)


def _measured(documents: int = 101, words: int = 40_400, **runs: list[Cost]) -> Measured:
    return Measured(
        documents=documents,
        words=words,
        each="300–400",
        date="2031-05-06",
        version="1.2 (abc)",
        machine={
            "processor": "Abacus, 2 cores",
            "memory": "8 GB",
            "system": "Linux 7",
            "Python": "3.14",
            "numpy": "9.1",
        },
        rounds=3,
        runs={name.replace("_", " "): found for name, found in runs.items()},
    )


# --- arithmetic ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ([4.0], [2.0], Ratio(2, 2, 2, 1)),
        ([2.0, 3.0, 9.0], [1.0, 2.0, 3.0], Ratio(2, 1.5, 3, 3)),  # 2, 1.5, 3: not the ratio of the medians
        ([1.0, 1.0, 1.0, 8.0], [1.0, 2.0, 4.0, 1.0], Ratio(0.75, 0.25, 8, 4)),
        ([1.0, 2.0], [4.0], Ratio(0.25, 0.25, 0.25, 1)),  # a round that was broken off has no pair
        ([], [1.0], None),
    ],
)
def test_ratios_are_of_runs_in_the_same_round(above: list[float], below: list[float], expected: Ratio | None) -> None:
    assert measurements.ratio(above, below) == expected


def test_medians_and_the_largest_memory() -> None:
    one = _measured(run=[_cost(3, mb=50), _cost(1, mb=90), _cost(2, mb=10)])
    assert (one.median(RUN), one.median(RUN, "mb"), one.largest(RUN), one.rounds) == (2, 50, 90, 3)
    assert (one.median("tag"), one.largest("tag")) == (None, None)


def test_what_starting_costs_is_no_cost_of_a_document() -> None:
    one = _measured(run=[_cost(25)], one_document=[_cost(5)])
    assert measurements.per_document(one) == pytest.approx(0.2)
    assert measurements.per_thousand_words(one) == pytest.approx(0.5)
    assert measurements.per_document(_measured(run=[_cost(25)])) is None


def test_growth_is_by_words_so_that_long_documents_do_not_count_as_dear() -> None:
    small = _measured(run=[_cost(25)], one_document=[_cost(5)])
    large = _measured(1001, 801_001, run=[_cost(405)], one_document=[_cost(5)])
    assert measurements.per_document(large) == pytest.approx(0.4)
    assert measurements.growth(large, small) == pytest.approx(0, abs=0.01)


def test_the_models_are_compared_round_by_round_with_their_loading() -> None:
    models = [
        _cost(99, loading=1, spacy=4, minilm=5, minilm_close=3),
        _cost(99, loading=2, spacy=8, minilm=10, minilm_close=6),
    ]
    one = _measured(run=[_cost(5), _cost(20)], models=models)
    assert measurements.whole_to_models(one) == Ratio(0.75, 0.5, 1, 2)
    assert measurements.beyond_starting(one) is None
    one.runs[ONE] = [_cost(0.5), _cost(11)]
    assert measurements.beyond_starting(one) == Ratio(0.5, 0.5, 0.5, 2)
    assert measurements.whole_to_models(one, "minilm_close") == Ratio((5 / 8 + 20 / 16) / 2, 5 / 8, 20 / 16, 2)


def test_the_second_process_is_judged_by_the_clock() -> None:
    one = _measured(run=[_cost(1, wall=20), _cost(1, wall=30)], run_on_two=[_cost(9, wall=10), _cost(9, wall=20)])
    assert measurements.speedup(one) == Ratio(1.75, 1.5, 2, 2)


def test_how_busy_others_were_is_the_median_of_the_runs_asked_for() -> None:
    one = _measured(run=[Cost(1, 1, 1, others=0.5), Cost(1, 1, 1, others=0.1)], tag=[Cost(1, 1, 1, others=2.0)])
    assert (one.busy(RUN), one.busy(), one.busy("map")) == (pytest.approx(0.3), 0.5, 0)


@pytest.mark.parametrize(
    ("wall", "others", "expected"), [(0.9, 0.0, "yes"), (0.9, 1.5, "yes"), (1.2, 0.1, "no"), (1.2, 1.5, "busy")]
)
def test_a_slow_clock_proves_nothing_while_others_work(wall: float, others: float, expected: str) -> None:
    one = _measured(nothing_changed=[Cost(0.5, wall, 1, others=others)])
    assert _row(page([one]), "What does a new document cost?", "101")[-1] == expected


def test_more_work_than_the_target_allows_is_missed_however_busy_others_are() -> None:
    one = _measured(one_added=[Cost(6, 20, 1, others=1.5)])
    assert _row(page([one]), "What does a new document cost?", "101")[-1] == "no"


@pytest.mark.parametrize(("documents", "seconds"), [(100, 1.001), (10_000, 1.1)])
def test_what_a_run_with_nothing_to_do_may_take(documents: int, seconds: float) -> None:
    assert measurements.allowed_unchanged(documents) == pytest.approx(seconds)


@pytest.mark.parametrize(("documents", "rounds"), [(10, 5), (100, 5), (1000, 3), (10_000, 1)])
def test_large_corpora_are_measured_less_often(documents: int, rounds: int) -> None:
    assert benchmarks.rounds_for(documents) == rounds


def test_what_was_measured_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.json"
    assert measurements.load(path) == {}
    one, other = _measured(run=[_cost(2, spacy=1.5)]), _measured(7)
    measurements.save(path, {101: one, 7: other})
    assert measurements.load(path) == {7: other, 101: one}
    assert [found["documents"] for found in json.loads(path.read_text())] == [7, 101]


# --- the page --------------------------------------------------------------------------------------------------------


def _row(text: str, title: str, first: str) -> list[str]:
    """The cells of the row of a table that begins with so many documents."""
    table = text.split(f"## {title}\n")[1].split("\n## ", maxsplit=1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    return next(row for row in rows if row[0] == first)


def test_the_page_answers_from_what_was_measured() -> None:
    parts = {"loading": 2.0, "spacy": 10.0, "minilm": 28.0, "minilm_close": 18.0}
    one = _measured(
        run=[_cost(25, wall=30, mb=700)],
        run_on_two=[_cost(30, wall=15, mb=600)],
        one_document=[_cost(5)],
        models=[_cost(58, **parts)],
        nothing_changed=[_cost(0.5, wall=0.7)],
        one_added=[_cost(4, wall=6, mb=400)],
        tag=[_cost(10, wall=11, mb=1600)],
    )
    one.same = True
    text = page([one])
    assert _row(text, "How long will my documents take?", "101") == (
        ["101", "40,400", "1", "30.0 s", "25.0 s", "3.37", "1,347"]
    )
    assert _row(text, "How long will my documents take?", "2,000") == ["2,000", "5 min 55 s", "25 min 5 s"]
    assert _row(text, "What does a new document cost?", "101")[1:] == [
        "nothing changed", "0.70 s", "0.50 s", "under 1.00 s", "yes",
    ]  # fmt: skip
    assert _row(text, "How much memory?", "101") == ["101", "700", "600", "400", "", "", "", "1600", "", "", "", "no"]
    assert _row(text, "Does a second core help?", "101") == ["101", "30.0 s", "15.0 s", "2.00", "1.20", "yes", "yes"]
    assert _row(text, "What would the bare models cost?", "101")[1:] == [
        "10.0 s", "28.0 s", "18.0 s", "2.00 s", "25.0 s", "0.62", "0.83", "yes",
    ]  # fmt: skip
    assert "| 101       | 0.53         | 0.71    |" in text
    assert _row(text, "Does a document cost more in a large corpus?", "101")[1:4] == ["5.00 s", "200 ms", "500 ms"]
    assert _row(text, "Which stage takes the time?", "101")[1:4] == ["tag", "10.0 s", "11.0 s"]
    assert _row(text, "What was measured, when, on what?", "101")[2:] == ["3", "2031-05-06", "1.2 (abc)", "0.00"]
    assert "Abacus, 2 cores; 8 GB; Linux 7; Python 3.14; numpy 9.1" in text


@pytest.mark.parametrize(
    ("wall", "added", "expected"), [(0.9, 4.9, ["yes", "yes"]), (1.2, 5.1, ["no", "no"])]
)  # fmt: skip
def test_targets_that_are_missed_are_said_to_be(wall: float, added: float, expected: list[str]) -> None:
    one = _measured(runs_of_nothing=[], nothing_changed=[_cost(1, wall=wall)], one_added=[_cost(1, wall=added)])
    table = page([one]).split("## What does a new document cost?")[1].split("\n## ")[0]
    assert re.findall(r"\| (yes|no) +\|", table) == expected


def test_a_larger_corpus_is_compared_with_the_smallest() -> None:
    small = _measured(run=[_cost(25)], one_document=[_cost(5)])
    large = _measured(1010, 404_000, run=[_cost(265)], one_document=[_cost(5)])
    text = page([large, small])
    assert _row(text, "Does a document cost more in a large corpus?", "1,010")[4:] == ["+29%", "no"]


def test_what_was_not_measured_is_not_made_up() -> None:
    text = page([_measured()])
    assert text.count("Not measured yet.") == 7
    assert "None" not in text
    assert page([]).count("Not measured yet.") == 8


def test_no_line_of_the_page_begins_with_a_space_in_a_table() -> None:
    text = page([_measured(run=[_cost(2)], one_document=[_cost(1)])])
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)
    assert len({UNCHANGED, ADDED, MODELS, ONE, RUN, RUN_ON_TWO}) == 6


# --- processes -------------------------------------------------------------------------------------------------------


def _measure(code: str) -> dict[str, object]:
    command = [sys.executable, str(BENCH / "measured_process.py"), sys.executable, "-S", "-c", code]
    found: dict[str, object] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def test_a_process_tells_its_last_line_and_its_exit_code() -> None:
    found = _measure("print('one'); print('two'); raise SystemExit(3)")
    assert (found["said"], found["exit"]) == ("two", 3)


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")
def test_memory_of_a_process_that_outlives_its_parent_is_counted() -> None:
    child = "import time; time.sleep(0.2); held = bytearray(150 * 2**20)"
    found = _measure(f"import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {child!r}])")
    assert isinstance(found["mb"], float)
    assert 150 < found["mb"] < 250


def test_a_sample_takes_whole_documents(tmp_path: Path) -> None:
    path = tmp_path / "passages.jsonl"
    records = [{"document_id": f"d{n // 2}", "text": f"t{n}"} for n in range(10)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert list(texts_of(path, 2)) == ["t0", "t1", "t4", "t5", "t8", "t9"]
    assert len(list(texts_of(path, 1))) == 10


class _Tokenizer:
    def encode(self, text: str) -> object:
        return type("Encoding", (), {"ids": list(text)})


def test_close_batches_hold_no_more_than_fits() -> None:
    texts = ["a" * 300, "b" * 200, "c" * 200, "d" * 100, "e" * 3]
    batches = list(close_batches(texts, _Tokenizer()))
    assert [[len(text) for text in batch] for batch in batches] == [[300], [200, 200], [100, 3]]


def test_an_added_document_is_a_new_one(tmp_path: Path) -> None:
    room = benchmarks.Room(tmp_path, 3, 300, 400)
    paths = [room.add(number) for number in range(2)]
    texts = [path.read_bytes() for path in paths]
    made = [one.content() for one in benchmarks.made_corpus.documents(5, 300, 400)]
    assert texts == made[3:]
    assert all(path.is_relative_to(room.corpus) for path in paths)
