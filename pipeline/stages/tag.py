"""tag: passages, segments, codebook, theme model → tags.jsonl.

Every passage of running text is asked about every theme, by itself and in its surroundings: the heading above it, its
neighbours, its section and the document. A theme is decided `yes` from its threshold upwards,
`review` between that and the lower one, and not recorded below (`no`, where all are asked for). The sentences that
spoke for the theme are its evidence.

    "The three schools have had nine principals in ten years …"
    → Tag(theme="succession", p=0.93, threshold=0.41, decision="yes", evidence=[…])
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.codebook import Codebook
from pipeline.config import Settings
from pipeline.encoder import Encoder
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.linear import Floats
from pipeline.learning.themes import Prediction, ThemeModel
from pipeline.records import Bundle, Evidence, Passage, Tag, TagDecision, is_coded, segment_of_passage

if TYPE_CHECKING:
    from spacy.language import Language


def tag_passages(
    bundle: Bundle,
    model: ThemeModel,
    codebook: Codebook,
    encoder: Encoder,
    sentencizer: "Language",
    settings: Settings,
) -> list[Tag]:
    """Tag the passages of a document; a rubric is an instrument and is not tagged.

    Raises:
        PipelineError: the model does not know a theme of the codebook.
    """
    columns = _columns(model, codebook)
    if bundle.document.kind == "rubric":
        return []
    read = [passage for passage in bundle.passages if is_coded(passage) or passage.kind == "heading"]
    headings = [passage.kind == "heading" for passage in read]
    prediction = model.predict_in_document([passage.text for passage in read], headings, encoder, sentencizer)
    segments = segment_of_passage(bundle)
    tags: list[Tag] = []
    for i, passage in enumerate(read):
        if headings[i]:
            continue
        for theme, column in columns.items():
            p = round(float(prediction.p[i, column]), 4)
            decision = decide(p, model.config.thresholds[column], model.config.review_thresholds[column])
            if decision == "no" and not settings.write_rejected:
                continue
            segment = segments.get(passage.id)
            tags.append(
                Tag(
                    id=f"{passage.id}:{theme}",
                    document_id=bundle.document.id,
                    segment_id=segment.id if segment else None,
                    passage_id=passage.id,
                    theme=theme,
                    p=p,
                    threshold=model.config.thresholds[column],
                    decision=decision,
                    source="model",
                    coder=model.config.version,
                    model_version=model.config.version,
                    codebook_sha256=codebook.sha256,
                    evidence=_evidence(passage, prediction, i, column, settings.evidence_sentences),
                )
            )
    return tags


def decide(p: float, threshold: float, review_threshold: float) -> TagDecision:
    """Decide yes, review or no."""
    if p >= threshold:
        return "yes"
    return "review" if p >= review_threshold else "no"


def _columns(model: ThemeModel, codebook: Codebook) -> dict[str, int]:
    known = {theme: column for column, theme in enumerate(model.config.themes)}
    missing = [theme for theme in codebook.ids if theme not in known]
    if missing:
        raise PipelineError(
            ErrorCode.INVALID_MODEL,
            found=f"a theme model that was not trained on {', '.join(map(repr, missing))}",
            expected=f"a model that knows every theme of the codebook; this one knows {', '.join(known)}",
            do="run pop train with this codebook; pop codebook says which labels carry over and which are missing",
        )
    return {theme: known[theme] for theme in codebook.ids}


def _evidence(passage: Passage, prediction: Prediction, i: int, column: int, most: int) -> list[Evidence]:
    """Return the sentences that spoke most for a theme, in text order, their weights adding up to 1."""
    spans, weights = prediction.evidence[i]
    spoke: Floats = np.maximum(weights[:, column], 0.0)
    best: Sequence[int] = sorted(np.argsort(-spoke, kind="stable")[:most].tolist())
    chosen = [j for j in best if spoke[j] > 0] or [int(np.argmax(weights[:, column]))]
    total = float(spoke[chosen].sum())
    return [
        Evidence(
            start=passage.start + spans[j][0],
            end=passage.start + spans[j][1],
            weight=round(float(spoke[j]) / total, 3) if total else round(1 / len(chosen), 3),
        )
        for j in chosen
    ]
