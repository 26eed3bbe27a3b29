"""What people did: their decisions, what these changed, and how far they agree with one another and with the model."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from pipeline import jsonl
from pipeline.config import Settings
from pipeline.corrections import folder, log
from pipeline.corrections.decisions import Undo
from pipeline.errors import PipelineError
from pipeline.learning import agreement
from pipeline.learning.agreement import Agreement, Coding
from pipeline.methods.figures import AgreementFigures, PeopleFigures
from pipeline.records import Mapping as MappingRecord
from pipeline.records import Quote, Segment, Tag
from pipeline.tools import Tools

MODEL = "the model"


def people_figures(outputs: Path, tools: Tools, settings: Settings) -> PeopleFigures:
    """Return what people did, by their names as they stand in the files."""
    labels = tools.labels_path
    held = folder.read(labels).recorded if labels is not None else []
    changed, humans = _changed(outputs)
    found, why = _agreement(outputs, tools, settings) if held else ([], "no decision of a person was at hand")
    times = sorted(one.judgement.at for one in held)
    return PeopleFigures(
        coders=dict(sorted(Counter(one.judgement.coder for one in held).items())),
        decisions=len(held),
        blind=sum(one.judgement.blind for one in held),
        undone=_undone(labels),
        first=times[0] if times else None,
        last=times[-1] if times else None,
        by_target=dict(sorted(Counter(folder.target_of(one.judgement) for one in held).items())),
        quotes=humans["quotes"],
        segments=humans["segments"],
        mappings=humans["mappings"],
        agreement=found,
        why_no_agreement=why,
        **changed,
    )


def _undone(labels: Path | None) -> int:
    files = log.files(labels) if labels is not None else []
    return sum(isinstance(one, Undo) for path in files for one in log.read(path).decisions)


def _changed(outputs: Path) -> tuple[dict[str, int], Counter[str]]:
    """Compare each theme that a person decided with what the model had said of the passage."""
    model: dict[tuple[str, str], str] = {}
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for tag in jsonl.read(outputs / "tags.jsonl", Tag):
        if tag.source == "human":
            said[tag.passage_id, tag.theme].append(tag.decision)
        elif tag.decision != "no":
            model[tag.passage_id, tag.theme] = tag.decision
    counted = Counter((model.get(key), decision) for key, decisions in said.items() for decision in decisions)
    changed = {
        "confirmed": counted["yes", "yes"],
        "struck": counted["yes", "no"],
        "settled_yes": counted["review", "yes"],
        "settled_no": counted["review", "no"],
        "added": counted[None, "yes"],
    }
    return changed, Counter(
        {
            "quotes": sum(one.source == "human" for one in jsonl.read(outputs / "quotes.jsonl", Quote)),
            "segments": sum(one.source == "human" for one in jsonl.read(outputs / "segments.jsonl", Segment)),
            "mappings": sum(one.source == "human" for one in jsonl.read(outputs / "mappings.jsonl", MappingRecord)),
        }
    )


def _agreement(outputs: Path, tools: Tools, settings: Settings) -> tuple[list[AgreementFigures], str]:
    """Return the agreement of people, and of each with the model; or why there is none."""
    assert tools.labels_path is not None
    try:
        codings = list(_codings(agreement.read_all([tools.labels_path, outputs / "tags.jsonl"], tools.codebook)))
        compared = agreement.compare_all(
            codings, settings, tools.codebook, ("passage",), agreement.read_places(outputs)
        )
    except PipelineError as error:
        return [], f"agreement could not be measured ({error.found})"
    people = [one for one in compared.pairs if MODEL not in one.coders]
    why = "" if people else "no two people judged the same passages, so that their agreement was not measured"
    return [_figures(one) for one in [*compared.pairs, *([compared.overall] if compared.overall else [])]], why


def _codings(codings: Sequence[Coding]) -> Iterator[Coding]:
    """Yield people by their decisions, and the model by its tags, in which people stand, too."""
    names = {one.name.partition(" (")[0] for one in codings if not one.is_model and not _from_tags(one)}
    for one in codings:
        name = one.name.partition(" (")[0]
        if one.is_model:
            yield _named(one, MODEL)
        elif not _from_tags(one) or name not in names:
            yield _named(one, name)


def _from_tags(coding: Coding) -> bool:
    return bool(coding.tags)


def _named(coding: Coding, name: str) -> Coding:
    return replace(coding, name=name)


def _figures(one: Agreement) -> AgreementFigures:
    level = one.levels[0]
    row = next(row for row in level.rows if row.of == "every theme")
    return AgreementFigures(
        coders=one.coders,
        n=one.n,
        rule=row.rule,
        drawn_over=level.drawn_over,
        few=level.few,
        coefficients={
            name: (
                found.value,
                found.interval.low if found.interval else None,
                found.interval.high if found.interval else None,
            )
            for name, found in row.coefficients.items()
        },
    )


def numbered(names: Iterable[str]) -> dict[str, str]:
    """Return "Coder 1", "Coder 2" … for names of coders, in their order."""
    return {name: f"Coder {i}" for i, name in enumerate(sorted(set(names) - {"unnamed"}), start=1)}


def anonymous(figures: PeopleFigures, number: Mapping[str, str]) -> PeopleFigures:
    """Return the same with other names."""
    number = {MODEL: MODEL, **number}
    return msgspec.structs.replace(
        figures,
        coders={number[name]: n for name, n in figures.coders.items()},
        agreement=[
            msgspec.structs.replace(one, coders=[number.get(name, "a coder") for name in one.coders])
            for one in figures.agreement
        ],
    )
