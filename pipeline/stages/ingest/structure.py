"""Structure that no file format gives: sentences that a page break cut, headings without markup, their levels.

Each function takes the blocks of a document and returns new ones.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pipeline.records import PassageKind
from pipeline.stages.ingest import shapes
from pipeline.stages.ingest.blocks import Block
from pipeline.stages.ingest.healing import join_lines

_PROSE: frozenset[PassageKind] = frozenset({"paragraph", "list_item", "quote", "turn", "note"})
_CUT_MINIMUM = 50
_CUT_ITEM_MINIMUM = 25
_WEAK_HEADING_WORDS = 9
_BODY_CHARS = 100
_LONGEST_RUN = 2
_MOST_RECURRENCES = 2

_CLOSING = re.compile(
    r"^(?:\d+[.)]?\s*)?(?:in\s+)?(?:conclu|next steps|closing|looking ahead|appendix|appendices|references|endnotes|"
    r"notes$|"
    r"acknowledg|adjourn|about the (?:author|network|collaborative))",
    re.IGNORECASE,
)

Style = Literal["caps", "question", "numbered", "title", "sentence"]


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
    if "\n" in before.text or "\n" in after.text or shapes.FIELD.match(after.text[:40]):
        return False
    if shapes.ends_sentence(before.text) and not before.text.endswith("-"):
        return False
    start = after.text.lstrip("“\"'‘([")
    if start[:1].islower():
        return len(before.text) >= (_CUT_ITEM_MINIMUM if before.kind == "list_item" else _CUT_MINIMUM)
    # A sentence may go on with a name or a number: only when both halves are clearly running text.
    return (
        before.kind == "paragraph"
        and not shapes.is_strong_heading(before.text)
        and len(before.text) > 2 * _CUT_MINIMUM
        and shapes.ends_sentence(after.text)
        and not shapes.may_be_heading(after.text)
        and not re.match(r"^\w+[.)]\s", after.text)
    )


def find_headings(blocks: Sequence[Block]) -> list[Block]:
    """Make headings of short lines that stand above a text, and list items of short lines that follow one another."""
    found = list(blocks)
    first_body = next((i for i, block in enumerate(found) if _is_body(block)), len(found))
    recurring = _recurring(found)
    for run in _runs(found):
        _mark_run(found, run, first_body, recurring)
    for i, block in enumerate(found):
        if block.text not in recurring and _is_weak_heading(found, i):
            found[i] = replace(block, kind="heading")
    if len(found) > 1 and found[0].kind == "paragraph" and _is_title(found[0]):
        found[0] = replace(found[0], kind="heading")
    return with_levels(found)


def _is_title(block: Block) -> bool:
    lines = block.text.split("\n")
    return all(shapes.is_strong_heading(line) for line in lines) or (
        len(lines) == 1 and shapes.may_be_heading(lines[0])
    )


def _is_body(block: Block) -> bool:
    return block.kind in _PROSE and len(block.text) > _BODY_CHARS and shapes.ends_sentence(block.text)


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
    labels = [i for i in run if blocks[i].text.endswith(":")]
    enough = len(run) <= _LONGEST_RUN or run.start < first_body or len(labels) > len(run) / 2
    for i in run:
        if i not in labels and _is_attribution(blocks, i):
            continue
        if enough and blocks[i].text in recurring:
            continue
        is_heading = enough or i in labels or (i == run.start and blocks[i].text not in recurring)
        blocks[i] = replace(blocks[i], kind="heading" if is_heading else "list_item")


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
    if len(block.text.split()) > _WEAK_HEADING_WORDS or i + 1 == len(blocks) or not _is_body(blocks[i + 1]):
        return False
    if _is_attribution(blocks, i):
        return False
    before = blocks[i - 1] if i else None
    after_prose = before is None or (shapes.ends_sentence(before.text) and not before.text.endswith(":"))
    return after_prose and (before is None or before.kind != "turn")


def with_levels(blocks: Sequence[Block]) -> list[Block]:
    """Give headings without markup their levels: by number, by capitals, and by which style came first.

    The title and closing sections ("Next Steps", "References") stand on level 1.
    """
    headings = [block for block in blocks if block.kind == "heading"]
    title = headings[0] if headings and blocks[0] is headings[0] else None
    ranks = _ranks([block.text for block in headings if block is not title])
    questions = _has_questions([block.text for block in headings])
    return [
        replace(block, level=1 if block is title else _level(block.text, ranks, questions=questions))
        if block.kind == "heading"
        else block
        for block in blocks
    ]


def _level(text: str, ranks: dict[Style, int], *, questions: bool) -> int:
    if _CLOSING.match(text):
        return 1
    depth = shapes.heading_depth(text) or 1
    return min(6, ranks[_style(text, questions=questions)] + depth - 1)


def _ranks(texts: Sequence[str]) -> dict[Style, int]:
    """Rank the styles of headings: capitals highest, the others in the order in which they first appear."""
    questions = _has_questions(texts)
    styles = [_style(text, questions=questions) for text in texts if not _CLOSING.match(text)]
    ranks: dict[Style, int] = {"caps": 1} if "caps" in styles else {}
    for style in dict.fromkeys(styles):
        if style not in ranks:
            before_capitals = "caps" not in styles or styles.index(style) < styles.index("caps")
            taken = [rank for known, rank in ranks.items() if known != "caps" or not before_capitals]
            ranks[style] = max(taken, default=0) + 1
    return {style: ranks.get(style, 1) for style in ("caps", "question", "numbered", "title", "sentence")}


def _has_questions(texts: Sequence[str]) -> bool:
    """Tell whether questions are a style of heading here, rather than a turn of phrase in one of them."""
    return Counter(text.endswith("?") for text in texts)[True] > 1


def _style(text: str, *, questions: bool) -> Style:
    if shapes.heading_depth(text):
        return "numbered"
    if questions and text.endswith("?"):
        return "question"
    return shapes.case_of(text)
