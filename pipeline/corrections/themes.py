"""Themes that people gave to passages, as tags beside those of the model.

model: equity yes, succession review     ana: {succession: 2}
→ ana: succession yes, equity no; what ana left `open`, or was not asked, she has not judged
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.codebook import Codebook
from pipeline.corrections.anchoring import Text
from pipeline.corrections.decisions import PassageDecision
from pipeline.corrections.folder import Recorded
from pipeline.corrections.placing import Placed, place
from pipeline.learning.labels import Grade, ThemeLabel
from pipeline.learning.recoding import recode
from pipeline.records import Bundle, Passage, Segment, Tag, is_coded, segment_of_passage

_HALF: Final = 0.5
"""The threshold of a person's tag, whose p is 0 or 1."""


def with_tags(
    bundle: Bundle, tags: Sequence[Tag], recorded: Sequence[Recorded], codebook: Codebook
) -> tuple[list[Tag], list[Recorded]]:
    """Return the tags of a document with those of people among them, and the judgements that found no passage."""
    passages = [one for one in bundle.passages if is_coded(one)]
    placed, lost = place(recorded, Text(bundle.document.text), passages)
    given = {
        (one.number, one.recorded.judgement.coder): in_words_of(codebook, one.recorded.judgement) for one in placed
    }
    segments = segment_of_passage(bundle)
    found = _noticed(tags, passages, placed, given)
    human = [
        tag
        for one in sorted(placed, key=lambda one: one.recorded.judgement.coder)
        for passage in [passages[one.number]]
        for tag in _tags(passage, segments.get(passage.id), one, given, found.get(passage.id, set()), codebook)
    ]
    order = {passage.id: passage.index for passage in bundle.passages}
    return sorted([*tags, *human], key=lambda tag: order[tag.passage_id]), lost


def in_words_of(codebook: Codebook, one: object) -> ThemeLabel:
    """Carry the themes of a judgement over to the codebook at hand.

    Open are, besides those left open, the parts of a theme that was split, and what was not asked.
    """
    assert isinstance(one, PassageDecision)
    label = ThemeLabel(id=one.id, text=one.anchor.text, themes=one.themes, open=one.open, asked=one.asked)
    return recode([label], codebook, before=codebook).labels[0]


def _noticed(
    tags: Sequence[Tag], passages: Sequence[Passage], placed: Sequence[Placed], given: dict[tuple[int, str], ThemeLabel]
) -> dict[str, set[str]]:
    """Return for each passage the themes that the model or a person sees in it."""
    found: dict[str, set[str]] = {}
    for tag in tags:
        if tag.decision != "no":
            found.setdefault(tag.passage_id, set()).add(tag.theme)
    for one in placed:
        label = given[one.number, one.recorded.judgement.coder]
        found.setdefault(passages[one.number].id, set()).update(label.themes)
    return found


def _tags(
    passage: Passage,
    segment: Segment | None,
    one: Placed,
    given: dict[tuple[int, str], ThemeLabel],
    found: set[str],
    codebook: Codebook,
) -> Iterator[Tag]:
    coder = one.recorded.judgement.coder
    label = given[one.number, coder]
    for theme in codebook.ids:
        grade = label.themes.get(theme)
        # Of a passage that now holds more than was judged, nobody said what is not in it.
        if grade is not None or (theme in found and theme not in label.open and one.is_whole):
            yield _tag(passage, segment, theme, grade, coder, codebook)


def _tag(
    passage: Passage, segment: Segment | None, theme: str, grade: Grade | None, coder: str, codebook: Codebook
) -> Tag:
    return Tag(
        id=f"{passage.id}:{theme}:{coder}",
        document_id=passage.document_id,
        segment_id=segment.id if segment is not None else None,
        passage_id=passage.id,
        theme=theme,
        p=0.0 if grade is None else 1.0,
        threshold=_HALF,
        decision="no" if grade is None else "yes",
        grade=grade,
        source="human",
        coder=coder,
        model_version=None,
        codebook_sha256=codebook.sha256,
        evidence=[],
    )


def unknown(recorded: Sequence[Recorded], codebook: Codebook) -> dict[str, dict[str, int]]:
    """Return for each file the themes that the codebook has in no form, and in how many judgements they stand."""
    found: dict[str, dict[str, int]] = {}
    for one in recorded:
        judgement = one.judgement
        assert isinstance(judgement, PassageDecision)
        for theme in sorted({*judgement.themes, *judgement.open}):
            if not codebook.heirs(theme):
                counts = found.setdefault(one.file, {})
                name = f"theme {theme!r}"
                counts[name] = counts.get(name, 0) + 1
    return found
