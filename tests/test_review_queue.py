"""Which passages of a large corpus are reviewed, chosen by the tags in the outputs; and how little is read for it."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviewing import long_bundle, short_bundle, write_outputs

from pipeline import jsonl
from pipeline.bundles import bundles
from pipeline.corrections.decisions import PassageDecision
from pipeline.encoder import Encoder
from pipeline.errors import PipelineError
from pipeline.records import Passage
from pipeline.review import queue
from pipeline.review.meaning import vectors_of
from pipeline.review.queue import Request, by_tags
from pipeline.review.sitting import Places, prepare
from pipeline.review.survey import Entry, Mark
from pipeline.tools import Tools

NOWHERE = Path("nowhere")


@dataclass
class Reads:
    """Gives each text a direction of its own, and remembers how many it was given."""

    n: int = 0
    seen: list[str] = field(default_factory=list)

    def encode(self, texts: list[str]) -> Any:
        self.n += len(texts)
        self.seen += texts
        return np.eye(max(len(texts), 1), 384, dtype=np.float32)[: len(texts)]


@dataclass
class Instruments:
    """What a choice needs, without a model."""

    codebook: Any
    settings: Any
    encoder: Any


@pytest.fixture(scope="module")
def few(tools: Tools) -> Instruments:
    return Instruments(tools.codebook, tools.settings, Reads())


def entry(number: int, *marks: tuple[str, float], judged: bool = False, text: str | None = None) -> Entry:
    words = text or f"Team {number} looked at its figures and asked who was left out."
    return Entry(f"p{number}", "d", judged, text=words, marks=tuple(Mark(theme, p, 0.4) for theme, p in marks))


def chosen(entries: list[Entry], few: Any, n: int, done: tuple[str, ...] = (), **more: Any) -> list[str]:
    return by_tags(entries, Request(n=n, **more), NOWHERE, few, done)


def test_the_nearest_to_the_threshold_comes_first(few: Instruments) -> None:
    entries = [entry(1, ("equity", 0.9)), entry(2, ("equity", 0.42)), entry(3, ("succession", 0.5)), entry(4)]
    assert chosen(entries, few, 2) == ["p3", "p2"]  # each theme has its turn, in the order of the codebook
    assert chosen(entries, few, 1, themes=("equity",)) == ["p2"]


def test_what_needs_no_judgement_is_left_out(few: Instruments) -> None:
    entries = [
        entry(1, ("equity", 0.41), judged=True),
        entry(2, ("equity", 0.42)),
        entry(3, ("equity", 0.43), text="Few words."),
        entry(4, ("equity", 0.44)),
        entry(5, ("equity", 0.45), text=entry(4).text.upper()),
    ]
    assert chosen(entries, few, 2, done=(entry(2).text,)) == ["p4", "p3"]  # the short one only to fill up, at random


def test_where_few_have_a_tag_more_are_random(few: Instruments) -> None:
    entries = [entry(n) for n in range(30)]
    found = chosen(entries, few, 10)
    assert len(set(found)) == 10
    assert found == chosen(entries, few, 10) != sorted(found)
    assert len(chosen(entries, few, 50)) == 30


def test_no_more_is_encoded_than_is_chosen_among(few: Instruments) -> None:
    few.encoder.n = 0
    entries = [entry(n, ("equity", 0.4 + n / 10_000), ("succession", 0.9)) for n in range(3_000)]
    found = chosen(entries, few, 50)
    assert (len(set(found)), few.encoder.n <= 5 * 50) == (50, True)


MARKS = st.lists(st.tuples(st.sampled_from(["equity", "succession"]), st.sampled_from([0.41, 0.6, 0.9])), max_size=2)


@given(st.lists(st.tuples(MARKS, st.booleans()), max_size=40), st.integers(1, 30))
def test_a_choice_is_as_long_as_asked_and_holds_nothing_twice(few: Instruments, made: Any, n: int) -> None:
    entries = [entry(i, *marks, judged=judged) for i, (marks, judged) in enumerate(made)]
    found = chosen(entries, few, n)
    left = {one.id for one in entries if not one.is_judged}
    assert len(found) == len(set(found)) == min(n, len(left))
    assert set(found) <= left


def test_of_a_large_corpus_the_tags_tell(tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_READ", 10)
    monkeypatch.setattr("pipeline.learning.suggest.choose", None)  # reads everything
    places = Places(write_outputs(tmp_path / "outputs"), tmp_path / "labels")
    sitting = prepare("ana", Request(n=8), places, tools, lambda _: None)
    assert len({one.id for one in sitting.units}) == 8
    first = sitting.units[0]
    decision = PassageDecision(
        id="ana:s:1", coder="ana", at="2026-11-22T10:00:00Z", record_id=first.id, anchor=first.anchor, themes={}
    )
    sitting.desk.save([decision])
    more = prepare("ana", Request(n=9), places, tools, lambda _: None)
    assert first.id not in {one.id for one in more.units}
    assert set(sitting.desk.texts) <= {"long.txt", "short.txt"}


# What is read


def test_vectors_are_those_of_the_index(outputs: Path, encoder: Encoder, tmp_path: Path) -> None:
    passages = [one for one in jsonl.read(outputs / "passages.jsonl", Passage) if one.kind == "paragraph"]
    entries = [Entry(one.id, one.document_id, False, text=one.text) for one in passages]
    reads: Any = Reads()
    kept = vectors_of(entries, outputs, reads)
    assert reads.n == 0
    assert np.sum(kept * encoder.encode([one.text for one in entries]), axis=1) == pytest.approx(1, abs=0.01)

    changed = [Entry(entries[0].id, entries[0].document, False, text="Other words."), *entries[1:]]
    vectors_of(changed, outputs, reads)
    assert reads.seen == [one.text for one in changed]
    shutil.copy(outputs / "corpus.db", tmp_path)
    vectors_of(entries, tmp_path, reads)
    assert reads.n == 2 * len(entries)
    assert len(vectors_of([], outputs, reads)) == 0


def test_only_some_documents_are_read(tmp_path: Path) -> None:
    folder = write_outputs(tmp_path, long_bundle(3), short_bundle())
    kinds = ("documents", "passages", "segments", "quotes", "tags", "mappings")
    (found,) = bundles(folder, kinds, of={"short"})
    assert found == list(bundles(folder, kinds))[1]
    with (folder / "quotes.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("{broken\n")
    with pytest.raises(PipelineError, match=r"quotes\.jsonl"):
        list(jsonl.read(folder / "quotes.jsonl", Passage, of={"none"}))
