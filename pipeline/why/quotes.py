"""Why a quote: by which signs it was found, how its speaker was resolved, what people said of it."""

from collections.abc import Iterator
from typing import Any

from pipeline.corrections.decisions import QuoteDecision
from pipeline.records import PROGRAM, Document, Mapping, Passage, Quote, Speaker
from pipeline.stages.quote.confidence import UNCLOSED_CAP, Evidence, figures
from pipeline.stages.quote.people import PRONOUNS
from pipeline.why.around import place_facts
from pipeline.why.facts import Beside, Decided, Said, Stretch
from pipeline.why.people import history, of_quote
from pipeline.why.source import Source

_FORMS = {
    "inline": "words in quotation marks, inside a sentence",
    "block": "a paragraph set apart as a quotation",
    "testimonial": "a statement with the name of its author below or beside it",
    "turn": "a turn of a speaker in a transcript or in minutes",
}
_SIGNS = {
    "label": "the speaker is named by a label: a turn, an attribution line, a name with a colon",
    "cue": "a verb of saying next to the words, and a speaker who is named or described",
    "cue, pronoun": "a verb of saying next to the words, and a pronoun that could be resolved",
    "cue, lost pronoun": "a verb of saying next to the words, and a pronoun that could not be resolved",
    "far cue": "a verb of saying elsewhere in the sentence",
    "cue before": "a verb of saying in the sentence before",
    "brought on": "a person in the sentence before, without a verb of saying",
    "goes on": "no speaker of its own: it goes on from the quotation before",
    "nobody": "quotation marks, and nobody who speaks",
}


def of_quote_record(source: Source, quote: Quote, document: Document) -> dict[str, Any]:
    """Return the parts of the trace of a quote."""
    people, warnings = _people(source, document, quote)
    mappings = source.lookup.where("mappings", "quote_id", quote.id, Mapping)
    return {
        "title": "Quote",
        "place": place_facts(source, document.id, quote.start, quote.end, quote.passage_id),
        "words": quote.text,
        "evidence": [
            Stretch(text=document.text[part.start : part.end], start=part.start, end=part.end)
            for part in (quote.parts if len(quote.parts) > 1 else [])
        ],
        "decided": Decided(decision="quote", source=quote.source, coder=quote.coder, p=None),
        "notes": list(_notes(quote, source)),
        "people": people,
        "beside": [_candidate(one) for one in mappings],
        "warnings": warnings,
    }


def _notes(quote: Quote, source: Source) -> Iterator[tuple[str, str]]:
    yield "form", f"{quote.form}: {_FORMS[quote.form]}"
    if quote.source == "human":
        yield "found by", f"{quote.coder}, a person (below); --again tells what the program had found"
    else:
        yield "found by", _sign(quote)
    if quote.cue is not None:
        yield "cue", f"“{quote.cue.text}” ({quote.cue.start}–{quote.cue.end})"
    yield "speaker", _speaker(quote.speaker)
    if quote.speaker is not None and quote.speaker.text:
        yield "named at", _where(quote, quote.speaker, source)


def sign_of(quote: Quote) -> list[Evidence]:
    """Return what a quote of the program can have been found by; its confidence tells, with cue and speaker."""
    fitting = [
        name for name, share in figures().items() if quote.confidence in {share, UNCLOSED_CAP} and _fits(name, quote)
    ]
    return fitting if quote.confidence != UNCLOSED_CAP else fitting[:1]


def _fits(name: str, quote: Quote) -> bool:
    speaker = quote.speaker
    if speaker is None or name == "nobody":
        return speaker is None and name == "nobody"
    if name in {"label", "brought on", "goes on"}:
        return quote.cue is None
    is_pronoun = speaker.text.lower() in PRONOUNS
    if name in {"cue, pronoun", "cue, lost pronoun"}:
        return quote.cue is not None and is_pronoun
    return quote.cue is not None and (name != "cue" or not is_pronoun)


def _sign(quote: Quote) -> str:
    found = sign_of(quote)
    said = _SIGNS[found[0]] if found else "a rule of an earlier version"
    rule = f"rules of {quote.coder or PROGRAM}: {said}"
    if quote.confidence == UNCLOSED_CAP:
        return f"{rule}. A quotation mark is never closed, so that the confidence is at most {UNCLOSED_CAP}"
    return (
        f"{rule}. Confidence {quote.confidence}: the share of such quotations that were right where they were counted"
    )


def _speaker(speaker: Speaker | None) -> str:
    if speaker is None:
        return "the text does not tell who speaks"
    known = ", ".join(filter(None, (speaker.name, speaker.role, speaker.organization))) or "not named"
    if not speaker.text:
        return f"{known}; a person said so, the text does not name them"
    return f"{known}; the text says “{speaker.text}”{_resolved(speaker)}"


def _resolved(speaker: Speaker) -> str:
    words = speaker.text.casefold()
    if words in PRONOUNS:
        known = [one for one in (speaker.name, speaker.role) if one and one.casefold() != words]
        return ", resolved to the person meant before" if known else ", which stayed unresolved"
    elsewhere = [
        name
        for name, value in (("name", speaker.name), ("role", speaker.role), ("organization", speaker.organization))
        if value and value.casefold() not in words
    ]
    return f"; {' and '.join(elsewhere)} from what the document says around it or elsewhere" if elsewhere else ""


def _where(quote: Quote, speaker: Speaker, source: Source) -> str:
    passage = source.lookup.get("passages", quote.passage_id, Passage)
    place = f"{speaker.start}–{speaker.end}"
    if passage is None or not passage.start <= speaker.start < passage.end:
        gap = "before" if speaker.start < quote.start else "behind"
        return f"{place}, outside the passage, {gap} it"
    if speaker.start >= quote.end:
        return f"{place}, behind the words"
    return f"{place}, {'before the words' if speaker.end <= quote.start else 'between the words'}"


def _candidate(one: Mapping) -> Beside:
    who = "" if one.source == "model" else f" by {one.coder}"
    return Beside(id=one.id, says=f"indicator {one.indicator}, rank {one.rank}, p {one.p}: {one.decision}{who}")


def _people(source: Source, document: Document, quote: Quote) -> tuple[list[Said], list[str]]:
    held = history(source, document)
    if not held.lines:
        return [], held.warnings
    passages: list[Passage] = source.of_document("passages", document.id)
    number = next((i for i, one in enumerate(passages) if one.id == quote.passage_id), -1)
    return held.about(QuoteDecision, passages, number, of_quote(quote.id, quote.text)), held.warnings
