"""Structure that no file format gives: sentences that a page break cut, headings without markup, their levels.

Each function takes the blocks of a document and returns new ones.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pipeline.records import PassageKind
from pipeline.stages.ingest import numbering, shapes
from pipeline.stages.ingest.blocks import Block
from pipeline.stages.ingest.healing import join_lines
from pipeline.stages.ingest.levels import with_levels
from pipeline.stages.ingest.programs import is_list_label

_LINES: frozenset[PassageKind] = frozenset({"paragraph", "list_item", "quote"})
_PROSE: frozenset[PassageKind] = frozenset({"paragraph", "list_item", "quote", "turn", "note"})
_CUT_MINIMUM = 50
_CUT_ITEM_MINIMUM = 25
_CUT_MAXIMUM = 20_000  # characters; what is longer is no paragraph, and to join on and on would take too long
_WEAK_HEADING_WORDS = 9
_BODY_CHARS = 100
_LONGEST_RUN = 2
_LONGEST_ENTRY = 320
_FEWEST_ITEMS = 2
_FEWEST_LABELS = 2
_LONGEST_LABEL = 12  # words
_MOST_RECURRENCES = 2

_BEGINS_SENTENCE = re.compile(
    r"(?:the|an?|this|these|those|that|it|they|we|she|he|i|you|there|each|all|both|some|many|most|one|two|three|"
    r"by|in|on|at|for|from|to|with|as|if|before|after|during|since|until|while|among|under|over|through|and|but|so|"
    r"please|then|also|here)\b",
    re.IGNORECASE,
)
_QUESTION_WORDS = frozenset("what who how why when where which".split())
_LEADS_ON = frozenset(
    "include includes included feature features provide provides provided produce produces produced offer offers are "
    "is were was below that to of for on with by and said says asked wrote reported noted added read reads agreed such "
    "as like namely than or".split()
)


def finish(blocks: Sequence[Block]) -> list[Block]:
    """Mend cut sentences and find the headings of a text that has no markup for them."""
    mended = rejoin(blocks)
    return mended if any(block.kind == "heading" for block in mended) else find_headings(mended)


def rejoin(blocks: Sequence[Block]) -> list[Block]:
    """Join a sentence that a page or column break cut in two."""
    joined: list[Block] = []
    for block in blocks:
        if joined and _is_cut(joined[-1], block):
            joined[-1] = replace(joined[-1], text=join_lines([joined[-1].text, block.text]))
        else:
            joined.append(block)
    return joined


def _is_cut(before: Block, after: Block) -> bool:
    if before.kind not in _PROSE or after.kind not in {"paragraph", before.kind} or after.kind == "list_item":
        return False  # an item is marked as one: it begins anew, in lower case too
    if (
        len(before.text) > _CUT_MAXIMUM
        or "\n" in before.text
        or "\n" in after.text
        or shapes.FIELD.match(after.text[:40])
    ):
        return False
    if shapes.ends_sentence(before.text) and not before.text.endswith("-"):
        return False
    start = after.text.lstrip("“\"'‘([")
    if start[:1].islower():
        return len(before.text) >= (_CUT_ITEM_MINIMUM if before.kind == "list_item" else _CUT_MINIMUM)
    # A sentence may go on with a name or a number: only when both halves are clearly running text.
    return (
        before.kind == "paragraph"
        and shapes.case_of(before.text) == "sentence"
        and len(before.text) > 2 * _CUT_MINIMUM
        and shapes.ends_sentence(after.text)
        and not shapes.may_be_heading(after.text)
        and not re.match(r"^\w+[.)]\s", after.text)
    )


def find_headings(blocks: Sequence[Block]) -> list[Block]:
    """Make headings of short lines that stand above a text, and list items of short lines that follow one another."""
    found = list(blocks)
    depths = _mark_outline(found)
    first_body = next((i for i, block in enumerate(found) if _is_body(block)), len(found))
    recurring = _recurring(found)
    for run in _runs(found):
        _mark_run(found, run, first_body, recurring)
    has_labels = sum(block.kind == "heading" and block.text.endswith(":") for block in found) >= _FEWEST_LABELS
    for i, block in enumerate(found):
        weak = _is_weak_heading(found, i) or _is_label(found, i, has_labels=has_labels)
        if block.text not in recurring and weak:
            found[i] = replace(block, kind="heading")
    if len(found) > 1 and found[0].kind == "paragraph" and _is_title(found[0]):
        found[0] = replace(found[0], kind="heading")
    return with_levels(found, depths)


def _mark_outline(blocks: list[Block]) -> dict[int, int]:
    """Mark the numbered or lettered lines that outline the text as headings, or as list items where nothing follows.

    Returns:
        The depth of each such heading, by the number of its block.

    """
    entries = numbering.outline([block.text if block.kind in _LINES else "" for block in blocks])
    depths: dict[int, int] = {}
    groups: dict[int, list[int]] = {}
    for i, entry in entries.items():
        groups.setdefault(entry.group, []).append(i)
    for members in groups.values():
        titled = [i for i in members if _may_be_entry(blocks[i].text, entries[i].rest)]
        for i in members:
            if shapes.is_date_line(entries[i].rest):
                blocks[i] = replace(blocks[i], kind="list_item")
        if 2 * len(titled) < len(members) or not titled:
            continue
        heads = any(_has_body(blocks, i, entries) for i in members)
        if not heads and len(members) < _FEWEST_ITEMS and entries[members[0]].depth == 1:
            continue
        for i in members:
            is_heading = heads and i in titled
            if is_heading:
                depths[i] = entries[i].depth
            if is_heading or shapes.is_strong_heading(blocks[i].text):
                blocks[i] = replace(blocks[i], kind="heading" if is_heading else "list_item")
    return depths


def _may_be_entry(text: str, rest: str) -> bool:
    """Tell an entry that names something from one that is a sentence; one in an agenda may be long."""
    if "\n" in text or len(text) > _LONGEST_ENTRY or shapes.is_date_line(rest) or rest[-1:] in tuple(".,;!"):
        return False
    few = len(rest.split()) <= _WEAK_HEADING_WORDS + 1
    return rest[0].isupper() and (few or shapes.case_of(rest) != "sentence")


def _has_body(blocks: Sequence[Block], i: int, entries: dict[int, numbering.Entry]) -> bool:
    """Tell whether a text stands below an entry, or a list of its own of which one entry has a text."""
    for j in range(i + 1, len(blocks)):
        entry = entries.get(j)
        if entry is None:
            return len(blocks[j].text) > _BODY_CHARS or shapes.ends_sentence(blocks[j].text)
        if entry.depth <= entries[i].depth:
            return False
        if not _may_be_entry(blocks[j].text, entry.rest):
            return True
    return False


def _is_title(block: Block) -> bool:
    lines = block.text.split("\n")
    return all(shapes.is_strong_heading(line) for line in lines) or (
        len(lines) == 1 and shapes.may_be_heading(lines[0])
    )


def _is_body(block: Block) -> bool:
    return block.kind in _PROSE and shapes.is_body(block.text)


def _is_body_at(blocks: Sequence[Block], i: int) -> bool:
    return i < len(blocks) and _is_body(blocks[i])


def _is_list_at(blocks: Sequence[Block], i: int) -> bool:
    return not blocks[i - 1].text.endswith(":") and [block.kind for block in blocks[i : i + 2]] == ["list_item"] * 2


def _recurring(blocks: Sequence[Block]) -> frozenset[str]:
    """Return the lines that stand too often to head anything ("Motion carried"); labels with a colon may recur."""
    counts = Counter(block.text for block in blocks if len(block.text) <= _BODY_CHARS)
    return frozenset(text for text, n in counts.items() if n > _MOST_RECURRENCES and not text.endswith(":"))


def _is_candidate(block: Block) -> bool:
    return block.kind == "paragraph" and "\n" not in block.text and shapes.is_strong_heading(block.text)


def _runs(blocks: Sequence[Block]) -> list[range]:
    """Return the stretches of neighbouring lines that might be headings."""
    runs: list[range] = []
    for i, block in enumerate(blocks):
        if _is_candidate(block):
            runs.append(range(runs.pop().start, i + 1) if runs and runs[-1].stop == i else range(i, i + 1))
    return runs


def _mark_run(blocks: list[Block], run: range, first_body: int, recurring: frozenset[str]) -> None:
    if run.stop == len(blocks) and len(run) <= _LONGEST_RUN:
        return  # nothing follows: a signature or a place, no heading
    if run.start and blocks[run.start - 1].text.endswith(","):
        return  # "Respectfully submitted," and a name
    labels = [i for i in run if blocks[i].text.endswith(":")]
    if len(run) > _LONGEST_RUN and not labels and _is_in_list(blocks, run.start):
        blocks[run.start : run.stop] = [replace(blocks[i], kind="list_item") for i in run]
        return
    enough = len(run) <= _LONGEST_RUN or run.start < first_body or len(labels) > len(run) / 2
    for i in run:
        if i not in labels and _is_attribution(blocks, i):
            continue
        if enough and blocks[i].text in recurring:
            continue
        is_heading = (
            (enough and not _is_only_item(blocks, i))
            or i in labels
            or (i == run.start and blocks[i].text not in recurring)
        )
        blocks[i] = replace(blocks[i], kind="heading" if is_heading else "list_item")


def _is_only_item(blocks: Sequence[Block], i: int) -> bool:
    """Tell the one topic or event below a label that lists such; the next thing is no text of its own."""
    return i > 0 and is_list_label(blocks[i - 1].text) and not _is_body_at(blocks, i + 1)


def _is_in_list(blocks: Sequence[Block], i: int) -> bool:
    """Tell lines that a sentence announces, or that go on with a list in which one line looked like none."""
    if not i or blocks[i - 1].kind == "heading":
        return False
    is_line = len(blocks[i - 1].text) <= _BODY_CHARS and i > 1 and blocks[i - 2].kind == "list_item"
    return blocks[i - 1].text.endswith(":") or is_line


def _is_attribution(blocks: Sequence[Block], i: int) -> bool:
    """Tell the line that says who was quoted above from a heading: it follows the quotation and heads no text."""
    before = blocks[i - 1] if i else None
    if before is None or not _is_body(before) or before.kind == "turn":
        return False
    if shapes.is_wholly_quoted(before.text):
        return True
    after = blocks[i + 1] if i + 1 < len(blocks) else None
    heads_text = after is not None and _is_body(after) and not shapes.is_wholly_quoted(after.text)
    return shapes.may_be_person(blocks[i].text) and not heads_text


def _is_weak_heading(blocks: Sequence[Block], i: int) -> bool:
    """Tell a short line in sentence case between a finished paragraph and a long one."""
    block = blocks[i]
    if block.kind != "paragraph" or "\n" in block.text or not shapes.may_be_heading(block.text):
        return False
    if len(block.text.split()) > _WEAK_HEADING_WORDS or not (_is_body_at(blocks, i + 1) or _is_list_at(blocks, i + 1)):
        return False
    if _is_attribution(blocks, i):
        return False
    before = blocks[i - 1] if i else None
    after_prose = before is None or (shapes.ends_sentence(before.text) and not before.text.endswith(":"))
    return after_prose and (before is None or before.kind != "turn")


def _is_label(blocks: Sequence[Block], i: int, *, has_labels: bool) -> bool:
    """Tell "What the site offers:", which heads a list, from "The teachers asked for:", which begins a sentence."""
    block = blocks[i]
    if block.kind != "paragraph" or not block.text.endswith(":") or not shapes.may_be_heading(block.text):
        return False
    words = block.text[:-1].lower().split()
    if len(words) > _LONGEST_LABEL or _BEGINS_SENTENCE.match(block.text) or "following" in words:
        return False
    asks = words[0] in _QUESTION_WORDS
    heads_list = i + 1 < len(blocks) and blocks[i + 1].kind == "list_item"
    return (has_labels and (asks or words[-1] not in _LEADS_ON)) or (asks and heads_list)
