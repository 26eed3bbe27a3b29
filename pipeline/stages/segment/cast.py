"""Whose case a section is: the sites that it names, in words or as "the district", and which of them leads.

"Castor Creek lost seven principals. The district then hired a mentor for each of them."
    → Cast(named=[Castor Creek], meant=[The district → Castor Creek], …).leader == "Castor Creek"
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.records import Passage, Site
from pipeline.stages.segment.outline import Section
from pipeline.stages.segment.sites import SiteName, SiteType, is_official, mentions

_GENERIC = re.compile(
    r"\b(?:[Tt]he|[Ii]ts|[Oo]ur) (?P<noun>district|county|system|school|academy|network|residency|program|programme|"
    r"cohort|model)\b"
    r"(?! (?:board of|year|day|bus|seat|fair|office of|is in session))(?!s\b)"
)
_IN_HEADING = re.compile(r"\b(?:a|an|one|the|this|our) (?:[\w-]+ )?(?P<noun>district|county|school)\b", re.IGNORECASE)
_TYPES: dict[str, SiteType] = {
    **dict.fromkeys(["district", "county", "system"], "district"),
    **dict.fromkeys(["school", "academy"], "school"),
    **dict.fromkeys(["network", "residency", "program", "programme", "cohort", "model"], "program"),
}
_PARTNERS = re.compile(
    r"\b(?:join(?:s|ed)?|partner(?:s|ed)?|share[sd]?|merged?|pool(?:s|ed)?|together|pact|neighbors|neighbours) "
    r"?(?:\w+ ){0,4}"
    r"(?:with|between|among|,)"
)
_PLACE_OF_SCHOOL = re.compile(r",? (?:in|of) $")
_KINDS: tuple[SiteType, ...] = ("district", "school", "program")
_MEANT = 0.5
"""How much "the district" counts beside the name itself."""
_OWN = 0.1
_OPENING = 300
_FRONT_LINES = 12
_FRONT_LINE = 25
"""A title page: the first passages, as long as none has more words."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The sites of a section.

    `host`: the district that "the district" means and that stands above the schools which are named; or `None`.
    `titled`: those of its sites that the document is about. `default`: the site of the document, where a section names
    none.
    `named`: where one is named; `meant`: where "the district" or "the school" means one; `in_heading`: the names in its
    heading; `with_them`: partners of the case, and the district of a school.
    """

    named: list[Site] = field(default_factory=list)
    meant: list[Site] = field(default_factory=list)
    in_heading: list[str] = field(default_factory=list)
    with_them: list[str] = field(default_factory=list)
    opening: int = _OPENING
    host: str | None = None
    titled: frozenset[str] = frozenset()
    default: str | None = None

    @property
    def weights(self) -> dict[str, float]:
        """How much of the section is about each site."""
        counts: Counter[str] = Counter()
        for site in self.named:
            counts[site.name] += 1
        weights: dict[str, float] = dict(counts)
        for site in self.meant:
            weights[site.name] = weights.get(site.name, 0.0) + _MEANT
        return {name: weight + _OWN * (name in self.titled) for name, weight in weights.items()}

    @property
    def leader(self) -> str | None:
        """The site that leads: that of the heading, or the one most spoken of, of equals the first."""
        if self.in_heading or self.host:
            return self.in_heading[0] if self.in_heading else self.host
        weights = self.weights
        return max(weights, key=lambda name: weights[name]) if weights else self.default

    @property
    def is_early(self) -> bool:
        """Whether the leader is named, or meant, where the section begins, or on the title page."""
        return bool(self.titled) or any(
            site.name == self.leader and site.start < self.opening for site in [*self.named, *self.meant]
        )

    @property
    def share(self) -> float:
        """The leader's share of all that is said of sites."""
        weights = self.weights
        return weights.get(self.leader or "", 0.0) / sum(weights.values()) if weights else 0.0

    @property
    def all(self) -> list[str]:
        """The sites whose case this would be, the leader first."""
        first = self.in_heading or ([self.leader] if self.leader else [])
        return list(dict.fromkeys([*first, *self.with_them]))


@dataclass(frozen=True, slots=True)
class Host:
    """What "the district" … mean where a section names none: by the title page, or by what is mostly spoken of.

    `first`: where the document names each site first.
    """

    by_title: dict[SiteType, str] = field(default_factory=dict)
    by_number: dict[SiteType, str] = field(default_factory=dict)
    first: tuple[Site, ...] = ()

    def of(self, kind: SiteType) -> str | None:
        """Return the site of this type, if there is one."""
        return self.by_title.get(kind) or self.by_number.get(kind)


def host_of(passages: Sequence[Passage], title: str | None, sites: Sequence[SiteName]) -> Host:
    """Find the district, school and programme whose document this is: on the title page, or named most of the time."""
    front = "\n".join([title or "", *_front(passages)])
    found_at = [site for passage in passages for site in mentions(passage.text, passage.start, sites)]
    everywhere = Counter(site.name for site in found_at)
    first = {site.name: site for site in reversed(found_at)}
    by_title: dict[SiteType, str] = {}
    for kind in _KINDS:
        own = [site for site in sites if site.type == kind]
        found = {site.name for site in mentions(title or "", 0, own) or mentions(front, 0, own)}
        if len(found) == 1:
            by_title[kind] = found.pop()
    districts = {site.name: everywhere[site.name] for site in sites if site.type == "district"}
    most = max(districts, key=lambda name: districts[name], default=None)
    most_of = 1 if len(districts) == 1 else max(2, sum(districts.values()) / 2)
    rules = most is not None and (len(sites) == 1 or districts[most] > most_of)
    return Host(by_title, {"district": most} if rules and most else {}, tuple(first.values()))


def _front(passages: Sequence[Passage]) -> Iterator[str]:
    """Yield the lines of a title page: its headings, and lines below them that give a site's full name."""
    short = itertools.takewhile(lambda passage: len(passage.text.split()) <= _FRONT_LINE, passages[:_FRONT_LINES])
    headings = True
    for passage in short:
        headings = headings and passage.kind == "heading"
        if headings or is_official(passage.text):
            yield passage.text


def cast_of(section: Section, sites: Sequence[SiteName], host: Host) -> Cast:
    """Find the sites of a section."""
    types = {site.name: site.type for site in sites}
    prose = [passage for passage in section.passages if passage.kind != "table"]
    named = [site for passage in prose for site in mentions(passage.text, passage.start, sites)]
    end = section.heading.end if section.heading is not None else 0
    in_heading = _headed([site for site in named if site.start < end], types)
    meant = _told_by(section, host) + [
        site for passage in section.body for site in _meant(passage, named, types, host, in_heading)
    ]
    start = section.body[0].start if section.body else end
    return Cast(
        named=named,
        meant=meant,
        in_heading=in_heading,
        with_them=list(_partners(section, named, types)),
        opening=start + _OPENING,
        host=_above_schools(named, meant, types, host),
        titled=frozenset(site.name for site in [*named, *meant]) & frozenset(host.by_title.values()),
        default=host.of("district") or host.of("school"),
    )


def _above_schools(named: Sequence[Site], meant: Sequence[Site], types: dict[str, SiteType], host: Host) -> str | None:
    """Return the district whose document this is, where it is meant and only its schools are named."""
    only_schools = bool(named) and all(types[site.name] == "school" for site in named)
    own = host.by_title.get("district")
    return own if only_schools and any(site.name == own for site in meant) else None


def _told_by(section: Section, host: Host) -> list[Site]:
    """Return what a heading means by "a coastal district" or "one school": twice, since the heading says so."""
    heading = section.heading
    if heading is None:
        return []
    found = [(match, _TYPES.get(match["noun"].lower())) for match in _IN_HEADING.finditer(heading.text)]
    return [
        Site(name=name, start=heading.start + match.start(), end=heading.start + match.end())
        for match, kind in found
        if kind is not None and (name := host.of(kind)) is not None
        for _ in range(2)
    ]


def _headed(found: Sequence[Site], types: dict[str, SiteType]) -> list[str]:
    """Return the sites of a heading; a programme only where it stands alone."""
    names = list(dict.fromkeys(site.name for site in found))
    return [name for name in names if types[name] != "program"] or names


def _meant(
    passage: Passage, named: Sequence[Site], types: dict[str, SiteType], host: Host, in_heading: Sequence[str]
) -> Iterator[Site]:
    for match in _GENERIC.finditer(passage.text):
        kind = _TYPES[match["noun"]]
        at = passage.start + match.start()
        before = [site.name for site in named if site.start < at and types[site.name] == kind]
        headed = [name for name in in_heading if types[name] == kind]
        name = [*headed[:1], *before[-1:], host.of(kind)][0]
        if name is not None:
            yield Site(name=name, start=at, end=passage.start + match.end())


def _partners(section: Section, named: Sequence[Site], types: dict[str, SiteType]) -> Iterator[str]:
    """Yield the sites that a sentence joins to the case ("joined with its neighbor, A"), and a school's district."""
    for passage in section.body:
        own = [site for site in named if passage.start <= site.start < passage.end and types[site.name] != "program"]
        for joined in _PARTNERS.finditer(passage.text):
            stop = passage.text.find(".", joined.end())
            limit = passage.start + (stop if stop >= 0 else len(passage.text))
            yield from (site.name for site in own if passage.start + joined.start() <= site.start < limit)
        for site, place in itertools.pairwise(own):
            between = passage.text[site.end - passage.start : place.start - passage.start]
            if types[site.name] == "school" and types[place.name] == "district" and _PLACE_OF_SCHOOL.fullmatch(between):
                yield place.name
