"""The words that introduce speech.

Three kinds. SPEECH verbs report words wherever they stand next to a quotation. WEAK verbs also do other things
(read, begin, feel), and count only where a comma or colon parts them from the quotation or the speaker follows
them. NAMING verbs give something a name, and count only for a judgment in a person's mouth (calls that “a fair
hit”), never for a term (called “principal summits”). The list extends the reporting verbs of Quirk et al. 1985, A
Comprehensive Grammar of the English Language, §16.31 and §14.29, with those of meeting summaries.
"""

import re
from typing import Literal

CueKind = Literal["speech", "weak", "naming"]

_SPEECH = """
acknowledge add admit advise affirm allege announce answer argue ask assert attest boast brag caution chide
claim clarify comment complain concede conclude confess confide confirm contend counter cry declare demand
disclose echo elaborate emphasize emphasise exclaim explain explicate inform inquire insist interject interrupt
joke lament maintain mention murmur mutter note object observe opine plead pledge posit predict proclaim promise
pronounce propose protest quip quote recall recommend recount reflect reiterate relate remark remember remind
repeat reply report respond retort reveal say scoff shout shrug sigh snap speculate state stress suggest
summarize summarise tell testify theorize think thunder underline underscore urge voice vow warn whisper wonder
worry write yell
answer bark blurt chant cheer commend correct counsel croak crow deadpan decry deny drawl elucidate email enthuse
expound fret fume gripe groan growl gush hiss implore interpose intone jest marvel moan muse plead preach rant reckon
rejoin remonstrate scold sing snarl sniff sob stammer stipulate stutter surmise swear tease tweet venture wail whine
"""
_WEAK = """
agree articulate assure begin believe bemoan chuckle continue contribute describe disagree discuss
express feel finish grin grumble hope illustrate indicate laugh marvel muse offer outline phrase praise present
quote reason respond share smile start close open end nod volunteer read wish encourage challenge
"""
_NAMING = "call label dub term describe characterize characterise compare liken"
# Verbs that report only together with the words after them.
_WITH = {
    "put": "it|this|things|that",
    "go": "on",
    "point": "out",
    "sum": "up|it up",
    "want": "to know",
    "chime": "in",
    "speak": "up|of|about",
    "call": "out",
    "send": r"(?:\w+ )?(?:the following|this)",
    "weigh": "in",
    "read": "aloud|out|in part",
    "single": "out",
    "push": "back",
    "fire": "back",
    "shoot": "back",
    "hit": "back",
    "cut": "in",
    "break": "in",
    "jump": "in",
}
_IRREGULAR = {
    "say": "said",
    "tell": "told",
    "send": "sent",
    "think": "thought",
    "write": "wrote written",
    "read": "read",
    "put": "put putting",
    "go": "went gone",
    "speak": "spoke spoken",
    "hear": "heard",
    "begin": "began begun beginning",
    "feel": "felt",
    "admit": "admitted admitting",
    "quip": "quipped quipping",
    "chide": "chided",
    "brag": "bragged bragging",
    "snap": "snapped snapping",
    "shrug": "shrugged shrugging",
    "grin": "grinned grinning",
    "sum": "summed summing",
    "shoot": "shot",
    "hit": "hit hitting",
    "cut": "cut cutting",
    "break": "broke broken",
    "plead": "pled",
    "jot": "jotted jotting",
    "sing": "sang sung",
    "swear": "swore sworn",
    "deny": "denied denying",
}
# Nouns that announce speech before a colon: “Her answer was this: …”
SPEECH_NOUNS = frozenset(
    """
    account advice answer argument assessment comment complaint concern confession explanation insight line
    message note objection observation question quote quotation realization recollection reflection refrain
    remark reminder reply report response sentiment statement story summary telling testimony thought view
    warning word words request appeal invitation toast lesson theory takeaway plea verdict wish version credo philosophy
    """.split()
)
# Words that mark what follows as a name or term, not as speech.
TERM_WORDS = re.compile(
    r"\b(?:(?:titled|entitled|called|named|termed|labell?ed|dubbed|known as|nicknamed|so-called"
    r"|branded|headed|headlined),?"
    r"|the (?:term|phrase|word|words|slogan|motto|theme|label|title|name|acronym|concept|notion|idea) (?:of )?"
    r"|(?:book|chapter|article|paper|report|session|workshop|project|program|programme|course|song|film|video|poem|series"
    r"|speech|essay|module|brief|presentation|panel|webinar|issue|theme|motto|slogan)s?,?)\s*$",
    re.IGNORECASE,
)
ACCORDING_TO = re.compile(
    r"\baccording to\b|\bin the (?:words|phrase|phrasing|telling|view|opinion) of\b|\bas quoted by\b", re.IGNORECASE
)
_OWN_VOICE = (
    "words|phrase|phrasing|telling|account|view|opinion|estimation|judgment|judgement|reckoning|formulation|experience"
)
IN_OWN_WORDS = re.compile(
    r"\b(?:in|to|by) (?P<owner>his|her|their|my|(?:[\w.\-]+ ){0,4}?[\w.\-]+[’'](?:s\b)?) (?:own )?"
    rf"(?:{_OWN_VOICE})\b",
    re.IGNORECASE,
)
# What a person keeps saying: “her motto is ‘…’”. Only of one person; the motto of a school is none.
SAYINGS = SPEECH_NOUNS | frozenset("axiom line mantra maxim motto phrase principle rule saying slogan term".split())
# Things that carry words nobody speaks.
SIGNS = frozenset(
    """
    badge banner billboard board button cover door form heading headline label mug page pin placard plaque plate policy
    poster questionnaire screen shirt sign slide slogan sticker stone survey t-shirt wall
    """.split()
)
WRITINGS = frozenset("card comment e-mail email entry essay letter memo message note post postcard reply text".split())


def _forms(lemma: str) -> list[str]:
    if lemma.endswith("e"):
        regular = [lemma + "s", lemma + "d", lemma[:-1] + "ing"]
    elif re.search(r"[^aeiou]y$", lemma):
        regular = [lemma[:-1] + "ies", lemma[:-1] + "ied", lemma + "ing"]
    else:
        regular = [lemma + ("es" if re.search(r"(?:s|sh|ch|x|go)$", lemma) else "s"), lemma + "ed", lemma + "ing"]
    return [lemma, *regular, *_IRREGULAR.get(lemma, "").split()]


def _table() -> dict[str, tuple[str, CueKind]]:
    table: dict[str, tuple[str, CueKind]] = {}
    kinds: list[tuple[CueKind, str]] = [("naming", _NAMING), ("weak", _WEAK), ("speech", _SPEECH)]
    for kind, lemmas in kinds:
        for lemma in lemmas.split():
            table |= dict.fromkeys(_forms(lemma), (lemma, kind))
    return table


FORMS: dict[str, tuple[str, CueKind]] = _table()
# Forms that only a verb with a subject has: "says", "called"; not "say", "saying".
FINITE = frozenset(form for form in FORMS if form != FORMS[form][0] and not form.endswith("ing"))
WITH_FORMS: dict[str, re.Pattern[str]] = {
    form: re.compile(rf"\s+(?:{after})\b", re.IGNORECASE) for lemma, after in _WITH.items() for form in _forms(lemma)
}
# "She goes, “…”": speech only where nothing but the comma parts it from the mark.
_GOES = re.compile(r"(?=(?:,| like,?)?\s*[“\"‘])")


def lemma(form: str) -> str:
    """Return the verb of a form, or the form itself."""
    return FORMS[form][0] if form in FORMS else form


def cue_at(text: str, start: int, end: int) -> tuple[int, CueKind] | None:
    """Return where the cue that begins at `start` ends, and its kind, or None where the word is no cue.

    Args:
        text: the text in which the word stands.
        start: where the word starts.
        end: where the word ends.
    """
    form = text[start:end].lower()
    joined = WITH_FORMS.get(form)
    if joined is not None and (match := joined.match(text, end)):
        return (end if form.startswith("put") else match.end()), "speech"
    if form in {"go", "goes", "went"} and _GOES.match(text, end):
        return end, "speech"
    return (end, FORMS[form][1]) if form in FORMS else None
