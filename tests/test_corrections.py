"""What people decided takes its place in the records, run after run."""

import pickle
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import builders
import msgspec
import pytest
from builders import recorded

from pipeline import jsonl, manifest
from pipeline.corrections import folder, log
from pipeline.corrections.dealing import deal
from pipeline.corrections.decisions import AnatomyWords, Decision, SpeakerWords, Undo
from pipeline.corrections.practices import with_mappings
from pipeline.corrections.quotes import with_quotes
from pipeline.corrections.segments import with_kinds
from pipeline.corrections.themes import with_tags
from pipeline.errors import ErrorCode
from pipeline.files import sha256_file as sha
from pipeline.plan import Outcome, Plan
from pipeline.records import Bundle, Document, Mapping, Passage, Quote, Refusal, Segment, Tag
from pipeline.run import run
from pipeline.stages import STAGES
from pipeline.verify import check_bundle, verify

DOC = builders.document(
    "The kitchen table\n\n"
    "Half of the cooks left within a year, and nobody had been asked to learn the work.\n\n"
    "Ida Lund said, “We wrote the recipes down,” and she laughed.\n\n"
    "They now cook in pairs.",
    path="kitchen.txt",
)
HEADING, LEFT, SAID, PAIRS = builders.passages(DOC)
CODEBOOK = builders.codebook("succession", "equity", "teamwork")
RUBRIC = builders.rubric({"Shared work": {"6": ["6a"], "12": ["12a", "12b"]}})
QUOTE = builders.quote(SAID, "We wrote the recipes down,", speaker="Ida Lund", cue="said", id="d1:q0000")


def tags_of(passage: Passage, *decisions: Any, model: Sequence[Tag] = ()) -> dict[tuple[str, str], str]:
    """What the coders say of a passage, by theme and coder."""
    tags, lost = with_tags(builders.bundle(DOC), model, recorded(*decisions), CODEBOOK)
    assert lost == []
    assert len({tag.id for tag in tags}) == len(tags)
    return {(tag.theme, tag.coder): tag.decision for tag in tags if tag.passage_id == passage.id}


MODEL = [
    builders.tag(LEFT, "equity"),
    builders.tag(LEFT, "teamwork", 0.4, decision="review"),
    builders.tag(PAIRS, "teamwork"),
]


@pytest.mark.parametrize(
    ("decisions", "human"),
    [
        pytest.param(
            [builders.theme_decision(DOC, LEFT, {"succession": 2})],
            {("succession", "ana"): "yes", ("equity", "ana"): "no", ("teamwork", "ana"): "no"},
            id="what the person left out is a no",
        ),
        pytest.param(
            [builders.theme_decision(DOC, LEFT, {}, open=["equity"])],
            {("teamwork", "ana"): "no"},
            id="what is open is not decided",
        ),
        pytest.param(
            [builders.theme_decision(DOC, LEFT, {"succession": 2}, asked=["succession", "teamwork"])],
            {("succession", "ana"): "yes", ("teamwork", "ana"): "no"},
            id="what came into the codebook later is not decided",
        ),
        pytest.param(
            [
                builders.theme_decision(DOC, LEFT, {"equity": 1}),
                builders.theme_decision(DOC, LEFT, {"succession": 2}, coder="ben"),
            ],
            {
                ("equity", "ana"): "yes",
                ("succession", "ana"): "no",
                ("teamwork", "ana"): "no",
                ("succession", "ben"): "yes",
                ("equity", "ben"): "no",
                ("teamwork", "ben"): "no",
            },
            id="two coders",
        ),
        pytest.param(
            [builders.theme_decision(DOC, LEFT, {"gardening": 2}, open=["equity", "teamwork"])],
            {},
            id="a theme that the codebook lacks",
        ),
    ],
)
def test_a_person_s_themes_stand_beside_those_of_the_model(decisions, human) -> None:
    of_model = {(tag.theme, tag.coder): tag.decision for tag in MODEL if tag.passage_id == LEFT.id}
    assert tags_of(LEFT, *decisions, model=MODEL) == of_model | human


def test_a_tag_of_a_person_says_so() -> None:
    tags, _ = with_tags(
        builders.bundle(DOC, segments=[builders.segment([HEADING, LEFT, SAID, PAIRS])]),
        [],
        recorded(builders.theme_decision(DOC, LEFT, {"succession": 1})),
        CODEBOOK,
    )
    assert msgspec.to_builtins(tags[0]) == {
        "id": f"{LEFT.id}:succession:ana",
        "schema_version": 1,
        "document_id": "d1",
        "segment_id": "d1-s0",
        "passage_id": LEFT.id,
        "theme": "succession",
        "p": 1.0,
        "threshold": 0.5,
        "decision": "yes",
        "grade": 1,
        "source": "human",
        "coder": "ana",
        "model_version": None,
        "codebook_sha256": CODEBOOK.sha256,
        "evidence": [],
    }


def test_headings_are_not_coded() -> None:
    _, lost = with_tags(
        builders.bundle(DOC), [], recorded(builders.theme_decision(DOC, HEADING, {"equity": 2})), CODEBOOK
    )
    assert len(lost) == 1


def test_of_a_passage_that_grew_nobody_said_what_is_not_in_it() -> None:
    grown = builders.document(DOC.text.replace("the work.\n\n", "the work. "), path=DOC.path)
    member = builders.passages(grown)[1]
    tags, lost = with_tags(
        builders.bundle(grown),
        [builders.tag(member, "equity")],
        recorded(builders.theme_decision(DOC, LEFT, {"succession": 2})),
        CODEBOOK,
    )
    assert [(tag.theme, tag.decision) for tag in tags if tag.source == "human"] == [("succession", "yes")]
    assert lost == []


def test_a_renamed_theme_is_carried_over_and_a_split_one_is_open() -> None:
    themes = [
        msgspec.structs.replace(CODEBOOK.theme("equity"), id="fairness", was=["equity"]),
        msgspec.structs.replace(CODEBOOK.theme("teamwork"), id="pairs", was=["teamwork"]),
        msgspec.structs.replace(CODEBOOK.theme("teamwork"), id="groups", was=["teamwork"]),
    ]
    changed = msgspec.structs.replace(CODEBOOK, themes=themes)
    model = [builders.tag(LEFT, theme) for theme in changed.ids]
    tags, _ = with_tags(
        builders.bundle(DOC), model, recorded(builders.theme_decision(DOC, LEFT, {"equity": 2, "teamwork": 1})), changed
    )
    assert {(tag.theme, tag.decision) for tag in tags if tag.source == "human"} == {("fairness", "yes")}


def corrected(*decisions: Any, quotes: Sequence[Quote] = (QUOTE,), doc: Document = DOC) -> list[Quote]:
    found, lost = with_quotes(builders.bundle(doc), quotes, recorded(*decisions))
    assert lost == []
    assert list(check_bundle(builders.bundle(doc, quotes=found), set())) == []
    return found


def test_a_quote_that_is_none_is_left_out() -> None:
    assert corrected(builders.quote_decision(DOC, SAID, QUOTE.id)) == []


def test_a_quote_has_the_extent_and_speaker_that_a_person_gave() -> None:
    ida = SpeakerWords(name="Ida Lund", role="cook", words=builders.words(DOC, "Ida Lund"))
    decision = builders.quote_decision(DOC, SAID, QUOTE.id, "We wrote the recipes down", speaker=ida)
    (found,) = corrected(decision)
    assert (found.id, found.text, found.source, found.coder) == (QUOTE.id, "We wrote the recipes down", "human", "ana")
    assert (found.speaker.name, found.speaker.role) == ("Ida Lund", "cook")
    assert (found.confidence, found.cue) == (1.0, QUOTE.cue)


def test_a_speaker_whom_the_text_does_not_name_has_no_words() -> None:
    ida = SpeakerWords(name="Ida Lund", role="head of the kitchen")
    (found,) = corrected(builders.quote_decision(DOC, SAID, QUOTE.id, "We wrote the recipes down,", speaker=ida))
    assert (found.speaker.text, found.speaker.name) == ("", "Ida Lund")


def test_added_quotes_do_not_renumber_those_of_the_model() -> None:
    added = [
        builders.quote_decision(DOC, LEFT, LEFT.id, "nobody had been asked", added=True, n=1),
        builders.quote_decision(DOC, LEFT, LEFT.id, "Half of the cooks left", added=True, n=2),
    ]
    found = corrected(*added)
    assert [quote.id for quote in found] == [f"{LEFT.id}:q0", f"{LEFT.id}:q42", QUOTE.id]
    assert [quote.form for quote in found] == ["inline", "inline", "inline"]
    assert found[2] == QUOTE


def test_the_latest_word_on_a_quote_counts() -> None:
    early = builders.quote_decision(DOC, SAID, QUOTE.id, "We wrote", at="2026-01-01T08:00:00Z", coder="ben")
    late = builders.quote_decision(DOC, SAID, QUOTE.id, "recipes down", at="2026-01-01T09:00:00Z")
    assert [(quote.text, quote.coder) for quote in corrected(late, early)] == [("recipes down", "ana")]


def test_an_added_quote_can_be_struck_out_again() -> None:
    added = builders.quote_decision(DOC, LEFT, LEFT.id, "nobody had been asked", added=True, n=1)
    (made, _) = corrected(added)
    assert corrected(added, builders.quote_decision(DOC, LEFT, made.id, n=2)) == [QUOTE]


def test_a_corrected_quote_moves_with_its_document() -> None:
    moved = builders.document(f"A new first line.\n\n{DOC.text.replace('recipes', 'receipes')}", path=DOC.path)
    decision = builders.quote_decision(DOC, SAID, QUOTE.id, "We wrote the recipes down")
    (found,) = corrected(decision, quotes=(), doc=moved)
    assert found.text == "We wrote the receipes down"


def test_a_quote_whose_words_are_gone_is_orphaned() -> None:
    other = builders.document(
        DOC.text.replace("“We wrote the recipes down,” and she laughed", "nothing"), path=DOC.path
    )
    decision = builders.quote_decision(DOC, SAID, QUOTE.id, "We wrote the recipes down,")
    found, lost = with_quotes(builders.bundle(other), [], recorded(decision))
    assert (found, [one.judgement for one in lost]) == ([], [decision])


def mapped(*decisions: Any) -> list[Mapping]:
    model = [
        builders.mapping(QUOTE, "12b", rank=1),
        builders.mapping(QUOTE, "6a", 0.4, rank=2, decision="review"),
        builders.mapping(QUOTE, "12a", 0.1, rank=3, decision="reject"),
    ]
    found, lost = with_mappings(builders.bundle(DOC, quotes=[QUOTE]), model, recorded(*decisions), RUBRIC)
    assert lost == []
    assert found[:3] == model
    return found[3:]


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        pytest.param(
            builders.practices_decision(DOC, QUOTE, {"6a": 1, "12a": 2}, levels={"12a": "keep_improving"}),
            [
                ("12a", 1, "match", "keep_improving", "They go on."),
                ("6a", 2, "match", None, ""),
                ("12b", 3, "reject", None, ""),
            ],
            id="the best first, those of the model that were left out last",
        ),
        pytest.param(
            builders.practices_decision(DOC, QUOTE, {}, open=["6a"]),
            [("12b", 1, "reject", None, "")],
            id="none fits, one is open",
        ),
        pytest.param(
            builders.practices_decision(DOC, QUOTE, {"12b": 2}, rubric="Another one"), [], id="by another rubric"
        ),
        pytest.param(
            builders.practices_decision(DOC, QUOTE, {"99z": 2, "12b": 2, "6a": 2}, levels={"12b": "no such level"}),
            [("6a", 1, "match", None, ""), ("12b", 2, "match", None, "")],
            id="what the rubric lacks is left out",
        ),
    ],
)
def test_a_person_s_practices_stand_beside_those_of_the_model(decision, expected) -> None:
    found = mapped(decision)
    assert [(one.indicator, one.rank, one.decision, one.level, one.evidence) for one in found] == expected
    assert {(one.source, one.coder, one.model_version) for one in found} <= {("human", "ana", None)}


def test_kind_and_anatomy_are_those_of_the_person_and_boundaries_stay() -> None:
    whole = builders.segment([HEADING, LEFT, SAID, PAIRS])
    sentence = builders.words(DOC, "They now cook in pairs.")
    decision = builders.segment_decision(
        DOC,
        whole,
        "problem_of_practice",
        anatomy=[AnatomyWords(role="approach", start=sentence.start, end=sentence.end, text=sentence.text)],
    )
    moved = builders.document(f"Preface.\n\n{DOC.text}", path=DOC.path)
    part = builders.segment(builders.passages(moved)[1:])
    (found,), lost = with_kinds(builders.bundle(moved, segments=[part]), [part], recorded(decision))
    assert lost == []
    assert (found.kind, found.score, found.source, found.coder) == ("problem_of_practice", 1.0, "human", "ana")
    assert [(one.role, moved.text[one.start : one.end]) for one in found.anatomy] == [
        ("approach", "They now cook in pairs.")
    ]
    assert (found.start, found.end, found.passage_ids) == (part.start, part.end, part.passage_ids)


def test_a_document_with_another_name_is_known_by_its_words() -> None:
    decision = builders.theme_decision(DOC, LEFT, {"equity": 2})
    renamed = builders.document(DOC.text, id="d2", path="kitchen-final.txt")
    other = builders.document("Nothing of the kind.", id="d3")
    dealt = deal(recorded(decision), {one.path: one.id for one in (other, renamed)}, lambda: [other, renamed])
    assert {name: [one.judgement for one in held] for name, held in dealt.by_document.items()} == {"d2": [decision]}
    assert deal(recorded(decision), {other.path: other.id}, lambda: [other]).lost == recorded(decision)


def test_decisions_reach_other_processes() -> None:
    sent = recorded(
        builders.theme_decision(DOC, LEFT, {"equity": 2}), builders.quote_decision(DOC, SAID, QUOTE.id, "We wrote")
    )
    assert pickle.loads(pickle.dumps(sent)) == sent


def put(where: Path, *decisions: Decision) -> None:
    for one in decisions:
        log.add(where, one)


def test_what_is_wrong_with_a_file_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    one, two = (builders.theme_decision(DOC, LEFT, {"equity": 2}, coder=coder) for coder in ("ana", "ben"))
    put(tmp_path, one, two)
    with (tmp_path / "ana.jsonl").open("ab") as stream:
        stream.write(b'{"target":"passage","id":"ana:00')
    shutil.copy(tmp_path / "ben.jsonl", tmp_path / "ben-copy.jsonl")
    put(tmp_path, Undo(id="ben:000009", coder="ben", at="2026-11-22T11:00:00Z", undoes="ben:000001"))
    (tmp_path / "notes.jsonl").write_text('{"id": "x", "text": "y", "themes": {}}\n')
    labels = folder.read(tmp_path)
    assert [one.judgement.coder for one in labels.recorded] == ["ana"]
    assert [file.rpartition("/")[2] for file, _ in labels.doubts] == ["ana.jsonl", "ben-copy.jsonl"]
    assert "line 2, which is no decision" in labels.doubts[0][1]


def test_no_folder_holds_no_decisions(tmp_path: Path) -> None:
    assert folder.read(tmp_path / "nowhere") == folder.Labels()


@pytest.fixture
def decided(plan: Plan) -> Plan:
    """A small corpus with a folder of labels."""
    return replace(plan, tools=replace(plan.tools, labels_path=plan.corpus / "labels"))


def records(plan: Plan, kind: str, record_type: type[Any]) -> list[Any]:
    return list(jsonl.read(plan.outputs / f"{kind}.jsonl", record_type))


def document_of(plan: Plan, path: str) -> Bundle:
    document = next(one for one in records(plan, "documents", Document) if one.path == path)
    held = {
        kind: [one for one in records(plan, kind, record_type) if one.document_id == document.id]
        for kind, record_type in {"passages": Passage, "segments": Segment, "quotes": Quote}.items()
    }
    return Bundle(document=document, **held)


def human_tags(plan: Plan) -> dict[tuple[str, str], str]:
    texts = {passage.id: passage.text for passage in records(plan, "passages", Passage)}
    return {
        (texts[tag.passage_id][:22], tag.theme): tag.decision
        for tag in records(plan, "tags", Tag)
        if tag.source == "human"
    }


WORK = [name for name in STAGES if name not in {"index", "report"}]


def drift(plan: Plan, labels: Path | None = None) -> list[str]:
    """What is no longer as it should be, but for the index, which these tests leave as it was."""
    return [one for one in verify(plan.outputs, plan.corpus, labels).problems if not one.startswith("corpus.db")]


def orphans(outcome: Outcome) -> list[Refusal]:
    return [one for one in outcome.refusals if one.error == ErrorCode.ORPHANED_LABEL]


def test_a_decision_outlives_edits_of_its_document_until_its_words_are_gone(decided: Plan) -> None:
    bundle = document_of(decided, "meeting.txt")
    passage = next(one for one in bundle.passages if one.text.startswith("Three of the schools"))
    decision = builders.theme_decision(bundle.document, passage, {"evidence_use": 2})
    put(decided.corpus / "labels", decision)
    key = ("Three of the schools h", "evidence_use")

    assert run(decided, WORK).ran == ["tag"]
    assert human_tags(decided)[key] == "yes"
    assert drift(decided) == []
    assert run(decided, WORK).ran == []

    path = decided.corpus / "meeting.txt"
    text = path.read_text(encoding="utf-8")
    edited = text.replace("May 4, 2016\n", "May 4, 2016\n\nThe chair opened the meeting with a word of welcome.\n")
    path.write_text(edited.replace("had been prepared to follow", "was prepared to follow"), encoding="utf-8")
    outcome = run(decided, WORK)
    assert (human_tags(decided)[key], orphans(outcome)) == ("yes", [])

    path.rename(decided.corpus / "spring.txt")
    assert (orphans(run(decided, WORK)), human_tags(decided)[key]) == ([], "yes")

    path = decided.corpus / "spring.txt"
    gone = path.read_text(encoding="utf-8")
    start, end = gone.index("Three of the schools"), gone.index("Maria Lopez")
    path.write_text(gone[:start] + gone[end:], encoding="utf-8")
    outcome = run(decided, WORK)
    assert human_tags(decided) == {}
    assert [(one.path, one.stage, one.severity) for one in orphans(outcome)] == [("labels/ana.jsonl", "tag", "warning")]
    assert "ana:000001" in orphans(outcome)[0].message
    assert outcome.counts["orphaned"] == 1
    assert log.read(decided.corpus / "labels" / "ana.jsonl").decisions == [decision]
    assert drift(decided) == []

    path.write_text(text, encoding="utf-8")
    outcome = run(decided, WORK)
    assert (human_tags(decided)[key], orphans(outcome)) == ("yes", [])


def test_each_kind_of_decision_runs_its_own_stage_and_those_that_read_it(decided: Plan) -> None:
    labels = decided.corpus / "labels"
    bundle = document_of(decided, "meeting.txt")
    doc, said = bundle.document, bundle.quotes[0]
    member = next(one for one in bundle.passages if one.id == said.passage_id)

    put(labels, builders.practices_decision(doc, said, {"12b": 2}, rubric=decided.tools.rubric.name))
    assert run(decided, WORK).ran == ["map"]
    human = [one for one in records(decided, "mappings", Mapping) if one.source == "human"]
    assert [(one.indicator, one.decision) for one in human][:1] == [("12b", "match")]

    first = said.text.partition(". ")[0]
    put(labels, builders.quote_decision(doc, member, said.id, first, n=2))
    assert run(decided, WORK).ran == ["quote", "map"]
    quotes = records(decided, "quotes", Quote)
    assert [(one.text, one.coder) for one in quotes if one.id == said.id] == [(first, "ana")]
    assert any(one.quote_id == said.id and one.source == "model" for one in records(decided, "mappings", Mapping))

    part = next(one for one in bundle.segments if one.kind == "problem_of_practice")
    put(labels, builders.segment_decision(doc, part, "synthesis", n=3))
    assert run(decided, WORK).ran[0] == "segment"
    assert next(one for one in records(decided, "segments", Segment) if one.id == part.id).kind == "synthesis"
    assert drift(decided) == []

    before = {path.name: path.read_bytes() for path in decided.outputs.glob("*.jsonl")}
    run(replace(decided, force=True), WORK)
    assert {path.name: path.read_bytes() for path in decided.outputs.glob("*.jsonl")} == before


def test_decisions_that_the_outputs_do_not_hold_are_drift(decided: Plan) -> None:
    labels = decided.corpus / "labels"
    bundle = document_of(decided, "meeting.txt")

    def found() -> list[str]:
        return drift(decided, labels)

    run(decided, WORK)
    assert found() == []
    put(labels, builders.theme_decision(bundle.document, bundle.passages[-1], {"equity": 2}))
    file = labels / "ana.jsonl"
    assert found() == [f"labels {file}: new since the run; run pop run"]
    run(decided, ["tag"])
    assert found() == [f"labels {labels}: changed since segment, quote, map read them; run pop run"]
    run(decided, WORK)
    assert [(one.path, one.sha256) for one in manifest.load(decided.outputs).labels] == [("ana.jsonl", sha(file))]
    assert found() == []
    before = (decided.outputs / "manifest.json").read_bytes()
    assert run(decided, WORK).ran == []
    assert (decided.outputs / "manifest.json").read_bytes() == before

    undo = Undo(id="ana:000002", coder="ana", at="2026-11-22T11:00:00Z", undoes="ana:000009")
    put(labels, undo)  # says nothing new
    assert found() == [f"labels {file}: changed since the run; run pop run"]
    assert (run(decided, WORK).ran, found()) == ([], [])
    file.unlink()
    assert found() == [f"labels {file}: missing since the run; run pop run"]


def test_a_decision_that_is_taken_back_leaves_no_trace(decided: Plan) -> None:
    before = (decided.outputs / "tags.jsonl").read_bytes()
    bundle = document_of(decided, "meeting.txt")
    labels = decided.corpus / "labels"
    put(labels, builders.theme_decision(bundle.document, bundle.passages[-1], {"equity": 2}))
    run(decided, ["tag"])
    assert (decided.outputs / "tags.jsonl").read_bytes() != before
    put(labels, Undo(id="ana:000002", coder="ana", at="2026-11-22T11:00:00Z", undoes="ana:000001"))
    run(decided, ["tag"])
    assert (decided.outputs / "tags.jsonl").read_bytes() == before


def test_doubts_about_a_file_are_warnings(decided: Plan) -> None:
    bundle = document_of(decided, "meeting.txt")
    labels = decided.corpus / "labels"
    put(labels, builders.theme_decision(bundle.document, bundle.passages[-1], {"gardening": 2}))
    put(labels, builders.practices_decision(bundle.document, bundle.quotes[0], {"12b": 2}, n=2))
    with (labels / "ana.jsonl").open("ab") as stream:
        stream.write(b"not a decision\n")
    outcome = run(decided, WORK)
    said = [(one.stage, one.error, one.path) for one in outcome.refusals]
    assert said == [("tag", "invalid_labels", "labels/ana.jsonl")] * 2 + [("map", "invalid_labels", "labels/ana.jsonl")]
    assert outcome.refused == 0
    assert [
        word for one in outcome.refusals for word in ("line 3", "'gardening'", "'Test rubric'") if word in one.message
    ]


def test_a_run_that_is_killed_between_stages_goes_on_with_the_decisions(
    decided: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = document_of(decided, "meeting.txt")
    doc, said = bundle.document, bundle.quotes[0]
    member = next(one for one in bundle.passages if one.id == said.passage_id)
    labels = decided.corpus / "labels"
    put(labels, builders.quote_decision(doc, member, said.id, said.text.partition(". ")[0]))
    put(labels, builders.practices_decision(doc, said, {"12b": 2}, n=2, rubric=decided.tools.rubric.name))

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(STAGES, "map", replace(STAGES["map"], correct=killed))
        with pytest.raises(KeyboardInterrupt):
            run(decided, WORK)
    assert run(decided, WORK).ran == ["quote", "map"]
    resumed = {path.name: path.read_bytes() for path in decided.outputs.glob("*.jsonl")}
    run(replace(decided, force=True), WORK)
    assert {path.name: path.read_bytes() for path in decided.outputs.glob("*.jsonl")} == resumed
    assert drift(decided) == []
