"""Who and what decided: models, people, thresholds, instruments."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from pipeline.codebook import Codebook
from pipeline.records import Bundle, Mapping, Tag
from pipeline.stages.report.basis import Basis


class Origins(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What made the records of a document. `thresholds`: by theme; `doubts`: instruments other than those at hand."""

    theme_models: list[str]
    practice_models: list[str]
    people: list[str]
    thresholds: dict[str, list[float]]
    doubts: list[str]


@dataclass(frozen=True, slots=True)
class Methods:
    """What made the records. `thresholds`: theme → the probabilities from which it was decided, in words."""

    theme_models: list[str]
    practice_models: list[str]
    people: list[str]
    thresholds: dict[str, str]
    doubts: list[str]


def origins_of(bundle: Bundle, basis: Basis) -> Origins:
    """Return what made the records of a document."""
    tags = [tag for tag in bundle.tags if tag.source != "human"]
    mappings = [mapping for mapping in bundle.mappings if mapping.source != "human"]
    people = {tag.coder for tag in bundle.tags if tag.source == "human"}
    people |= {mapping.coder or "unnamed" for mapping in bundle.mappings if mapping.source == "human"}
    thresholds: dict[str, set[float]] = defaultdict(set)
    for tag in tags:
        thresholds[tag.theme].add(tag.threshold)
    return Origins(
        theme_models=sorted({tag.model_version or "no version given" for tag in tags}),
        practice_models=sorted({mapping.model_version or "no version given" for mapping in mappings}),
        people=sorted(people),
        thresholds={theme: sorted(found) for theme, found in sorted(thresholds.items())},
        doubts=sorted({*_of_tags(bundle.tags, basis), *_of_mappings(mappings, basis)}),
    )


def _of_tags(tags: list[Tag], basis: Basis) -> Iterator[str]:
    known = frozenset(basis.codebook.ids)
    for tag in tags:
        if tag.theme not in known:
            yield f"The theme “{tag.theme}” was coded but is not in this codebook; it is counted by itself."
        elif tag.codebook_sha256 != basis.codebook.sha256:
            yield "Some themes were coded with another version of the codebook than the one named here."


def _of_mappings(mappings: list[Mapping], basis: Basis) -> Iterator[str]:
    indicators = frozenset(basis.rubric.indicators)
    for mapping in mappings:
        if mapping.rubric != basis.rubric.name or mapping.indicator not in indicators:
            yield (
                f"Some quotes were mapped to the rubric “{mapping.rubric}”, which differs from the one named here; "
                "tables leave out what this one does not have."
            )


@dataclass
class AllOrigins:
    """Collects, document by document, what made the records."""

    theme_models: set[str] = field(default_factory=set)
    practice_models: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    thresholds: dict[str, set[float]] = field(default_factory=lambda: defaultdict(set))
    doubts: set[str] = field(default_factory=set)

    def add(self, one: Origins) -> None:
        """Note what made the records of a document."""
        self.theme_models.update(one.theme_models)
        self.practice_models.update(one.practice_models)
        self.people.update(one.people)
        self.doubts.update(one.doubts)
        for theme, found in one.thresholds.items():
            self.thresholds[theme].update(found)

    def methods(self, codebook: Codebook) -> Methods:
        """Put it into words, themes in the order of the codebook."""
        unlisted = sorted(set(self.thresholds) - set(codebook.ids))
        order = [theme for theme in [*codebook.ids, *unlisted] if theme in self.thresholds]
        return Methods(
            theme_models=sorted(self.theme_models),
            practice_models=sorted(self.practice_models),
            people=sorted(self.people),
            thresholds={theme: _range(self.thresholds[theme]) for theme in order},
            doubts=sorted(self.doubts),
        )


def _range(thresholds: set[float]) -> str:
    return " or ".join(f"{threshold:.2f}".removeprefix("0") for threshold in sorted(thresholds))
