"""Whether a capitalised word may be no name: words of the language, of the calendar, of states and of this field."""

import re
from functools import lru_cache
from typing import Final

from pipeline import nlp
from pipeline.stages.ingest.places import STATE
from pipeline.stages.quote.people.lexicon import GIVEN_NAMES, NOT_NAMES, STARTERS, TITLE_WORDS, is_role

_CONTRACTED: Final = re.compile(r"(?:'(?:s|d|ll|m|ve|re)|n't)$")
_ENDINGS: Final = ("ies", "es", "s", "ing", "ed", "ers", "er", "est", "d", "n", "ly", "ness")
_FIELD: Final = frozenset(
    """
    american americans african asian latino latina latinx hispanic black white native english spanish french german
    hmong somali arabic chinese vietnamese k'iche algebra geometry covid zoom google excel powerpoint youtube facebook
    twitter email internet title crosstalk laughter inaudible pm am okay ok etc vs phd edd med ela stem iep ieps
    microsoft android iphone nwea map sat act naep naacp nsf ies usda fafsa pdf faq i ii iii iv v vi vii viii ix x xi
    xii monday tuesday wednesday thursday friday saturday sunday thanksgiving christmas easter halloween ramadan
    hanukkah granny grandma grandpa mom dad ma'am sir lord god mmhm mm hmm um uh yeah nope gonna wanna europe european
    canadian mexican british english asia africa pacific islander atlantic u.s usa uk lgbtq bipoc ell dei sel pbis mtss
    plc plcs rti esl esea essa nclb ferpa hipaa cohort walkthrough walkthroughs preschool postsecondary extracurricular
    facilitator webinar listserv dashboard online website offline rubric rubrics onboarding rapporteur rapporteurs
    supt asst dr mr mrs ms mx prof rev sr jr summit convening
    superintendency principalship principalships learners eighth-grade headteacher
    """.split()
)
WORDS_TOO: Final = frozenset(
    """
    angel april art august austin autumn bell bill bob booker brook brooks brown bush carol case chance chase cherry
    christian church clay cliff coach cole cook crystal cross daisy dale dawn day dean destiny drew earl early earnest
    ebony english faith field fields fisher florence flower ford forest forrest foster fox frank franklin gene glen
    glenn good grace grant gray green grove guy hale hall hand hart harmony hazel heath heather hill holiday holly hope
    house hunt hunter iris ivy jack jade jay jean jewel john jordan joy june justice key king knight lake lance lane
    law leaf lee lily little long love lucky major marsh mark marks mason max may mercy miles mill miller mills mercy
    moody moon moore nice noble north olive page paige park parks parker patience paul pearl penny pierce pike pool
    porter power price prince prosper pruitt ray read reed rice rich rob robin rock rocky rose ruby rusty sage sandy
    savage scout sharp short shepherd sky small smart smith song spring stark star stone storm strong summer swift
    tailor taylor temple terry thorn tide trinity troy turner urban vale victor violet wade walker wall ward warden
    waters way weaver west white wilder will wills winter wise wolf wood woods wright yong young
    """.split()
)
"""Names that are words as well: in small letters they name nobody."""
MORE_GIVEN: Final = frozenset(
    """
    Avery Barb Bev Blake Casey Chase Chuck Clint Dakota Dale Deanna Deb Dee Dianne Emerson Fay Gil Glenda Harper Hayden
    Hollis Jamie Jan Jerri Jody Jolie Jordan Josie Joss Kai Kelsey Kendall Kendra Kris Lorna Lou Lyle Lynne Marcy Marla
    Mavis Merle Micah Nell Noreen Norm Parker Patrice Patti Patty Peyton Quinn Randi Reese Renata Riley Rory Rosalyn
    Rowan Sandi Sawyer Shay Sherri Sherry Skyler Stacey Sydney Taylor Teri Terri Tess Toby Trey Trish Tristan Val Vern
    Winnie
    """.split()
)
GIVEN: Final = frozenset(GIVEN_NAMES) | MORE_GIVEN
"""Given names: those by which the gender of a speaker is told, and others."""
PLAIN: Final = frozenset(
    """
    state national federal public private school schools district districts county counties city town township high
    middle elementary primary junior senior unified consolidated independent university college board education
    network program programme project center centre council association department office committee union local
    regional central community policy leadership teaching learning equity rural urban development research principal
    principals teacher teachers superintendent superintendents student students resources for of the and on in new
    next partnership initiative partnerships labor management family budgets networks organization human academy
    contact email dates related topics news latest funders partner links projects directors comments question
    questions media twenty-seven pacific islander islanders american americans african native black white street
    institute foundation trust cooperative exchange forum collaborative consortium alliance federation coalition fund
    residency fellowship meeting summary minutes notes report brief study feature transcript advisory session spring
    fall summer winter autumn working paper papers advisory trusts area joint with
    """.split()
)
"""Words so common in this field that they name nothing: "State University", "Public Schools"."""
_STATES: Final = frozenset(word.lower().strip(".") for word in re.split(r"[ |]", STATE.replace("\\", ""))) | frozenset(
    "united states u.s usa america britain europe africa asia china japan india germany france hong kong".split()
)


@lru_cache(maxsize=1)
def _dictionary() -> frozenset[str]:
    """Return the base forms that spaCy's lemmatizer knows: about 80,000 words, some of them names."""
    language = nlp.load()
    lemmatizer = language.get_pipe("lemmatizer")
    lookups = lemmatizer.lookups  # type: ignore[attr-defined]
    bases = (word for words in lookups.get_table("lemma_index").values() for word in words)
    others = (word for words in lookups.get_table("lemma_exc").values() for word in words)
    return frozenset(bases) | frozenset(others) | frozenset(language.Defaults.stop_words)


@lru_cache(maxsize=65_536)
def is_ordinary(word: str) -> bool:
    """Whether a word has a meaning besides being a name.

    >>> [is_ordinary(word) for word in ("Marsh", "Districts", "Kettering", "Broussard")]
    [True, True, False, False]
    """
    lower = _CONTRACTED.sub("", word.lower().replace("’", "'")).strip(".'")
    if "-" in lower or "/" in lower:
        return all(is_ordinary(part) for part in re.split(r"[-/]", lower) if part)
    if lower in _FIELD or lower in _STATES or lower in WORDS_TOO or is_role(lower) or lower in TITLE_WORDS:
        return True
    if lower.capitalize() in NOT_NAMES or lower.capitalize() in STARTERS or len(lower) < 2:
        return True
    known = _dictionary()
    bases = {lower, *(lower.removesuffix(end) for end in _ENDINGS if lower.endswith(end) and len(lower) > len(end) + 2)}
    ies = {f"{base}y" for base in bases if lower.endswith("ies")}
    return bool(known & (bases | ies | {f"{base}e" for base in bases}))


def is_of_field(word: str) -> bool:
    """Whether a word belongs to this field, to the calendar or to a people, and names nobody and no place."""
    lower = word.lower().strip(".,")
    if lower in PLAIN or lower in _FIELD or lower in _STATES:
        return True
    return lower.capitalize() in NOT_NAMES or lower.capitalize().removesuffix("s") in NOT_NAMES


def is_state(name: str) -> bool:
    """Whether a name is that of a state, province or country, which stays."""
    return all(
        word.lower().strip(".,") in _STATES | {"united", "states", "u.s", "hong", "kong"} for word in name.split()
    )
