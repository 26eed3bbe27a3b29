"""Makes surnames easy to read for the parser.

A tagger trained on news takes a rare surname that begins a sentence for a common noun ("Lund calls that fair"). Before
parsing, a bare surname is replaced by a common name of the same length, so that every offset stays where it was. The
replacement is never shown.
"""

import re
from collections.abc import Collection

from pipeline.stages.quote import cues
from pipeline.stages.quote.people import is_role
from pipeline.stages.quote.people.lexicon import STARTERS

_COMMON = {
    len(name): name
    for name in "Jo Lee John Smith Wilson Johnson Williams Rodriguez Washington Christopher Christopherson".split()
} | {12: "Montgomeries", 13: "Fitzgeraldson"}
_WORD = re.compile(r"(?<![\w’'\-])[A-ZÀ-ÖØ-Þ][\w\-]+")
_OPENS = re.compile(r"(?:^|[.!?;:\n]\s|[.!?][”’\"']\s|[,—]\s)$")
_CUE_FOLLOWS = re.compile(r"\s(?:had |has |later |also |once |now |then )?(?P<verb>[a-z]+)\b")


def with_common_names(text: str, surnames: Collection[str]) -> str:
    """Replace bare surnames of persons whom the document names, and unknown words that do what only a person does.

    Args:
        text: a paragraph whose quoted words are blanked.
        surnames: those that the document is known to name.
    """

    def replaced(match: re.Match[str]) -> str:
        common = _COMMON.get(len(match[0]))
        fits = common is not None and (_bare(text, match, surnames) or _speaks(text, match))
        return str(common) if fits else match[0]

    return _WORD.sub(replaced, text)


def _bare(text: str, match: re.Match[str], surnames: Collection[str]) -> bool:
    return match[0] in surnames and not re.search(r"[A-Z][\w.]* $", text[max(0, match.start() - 16) : match.start()])


def _speaks(text: str, match: re.Match[str]) -> bool:
    """Whether a capitalised word begins a sentence and a verb of speech follows it."""
    if match[0] in STARTERS or is_role(match[0]) or not _OPENS.search(text, max(0, match.start() - 3), match.start()):
        return False
    follows = _CUE_FOLLOWS.match(text, match.end())
    return follows is not None and follows["verb"] in cues.FINITE
