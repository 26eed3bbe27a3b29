"""A text of a project beside our document: its codings on our words, and what was sent of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.exchange.codings import Coding
from pipeline.exchange.refi.carrying import Carried
from pipeline.exchange.refi.comparing import Back
from pipeline.exchange.refi.names import guid, marks, same_guid
from pipeline.exchange.refi.people import People
from pipeline.exchange.refi.positions import Ruler
from pipeline.exchange.refi.reading import ForeignCoding, ForeignText
from pipeline.exchange.refi.sent import extent_in, fingerprint, sent
from pipeline.records import Bundle


@dataclass(frozen=True)
class View:
    """A text of the file beside our document."""

    text: ForeignText
    ruler: Ruler
    bundle: Bundle

    @cached_property
    def carried(self) -> Carried:
        """What carries its offsets to ours."""
        return Carried(self.ruler.text, self.bundle.document.text)

    @cached_property
    def made(self) -> list[Coding]:
        """All codings of our document."""
        return sent(self.bundle, "all")


def backs(view: View, ours: Mapping[str, str], people: People, lost: list[ForeignCoding]) -> list[Back]:
    """Return the codings of a text with our codes, on our words; those on words that we don't have are `lost`."""
    found: list[Back] = []
    carried = view.carried
    for one in view.text.codings:
        if one.code not in ours:
            continue
        place = carried.span(view.ruler.ours(one.start), view.ruler.ours(one.end))
        known = _unmoved(one, view) if place is None else None
        if place is None and known is None:
            lost.append(one)
            continue
        start, end = place or known or (0, 0)
        coder, is_person = people.coder(one.user)
        found.append(
            Back(
                guid=one.guid,
                code=ours[one.code],
                start=start,
                end=end,
                coder=coder,
                is_person=is_person,
                user=people.name(one.user),
                at=one.at,
                description=one.description,
            )
        )
    return found


def _unmoved(one: ForeignCoding, view: View) -> tuple[int, int] | None:
    """Return where a coding of ours stands whose words were rewritten there: nobody took it off."""
    made = next((own for own in view.made if _is_known(one, own)), None)
    return (made.start, made.end) if made is not None else None


def _is_known(one: ForeignCoding, own: Coding) -> bool:
    return one.guid == guid("coding", own.id) or (
        own.id in marks(one.description) and guid("code", own.code) == same_guid(one.code)
    )


def known(pairs: Sequence[tuple[ForeignText, Bundle]]) -> Iterator[tuple[str, ForeignCoding, str]]:
    """Yield the codings of the file whose words are known, because they are ours."""
    for text, bundle in pairs:
        made = {guid("coding", one.id): one for one in sent(bundle, "all")}
        named = {one.id: one for one in made.values()}
        for one in text.codings:
            ours = made.get(one.guid) or next((named[name] for name in marks(one.description) if name in named), None)
            if ours is not None and text.raw is not None:
                yield text.raw, one, " ".join(ours.text.split())


def as_sent(view: View) -> list[Coding]:
    """Return the codings of our document as far as they were sent."""
    told = extent_in(view.text.description)
    return sent(view.bundle, told[0] if told is not None else "all")


def is_same(view: View) -> bool:
    """Tell whether the outputs still hold what was sent of a document."""
    told = extent_in(view.text.description)
    return told is not None and told[1] == fingerprint(sent(view.bundle, told[0]))
