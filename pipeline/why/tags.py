"""Why a tag: the passage, the words that spoke, the model and its thresholds, the labels behind it, people."""

from typing import Any

from pipeline.codebook import Codebook
from pipeline.corrections.decisions import PassageDecision
from pipeline.errors import PipelineError
from pipeline.learning import prevalence
from pipeline.records import Document, Evidence, Passage, Tag, is_coded
from pipeline.settling import settle_tags
from pipeline.why import behind, models
from pipeline.why.around import place_facts
from pipeline.why.facts import Beside, ByWords, Decided, InstrumentFacts, LabelsBehind, Said, Stretch
from pipeline.why.people import history, of_theme
from pipeline.why.source import Source


def of_tag(source: Source, tag: Tag, document: Document, *, labels: bool) -> dict[str, Any]:
    """Return the parts of the trace of a tag."""
    passage = source.lookup.get("passages", tag.passage_id, Passage)
    same = [one for one in source.lookup.where("tags", "passage_id", tag.passage_id, Tag) if one.theme == tag.theme]
    people, warnings = _people(source, document, tag)
    precision = source.manifest.settings.precision
    facts: dict[str, Any] = {
        "title": f"Tag {tag.theme}",
        "place": place_facts(source, document.id, *_span(passage, tag), tag.passage_id),
        "words": passage.text if passage else None,
        "evidence": [_stretch(one, document) for one in tag.evidence],
        "instrument": _entry(tag, source.tools.codebook),
        "people": people,
        "beside": [_beside(one) for one in same if one.id != tag.id],
        "warnings": warnings,
    }
    if tag.model_version is None:
        return facts | {"decided": _decided(tag, same, None, source)}
    found = models.find(source, "themes", tag.model_version)
    high = models.yes_threshold(found, tag.theme, precision)
    facts["decided"] = _decided(tag, same, high, source)
    facts["model"] = models.theme_model(source, tag.model_version, tag.theme, precision)
    if found is not None and passage is not None:
        facts |= dict(zip(("by_words", "labels"), _behind(source, found, tag, passage, labels=labels), strict=True))
    return facts


def _span(passage: Passage | None, tag: Tag) -> tuple[int, int]:
    if passage is not None:
        return passage.start, passage.end
    return min((one.start for one in tag.evidence), default=0), max((one.end for one in tag.evidence), default=0)


def _stretch(one: Evidence, document: Document) -> Stretch:
    telling = [document.text[word.start : word.end] for word in one.words]
    text = document.text[one.start : one.end]
    return Stretch(text=text, start=one.start, end=one.end, weight=one.weight, telling=telling)


def _decided(tag: Tag, same: list[Tag], high: float | None, source: Source) -> Decided:
    settled = settle_tags(same)
    given = source.manifest.settings
    return Decided(
        decision=tag.decision,
        source=tag.source,
        coder=tag.coder,
        p=tag.p,
        threshold=tag.threshold,
        yes_threshold=high,
        grade=tag.grade,
        counts=settled[0].decision if settled and len(same) > 1 else None,
        settings={"precision": given.precision, "evidence_sentences": given.evidence_sentences},
    )


def _beside(tag: Tag) -> Beside:
    who = tag.coder if tag.source == "human" else f"the model {tag.coder}"
    return Beside(id=tag.id, says=f"{who}: {tag.decision}" + (f", p {tag.p}" if tag.source == "model" else ""))


def _entry(tag: Tag, codebook: Codebook) -> InstrumentFacts:
    theme = next((one for one in codebook.themes if one.id == tag.theme), None)
    return InstrumentFacts(
        instrument="codebook",
        name=f"version {codebook.version}",
        sha256=codebook.sha256,
        used_sha256=tag.codebook_sha256,
        same=tag.codebook_sha256 == codebook.sha256,
        entry=tag.theme,
        entry_name=theme.name if theme else f"{tag.theme} (not in the codebook at hand)",
        says=[theme.definition] if theme else [],
    )


def _people(source: Source, document: Document, tag: Tag) -> tuple[list[Said], list[str]]:
    held = history(source, document)
    if not held.lines:
        return [], held.warnings
    passages: list[Passage] = [one for one in source.of_document("passages", document.id) if is_coded(one)]
    number = next((i for i, one in enumerate(passages) if one.id == tag.passage_id), -1)
    return held.about(PassageDecision, passages, number, of_theme(tag.theme, source.tools.codebook)), held.warnings


def _behind(
    source: Source, found: models.Found, tag: Tag, passage: Passage, *, labels: bool
) -> tuple[ByWords | None, LabelsBehind | None]:
    half = behind.theme_half(found, tag.theme)
    if half is None:
        return None, LabelsBehind(why="the model has no labels of this theme; the words of the codebook decided")
    by_words = half.by_words(passage.text)
    if not labels:
        return by_words, None
    try:
        learned, missing = behind.theme_labels(source, found, tag.theme)
    except PipelineError as error:
        return by_words, LabelsBehind(why=f"the labels that it learned from cannot be read: {error.found}")
    if learned is None:
        return by_words, LabelsBehind(missing=missing, why="the labels that it learned from are not at hand")
    if (learned.grade > 0).sum() < prevalence.FEWEST_POSITIVES:
        missing = [*missing, f"only {(learned.grade > 0).sum()} labels have this theme"]
    keep_in = source.tools.models_with("themes")
    return by_words, behind.labels_behind(passage.text, half, learned, missing, keep_in, quiet=False)
