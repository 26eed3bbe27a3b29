"""Search by meaning: the vectors beside the index, and the questions to them. Texts are read by a stand-in."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from builders import bundle, codebook, document, passages, quote, rubric, segment, tag
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from pipeline.cli.query import command
from pipeline.corpus_records import CorpusRecords
from pipeline.errors import ErrorCode, PipelineError
from pipeline.plan import Plan
from pipeline.query import Filter, nearest
from pipeline.records import Bundle
from pipeline.stages.index import VECTORS, build_index
from pipeline.stages.index.vectors import as_numbers
from pipeline.tools import Tools

CODEBOOK = codebook("equity", "succession")
RUBRIC = rubric({"Shared work": {"12": ["12a"]}})
WORDS = ["heir", "money", "time"]


class Reader:
    """A text means how often it names each of three words; remembers what it was asked to read."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        counts = np.array([[text.count(word) for word in WORDS] + [0.2] for text in texts], dtype=np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def meeting() -> Bundle:
    doc = document(
        "Who is next?\n\nNo heir. “The heir left, the heir.”\n\n"
        "Money\n\nWe lack money. We lack time.\n\nThe money is gone."
    )
    title, heir, money, lack, gone = passages(doc)
    outer = segment([title, heir], kind="problem_of_practice")
    inner = segment([money, lack], parent_id=outer.id, level=2)
    said = quote(heir, "The heir left, the heir.", id="heir")
    return bundle(doc, segments=[outer, inner, segment([gone])], quotes=[said], tags=[tag(lack, "equity")])


def notes() -> Bundle:
    doc = document("Time, time. The money is gone.", id="d2")
    return bundle(doc, quotes=[quote(passages(doc)[0], "The money is gone.", id="gone")])


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("like") / "corpus.db"
    build_index(path, CorpusRecords.of([meeting(), notes()]), CODEBOOK, RUBRIC, Reader())
    return path


def about(word: str) -> Any:
    return Reader().encode([word])[0]


@pytest.mark.parametrize(
    ("unit", "word", "wanted", "ids"),
    [
        ("quote", "heir", {}, ["heir", "gone"]),
        ("quote", "money", {}, ["gone", "heir"]),
        ("passage", "heir", {}, ["d1-p1", "d1-p0", "d1-p2", "d1-p4", "d1-p3", "d2-p0"]),
        ("passage", "money", {"themes": ("equity",)}, ["d1-p3"]),
        ("passage", "money", {"text": "money", "document": "d1"}, ["d1-p4", "d1-p3", "d1-p2"]),
        ("passage", "heir", {"text": "nowhere"}, []),
        ("segment", "heir", {}, ["d1-s0", "d1-s2", "d1-s4"]),
        ("segment", "money", {}, ["d1-s4", "d1-s0", "d1-s2"]),
        ("problem", "money", {}, ["d1-s0"]),
        ("document", "time", {}, ["d1", "d2"]),
        ("document", "heir", {}, ["d1", "d2"]),
    ],
)
def test_the_nearest_come_first(database: Path, unit: str, word: str, wanted: dict[str, Any], ids: list[str]) -> None:
    found = nearest(database, Filter(**wanted), about(word), unit=unit)
    assert [hit.id for hit in found] == ids
    near = [hit.similarity for hit in found if hit.similarity is not None]
    assert near == sorted(near, reverse=True)
    assert len(near) == len(found)


def test_a_segment_is_shown_by_its_nearest_passage(database: Path) -> None:
    (hit,) = nearest(database, Filter(), about("money"), unit="problem")
    assert (hit.passage_id, hit.snippet) == ("d1-p3", "We lack money. We lack time.")


def test_limit_and_offset(database: Path) -> None:
    every = nearest(database, Filter(), about("heir"), unit="passage", limit=None)
    assert len(every) == 6
    for limit in range(7):
        for offset in range(7):
            found = nearest(database, Filter(), about("heir"), unit="passage", limit=limit, offset=offset)
            assert found == every[offset : offset + limit]


def test_each_text_of_a_document_is_read_once(tmp_path: Path) -> None:
    reader = Reader()
    build_index(tmp_path / "corpus.db", CorpusRecords.of([meeting_again()]), CODEBOOK, RUBRIC, reader)
    assert len(reader.asked) == len(set(reader.asked))


def test_words_that_the_last_index_held_are_not_read_again(tmp_path: Path) -> None:
    build_index(tmp_path / "corpus.db", CorpusRecords.of([meeting(), notes()]), CODEBOOK, RUBRIC, Reader())
    before = (tmp_path / VECTORS).read_bytes()
    reader = Reader()
    other = codebook("equity", "succession", "trust")
    build_index(tmp_path / "corpus.db", CorpusRecords.of([meeting(), notes()]), other, RUBRIC, reader)
    assert (reader.asked, (tmp_path / VECTORS).read_bytes()) == ([], before)
    build_index(tmp_path / "corpus.db", CorpusRecords.of([notes()]), other, RUBRIC, reader, anew=True)
    assert len(reader.asked) == 2


def meeting_again() -> Bundle:
    return bundle(document(meeting().document.text, id="d3"))


def test_the_same_records_give_the_same_vectors(tmp_path: Path, database: Path) -> None:
    build_index(tmp_path / "corpus.db", CorpusRecords.of(iter([meeting(), notes()])), CODEBOOK, RUBRIC, Reader())
    assert (tmp_path / VECTORS).read_bytes() == (database.parent / VECTORS).read_bytes()
    assert (tmp_path / "corpus.db").read_bytes() == database.read_bytes()


def test_other_programs_can_read_the_file(database: Path) -> None:
    arrays = load_file(database.parent / VECTORS)
    assert arrays["passages"].shape == (6, 4)
    restored = arrays["quotes"][0] * arrays["quotes_scale"][0]
    assert restored @ about("heir") == pytest.approx(
        Reader().encode(["The heir left, the heir."])[0] @ about("heir"), abs=0.01
    )


@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([1e-6, 1.0]), zeros=st.integers(0, 384))
def test_whole_numbers_are_near_enough(seed: int, size: float, zeros: int) -> None:
    vector = (size * np.random.default_rng(seed).normal(size=(1, 384))).astype(np.float32)
    vector[:, :zeros] = 0
    vector /= max(np.linalg.norm(vector), 1e-6)
    numbers, scales = as_numbers(vector)
    assert numbers.dtype == np.int8
    assert np.abs(numbers * scales[:, None] - vector).max() <= max(scales[0], 1e-6) * 0.51


@pytest.mark.parametrize("damage", ["missing", "other", "broken", "empty", "short"])
def test_vectors_that_do_not_fit(database: Path, tmp_path: Path, damage: str) -> None:
    shutil.copy(database, tmp_path / "corpus.db")
    content = (database.parent / VECTORS).read_bytes()
    contents = {
        "other": content.replace(b'"fingerprint": "', b'"fingerprint": "0'),
        "broken": b"no vectors at all, but long enough",
        "empty": b"",
        "short": content[:-100],
    }
    if damage == "other":
        build_index(tmp_path / "other" / "corpus.db", CorpusRecords.of([notes()]), CODEBOOK, RUBRIC, Reader())
        contents["other"] = (tmp_path / "other" / VECTORS).read_bytes()
    if damage in contents:
        (tmp_path / VECTORS).write_bytes(contents[damage])
    with pytest.raises(PipelineError, match="pop index --force") as caught:
        nearest(tmp_path / "corpus.db", Filter(), about("heir"))
    assert caught.value.code in {ErrorCode.MISSING_FILE, ErrorCode.DAMAGED_FILE}


def test_an_index_without_vectors_says_so(tmp_path: Path) -> None:
    build_index(tmp_path / "corpus.db", CorpusRecords.of([notes()]), CODEBOOK, RUBRIC)
    with pytest.raises(PipelineError, match="pop index --force"):
        nearest(tmp_path / "corpus.db", Filter(), about("heir"))


def test_an_empty_corpus(tmp_path: Path) -> None:
    build_index(tmp_path / "corpus.db", CorpusRecords.of([]), CODEBOOK, RUBRIC, Reader())
    for unit in ("quote", "passage", "segment", "problem", "document"):
        assert nearest(tmp_path / "corpus.db", Filter(), about("heir"), unit=unit) == []


def test_the_whole_way_with_the_encoder(outputs: Path, tools: Tools) -> None:
    result = CliRunner().invoke(
        command,
        ["--like", "principals leave and nobody is ready to succeed them", "--unit", "passage", "--limit", "2",
         "--json", "--outputs", str(outputs)],
        catch_exceptions=False,
    )  # fmt: skip
    first = json.loads(result.stdout.splitlines()[0])
    assert "nine principals in ten years" in first["text"]
    assert 0.3 < first["similarity"] < 1
    vector = tools.encoder.encode([first["text"]])[0]
    (same, *_) = nearest(outputs / "corpus.db", Filter(), vector, unit="passage")
    assert (same.id, same.similarity) == (first["id"], pytest.approx(1, abs=0.002))


def test_the_manifest_names_the_vectors(plan: Plan) -> None:
    manifest = msgspec.json.decode((plan.outputs / "manifest.json").read_bytes())
    assert VECTORS in [entry["path"] for entry in manifest["outputs"]]


@pytest.mark.parametrize("arguments", [["--like", "heir", "--sort", "date"], ["--like", " "]])
def test_what_makes_no_sense(database: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(command, [*arguments, "--outputs", str(database.parent)])
    assert result.exit_code == 2 or isinstance(result.exception, PipelineError)
