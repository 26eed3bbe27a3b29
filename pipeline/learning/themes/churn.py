"""Which tags would change if a new model took over: what a researcher has read already must not move unseen."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pipeline import jsonl
from pipeline.learning.themes.model import ThemeModel
from pipeline.records import Tag
from pipeline.tools import Tools

FILE = "churn.jsonl"
Decision = Literal["yes", "review", "no"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that would change; `no`: there was, or would be, no tag."""

    passage_id: str
    theme: str
    before: Decision
    after: Decision
    p: float | None


def changes(outputs: Path, model: ThemeModel, tools: Tools) -> list[Change]:
    """Return the decisions of the outputs that a new model would change; tags of persons stay as they are."""
    from pipeline.bundles import bundles  # noqa: PLC0415 - stages import models
    from pipeline.stages.tag import tag_passages  # noqa: PLC0415

    before = {
        (tag.passage_id, tag.theme): tag for tag in jsonl.read(outputs / "tags.jsonl", Tag) if tag.source == "model"
    }
    settings = msgspec.structs.replace(tools.settings, write_rejected=True, evidence_sentences=1)
    found: list[Change] = []
    for bundle in bundles(outputs, ["documents", "passages", "segments"]):
        for tag in tag_passages(bundle, model, tools.codebook, tools.encoder, tools.sentencizer, settings):
            old = before.get((tag.passage_id, tag.theme))
            was: Decision = old.decision if old else "no"
            if was != tag.decision:
                found.append(
                    Change(passage_id=tag.passage_id, theme=tag.theme, before=was, after=tag.decision, p=tag.p)
                )
    return found


def lines(found: Sequence[Change] | None) -> list[str]:
    """Say how many tags would change, theme by theme; `None`: there are no outputs to compare with."""
    if found is None:
        return []
    if not found:
        return ["", "No existing tag would change."]
    themes = Counter(change.theme for change in found)
    rows = [
        f"  {theme[:25]:26}{n:>6} change: {', '.join(f'{k} {what}' for what, k in _kinds(found, theme))}"
        for theme, n in themes.most_common()
    ]
    return ["", f"Tags in the outputs that change at the next run: {len(found)} decisions (listed in {FILE})", *rows]


def _kinds(found: Sequence[Change], theme: str) -> list[tuple[str, int]]:
    return Counter(f"{one.before} → {one.after}" for one in found if one.theme == theme).most_common()
