"""The numbers behind `topics`.

The weights were learned by `python tests/bench/segmentation.py --fit`, on the development half of its meetings; what is
asked of a boundary was chosen there, too, and for prose on our own example documents without their headings.
"""

import math
from dataclasses import dataclass

WEIGHTS: dict[str, float] = {
    "near_60": -0.665,
    "near_200": -0.1182,
    "near_600": -0.3348,
    "chair_announce": 1.1268,
    "chair_call": 0.6631,
    "next_new": 0.4446,
    "asked": -1.5091,
    "other_open": 1.346,
    "other_answer": -0.3714,
    "other_follow": -0.3337,
    "short": -1.4744,
    "voices": 1.018,
}


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a boundary.

    `margin`: how far it stands out in its text, in robust standard deviations, if the text has 140 gaps. `rise`: by how
    much more in a text e times as long: people divide a talk of three hours into hardly more topics than one of one.
    `least`: turns or paragraphs of a topic.
    """

    margin: float
    rise: float
    least: int

    def of(self, gaps: int) -> float:
        """Return the margin for a text of so many gaps."""
        return self.margin + self.rise * math.log(min(max(gaps, _SHORTEST), _LONGEST) / _USUAL)


_SHORTEST, _USUAL, _LONGEST = 60, 140, 400
SPEECH = Demand(margin=1.6, rise=0.6, least=5)
PROSE = Demand(margin=0.3, rise=0.0, least=2)
