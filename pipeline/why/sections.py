"""A trace in plain words: sections of labelled lines, to be printed as text or Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.why.facts import (
    Decided,
    DocumentFacts,
    InstrumentFacts,
    LabelBehind,
    LabelsBehind,
    Measured,
    ModelFacts,
    PlaceFacts,
    Said,
    Stretch,
    Trace,
)

_WORDS = 600
_SENTENCE = 160


@dataclass(frozen=True)
class Section:
    """A heading and its lines: a label and what it says. An empty label: more of the line before."""

    title: str
    lines: list[tuple[str, str]]


def sections(trace: Trace) -> list[Section]:
    """Return what there is to say, the nearest to the words first."""
    made = [
        Section("What it is", list(_what(trace))),
        Section("The words", list(_words(trace))),
        Section("What decided", list(_decided(trace.decided, trace)) if trace.decided else []),
        Section("How it was found", trace.notes if trace.kind in {"quote", "segment"} else []),
        Section("More", trace.notes if trace.kind not in {"quote", "segment"} else []),
        Section("Where it stands", list(_place(trace.place)) if trace.place else []),
        Section("The document", list(_document(trace.document)) if trace.document else []),
        Section("The instrument", list(_instrument(trace.instrument)) if trace.instrument else []),
        Section("The model", list(_model(trace.model)) if trace.model else []),
        Section("Words that weigh (the half of the model that sees words)", list(_by_words(trace))),
        Section("Labels behind it (of the same half)", list(_labels(trace.labels)) if trace.labels else []),
        Section("People", list(_people(trace))),
        Section("Beside it", [(one.id, _short(one.says)) for one in trace.beside]),
        Section("Asked again", list(_again(trace))),
        Section("Mind", [("", one) for one in trace.warnings]),
    ]
    return [one for one in made if one.lines]


def _what(trace: Trace) -> Iterator[tuple[str, str]]:
    yield "record", f"{trace.title}"
    yield "id", trace.id
    yield "file", f"{trace.file}, written by pop {trace.version}"
    if trace.file_sha256:
        yield "sha256", trace.file_sha256


def _words(trace: Trace) -> Iterator[tuple[str, str]]:
    if trace.words is not None:
        words = " ".join(trace.words.split())
        yield "", words if len(words) <= _WORDS else f"{words[:_WORDS].rsplit(' ', 1)[0]} … ({len(words):,} characters)"
    for one in trace.evidence:
        yield from _stretch(one, trace)


def _stretch(one: Stretch, trace: Trace) -> Iterator[tuple[str, str]]:
    if trace.kind != "mapping":
        weight = f"{one.weight:.0%}: " if one.weight is not None else ""
        yield "evidence" if weight else "part", f"{weight}“{_short(one.text)}” ({one.start}–{one.end})"
    if one.telling:
        why = "spoke most" if trace.kind == "mapping" else "without them p would be lowest"
        yield "words", f"{', '.join(_once(one.telling))} ({why})"


def _once(words: Sequence[str]) -> list[str]:
    """Return each word where it first stands, however it is capitalized later."""
    first: dict[str, str] = {}
    for word in words:
        first.setdefault(word.casefold(), word)
    return list(first.values())


def _place(place: PlaceFacts) -> Iterator[tuple[str, str]]:
    where = f"characters {place.start}–{place.end}"
    if place.passage_id and place.passage_index is not None:
        where = f"passage {place.passage_id.rpartition(':')[2]} ({(place.kind or '').replace('_', ' ')}), {where}"
    yield "at", where + (f", page {place.page}" if place.page else "")
    if place.headings:
        yield "under", " › ".join(map(_short, place.headings))
    if place.segment_id:
        yield "segment", f"{place.segment_id} ({(place.segment_kind or '').replace('_', ' ')})"
    if place.sites:
        yield "sites", ", ".join(place.sites)
    if place.speaker:
        yield "speaker", place.speaker
    if place.duplicate_of:
        yield "repeats", f"{place.duplicate_of}: it is not counted again"


def _document(document: DocumentFacts) -> Iterator[tuple[str, str]]:
    yield "title", _short(document.title or "none")
    dates = " to ".join(dict.fromkeys(filter(None, (document.date_start, document.date_end)))) or "no date"
    yield "kind", f"{document.kind.replace('_', ' ')}, {dates}"
    file = {"unchanged": "unchanged since", "changed": "CHANGED since it was read", "not there": "no longer there"}
    yield "file", f"{document.path} ({file.get(document.file, document.file)})"
    yield "sha256", document.sha256
    yield "type", document.media_type
    yield "read", ", ".join(document.quality) or "nothing measured"
    for doubt in document.doubts:
        yield "doubt", doubt


def _decided(one: Decided, trace: Trace) -> Iterator[tuple[str, str]]:
    program = one.coder or (trace.model.version if trace.model else "unnamed")
    who = f"{one.coder}, a person" if one.source == "human" else f"the program, {program}"
    grade = {1: ", touched on (grade 1)", 2: ", substantially about it (grade 2)"}.get(one.grade or 0, "")
    yield "decision", f"{one.decision.replace('_', ' ')}{grade}, by {who}"
    if one.p is not None and one.source != "human":
        yield "p", _p_means(one, trace)
    if one.threshold is not None and one.source != "human":
        yield "thresholds", _thresholds(one, "a match" if trace.kind == "mapping" else "present")
    if one.rank is not None and one.source != "human":
        yield "rank", f"{one.rank} of the candidates that were kept"
    if one.settings and one.source != "human":
        yield "settings", ", ".join(f"{name} {value}" for name, value in one.settings.items())
    if one.counts is not None:
        yield "what counts", f"{one.counts}: where people judged, most of them count, and otherwise the model"


def _p_means(one: Decided, trace: Trace) -> str:
    if trace.kind == "anatomy":
        return f"{one.p}: how sure the program is"
    error = trace.model.calibration_error if trace.model else None
    exact = f"; on held-out labels that was off by {_number(error)} on average" if error is not None else ""
    what = (
        "quotes with such a p, about {} are evidence"
        if trace.kind == "mapping"
        else "passages with such a p, about {} have it"
    )
    return f"{one.p}: of 100 {what.format(f'{100 * (one.p or 0):.0f}')}{exact}"


def _thresholds(one: Decided, counts: str) -> str:
    low, high, asked = one.threshold or 0.0, one.yes_threshold, one.settings.get("precision")
    if high is None:
        return f"shown to a person from {low} on; the model that set the other threshold is not at hand"
    if high > 1:
        return f"to review from {low} on; nothing counts as {counts} at the precision asked for ({asked})"
    return f"to review from {low} on, {counts} from {high} on (precision asked for: {asked})"


def _instrument(one: InstrumentFacts) -> Iterator[tuple[str, str]]:
    yield one.instrument, one.name
    yield "sha256", one.sha256
    if one.used_sha256 and not one.same:
        yield "used was", one.used_sha256
    yield "entry", f"{one.entry}: {one.entry_name}"
    for says in one.says:
        yield "", says


def _model(model: ModelFacts) -> Iterator[tuple[str, str]]:
    yield "version", model.version + (f" (in {model.folder})" if model.folder else ", not at hand")
    if model.weights_sha256:
        yield "weights", model.weights_sha256
    yield "since", model.since or "not recorded here (the history begins with the first pop train)"
    if model.n_labels is not None:
        coders = ", ".join(f"{name} {n:,}" for name, n in model.coders.items() if name != "unnamed")
        yield (
            "learned from",
            f"{model.n_labels:,} labels of {model.n_groups or 0:,} groups ({coders or 'coders unnamed'})",
        )
    for file, sha256 in model.labels.items():
        yield "labels", file
        yield "sha256", sha256
    for row in model.measured:
        yield "held out", f"{row.of}: {_measured(row)}"
    if model.yes_precision is not None:
        right = f"{model.yes_precision:.0%} of those that count were right on held-out labels"
        yield "decisions", f"{right} (asked for: {model.precision})"


def _measured(row: Measured) -> str:
    interval = f" [{_number(row.low)}, {_number(row.high)}]" if row.low is not None and row.high is not None else ""
    if row.f1 is None:
        return f"{_number(row.precision)}{interval}, {row.n:,} quotes"
    shares = f"precision {_number(row.precision)}, recall {_number(row.recall)}"
    return f"F1 {_number(row.f1)}{interval}, {shares}, {row.n:,} with it"


def _by_words(trace: Trace) -> Iterator[tuple[str, str]]:
    found = trace.by_words
    if found is None:
        return
    yield "log-odds", f"{found.log_odds:+} by {found.n_terms} words and pairs of words, {found.intercept:+} without any"
    for label, weighed in (("speak for it", found.spoke_for), ("against it", found.spoke_against)):
        if weighed:
            yield label, ", ".join(f"{one.term} {one.log_odds:+.2f}" for one in weighed)


def _labels(found: LabelsBehind) -> Iterator[tuple[str, str]]:
    if found.why:
        yield "", found.why
    else:
        yield "sum", f"{found.sum:+} by {found.n:,} labels (the model says {found.log_odds:+})"
    yield from _label_lines("for it", found.spoke_for)
    yield from _label_lines("against it", found.spoke_against)
    for one in found.missing:
        yield "mind", one


def _label_lines(side: str, labels: Iterable[LabelBehind]) -> Iterator[tuple[str, str]]:
    for one in labels:
        has = f"has it, grade {one.grade}" if one.grade else "does not have it"
        group = f", group {one.group}" if one.group else ""
        coder = f", by {one.coder}" if one.coder else ""
        yield side, f"{one.log_odds:+.2f}  {one.id}{group}{coder}: {has}; shares {', '.join(one.shared) or 'little'}"
        yield "", f"“{_short(one.text)}”"


def _people(trace: Trace) -> Iterator[tuple[str, str]]:
    if not trace.people and trace.kind not in {"document", "error"}:
        yield "", "nobody has judged these words"
    for one in trace.people:
        yield one.at, _said(one)


def _said(one: Said) -> str:
    blind = ", blind" if one.blind else f", shown {one.model_version}" if one.model_version else ""
    about = f"; it was about “{_short(one.about)}”" if one.about else ""
    return f"{one.coder}{blind}: {one.says} [{one.status}] ({one.file}, {one.id}){about}"


def _again(trace: Trace) -> Iterator[tuple[str, str]]:
    if trace.again is None:
        return
    yield "the program", f"{'the same' if trace.again.same else 'something else'}: {trace.again.before}"
    yield from trace.again.models.items()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("0.", ".", 1) if value >= 0.005 else f"{value:.3f}"[1:]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SENTENCE else f"{words[:_SENTENCE].rsplit(' ', 1)[0]} …"
