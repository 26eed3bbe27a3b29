"""Scores practices: does the ranking begin with an acceptable indicator, and is nothing matched where none fits.

Counted over the gold quotes that were found, so that a quote that was missed is not held against the ranking, too. An
indicator of grade 1 or 2 is acceptable; a disputed one is passed over: the next candidate takes its rank.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.learning.evaluation.fitting import Fit
from pipeline.learning.evaluation.gold import GoldQuote
from pipeline.learning.evaluation.quotes import strict_pairs
from pipeline.learning.evaluation.rows import Group, Row, Scorer, Unit, shown
from pipeline.records import Mapping


class Ranked(NamedTuple):
    """A gold quote that was found, and the undisputed candidates for it, best first.

    `in_doubt`: whether it was matched to a disputed indicator.
    """

    document: int
    block: int
    gold: GoldQuote
    candidates: list[Mapping]
    in_doubt: bool


def score(scorer: Scorer) -> Group:
    """Return the scores of the practices of all documents."""
    ranked = [entry for document, fit in enumerate(scorer.fits) for entry in _ranked(document, fit)]
    of = "found quotes with an acceptable indicator"
    fitting = [entry for entry in ranked if entry.gold.practices]
    with_best = [entry for entry in ranked if entry.gold.best]
    first = scorer.share("hit@1", _units(fitting, [_within(entry, 1) for entry in fitting]), of)
    reciprocal = scorer.share("MRR", _units(fitting, [_reciprocal(entry) for entry in fitting]), of)
    refused = _refusals(scorer, ranked)
    rows = [
        first,
        scorer.share("hit@3", _units(fitting, [_within(entry, 3) for entry in fitting]), of),
        reciprocal,
        scorer.share(
            "hit@1, grade 2 alone",
            _units(with_best, [_is_best(entry) for entry in with_best]),
            "found quotes with a best",
        ),
        scorer.share("answered with a match", _units(fitting, [_is_answered(entry) for entry in fitting]), of),
        refused,
    ]
    headline = (
        f"hit@1 {shown(first.main)}, MRR {shown(reciprocal.main)} on {first.n} found quotes; "
        f"{shown(refused.main)} of {refused.n} refused where none fits"
    )
    return Group(name="Practices", headline=headline, rows=rows)


def disputed(fits: Sequence[Fit]) -> int:
    """Return how many labels of practices are left out because the annotators did not agree."""
    return sum(len(quote.disputed) for fit in fits for quote in fit.gold.quotes)


def _ranked(document: int, fit: Fit) -> Iterator[Ranked]:
    candidates: dict[str, list[Mapping]] = {}
    for mapping in sorted(fit.bundle.mappings, key=lambda mapping: mapping.rank):
        if mapping.source == "model":  # corrections are not the model's work
            candidates.setdefault(mapping.quote_id, []).append(mapping)
    for gold, quote in strict_pairs(fit):
        kept = [entry for entry in candidates.get(quote.id, []) if entry.indicator not in gold.disputed]
        left_out = [entry for entry in candidates.get(quote.id, []) if entry.indicator in gold.disputed]
        in_doubt = any(entry.decision == "match" for entry in left_out)
        yield Ranked(document, fit.gold.number[gold.block], gold, kept, in_doubt)


def _refusals(scorer: Scorer, ranked: Sequence[Ranked]) -> Row:
    none = [entry for entry in ranked if not entry.gold.practices and (_is_matched(entry) or not entry.in_doubt)]
    return scorer.share(
        "refused, if none fits", _units(none, [not _is_matched(entry) for entry in none]), "found quotes that none fits"
    )


def _units(entries: Sequence[Ranked], values: Sequence[float]) -> list[Unit]:
    return [Unit(entry.document, entry.block, (value, 1)) for entry, value in zip(entries, values, strict=True)]


def _within(entry: Ranked, depth: int) -> float:
    return float(any(mapping.indicator in entry.gold.practices for mapping in entry.candidates[:depth]))


def _is_best(entry: Ranked) -> float:
    return float(any(mapping.indicator in entry.gold.best for mapping in entry.candidates[:1]))


def _reciprocal(entry: Ranked) -> float:
    ranks = [
        rank for rank, mapping in enumerate(entry.candidates, start=1) if mapping.indicator in entry.gold.practices
    ]
    return 1 / ranks[0] if ranks else 0.0


def _is_matched(entry: Ranked) -> float:
    return float(any(mapping.decision == "match" for mapping in entry.candidates))


def _is_answered(entry: Ranked) -> float:
    return float(entry.in_doubt or _is_matched(entry))
