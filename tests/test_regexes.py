"""Every regular expression of the program takes time in proportion to the text, whatever stands in it."""

import re

import pytest
from regexes import LENGTH, Regex, all_regexes, attack_that_works, attacks

from pipeline.privacy import places, replacing

REGEXES = all_regexes()

WINDOWS = {
    r"[A-Z][\w.]* $": 16,
    r"(?:[\w\-]+ ){1,2}$": 40,
    r"(?:[\w’'\-]+ ){0,6}[\w’'\-]+[,:]? $": 80,
    replacing._HONORIFIC.pattern: 48,
    places._LEAD.pattern: 90,
}
"""Patterns that only ever see so many characters of a text, in which the square is nothing."""


@pytest.mark.slow
@pytest.mark.parametrize("regex", REGEXES, ids=lambda regex: f"{regex.where} {regex.pattern[:20]}")
def test_no_text_makes_a_pattern_slow(regex: Regex) -> None:
    if regex.pattern not in WINDOWS:
        assert attack_that_works(regex) is None


def test_the_patterns_of_the_program_are_found() -> None:
    assert len(REGEXES) > 400
    assert {regex.where.split(".")[1].split(":")[0] for regex in REGEXES} >= {"stages", "exchange", "forms", "query"}
    assert set(WINDOWS) <= {regex.pattern for regex in REGEXES}


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"\s+$",
        r"(?:ab|a)*c",
        r"\w+@\w+",
        r"^(?:\w+ ?)*$",
        r"x[^)]*\)",
        r"(?P<a>\w+) is$",
        r"^(\s*)-",
        r"<!--.*?-->",
        r"a(?:.*,)*z",
    ],
)
def test_patterns_that_are_slow_are_found_out(pattern: str) -> None:
    assert attack_that_works(Regex("made", pattern, re.DOTALL | re.MULTILINE, is_searched=True)) is not None


@pytest.mark.parametrize(
    "pattern", [r"abc", r"(?<!\s)\s++$", r"[^<>]", r"\d{1,4}", r"^#+ ", r"(?<!\w)\w++ is", r"a|b|c"]
)
def test_patterns_that_are_not_are_left_alone(pattern: str) -> None:
    assert attack_that_works(Regex("made", pattern, 0, is_searched=True)) is None


def test_attacks_are_long_and_hold_what_the_pattern_repeats() -> None:
    found = list(attacks(Regex("made", r"From: (?:[xy]z)+!", 0, is_searched=True)))
    assert any(attack.startswith("From: xzxzxz") for attack in found)
    assert all(LENGTH / 2 < len(attack) < 2 * LENGTH for attack in found)
