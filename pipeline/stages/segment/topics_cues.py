"""The words with which people who run a meeting change its topic, and with which those who speak open or keep one.

Written from knowledge of the genre: chairs of boards and committees, moderators of panels and fishbowls, facilitators
of workshops, interviewers. Each family is one kind of signal; how much it counts is learned (`topics_weights`).

    >>> cues("Okay, thank you. We're going to move on to staffing, with questions from Dana.")
    ['announce', 'call', 'thank']
    >>> cues("Just to follow up on that, were they paid?")
    ['follow']
"""

import re
import unicodedata
from collections.abc import Sequence

_MOVE = r"(?:mov|turn|go|shift|switch|gett?|pass|proceed|jump)(?:e|ing)?"
_NTH = r"(?:first|second|third|fourth|fifth|sixth|next|last|final|remaining|other)"
_NUMBER = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|[A-H]|[IVX]{1,4})"
_MATTER = (
    r"(?:agenda item|item|topic|subject|question|issue|theme|section|part|case|problem|presentation|presenter|speaker|"
    r"panel|panelist|report|order of business|area|set of questions|group|round|segment)s?"
)
_MEET = r"(?:talk|hear|look|discuss|take up|start|begin|open|spend|consider)"
_TITLE = (
    r"(?:M(?:r|s|rs|x|iss)|Dr|Prof(?:essor)?|Supt|Superintendent|Principal|Minister|Senator|Madame?|Trustee|"
    r"Councill?or)\b"
)
# Capital initials tell a name from a word, in patterns that otherwise ignore case.
_CAPITAL = r"(?-i:[A-ZÀ-Þ])"

_FAMILIES = {
    # A change of topic, or the end of the talk, said in so many words.
    "announce": (
        rf"\b{_MOVE} (?:right |straight |swiftly |along |ahead )?"
        r"(?:on|over|back|along|our attention|gears|the conversation)?,? ?"
        r"(?:now|then|quickly|please)?,? ?(?:on ?to|into|to|with|from there)\b",
        r"\bmov(?:e|ing) (?:us )?(?:right |swiftly )?(?:on|along|ahead)\b",
        r"\b(?:brings|takes|leads|gets) us (?:neatly |now |then |on |back |nicely |right )*(?:on ?to|to|into)\b",
        rf"\b(?:our|the|your|to|for|and) (?:very )?{_NTH} (?:\w+ ){{0,2}}{_MATTER}\b",
        rf"\b(?:item|section|part|topic|question|case|group|round)(?: number)? {_NUMBER}\b",
        r"\bquestions? (?:now|next|then|on|about|around|regarding|in relation to)\b",
        rf"\bquestions? (?:\w+ ){{0,3}}from {_CAPITAL}",
        r"\b(?:shift|switch|chang)(?:e|ing)? (?:gears|tack|focus|subject|topic|direction)\b",
        r"\bon (?:to )?an?(?:other)? (?:different |separate |new |related )?(?:\w+ )?"
        r"(?:topic|subject|matter|issue|note|question|area)\b",
        r"\b(?:next|now),? (?:up|we (?:have|come|turn|move|go|hear)|I(?:['’]d| would) like to (?:turn|move|hear))\b",
        rf"\b(?:let(?:['’]s| us)|we(?:['’]ll| will| can)|shall we) (?:now |just |all )?{_MEET}\b",
        r"\b(?:keen|like|want|going|time|ready) (?:now )?to (?:now )?(?:turn|move|go on|shift|switch|explore)\b",
        r"\b(?:reconvene|resume|welcome (?:back|everyone)|meeting to order|recess|after the break|take a break)\b",
        r"\b(?:I (?:now )?move (?:that|amendment|the motion)|motion (?:is )?(?:carried|passes)|lead amendment)\b",
        r"\b(?:we(?:['’]re| are) (?:at|out of) time|come to the end of|(?:that|this) (?:concludes|brings us to))\b",
    ),
    # Somebody is given the floor.
    "call": (
        r"\b(?:hand|turn|pass|throw|give|kick|yield|send)(?:ing)? "
        r"(?:it |this |you |that |things |the floor |the mic(?:rophone)? )?(?:over |back |on )?to\b",
        rf"\bcall(?:ing)? (?:up)?on\b|\bI (?:now )?call (?:the |{_CAPITAL})",
        r"\b(?:have|has|take|takes|to) the floor\b|\bthe floor is\b|\bgo ahead\b|\bover to\b|\byour turn\b",
        r"\b(?:you['’]re|you are|is) (?:up|next)\b|\bnext up\b|\bwho(?:['’]s| is| wants to (?:go|be)) (?:next|first)\b",
        r"\b(?:go|continue|start|begin|turn|move)(?:n?ing)? (?:now |on |over |back |along |next )*(?:to|with) (?:the )?"
        rf"(?:hon\b|honou?rable|member|{_TITLE}|{_CAPITAL}[a-z])",
        r"\b(?:has|have|had|got) (?:got )?(?:an?|some|another|one|further|more|any|your) (?:\w+ ){0,2}questions?\b",
        r"\b(?:like|wants?|wish|happy|ready) to (?:go (?:next|first)|start|come in|kick|open|begin|present|speak)\b",
        r"\bhear (?:now |next |first )?from\b|\bjoined by\b|\bplease welcome\b|\bintroduce\b",
        r"\bquestions? (?:goes|go|is|are|comes|come) (?:to|from|with|for)\b",
    ),
    # A speaker is thanked, as one does when they have finished.
    "thank": (r"\b(?:thank you|thanks|cheers|diolch|gracias|much appreciated|appreciate (?:it|that|you))\b",),
    # Who speaks opens a subject of their own.
    "open": (
        r"\b(?:I(?:['’]d| would)? (?:just )?(?:like|want|wanted)|if I (?:could|can|may)|can I|could I|may I|let me) "
        r"(?:to )?(?:just |now |also |then |briefly )*(?:ask|talk|turn|move|go (?:back|on)|come (?:to|on to)|focus|"
        r"pick up|raise|look|start|begin|touch|spend|switch|shift|change)\b",
        r"\bmy (?:\w+ )?(?:question|concern|problem|case)\b|\b(?:ours|mine) (?:is|was)\b",
        r"^(?:(?:so|now|okay|well|right|yes|and|thanks?(?: you)?|(?:mr|madam) ?\.? ?chair\w*)[,.]? )*"
        r"(?:in terms of|with re(?:gard|spect) to|regarding|as (?:for|regards|far as)|turning to|"
        r"on the (?:issue|question|subject|topic|matter)|speaking of|when it comes to|talking (?:about|of)|"
        r"in relation to|looking at)\b",
        r"\b(?:an?|another|separate|different) (?:question|issue|topic|subject|thing|matter|area)\b",
    ),
    # What is said goes on from what was said.
    "follow": (
        r"\bfollow(?:ing|s)?[- ]?(?:up|on)?(?: (?:on|from))\b|\bfollow[- ]?up\b|\bsupplementary\b|\bon that\b",
        r"\bon (?:this|the same) (?:point|note|one|question|issue|subject)\b",
        r"\b(?:com|go|gett?)(?:e|ing)? back to\b|\bas (?:you|he|she|they|I) said\b",
        r"\byou(?:['’]ve| have)? (?:just )?(?:mentioned|said|say|talked|referred|touched|told)\b",
        r"\b(?:to (?:add|build|echo)|just to (?:clarify|add|be clear|check|confirm)|pick(?:ing)? up on)\b",
    ),
    # An answer, or a word in between.
    "answer": (
        r"^(?:yes|yeah|yep|no|nope|well|absolutely|certainly|indeed|exactly|correct|sure|of course|that['’]s|they|it|"
        r"he|she|but|and|or|because|which|oh|i (?:agree|think|don['’]t|would))\b",
    ),
}

FAMILIES: tuple[str, ...] = tuple(_FAMILIES)
_PATTERNS = {name: re.compile("|".join(patterns), re.IGNORECASE) for name, patterns in _FAMILIES.items()}
_CHAIR = re.compile(
    r"\b(?:chair(?:man|woman|person)?|moderator|facilitator|interviewer|convener|discussant|presiding)\b|"
    r"^(?:host|president|mayor|emcee|clerk)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-ZÀ-Þ][^\W\d_]{2,}")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_HEAD, _TAIL = 240, 320
"""Characters at the two ends of a long turn that are searched: a chair closes at one and announces at the other."""


def cues(words: str) -> list[str]:
    """Return the families of cues near the two ends of what somebody says."""
    ends = words if len(words) <= _HEAD + _TAIL else f"{words[:_HEAD]} … {words[-_TAIL:]}"
    return [name for name in FAMILIES if _PATTERNS[name].search(ends)]


def is_chair(label: str) -> bool:
    """Tell a speaker's label that says that the person runs the meeting."""
    return bool(_CHAIR.search(label))


def names_one_of(words: str, labels: Sequence[str]) -> bool:
    """Tell whether the last words of a turn name one of these speakers."""
    named = {_plain(name) for name in _NAME.findall(words[-_TAIL // 2 :])}
    return any(named & {_plain(part) for part in _LETTERS.findall(label)} for label in labels)


def _plain(name: str) -> str:
    """Return a name in small letters without accents, which people set as they please."""
    return "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))
