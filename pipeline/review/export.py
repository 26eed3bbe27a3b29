"""The page as one file, for someone without this program: judged offline, sent back as FILE.jsonl.

Texts and suggestions lie in it as JSON that is never executed. Decisions stay in the browser until they are saved to a
file, one a line; `pop import decisions FILE` takes that.
"""

import msgspec

from pipeline.review import page
from pipeline.review.facts import Facts
from pipeline.review.sitting import Sitting
from pipeline.review.units import Unit


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page holds."""

    facts: Facts
    units: list[Unit]


def exported(sitting: Sitting) -> bytes:
    """Return the page; the same sitting gives the same bytes."""
    material = Material(facts=sitting.facts(), units=sitting.units)
    return page.alone(msgspec.json.encode(material).decode()).encode()
