"""Places as they are written in the front matter of a document: a town and its state, province or country."""

import re

_STATES = (
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho Illinois "
    "Indiana "
    "Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana "
    "Nebraska "
    "Nevada New_Hampshire New_Jersey New_Mexico New_York North_Carolina North_Dakota Ohio Oklahoma Oregon Pennsylvania "
    "Rhode_Island South_Carolina South_Dakota Tennessee Texas Utah Vermont Virginia Washington West_Virginia Wisconsin "
    "Wyoming D.C. Ontario Quebec Alberta Manitoba Saskatchewan British_Columbia Nova_Scotia England Scotland Wales "
    "Ireland "
    "Australia New_Zealand Canada"
).split()
_STATE_CODES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC "
    "SD TN TX UT VT VA WA WV WI WY DC N.C. S.C. N.D. S.D. N.H. N.J. N.M. N.Y. R.I. W.Va. Calif. Ala. Ariz. Ark. "
    "Colo. Conn. "
    "Del. Fla. Ga. Ill. Ind. Kan. Ky. La. Md. Mass. Mich. Minn. Miss. Mo. Mont. Neb. Nev. Okla. Ore. Pa. Tenn. Tex. "
    "Va. "
    "Vt. Wash. Wis. Wyo."
).split()
STATE = "|".join(re.escape(name.replace("_", " ")) for name in sorted([*_STATES, *_STATE_CODES], key=len, reverse=True))
_CITY_WORD = r"[A-Z][\w’'.-]{1,30}"
# Bounded, and not from the middle of a word: a search must not look at a long line again from each of its letters.
PLACE = re.compile(
    rf"(?<![\w’'.-])(?P<city>{_CITY_WORD}(?: (?:{_CITY_WORD}|of|de|del|la)){{0,5}}), (?P<state>{STATE})(?![\w.])"
)
