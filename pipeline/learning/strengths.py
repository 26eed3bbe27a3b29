"""How strongly the regressions on words are held to their labels: what it takes to tell, later, what each label did."""

from typing import Final

THEME_WORDS: Final = 12.0
"""Inverse of the regularisation (scikit-learn's C) of the regressions of themes on words."""

PRACTICE_WORDS: Final = 12.0
"""The same of the regressions of indicators."""

SOFT_PRACTICE: Final = 0.5
"""Of a positive of grade 1 in the regressions of indicators and pairs; one of grade 2 weighs 1."""
