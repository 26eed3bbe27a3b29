"""Changes of codings as decisions, each in the words of its kind; what can be none is named, never dropped.

    added: collaboration by ana on p0004; taken off: succession (model)  → ana on p0004: themes {collaboration: 2},
    asked [collaboration, succession]
    the quotation of the model, from its second word on  → ana: is_quote, parts [the new stretch]

What a coder has decided already, at whatever time, is not decided again.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import msgspec

from pipeline.corrections.decisions import Judgement
from pipeline.exchange.codings import Coding
from pipeline.exchange.refi.comparing import Changes
from pipeline.exchange.refi.decided.practices import practices
from pipeline.exchange.refi.decided.quotes import quotes
from pipeline.exchange.refi.decided.segments import segments
from pipeline.exchange.refi.decided.themes import themes
from pipeline.exchange.refi.decided.work import Decided, Setting, Work, who
from pipeline.records import Bundle

_FEW: Final = 2
"""So many codings a person may have moved, or taken off, where they would make up most of a text."""

_DRIFT: Final = "drifted off its words, as most in this text: was the text edited?"
_UNSURE: Final = "missing, and the outputs are not the ones that were sent (--sent FILE tells what was)"
_STRANGE: Final = "new, and under the name of a model (--coder 'NAME=initials' tells who it was)"


def decided(bundle: Bundle, changes: Changes, setting: Setting) -> Decided:
    """Return what the changes to a document say."""
    found = Decided()
    removed: list[Coding] = []
    for one in changes.removed:
        why = _why_not(one, changes, setting)
        if why is None:
            removed.append(one)
        else:
            found.leave(why, f"{one.code.partition(':')[2] or one.code}: {one.text}")
    if _drifted(changes):
        for known in changes.moved:
            found.leave(_DRIFT, f"{known.sent.code}: {bundle.document.text[known.back.start : known.back.end]}")
        changes = replace(changes, moved=[])
    for two in changes.strange:
        found.leave(_STRANGE, f"{two.code}: {bundle.document.text[two.start : two.end]}")
    work = Work(bundle, changes, removed, setting, found)
    made = [*themes(work), *quotes(work), *practices(work), *segments(work)]
    found.decisions = [one for one in made if not _stands(one, setting.standing)]
    return found


def _why_not(one: Coding, changes: Changes, setting: Setting) -> str | None:
    """Return why a coding that is missing was taken off by nobody; `None`: somebody did."""
    if one.code not in setting.codes:
        return "missing with its code, which is no longer in the project"
    if not setting.counts_removed:
        return _UNSURE
    if one.source == "model" and _is_stripped(changes):
        return "missing with everything that models and the program coded in this text: was it exported at all?"
    return "nobody is known who took it off (--by)" if who(one, setting) is None else None


def _is_stripped(changes: Changes) -> bool:
    left = [known for known in [*changes.kept, *changes.moved] if known.sent.source == "model"]
    gone = [one for one in changes.removed if one.source == "model"]
    return not left and len(gone) > _FEW


def _drifted(changes: Changes) -> bool:
    """Tell codings that slid off their words when the text was edited from those that a person moved."""
    return len(changes.moved) > _FEW and len(changes.moved) >= len(changes.kept)


def _stands(one: Judgement, standing: Iterable[Judgement]) -> bool:
    """Tell a decision that its coder has made already, at whatever time."""
    return any(_content(one) == _content(other) for other in standing if other.coder == one.coder)


def _content(one: Judgement) -> Judgement:
    return msgspec.structs.replace(one, id="-", at="-", model_version=None)


__all__ = ["Decided", "Setting", "decided"]
