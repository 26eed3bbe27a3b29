"""Why a mapping: the quote, the words that spoke, the sentence of the rubric, the other candidates, people."""

from typing import Any

from pipeline.corrections.decisions import PracticesDecision
from pipeline.errors import PipelineError
from pipeline.records import Document, Mapping, Passage, Quote
from pipeline.rubric import Rubric
from pipeline.why import behind, models
from pipeline.why.around import place_facts
from pipeline.why.facts import Beside, ByWords, Decided, InstrumentFacts, LabelsBehind, Said, Stretch
from pipeline.why.people import history, of_indicator
from pipeline.why.source import Source


def of_mapping(source: Source, mapping: Mapping, document: Document, *, labels: bool) -> dict[str, Any]:
    """Return the parts of the trace of a mapping."""
    quote = source.lookup.get("quotes", mapping.quote_id, Quote)
    candidates = source.lookup.where("mappings", "quote_id", mapping.quote_id, Mapping)
    people, warnings = _people(source, document, mapping)
    start, end = (quote.start, quote.end) if quote else (0, 0)
    facts: dict[str, Any] = {
        "title": f"Indicator {mapping.indicator}",
        "place": place_facts(source, document.id, start, end, quote.passage_id if quote else None),
        "words": quote.text if quote else None,
        "evidence": _evidence(mapping, quote, document),
        "instrument": _entry(mapping, source.tools.rubric),
        "people": people,
        "beside": [_candidate(one) for one in candidates if one.id != mapping.id],
        "warnings": warnings,
    }
    if mapping.model_version is None:
        return facts | {"decided": _decided(mapping, source, None)}
    precision, sha256 = source.manifest.settings.precision, source.tools.rubric.sha256
    found = models.find(source, "practices", mapping.model_version)
    facts["decided"] = _decided(mapping, source, found)
    facts["model"] = models.practice_model(source, mapping.model_version, precision, sha256)
    if found is not None and quote is not None and found.config.get("rubric_sha256") == sha256:
        facts |= dict(zip(("by_words", "labels"), _behind(source, found, mapping, quote, labels=labels), strict=True))
    return facts


def _evidence(mapping: Mapping, quote: Quote | None, document: Document) -> list[Stretch]:
    if quote is None or not mapping.words:
        return []
    telling = [document.text[word.start : word.end] for word in mapping.words]
    return [Stretch(text=quote.text, start=quote.start, end=quote.end, telling=telling)]


def _decided(mapping: Mapping, source: Source, found: models.Found | None) -> Decided:
    given = source.manifest.settings
    low, high = models.match_threshold(found, given.precision, source.tools.rubric.sha256)
    return Decided(
        decision=mapping.decision,
        source=mapping.source,
        coder=mapping.coder,
        p=mapping.p,
        threshold=low,
        yes_threshold=high,
        rank=mapping.rank,
        settings={"precision": given.precision, "candidates": given.candidates},
    )


def _entry(mapping: Mapping, rubric: Rubric) -> InstrumentFacts:
    row = next((one for one in rubric.rows() if one.indicator == mapping.indicator), None)
    same = mapping.rubric == rubric.name and row is not None
    says = [f"nearest sentence of the rubric: {mapping.evidence}"] if mapping.evidence else []
    if same and row is not None:
        says += [f"{level.replace('_', ' ')}: {text}" for level, text in row.levels.items()]
    return InstrumentFacts(
        instrument="rubric",
        name=mapping.rubric,
        sha256=rubric.sha256,
        used_sha256=None,
        same=same,
        entry=mapping.indicator,
        entry_name=f"{mapping.area} › practice {mapping.practice}",
        says=says,
    )


def _candidate(one: Mapping) -> Beside:
    who = "" if one.source == "model" else f" by {one.coder}"
    return Beside(
        id=one.id, says=f"{one.indicator} (practice {one.practice}), rank {one.rank}, p {one.p}: {one.decision}{who}"
    )


def _people(source: Source, document: Document, mapping: Mapping) -> tuple[list[Said], list[str]]:
    held = history(source, document)
    if not held.lines:
        return [], held.warnings
    quotes: list[Quote] = source.of_document("quotes", document.id)
    number = next((i for i, one in enumerate(quotes) if one.id == mapping.quote_id), -1)
    return held.about(PracticesDecision, quotes, number, of_indicator(mapping.indicator, mapping.rubric)), held.warnings


def _behind(
    source: Source, found: models.Found, mapping: Mapping, quote: Quote, *, labels: bool
) -> tuple[ByWords | None, LabelsBehind | None]:
    half = behind.practice_half(found, mapping.indicator)
    if half is None:
        return None, LabelsBehind(why="the model has no labels of this indicator; the words of the rubric decided")
    passage = source.lookup.get("passages", quote.passage_id, Passage)
    text = f"{quote.text}\n{passage.text if passage else ''}"
    if not labels:
        return half.by_words(text), None
    try:
        learned, missing = behind.practice_labels(source, found, mapping.indicator)
    except PipelineError as error:
        return half.by_words(text), LabelsBehind(why=f"the labels that it learned from cannot be read: {error.found}")
    if learned is None:
        return half.by_words(text), LabelsBehind(missing=missing, why="the labels that it learned from are not at hand")
    keep_in = source.tools.models_with("practices")
    return half.by_words(text), behind.labels_behind(text, half, learned, missing, keep_in, quiet=False)
