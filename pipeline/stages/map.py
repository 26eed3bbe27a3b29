"""map: quotes, passages, rubric, practice model → mappings.jsonl.

Every quote, in the paragraph that it stands in, is compared with every indicator of the rubric; the best candidates are
kept with their probability and decided: match, review, or reject. All rejected means that no practice fits.

    "You cannot coach somebody you see twice a year." → Mapping(indicator="12b", rank=1, p=0.71, decision="match", …)
"""

import numpy as np

from pipeline.config import Settings
from pipeline.encoder import Encoder
from pipeline.learning.practices import PracticeModel, Ranking
from pipeline.records import Bundle, Mapping, MappingDecision, Quote
from pipeline.rubric import Row, Rubric

_LITTLE_MORE = 1.4
"""A paragraph less than this many times as long as its quote says little of its own: the one before it is added."""


def map_quotes(
    bundle: Bundle, model: PracticeModel, rubric: Rubric, encoder: Encoder, settings: Settings
) -> list[Mapping]:
    """Map the quotes of a document to the indicators of a rubric, the best candidates of each."""
    if not bundle.quotes:
        return []
    contexts = [context_of(bundle, quote) for quote in bundle.quotes]
    ranking = model.rank([quote.text for quote in bundle.quotes], contexts, rubric, encoder)
    rows = rubric.rows()
    return [
        mapping
        for i, quote in enumerate(bundle.quotes)
        for mapping in _candidates(quote, ranking, i, rows, rubric, model.config.version, settings.candidates)
    ]


def context_of(bundle: Bundle, quote: Quote) -> str:
    """Return the paragraph of a quote; for a quote that is a paragraph of its own, with the paragraph before it."""
    order = {passage.id: place for place, passage in enumerate(bundle.passages)}
    place = order.get(quote.passage_id)
    if place is None:
        return quote.text
    passage = bundle.passages[place]
    before = bundle.passages[place - 1] if place else None
    if before is not None and before.kind != "table" and len(passage.text) < _LITTLE_MORE * len(quote.text):
        return f"{before.text} {passage.text}"
    return passage.text


def decide(p: float, threshold: float, review_threshold: float) -> MappingDecision:
    """Decide match, review or reject."""
    if p >= threshold:
        return "match"
    return "review" if p >= review_threshold else "reject"


def _candidates(
    quote: Quote, ranking: Ranking, i: int, rows: list[Row], rubric: Rubric, version: str, most: int
) -> list[Mapping]:
    best = np.argsort(-ranking.p[i], kind="stable")[:most].tolist()
    mappings = []
    for rank, j in enumerate(best, start=1):
        row, p, level = rows[j], round(float(ranking.p[i, j]), 4), ranking.level[i][j]
        mappings.append(
            Mapping(
                id=f"{quote.id}:{row.indicator}",
                document_id=quote.document_id,
                quote_id=quote.id,
                rubric=rubric.name,
                area=row.area,
                practice=row.practice,
                indicator=row.indicator,
                level=rubric.levels[level] if level is not None else None,
                rank=rank,
                p=p,
                decision=decide(p, ranking.threshold, ranking.review_threshold),
                evidence=ranking.sentences[j][int(ranking.nearest[j][i])],
                model_version=version,
            )
        )
    return mappings
