"""The audit trail, and what in it speaks to the trustworthiness of the findings.

The six categories are those of Halpern (1983), as Lincoln & Guba (1985, pp. 319-320) give them; the four criteria are
Lincoln & Guba's. What only the researcher can write stands in square brackets.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.methods.figures import FEWEST_JUDGED, All, FileFigures
from pipeline.methods.words import count, listed, share

_DIGITS = 12


@dataclass(frozen=True)
class Entry:
    """A category or criterion: what of it is at hand, and what the researcher has to add."""

    title: str
    lines: list[str]
    missing: list[str]


def categories(all_: All) -> list[Entry]:
    """Return the six categories of the audit trail."""
    trail = all_.trail
    outputs = {one.path: one for one in trail.outputs}

    def files(*names: str) -> list[str]:
        return [_file(outputs[name]) for name in names if name in outputs]

    return [
        Entry(
            "Raw data",
            [
                f"{count(len(trail.inputs), 'source file')}, each with its SHA-256 in the list at the end",
                *files("documents.jsonl", "passages.jsonl", "errors.jsonl"),
            ],
            ["field notes, recordings, and other sources that were not read by the program"],
        ),
        Entry(
            "Data reduction and analysis products",
            files("segments.jsonl", "quotes.jsonl", "tags.jsonl", "mappings.jsonl"),
            ["summaries, theoretical notes, working hypotheses"],
        ),
        Entry(
            "Data reconstruction and synthesis products",
            [
                *files("corpus.db", "report.html"),
                f"figures/: {count(trail.figures, 'file')} (counts as CSV, drawings), hashes in manifest.json",
            ],
            ["structure of categories, findings, conclusions, the report of the study"],
        ),
        Entry("Process notes", list(_process(all_)), ["methodological notes, trustworthiness notes, audit notes"]),
        Entry(
            "Materials relating to intentions and dispositions",
            [],
            ["proposal, personal and reflexive notes, expectations; the program has none of these"],
        ),
        Entry(
            "Instrument development information",
            list(_instruments(all_)),
            ["pilot forms, earlier schedules, why these themes"],
        ),
    ]


def _process(all_: All) -> Iterator[str]:
    given = ", ".join(f"{name} {value}" for name, value in all_.settings.items() if not name.startswith("report_"))
    yield f"manifest.json: inputs, outputs, models, and settings of the run ({given})"
    for one in all_.trail.labels:
        yield f"{_file(one)}: the decisions of a coder, each with its time; nothing is overwritten"
    if all_.people.decisions:
        people = all_.people
        stand = f"decisions that stand: {people.decisions:,}, from {people.first} to {people.last}"
        yield f"{stand}; taken back: {people.undone:,}"
    else:
        yield "decisions of people: none"
    events = Counter((target, event) for target, event, _, _ in all_.trail.history)
    for (target, event), n in sorted(events.items()):
        yield f"models/versions/history.jsonl: {n:,} of the {target} models {event}"
    if not events:
        yield "models/versions/history.jsonl: none, no model was trained here"
    for name, value in all_.run.items():
        yield f"run {name}: {value}"


def _instruments(all_: All) -> Iterator[str]:
    codebook, rubric = all_.trail.instruments
    yield f"{_file(codebook)}: version {all_.codebook['name']}, {all_.codebook['entries']} themes"
    yield f"{_file(rubric)}: {all_.rubric['name']}, {all_.rubric['entries']} indicators"
    for model in (all_.theme_model, all_.practice_model):
        if model is not None:
            labels = ", ".join(f"{name} ({sha256[:_DIGITS]}…)" for name, sha256 in model.labels.items())
            yield f"{model.version}: learned from {model.n_labels:,} labels, {labels}"
    for file in all_.trail.models:
        yield _file(file)


def _file(one: FileFigures) -> str:
    records = f", {count(one.records, 'record')}" if one.records is not None else ""
    return f"{one.path}{records}, SHA-256 {one.sha256}"


def criteria(all_: All) -> list[Entry]:
    """Return what speaks to each criterion of trustworthiness."""
    people, corpus, trail = all_.people, all_.corpus, all_.trail
    checked = sum(trail.checked.values())
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in trail.checked.items())
    records = f"{checked:,} records ({kinds}) were compared with the words of their documents"
    return [
        Entry(
            "Credibility",
            [
                f"{records}, and the files with the manifest: {_sound(trail.drift)}",
                _reviewed(all_),
                *(_alpha(all_) or ["agreement of coders: not measured"]),
                "shares of themes are given with the errors of the classifier taken out, and with intervals (Table 3)",
            ],
            ["prolonged engagement, observation, triangulation, peer debriefing, negative cases, member checks"],
        ),
        Entry(
            "Transferability",
            [
                f"{count(corpus.documents, 'document')} of {count(len(corpus.by_kind), 'kind')}, "
                f"{count(corpus.sites, 'site')}, {corpus.words:,} words; every quotation stands with its context in "
                "report.html and corpus.db",
            ],
            ["thick description of the settings, so that readers can judge what carries over to theirs"],
        ),
        Entry(
            "Dependability",
            [
                f"{count(len(trail.inputs), 'input')} and {count(len(trail.outputs) + trail.figures, 'output')} are "
                f"known by their SHA-256; the same inputs give the same bytes (seed {all_.settings['seed']}; pop "
                "verify compares them)",
                "; ".join(f"{name} {version}" for name, version in all_.software.items()),
            ],
            ["an inquiry audit by somebody outside the study"],
        ),
        Entry(
            "Confirmability",
            [
                f"each of {checked:,} records can be traced to words, rule or model, and people (pop why ID)",
                f"decisions made without seeing what the program said: {people.blind:,} of {people.decisions:,}"
                if people.decisions
                else "decisions of people: none",
            ],
            ["a reflexive journal, and a confirmability audit of this trail"],
        ),
    ]


def _sound(drift: Sequence[str]) -> str:
    """Say what `pop verify` found; a difference may concern a record, a file, or the manifest.

    >>> _sound([]), _sound(["tags.jsonl: missing"]), _sound(["a: missing", "b: missing"])
    ('all in place', 'one difference (tags.jsonl: missing)', 'two differences (a: missing; …)')
    """
    if not drift:
        return "all in place"
    return f"{count(len(drift), 'difference')} ({drift[0]}{'; …' if drift[1:] else ''})"


def _reviewed(all_: All) -> str:
    people, found = all_.people, all_.found
    if not people.decisions:
        return f"none of the {found.tags_yes + found.tags_review:,} codes was reviewed by a person"
    return (
        f"people confirmed {people.confirmed:,} codes, struck out {people.struck:,}, settled "
        f"{people.settled_yes + people.settled_no:,} that waited, and added {people.added:,}"
    )


def _alpha(all_: All) -> list[str]:
    return [
        f"agreement of {listed(one.coders)} on {one.n:,} passages: α {share(one.coefficients['alpha'][0])}"
        for one in all_.people.agreement
        if one.n >= FEWEST_JUDGED
    ]
