"""Speaker turns: paragraphs that begin with the name of who speaks.

>>> [(b.kind, b.speaker) for b in mark_turns([Block("paragraph", "Supt. Okafor: We tried. It failed.")])]
[('turn', 'Supt. Okafor')]
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pipeline.stages.ingest.blocks import Block

_LABEL = re.compile(r"^(?P<label>[A-Z][^:\n“”\"]{0,60}?(?:\s*\([^)]{1,40}\))?)\s*:\s+(?=\S)")
_LABEL_ALONE = re.compile(r"^(?P<label>[A-Z][^:\n“”\"]{0,60}):$")
_TIME = re.compile(r"^[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])]?\s*(?:[-–—]\s*)?(?=[A-Z\[]|$)")
_PERSON = re.compile(
    r"^(?:(?:Asst|Assistant|Associate|Deputy|Vice|Former|Interim|Board|Committee|Student|Union|School)\.?\s+)*"
    r"(?:Dr|Mr|Mrs|Ms|Mx|Miss|Supt|Superintendent|Principal|Prof|Professor|Rev|Sister|Father|Chair(?:man|woman|person)?|"
    r"Facilitator|Moderator|Speaker|Interviewer|Interviewee|Respondent|Participant|Host|President|Trustee|Member|Director|"
    r"Teacher|Student|Parent|Commissioner|Councilmember|Councilor|Secretary|Clerk|Coach|Counselor|Voice|Mayor|Senator|"
    r"Representative|Governor|[QA](?=[.:]?$|\d))\b\.?",
    re.IGNORECASE,
)
_NAME_WORD = re.compile(r"^(?:[A-Z][\w’'.-]*|de|del|la|van|von|der|al|bin|\d{1,2}|\([^)]*\))$")
_NOT_PEOPLE = frozenset(
    "note notes present absent excused attending attendance date time place location subject re purpose background "
    "motion "
    "action decision vote result discussion summary overview equity goal goals outcome outcomes contact agenda where "
    "when "
    "what why how example question questions answer source sources table figure".split()
)
_NOTE = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_MOST_LABEL_WORDS = 6
_LABEL_ZONE = 160  # characters
_TRANSCRIPT_SHARE = 0.4
_FEWEST_TURNS = 4
_ALONE_SHARE = 0.25


def mark_turns(blocks: Sequence[Block]) -> list[Block]:
    """Mark the speaker turns; in a transcript, a paragraph without a label goes on with the turn before it."""
    blocks = _with_labels_joined(_without_times(blocks))
    labels = [_label(block) for block in blocks]
    counts = Counter(label for label in labels if label)
    speech = [block for block in blocks if block.kind != "heading"]
    is_transcript = _is_transcript(labels, counts, len(speech))
    marked: list[Block] = []
    speaker: str | None = None
    for block, label in zip(blocks, labels, strict=True):
        if label and (_is_person(label) or (is_transcript and _is_named(label, counts))):
            speaker = label
        elif is_note(block.text):
            marked.append(block)
            continue
        elif not is_transcript or block.kind != "paragraph":
            speaker = None
        marked.append(block if speaker is None else replace(block, kind="turn", speaker=speaker))
    return marked


def is_note(text: str) -> bool:
    """Whether a paragraph is the transcriber's, between turns: [Laughter.], (Recess.)."""
    return _NOTE.fullmatch(text.strip()) is not None


def _without_times(blocks: Sequence[Block]) -> list[Block]:
    """Take the time stamps out of a transcript whose turns begin with them: "[00:01:12] MARIA: …"."""
    stamped = [bool(_TIME.match(block.text)) for block in blocks]
    if sum(stamped) < _FEWEST_TURNS:
        return list(blocks)
    bare = [replace(block, text=_TIME.sub("", block.text)) for block in blocks]
    return [block for block in bare if block.text]


def _with_labels_joined(blocks: Sequence[Block]) -> list[Block]:
    """Put the name of a speaker that stands on a line of its own before the words below it."""
    alone = [_LABEL_ALONE.match(block.text) if block.kind in {"paragraph", "heading"} else None for block in blocks]
    counts = Counter(match["label"] for match in alone if match)
    speakers = {label for label, n in counts.items() if _is_person(label) or (n > 1 and _is_named(label, counts))}
    n = sum(counts[label] for label in speakers)
    if n < max(_FEWEST_TURNS, _ALONE_SHARE * len(blocks)):
        return list(blocks)
    joined: list[Block] = []
    for block, match in zip(blocks, alone, strict=True):
        before = joined[-1].text if joined else ""
        if joined and before.removesuffix(":") in speakers and before.endswith(":") and match is None:
            joined[-1] = replace(block, kind="paragraph", level=None, text=f"{before} {block.text}")
        else:
            joined.append(block)
    return joined


def _label(block: Block) -> str | None:
    match = _LABEL.match(block.text[:_LABEL_ZONE]) if block.kind in {"paragraph", "list_item"} else None
    if match is None or len(match["label"].split()) > _MOST_LABEL_WORDS:
        return None
    label = match["label"].strip()
    return None if label.lower() in _NOT_PEOPLE else label


def _is_transcript(labels: Sequence[str | None], counts: Counter[str], n: int) -> bool:
    named = sum(1 for label in labels if label and (_is_person(label) or _is_named(label, counts)))
    return named >= _FEWEST_TURNS and named >= _TRANSCRIPT_SHARE * n


def _is_person(label: str) -> bool:
    match = _PERSON.match(label)
    rest = re.sub(r"\([^)]{0,200}\)|,.*", "", label[match.end() :]).split() if match else []
    return bool(match) and all(_NAME_WORD.match(word) for word in rest)


def _is_named(label: str, counts: Counter[str]) -> bool:
    """Tell a label that looks like a name: capitalised words, and used more than once or in capitals throughout."""
    words = re.sub(r"\([^)]{0,200}\)", "", label).split()
    looks_named = all(_NAME_WORD.match(word) for word in words)
    return looks_named and (counts[label] > 1 or label.isupper() or len(words) > 1)
