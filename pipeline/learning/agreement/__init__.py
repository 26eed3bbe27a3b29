"""Agreement of coders on the same passages, segments and documents: theme by theme and over whole sets of themes.

Reads files of labels and of tags. Only passages that both have coded count; a passage without a theme is coded "none",
so that agreement on what carries no theme shows in every figure, and prevalence beside it tells how much. A segment or
document has a theme if any of those passages has.

    A: p1 {equity}  p2 {}        B: p1 {equity, succession}  p2 {}
    equity      n 2, A .50, B .50: percent 1.0, kappa 1.0, …
    succession  n 2, A .00, B .50: percent .50, kappa .00, …
    disagreement: p1, succession, A none, B 2

The model is a coder like any other. With more than two coders there are all pairs, and alpha over all of them.

codings       reads what coders say            units         passages, segments, documents
coefficients  the figures                      comparing     coders in, figures with intervals out
disagreements where two coders differ          printing      the table
"""

from pipeline.learning.agreement.codings import Coding, Places, read, read_all, read_places
from pipeline.learning.agreement.coefficients import (
    COEFFICIENTS,
    NONE,
    coefficients,
    krippendorff_alpha,
    masi,
    nominal,
    of_tables,
)
from pipeline.learning.agreement.comparing import Agreement, Comparison, compare, compare_all
from pipeline.learning.agreement.disagreements import Disagreement, disagreements
from pipeline.learning.agreement.printing import to_text
from pipeline.learning.agreement.units import UNITS, Unit

__all__ = [
    "COEFFICIENTS",
    "NONE",
    "UNITS",
    "Agreement",
    "Coding",
    "Comparison",
    "Disagreement",
    "Places",
    "Unit",
    "coefficients",
    "compare",
    "compare_all",
    "disagreements",
    "krippendorff_alpha",
    "masi",
    "nominal",
    "of_tables",
    "read",
    "read_all",
    "read_places",
    "to_text",
]
