"""The tables of the methods section: codebook, quality of the classifier, prevalence."""

from dataclasses import dataclass
from typing import Final

from pipeline.methods.figures import FEWEST_JUDGED, AgreementFigures, All, ThemeFigures
from pipeline.methods.words import interval, percent, share

_MEASURED: Final = ("theme", "n", "precision", "recall", "F1")
_COEFFICIENTS: Final = {
    "percent": "percent",
    "kappa": "Cohen’s κ",
    "PABAK": "PABAK",
    "AC1": "Gwet’s AC1",
    "alpha": "Krippendorff’s α",
}
_READING: Final = (
    "n: passages with the theme. CI, groups: of F1, drawn over groups (meetings, documents); naive: over passages, as "
    "if they did not belong together. review, present: the probability from which a code waits for a person, and from "
    "which it counts. Precision and recall were measured at the first of these."
)
_COUNTED: Final = (
    "present: passages in which the theme counts; waiting: those that wait for review. The corrected share starts from "
    "both, since the errors of the classifier are known there. Repeated passages are left out."
)


@dataclass(frozen=True)
class Table:
    """A table with its title and note."""

    title: str
    head: list[str]
    rows: list[list[str]]
    note: str = ""


def tables(all_: All) -> list[Table]:
    """Return the tables, in the order in which the text names them."""
    level = percent(all_.settings["confidence"])
    made = [
        Table(
            "Table 1. Themes of the codebook", ["theme", "definition"], [[t.name, t.definition] for t in all_.themes]
        ),
        Table(
            "Table 2. The classifier on held-out passages, by theme",
            [
                "theme",
                "n",
                "precision",
                "recall",
                "F1",
                f"{level} CI, groups",
                f"{level} CI, naive",
                "review",
                "present",
            ],
            [_measured(theme) for theme in all_.themes],
            _READING,
        ),
        Table(
            "Table 3. Prevalence of the themes",
            ["theme", "present", "waiting", "passages", "share found", "share corrected", f"{level} CI"],
            [_prevalence(theme) for theme in all_.themes],
            _notes(all_),
        ),
    ]
    return [*made, *_agreement(all_, level)]


def _agreement(all_: All, level: str) -> list[Table]:
    enough = [one for one in all_.people.agreement if one.n >= FEWEST_JUDGED]
    if not enough:
        return []
    rules = "; ".join(dict.fromkeys(one.rule for one in enough))
    over = "; ".join(dict.fromkeys(one.drawn_over for one in enough))
    return [
        Table(
            "Table 4. Agreement over all themes",
            ["coders", "passages", *_COEFFICIENTS.values()],
            [
                [", ".join(one.coders), f"{one.n:,}", *(_coefficient(one, name) for name in _COEFFICIENTS)]
                for one in enough
            ],
            f"In brackets {level} CIs, drawn over {over}. Which text counts: {rules}.",
        )
    ]


def _coefficient(one: AgreementFigures, name: str) -> str:
    value, low, high = one.coefficients.get(name, (None, None, None))
    return f"{share(value)} {interval(low, high)}".strip()


def _measured(theme: ThemeFigures) -> list[str]:
    if theme.f1 is None:
        return [theme.name, "–", "–", "–", "–", "–", "–", "–", "–"]
    return [
        theme.name,
        f"{theme.n:,}",
        share(theme.precision),
        share(theme.recall),
        share(theme.f1),
        interval(theme.low, theme.high),
        interval(theme.naive_low, theme.naive_high),
        share(theme.threshold),
        share(theme.yes_threshold) if (theme.yes_threshold or 0) <= 1 else "never",
    ]


def _prevalence(theme: ThemeFigures) -> list[str]:
    return [
        theme.name,
        f"{theme.present:,}",
        f"{theme.review:,}",
        f"{theme.of:,}",
        share(theme.present / theme.of if theme.of else None),
        share(theme.share),
        interval(theme.share_low, theme.share_high),
    ]


def _notes(all_: All) -> str:
    reasons: dict[str, list[str]] = {}
    for theme in all_.themes:
        if theme.share is None and theme.why:
            reasons.setdefault(theme.why, []).append(theme.name)
    told = [f"Not corrected, {', '.join(names)}: {why}." for why, names in reasons.items()]
    return " ".join([_COUNTED, *told])
