"""`pop why`: every record leads back to its words, to what decided, and to the people who changed it."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import builders as make
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import jsonl, manifest
from pipeline.cli import main
from pipeline.corrections import log
from pipeline.corrections.decisions import Decision, Undo
from pipeline.errors import PipelineError
from pipeline.files import write_bytes
from pipeline.learning import features
from pipeline.learning.estimator import fit_columns
from pipeline.learning.tfidf import Vectorizer
from pipeline.lookup import Lookup, nearest
from pipeline.records import RECORD_TYPES, Bundle, Evidence, Record, Span, Tag
from pipeline.stages.quote.confidence import figures
from pipeline.tools import Tools
from pipeline.why import Source, behind, people, printing, quotes, trace
from pipeline.why.facts import PlaceFacts
from pipeline.why.sections import _once, _place, sections
from pipeline.why.source import find

TEXT = (
    "Staffing\n\n"
    "The three schools lost nine principals in ten years. The bus was late.\n\n"
    "“We share the work,” she said. The group met again in spring."
)


@pytest.fixture
def meeting() -> Bundle:
    doc = make.document(TEXT, metadata={"quality": {"words_kept": 0.98, "furniture_removed": 1}})
    heading, first, second = make.passages(doc)
    said = make.quote(
        second,
        "We share the work,",
        speaker=make.speaker(second, "she", name=None),
        cue="said",
        confidence=0.93,
        id="d1-q1",
    )
    spoke = Evidence(
        start=first.start, end=first.start + 52, weight=1.0, words=[Span(start=first.start + 28, end=first.start + 38)]
    )
    return make.bundle(
        doc,
        passages=[heading, first, second],
        segments=[make.segment([heading, first, second], kind="problem_of_practice")],
        quotes=[said],
        tags=[make.tag(first, "succession", 0.91, evidence=[spoke]), make.tag(second, "equity", decision="review")],
        mappings=[make.mapping(said, "12b"), make.mapping(said, "6a", 0.2, rank=2, decision="reject")],
    )


@pytest.fixture
def written(tools: Tools, tmp_path: Path) -> Callable[..., Source]:
    """Returns a source over records that are written here, with what people decided."""

    def write(bundle: Bundle, *decisions: Decision) -> Source:
        for kind in RECORD_TYPES:
            records: Sequence[Record] = [bundle.document] if kind == "documents" else getattr(bundle, kind, [])
            jsonl.write(tmp_path / "outputs" / f"{kind}.jsonl", records)
        for one in decisions:
            log.add(tmp_path / "labels", one)
        labels = manifest.label_files(tmp_path / "labels")
        manifest.save(manifest.Manifest(labels=labels), tmp_path / "outputs")
        return Source(tmp_path / "outputs", replace(tools, labels_path=tmp_path / "labels"))

    return write


def told(source: Source, record_id: str) -> str:
    return printing.to_text(sections(trace(source, record_id)))


# Finding a record


@pytest.mark.parametrize(
    ("asked", "kind", "found"),
    [
        ("d1", "document", "d1"),
        ("d1-p1", "passage", "d1-p1"),
        ("d1-p1-succession", "tag", "d1-p1-succession"),
        ("d1-p1-succ", "tag", "d1-p1-succession"),
        ("d1-q1-12", "mapping", "d1-q1-12b"),
        ("d1-s0", "segment", "d1-s0"),
    ],
)
def test_a_record_is_found_by_its_id_or_a_beginning(
    asked: str, kind: str, found: str, meeting: Bundle, written: Callable[..., Source]
) -> None:
    result = trace(written(meeting), asked)
    assert (result.kind, result.id) == (kind, found)
    assert result.record["id"] == found


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("d1-p", "records whose ids begin with 'd1-p'"),
        ("d1:succession", "1 records with succession in d1.*name one of d1-p1-succession"),
        ("d1-p1-sucession", "did you mean"),
        ("", "no record with the id ''"),
        ("nothing like it", "no record with the id"),
    ],
)
def test_what_is_unknown_or_ambiguous_is_said(
    asked: str, message: str, meeting: Bundle, written: Callable[..., Source]
) -> None:
    with pytest.raises(PipelineError, match=message):
        trace(written(meeting), asked)


def test_a_beginning_means_the_record_that_the_others_belong_to(tmp_path: Path, tools: Tools) -> None:
    jsonl.write(tmp_path / "documents.jsonl", [make.document(id="a-1"), make.document(id="b-1")])
    doc = make.document(id="a-1")
    jsonl.write(tmp_path / "passages.jsonl", [msgspec.structs.replace(p, id=f"a-1:{p.id}") for p in make.passages(doc)])
    source = Source(tmp_path, tools)
    assert find(source, "a")[1].id == "a-1"
    assert find(source, "b-")[0] == "documents"


def test_words_that_look_like_a_field_are_no_field(tmp_path: Path) -> None:
    text = 'He wrote "document_id":"d2" on the board, and {"id":"d1-p0" below it.'
    for doc in (make.document(text), make.document(text, id="d2")):
        path = tmp_path / doc.id / "passages.jsonl"
        jsonl.write(path, make.passages(doc))
    both = b"".join((tmp_path / name / "passages.jsonl").read_bytes() for name in ("d1", "d2"))
    write_bytes(tmp_path / "passages.jsonl", both)
    lookup = Lookup(tmp_path)
    passages = RECORD_TYPES["passages"]
    assert [one.id for one in lookup.where("passages", "document_id", "d2", passages)] == ["d2-p0"]
    assert [one.id for one in lookup.every("passages", passages)] == ["d1-p0", "d2-p0"]
    assert lookup.ids("d1-p0") == [("passages", "d1-p0")]
    assert lookup.all_ids("quotes") == []


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "tags.jsonl").write_bytes(b'{"id":"t1","p":3}\n')
    with pytest.raises(PipelineError, match="record t1"):
        Lookup(tmp_path).get("tags", "t1", Tag)


def test_the_nearest_names_come_first() -> None:
    assert nearest("sucession", ["equity", "succession"]) == ["succession"]


# What is told


def test_a_tag_leads_to_words_model_threshold_and_codebook(meeting: Bundle, written: Callable[..., Source]) -> None:
    source = written(meeting)
    result = trace(source, "d1-p1-succession")
    assert result.decided is not None
    assert (result.decided.decision, result.decided.p, result.decided.threshold) == ("yes", 0.91, 0.5)
    assert [(one.text[:9], one.telling) for one in result.evidence] == [("The three", ["principals"])]
    assert result.place is not None
    assert (result.place.passage_index, result.place.headings) == (1, ["Staffing"])
    assert result.instrument is not None
    assert result.instrument.entry_name == source.tools.codebook.theme("succession").name
    assert result.model is not None
    assert not result.model.at_hand
    assert any("model test is not at hand" in one for one in result.warnings)
    assert any("codebook at hand is not the one" in one for one in result.warnings)


def test_a_tag_of_the_model_at_hand_has_its_figures_words_and_labels(
    meeting: Bundle, written: Callable[..., Source], tools: Tools
) -> None:
    version = tools.theme_model.config.version
    tag = msgspec.structs.replace(
        meeting.tags[0], coder=version, model_version=version, codebook_sha256=tools.codebook.sha256
    )
    source = written(msgspec.structs.replace(meeting, tags=[tag]))
    result = trace(source, tag.id)
    metrics = tools.metrics["themes"]["themes"]["succession"]
    assert result.model is not None
    assert result.model.measured[0] == msgspec.convert(
        {"of": "succession", **{name: metrics[name] for name in ("n", "precision", "recall", "f1")}}
        | dict(zip(("low", "high"), metrics["f1_interval"], strict=True)),
        type(result.model.measured[0]),
    )
    assert result.decided is not None
    bands = tools.theme_model.config.bands_for(source.manifest.settings.precision)
    place = tools.theme_model.config.themes.index("succession")
    assert result.decided.yes_threshold == bands.yes_thresholds[place]
    assert result.by_words is not None
    assert "principals" in [one.term for one in result.by_words.spoke_for]
    assert result.labels is not None
    assert result.labels.why is None
    assert len(result.labels.spoke_for) == len(result.labels.spoke_against) == behind.SHOWN
    assert all(one.grade > 0 for one in result.labels.spoke_for)
    assert all(one.grade == 0 for one in result.labels.spoke_against)
    # The solver stops near the optimum: what all labels add comes close to what the model says.
    assert result.labels.sum == pytest.approx(result.labels.log_odds, rel=0.1, abs=0.2)
    assert result.warnings == []


def test_a_quote_leads_to_the_rule_and_its_speaker(meeting: Bundle, written: Callable[..., Source]) -> None:
    result = trace(written(meeting), meeting.quotes[0].id)
    notes = dict(result.notes)
    assert "a pronoun that could be resolved" in notes["found by"]
    assert notes["cue"].startswith("“said”")
    assert "“she”, which stayed unresolved" in notes["speaker"]
    assert notes["named at"].endswith("behind the words")
    assert [one.id for one in result.beside] == [one.id for one in meeting.mappings]


@pytest.mark.parametrize("sign", figures())
def test_the_sign_that_a_quote_was_found_by_is_read_from_its_confidence(sign: str, meeting: Bundle) -> None:
    member = meeting.passages[2]
    with_cue = sign.startswith(("cue", "far cue"))
    speaker = None if sign == "nobody" else "she" if "pronoun" in sign else "The group"
    said = make.quote(
        member,
        "We share the work,",
        speaker=speaker,
        cue="said" if with_cue else None,
        confidence=figures()[sign],
    )
    assert quotes.sign_of(said) == [sign]


def test_a_mapping_leads_to_its_quote_rank_and_rubric_sentence(meeting: Bundle, written: Callable[..., Source]) -> None:
    result = trace(written(meeting), meeting.mappings[0].id)
    assert result.words == "We share the work,"
    assert result.instrument is not None
    assert result.instrument.says[0] == "nearest sentence of the rubric: What 12b says."
    assert [one.says for one in result.beside] == ["6a (practice 6), rank 2, p 0.2: reject"]


def test_a_segment_leads_to_its_boundary_and_its_anatomy(meeting: Bundle, written: Callable[..., Source]) -> None:
    part = make.anatomy(meeting.passages[1], "The bus was late.", "challenge")
    segment = msgspec.structs.replace(meeting.segments[0], anatomy=[part])
    source = written(msgspec.structs.replace(meeting, segments=[segment]))
    result = trace(source, segment.id)
    assert "heading: a heading stands there" in dict(result.notes)["begins here"]
    [beside] = result.beside
    assert beside.id == f"{segment.id}:a1"
    sentence = trace(source, beside.id)
    assert (sentence.kind, sentence.words) == ("anatomy", "The bus was late.")
    with pytest.raises(PipelineError, match="no sentence 2"):
        trace(source, f"{segment.id}:a2")


# People


def test_decisions_are_told_in_their_order_with_what_became_of_them(
    meeting: Bundle, written: Callable[..., Source]
) -> None:
    doc, first = meeting.document, meeting.passages[1]
    taken_back = make.theme_decision(doc, first, {}, coder="ben", n=1, at="2026-01-02T10:00:00Z", blind=True)
    source = written(
        meeting,
        make.theme_decision(doc, first, {"succession": 2}, coder="ana", n=1, at="2026-01-01T10:00:00Z"),
        taken_back,
        make.theme_decision(doc, first, {"succession": 1}, coder="ana", n=2, at="2026-01-03T10:00:00Z"),
        make.theme_decision(doc, meeting.passages[2], {"equity": 1}, coder="ana", n=3, at="2026-01-03T11:00:00Z"),
        Undo(id="ben-2", coder="ben", at="2026-01-04T10:00:00Z", undoes=taken_back.id),
    )
    result = trace(source, "d1-p1-succession")
    assert [(one.coder, one.says, one.status, one.blind) for one in result.people] == [
        ("ana", "substantially about it (2)", "replaced", False),
        ("ben", "not about it", "taken back", True),
        ("ana", "touched on (1)", "holds", False),
        ("ben", f"takes back the decision {taken_back.id}", "takes back", False),
    ]


def test_words_that_changed_since_they_were_judged_are_told(meeting: Bundle, written: Callable[..., Source]) -> None:
    judged = make.document(TEXT.replace("nine principals", "ten principals"))
    decision = make.theme_decision(judged, make.passages(judged)[1], {"succession": 2}, coder="ana")
    [said] = trace(written(meeting, decision), "d1-p1-succession").people
    assert said.about is not None
    assert "ten principals" in said.about


def test_a_quote_that_a_person_corrected_tells_who(meeting: Bundle, written: Callable[..., Source]) -> None:
    doc, said = meeting.document, meeting.quotes[0]
    struck = make.quote_decision(doc, meeting.passages[2], said.id, coder="ana")
    [line] = trace(written(meeting, struck), said.id).people
    assert line.says.startswith("no quote")


def test_what_a_person_struck_out_is_said_to_be(meeting: Bundle, written: Callable[..., Source]) -> None:
    doc, said = meeting.document, meeting.quotes[0]
    struck = make.quote_decision(doc, meeting.passages[2], said.id, coder="ana")
    source = written(msgspec.structs.replace(meeting, quotes=[], mappings=[]), struck)
    with pytest.raises(PipelineError, match="see what ana decided about it"):
        trace(source, said.id)


def test_a_damaged_file_of_decisions_is_a_warning(meeting: Bundle, written: Callable[..., Source]) -> None:
    doc, first = meeting.document, meeting.passages[1]
    source = written(meeting, make.theme_decision(doc, first, {"succession": 2}, coder="ana"))
    path = source.tools.labels_path / "ana.jsonl"
    path.write_bytes(path.read_bytes() + b'{"target": "passa')
    result = trace(source, "d1-p1-succession")
    assert len(result.people) == 1
    assert any("lines are no decisions" in one for one in result.warnings)


def test_what_is_left_open_is_not_taken_for_no(tools: Tools) -> None:
    doc = make.document(TEXT)
    says = people.of_theme("equity", tools.codebook)
    first = make.passages(doc)[1]
    assert says(make.theme_decision(doc, first, {}, open=["equity"])) == "left open"
    assert says(make.theme_decision(doc, first, {}, asked=["succession"])) == "was not asked about it"
    assert says(make.theme_decision(doc, first, {})) == "not about it"


# Labels behind


def test_the_labels_add_up_to_what_the_regression_says() -> None:
    texts = [f"{a} {b} word" for a in ("principal", "teacher", "bus") for b in ("left", "stayed", "led", "late")] * 3
    grade = np.array([2 if "principal" in text and "late" not in text else 0 for text in texts])
    vectorizer = features.new_vectorizer(len(texts))
    rows = vectorizer.fit_transform(texts)
    sparse, intercept = fit_columns(rows, grade[:, None].astype(np.int8), strength=behind.THEME_WORDS)
    vocabulary = [str(term) for term in vectorizer.get_feature_names_out()]
    half = behind.WordHalf(Vectorizer(vocabulary, vectorizer.idf_), vocabulary, sparse[0], float(intercept[0]))
    n = len(texts)
    learned = behind.Learned(
        [f"l{i}" for i in range(n)], texts, [None] * n, [None] * n, grade, np.ones(n), behind.THEME_WORDS
    )
    found = behind.labels_behind("a principal left the bus", half, learned, [], None, quiet=True)
    assert found.sum == pytest.approx(found.log_odds, rel=0.05)
    assert found.log_odds == half.by_words("a principal left the bus").log_odds
    assert "principal left" in found.spoke_for[0].shared[:2] or "principal" in found.spoke_for[0].shared
    assert all("bus" in one.text or "teacher" in one.text or "late" in one.text for one in found.spoke_against)


def test_labels_that_do_not_add_up_are_said_not_to() -> None:
    vocabulary = ["bus", "principal"]
    half = behind.WordHalf(Vectorizer(vocabulary, np.ones(2)), vocabulary, np.array([0.0, 9.0], np.float32), 0.0)
    learned = behind.Learned(["l1"], ["the bus"], [None], [None], np.array([2]), np.ones(1), behind.THEME_WORDS)
    found = behind.labels_behind("a principal", half, learned, [], None, quiet=True)
    assert found.spoke_for == found.spoke_against == []
    assert "do not add up" in found.missing[0]


# All of it, on real outputs


def test_every_record_of_a_run_is_traced_and_fits_the_screen(outputs: Path, corpus: Path, tools: Tools) -> None:
    source = Source(outputs, tools, corpus)
    asked = [record_id for kind in RECORD_TYPES for record_id in source.lookup.all_ids(kind)]
    assert len(asked) > 40
    for record_id in asked:
        result = trace(source, record_id, labels=False)
        assert result.id == record_id
        assert result.document is None or result.document.file == "unchanged"
        text = printing.to_text(sections(result))
        wide = [line for line in text.splitlines() if len(line) > printing.WIDTH and len(line.split()) > 1]
        assert [line for line in wide if max(map(len, line.split())) < printing.WIDTH - 16] == []
        assert "None" not in text


def test_asked_again_the_program_says_the_same(outputs: Path, corpus: Path, tools: Tools) -> None:
    source = Source(outputs, tools, corpus)
    for kind in ("segments", "quotes", "tags", "mappings"):
        record_id = source.lookup.all_ids(kind)[0]
        again = trace(source, record_id, labels=False, again=True).again
        assert again is not None
        assert again.same, again


def test_what_the_program_had_found_is_told_beside_a_persons_word(outputs: Path, tools: Tools, tmp_path: Path) -> None:
    shutil.copytree(outputs, tmp_path / "outputs")
    path = tmp_path / "outputs" / "quotes.jsonl"
    said = list(jsonl.read(path, RECORD_TYPES["quotes"]))
    jsonl.write(path, [msgspec.structs.replace(said[0], speaker=None, source="human", coder="ana"), *said[1:]])
    again = trace(Source(tmp_path / "outputs", tools), said[0].id, again=True).again
    assert again is not None
    assert not again.same
    assert said[0].text in again.before


def test_earlier_models_that_are_kept_are_asked_too(outputs: Path, tools: Tools, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(tools.models_path / "themes", models / "themes")
    shutil.copytree(tools.models_path / "themes", models / "versions" / "themes-0123456789ab")
    source = Source(outputs, replace(tools, models_path=models))
    record = next(one for one in source.lookup.every("tags", Tag) if one.decision == "yes")
    again = trace(source, record.id, labels=False, again=True).again
    assert again is not None
    assert again.models == {"themes-0123456789ab": f"yes, p {record.p}"}


# The command


def test_the_command_prints_text_markdown_and_json(outputs: Path, corpus: Path, tmp_path: Path) -> None:
    record_id = Lookup(outputs).all_ids("tags")[0]
    common = ["why", record_id, "--quick", "--outputs", str(outputs), "--corpus", str(corpus)]
    text = CliRunner().invoke(main, common)
    assert text.exit_code == 0, text.output
    assert text.stdout.startswith("What it is\n")
    found = json.loads(CliRunner().invoke(main, [*common, "--json"]).stdout)
    assert found["id"] == record_id
    assert found["record"]["theme"] == record_id.split(":")[-1]
    page = tmp_path / "why.md"
    assert CliRunner().invoke(main, [*common, "--output", str(page)]).exit_code == 0
    assert page.read_text(encoding="utf-8").startswith("## Tag ")
    assert CliRunner().invoke(main, [*common, "--json"]).stdout == CliRunner().invoke(main, [*common, "--json"]).stdout


def test_a_folder_without_outputs_is_told_as_such(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["why", "any", "--outputs", str(tmp_path)])
    assert result.exit_code == 3
    assert "missing_file" in result.output
    assert "pop run" in result.output


@pytest.mark.parametrize(
    ("words", "once"),
    [
        ([], []),
        (["pay", "pay"], ["pay"]),
        (["Pay", "raise", "pay"], ["Pay", "raise"]),
        (["raise", "pay", "Raise", "staff"], ["raise", "pay", "staff"]),
    ],
)
def test_each_word_is_named_once(words: list[str], once: list[str]) -> None:
    assert _once(words) == once


def test_the_passage_is_named_as_in_its_id() -> None:
    place = PlaceFacts(start=3, end=9, passage_id="spring:p0012", passage_index=12, kind="list_item")
    assert list(_place(place)) == [("at", "passage p0012 (list item), characters 3–9")]


def test_an_unknown_id_ends_in_a_message(outputs: Path) -> None:
    result = CliRunner().invoke(main, ["why", "no-such-thing", "--outputs", str(outputs)])
    assert result.exit_code == 2
    assert "invalid_query" in result.output
