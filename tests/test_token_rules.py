"""What rules say of tokens: the same as spaCy says, whatever stands in a text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from pipeline import nlp
from pipeline.token_rules import TokenRules

NLP = nlp.load()
RULES = TokenRules(NLP)
ATTRIBUTES = ["TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD"]
RULER: Any = NLP.get_pipe("attribute_ruler")
PARSER: Any = NLP.get_pipe("parser")
TAGGER: Any = NLP.get_pipe("tagger")
ASKED = [token for rule in RULER.patterns for pattern in rule["patterns"] for token in pattern]


def listed(wanted: Any) -> list[str]:
    tests = wanted if isinstance(wanted, dict) else {"IN": [wanted]}
    return [word for test in ("IN", "NOT_IN") for word in tests.get(test, [])]


NAMED = sorted({word for token in ASKED for word in listed(token.get("LOWER", {}))} | {"n't", "nt", "y'", "y"})
WORDS = st.sampled_from([*NAMED, "Coach", "visits", "Lund", "7", "\n", " ", "better", "men"])
TOKENS = st.tuples(WORDS, st.sampled_from(["_SP", *TAGGER.labels]), st.sampled_from(["", *PARSER.labels, "ROOT"]))


def both(doc: Doc) -> tuple[list[Any], list[Any]]:
    ours = RULES.annotate(doc.copy(), lemmas=True)
    theirs = NLP.get_pipe("lemmatizer")(RULER(doc.copy()))
    return ours.to_array(ATTRIBUTES).tolist(), theirs.to_array(ATTRIBUTES).tolist()


@given(st.lists(TOKENS, max_size=8))
def test_tokens_are_what_spacy_says(tokens: list[tuple[str, str, str]]) -> None:
    words, tags, dependencies = zip(*tokens, strict=True) if tokens else ((), (), ())
    ours, theirs = both(Doc(NLP.vocab, words=list(words), tags=list(tags), deps=list(dependencies)))
    assert ours == theirs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "That was what they'd got: this, and no plan. There were those who hadn't gone.",
        "Let's see\nwhat y'all gotta do; it ain't much, I'm gonna say.",
        "The coach has better mentors than the men whose schools were closed, though\n\nnobody knew why.",
    ],
)
def test_a_parsed_text_is_what_spacy_says(text: str) -> None:
    ours, theirs = both(NLP(text, disable=["attribute_ruler", "lemmatizer", "ner"]))
    assert ours == theirs


def test_without_lemmas_there_are_none_but_those_of_rules() -> None:
    doc = NLP("They got two mentors.", disable=["attribute_ruler", "lemmatizer", "ner"])
    assert [token.lemma_ for token in RULES.annotate(doc, lemmas=False)] == ["they", "get", "", "", ""]
