"""Practices that people gave to quotes, as mappings beside those of the model.

model: 12b match, 6a review     ana: {12b: 2}, level keep_improving
→ ana: 12b match (keep_improving), 6a reject; what ana left `open` she has not judged
"""

from collections.abc import Iterator, Sequence

from pipeline.corrections.anchoring import Text
from pipeline.corrections.decisions import PracticesDecision
from pipeline.corrections.folder import Recorded
from pipeline.corrections.placing import Placed, place
from pipeline.records import Bundle, Mapping, Quote
from pipeline.rubric import Row, Rubric


def with_mappings(
    bundle: Bundle, mappings: Sequence[Mapping], recorded: Sequence[Recorded], rubric: Rubric
) -> tuple[list[Mapping], list[Recorded]]:
    """Return the mappings of a document with those of people among them, and the judgements that found no quote.

    Judgements by another rubric are left aside.
    """
    ours = [one for one in recorded if _decision(one).rubric == rubric.name]
    placed, lost = place(ours, Text(bundle.document.text), bundle.quotes)
    found = _noticed(mappings, bundle.quotes, placed)
    rows = {row.indicator: row for row in rubric.rows()}
    human = [
        mapping
        for one in sorted(placed, key=lambda one: one.recorded.judgement.coder)
        for quote in [bundle.quotes[one.number]]
        for mapping in _mappings(quote, _decision(one.recorded), found.get(quote.id, set()), rows, rubric.name)
    ]
    order = {quote.id: i for i, quote in enumerate(bundle.quotes)}
    return sorted([*mappings, *human], key=lambda mapping: order[mapping.quote_id]), lost


def _decision(one: Recorded) -> PracticesDecision:
    assert isinstance(one.judgement, PracticesDecision)
    return one.judgement


def _noticed(mappings: Sequence[Mapping], quotes: Sequence[Quote], placed: Sequence[Placed]) -> dict[str, set[str]]:
    """Return for each quote the indicators that the model or a person sees in it."""
    found: dict[str, set[str]] = {}
    for mapping in mappings:
        if mapping.decision != "reject":
            found.setdefault(mapping.quote_id, set()).add(mapping.indicator)
    for one in placed:
        found.setdefault(quotes[one.number].id, set()).update(_decision(one.recorded).practices)
    return found


def _mappings(
    quote: Quote, one: PracticesDecision, found: set[str], rows: dict[str, Row], rubric: str
) -> Iterator[Mapping]:
    given = [indicator for indicator in rows if indicator in one.practices]
    given.sort(key=lambda indicator: -one.practices[indicator])
    refused = [name for name in rows if name in found and name not in one.practices and name not in one.open]
    for rank, indicator in enumerate([*given, *refused], start=1):
        row, is_given = rows[indicator], indicator in one.practices
        level = one.levels.get(indicator) if is_given else None
        yield Mapping(
            id=f"{quote.id}:{indicator}:{one.coder}",
            document_id=quote.document_id,
            quote_id=quote.id,
            rubric=rubric,
            area=row.area,
            practice=row.practice,
            indicator=indicator,
            level=level if level in row.levels else None,
            rank=rank,
            p=1.0 if is_given else 0.0,
            decision="match" if is_given else "reject",
            evidence=row.levels.get(level or "", ""),
            source="human",
            coder=one.coder,
            model_version=None,
        )


def unknown(recorded: Sequence[Recorded], rubric: Rubric) -> dict[str, dict[str, int]]:
    """Return for each file what the rubric lacks: indicators and levels of it, and the names of other rubrics."""
    found: dict[str, dict[str, int]] = {}
    known = {f"indicator {name!r}" for name in rubric.indicators}
    for one in recorded:
        decision = _decision(one)
        named = [f"indicator {name!r}" for name in sorted({*decision.practices, *decision.open})]
        named += [f"level {name!r}" for name in sorted({*filter(None, decision.levels.values())} - {*rubric.levels})]
        lacking = [name for name in named if name not in known]
        if decision.rubric != rubric.name:
            lacking = [f"rubric {decision.rubric!r}"]
        counts = found.setdefault(one.file, {})
        for name in lacking:
            counts[name] = counts.get(name, 0) + 1
    return {file: counts for file, counts in found.items() if counts}
