"""tag: passages, segments, codebook, theme model → tags.jsonl.

Every passage of running text is asked about every theme, by itself and in its surroundings: the heading above it, its
neighbours, its section and the document. From its threshold upwards a theme is more likely meant than it pays to leave
out (where F1 is highest); it is decided `yes` where p is so high that the precision asked for is to be expected,
`review` between the two, and not recorded below (`no`, where all are asked for). The sentences without which p would be
lower, and in them the words, are its evidence.

    "The three schools have had nine principals in ten years …"
    → Tag(theme="succession", p=0.93, threshold=0.41, decision="yes", evidence=[…])
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipeline.codebook import Codebook
from pipeline.config import Settings
from pipeline.encoder import Encoder
from pipeline.learning.features import split_sentences
from pipeline.learning.linear import Floats
from pipeline.learning.themes import Prediction, ThemeModel
from pipeline.records import Bundle, Evidence, Passage, Span, Tag, TagDecision, is_coded, segment_of_passage

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.vocab import Vocab

_WORD = re.compile(r"\w[\w'’-]*")
_MOST_WORDS = 3


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
        PipelineError: a theme of the codebook without labels, and a model that has learned nothing about such themes.
    """
    if bundle.document.kind == "rubric":
        return []
    read = [passage for passage in bundle.passages if is_coded(passage) or passage.kind == "heading"]
    headings = [passage.kind == "heading" for passage in read]
    prediction = model.predict([passage.text for passage in read], headings, encoder, codebook)
    low, high = model.decisions(codebook, settings.precision)
    grades = prediction.grades()
    segments = segment_of_passage(bundle)
    decided = {i: _decided(prediction.p[i], low, high, settings) for i in range(len(read)) if not headings[i]}
    asked = [i for i, found in decided.items() if found]
    tags: list[Tag] = []
    for i, sentences in zip(asked, split_sentences([read[i].text for i in asked], sentencizer), strict=True):
        passage = read[i]
        evidence = Spoken(passage, prediction, i, sentences, sentencizer.vocab)
        for k, p, decision in decided[i]:
            theme, segment = codebook.ids[k], segments.get(passage.id)
            tags.append(
                Tag(
                    id=f"{passage.id}:{theme}",
                    document_id=bundle.document.id,
                    segment_id=segment.id if segment else None,
                    passage_id=passage.id,
                    theme=theme,
                    p=p,
                    threshold=low[k],
                    decision=decision,
                    grade=grades[i, k].item() if decision != "no" else None,
                    source="model",
                    coder=model.config.version,
                    model_version=model.config.version,
                    codebook_sha256=codebook.sha256,
                    evidence=evidence.of(k, settings.evidence_sentences) if decision != "no" else [],
                )
            )
    return tags


def _decided(
    p: Floats, low: Sequence[float], high: Sequence[float], settings: Settings
) -> list[tuple[int, float, TagDecision]]:
    """Return the themes of a passage that are to be recorded, each with its p and what is decided."""
    found = [(k, one, decide(one, low[k], high[k])) for k, one in enumerate(np.round(p, 4).tolist())]
    return [one for one in found if one[2] != "no" or settings.write_rejected]


def decide(p: float, threshold: float, yes_threshold: float) -> TagDecision:
    """Decide yes, review or no."""
    if p < threshold:
        return "no"
    return "yes" if p >= yes_threshold else "review"


class Spoken:
    """What of a passage spoke for its themes: each sentence, and each word of it, is left out in turn."""

    def __init__(
        self, passage: Passage, prediction: Prediction, i: int, sentences: Sequence[tuple[int, int]], vocab: "Vocab"
    ) -> None:
        self._passage, self._prediction, self._i = passage, prediction, i
        self._sentences, self._vocab = sentences, vocab
        self._words_of: dict[int, tuple[list[tuple[int, int]], Floats]] = {}
        self._weights = prediction.spoke_for(i, sentences)

    def of(self, theme: int, most: int) -> list[Evidence]:
        """Return the sentences that spoke most for a theme, in text order, their weights adding up to 1."""
        spoke: Floats = np.maximum(self._weights[:, theme], 0.0)
        best: Sequence[int] = sorted(np.argsort(-spoke, kind="stable")[:most].tolist())
        chosen = [j for j in best if spoke[j] > 0] or [int(np.argmax(self._weights[:, theme]))]
        total = float(spoke[chosen].sum())
        return [
            Evidence(
                start=self._passage.start + self._sentences[j][0],
                end=self._passage.start + self._sentences[j][1],
                weight=round(float(spoke[j]) / total, 3) if total else round(1 / len(chosen), 3),
                words=self._words(j, theme) if spoke[j] == spoke.max() > 0 else [],
            )
            for j in chosen
        ]

    def _left_out(self, sentence: int) -> tuple[list[tuple[int, int]], Floats]:
        """Return the words of a sentence and how much each spoke for the themes; asked for once for all themes."""
        if sentence not in self._words_of:
            start, end = self._sentences[sentence]
            words = [
                (start + word.start(), start + word.end())
                for word in _WORD.finditer(self._passage.text[start:end])
                if not self._vocab[word[0].casefold()].is_stop
            ]
            self._words_of[sentence] = words, self._prediction.spoke_for(self._i, words)
        return self._words_of[sentence]

    def _words(self, sentence: int, theme: int) -> list[Span]:
        """Return the words without which the theme would be least likely, in text order; no stop words."""
        words, weights = self._left_out(sentence)
        best = [
            j for j in np.argsort(-weights[:, theme], kind="stable")[:_MOST_WORDS].tolist() if weights[j, theme] > 0
        ]
        offset = self._passage.start
        return [Span(start=offset + words[j][0], end=offset + words[j][1]) for j in sorted(best)]
