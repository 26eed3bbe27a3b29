"""Passages that stand in several documents: which are linked to which, however the documents came."""

import re
import sqlite3
from collections.abc import Mapping, Sequence

import pytest
from builders import document, passage
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Passage
from pipeline.stages.ingest.duplicates import Duplicates, are_alike, sketch

LONG = (
    "The superintendent asked the four principals to bring the plans that their teachers had written in spring and to "
    "tell the group what had come of them by the end of the year"
)


def _passages(path: str, texts: Sequence[str]) -> list[Passage]:
    doc = document("\n\n".join(texts), id=path)
    found = []
    for index, text in enumerate(texts):
        kind = "heading" if text.startswith("#") else "paragraph"
        found.append(passage(doc, text, kind=kind, index=index, id=f"{path}:{index}"))
    return found


def _links(documents: Mapping[str, Sequence[str]], min_words: int = 3) -> dict[str, str]:
    found = Duplicates(sqlite3.connect(":memory:"), min_words)
    found.update(dict.fromkeys(documents, "1"), lambda path: _passages(path, documents[path]))
    return _flat(found)


def _flat(found: Duplicates) -> dict[str, str]:
    return {one: first for links in found.links().values() for one, first in links.items()}


@pytest.mark.parametrize(
    ("first", "second", "linked"),
    [
        ("We kept the list.", "We kept the list.", True),
        ("We kept the list.", "“We kept THE list”", True),
        ("We kept the list.", "We kept the lists.", False),
        ("Next steps", "Next steps", False),  # too short to say anything
        ("# We kept the list", "# We kept the list", False),
        (LONG, LONG.replace("four", "five"), True),  # three runs of words are others, of thirty
        (LONG, LONG.replace("four", "five").replace("spring", "autumn"), False),  # six are
        (LONG, LONG.replace("the year", "May"), False),  # another name
        (f"On 4 May: {LONG}", f"On 5 May: {LONG}", False),  # another figure
    ],
)
def test_links(first: str, second: str, linked: bool) -> None:
    assert _links({"a": [first], "b": [second]}) == ({"b:0": "a:0"} if linked else {})


def test_all_are_linked_to_the_first_and_within_a_document_too() -> None:
    text = "We kept the list."
    assert _links({"b": [text, text], "a": ["Nothing of the kind.", text]}) == {"b:0": "a:1", "b:1": "a:1"}


WORDS = [f"{LONG} and then they {verb} it all over again" for verb in ("planned", "wrote", "read", "told")] + [
    LONG,
    f"{LONG} and all",
    "We kept the list.",
    "we kept the LIST",
    "Something else was said.",
]
_DOCUMENTS = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from(WORDS), max_size=3), max_size=5)


@given(st.lists(_DOCUMENTS, min_size=1, max_size=5))
def test_documents_that_come_and_go_leave_the_links_of_a_first_reading(corpora: list[dict[str, list[str]]]) -> None:
    found = Duplicates(sqlite3.connect(":memory:"), 3)
    for corpus in corpora:
        made = {path: repr(texts) for path, texts in corpus.items()}
        found.update(made, lambda path, corpus=corpus: _passages(path, corpus[path]))
        assert _flat(found) == _links(corpus) == _slowly(corpus)


def _slowly(documents: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Link each passage to the first before it that is like it and is linked to none."""
    passages = [one for path in sorted(documents) for one in _passages(path, documents[path])]
    firsts: list[Passage] = []
    links: dict[str, str] = {}
    for one in passages:
        like = next((first for first in firsts if _alike(first, one)), None)
        if like is None:
            firsts.append(one)
        else:
            links[one.id] = like.id
    return links


def _alike(one: Passage, other: Passage) -> bool:
    sketches = [sketch(each.text, re.findall(r"\w+", each.text.casefold())) for each in (one, other)]
    return are_alike(*sketches)
