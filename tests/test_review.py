import itertools
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

import builders
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from reviewing import HOSTILE, SAID, long_bundle, short_bundle, write_outputs, write_queue

from pipeline.cli import main, review
from pipeline.corrections import log
from pipeline.corrections.decisions import Decision, PassageDecision, QuoteDecision, Undo, Words
from pipeline.corrections.words import around
from pipeline.errors import ExitCode, PipelineError
from pipeline.records import Bundle
from pipeline.review import agreement, page, queue
from pipeline.review.app import MOST_BYTES, Office, create_app
from pipeline.review.desk import RefusedError, Said, is_judged, standing
from pipeline.review.export import exported
from pipeline.review.jobs import Jobs
from pipeline.review.queue import Request
from pipeline.review.server import N_PORTS, usual_port
from pipeline.review.sitting import Places, prepare
from pipeline.review.survey import Entry
from pipeline.review.units import Reader

TOKEN, PORT = "secret-token", 45000
HERE = f"http://127.0.0.1:{PORT}"


def by_full_stop(text):
    ends = [i + 1 for i, sign in enumerate(text) if sign == "."]
    return list(zip([0, *[end + 1 for end in ends[:-1]]], ends, strict=True))


def units(bundle, kind, blind=False):
    return Reader(bundle, blind, by_full_stop).all(kind)


@pytest.fixture
def places(tmp_path):
    return Places(write_outputs(tmp_path / "outputs"), tmp_path / "labels")


def sit(places, tools, unit="passages", blind=False, coder="ana", **more):
    ids = {
        "passages": [f"long-p{i}" for i in range(1, 51)],
        "quotes": ["short:q0"],
        "problems": ["short:s0", "long-s0"],
    }
    file = write_queue(places.outputs / f"queue-{unit}.jsonl", more.pop("ids", ids[unit]))
    return prepare(coder, Request(unit=unit, blind=blind, file=file, **more), places, tools, lambda _: None)


def decision(unit, number=1, coder="ana", **changes):
    fields = {
        "id": f"{coder}:s:{number}",
        "coder": coder,
        "at": "2026-11-22T10:41:07Z",
        "record_id": unit.id,
        "anchor": unit.anchor,
        "themes": {"equity": 2},
    }
    return PassageDecision(**fields | changes)


def client_of(sitting, commands=None):
    office = Office(sitting.desk, sitting.units, sitting.facts, sitting.agreement, Jobs(commands or {}))
    return create_app(office, TOKEN, PORT).test_client()


@pytest.fixture
def client(places, tools):
    client = client_of(sit(places, tools))
    client.get(f"/?token={TOKEN}", base_url=HERE)
    return client


def post(client, path, body, **headers):
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    sent = {"Origin": HERE} | headers
    return client.post(path, data=content, base_url=HERE, content_type="application/json", headers=sent)


# What there is to judge


def test_a_passage_has_its_place_and_the_suggestions_with_their_words():
    unit = units(long_bundle(3), "passages")[1]
    assert (unit.document, unit.heading, unit.date) == ("Spring notes", "Spring notes", "2014-06-26 to 2014-06-28")
    assert [one.text[:23] for one in unit.before] == ["Spring notes", "The team of school 0 lo"]
    assert [one.text[:23] for one in unit.after] == ["The team of school 2 lo"]
    assert [(one.theme, one.decision, one.p) for one in unit.suggestions] == [
        ("equity", "yes", 0.84),
        ("succession", "review", 0.41),
    ]


def test_what_a_person_said_is_no_suggestion_of_the_model():
    made = long_bundle(1)
    other = builders.tag(made.passages[1], "policy_resources", source="human", coder="ben")
    unit = units(msgspec.structs.replace(made, tags=[*made.tags, other]), "passages")[0]
    assert [one.theme for one in unit.suggestions] == ["equity", "succession"]


def test_a_quote_has_its_passage_speaker_and_candidates():
    unit = units(short_bundle(), "quotes")[0]
    shown = unit.passage.text
    part = unit.quote.parts[0]
    assert shown[part.start - unit.passage.start : part.end - unit.passage.start] == SAID
    assert (unit.quote.speaker.name, unit.quote.speaker.organization) == ("Ana Ruiz", "Elm School")
    assert [(one.indicator, one.decision) for one in unit.quote.candidates] == [
        ("12b", "match"),
        ("8a", "review"),
        ("1", "reject"),
        ("of another rubric", "review"),
    ]


def test_a_quote_that_goes_on_in_the_next_passage_is_shown_whole():
    doc = builders.document("Notes\n\nBo Ek said: “We began.\n\nThen it grew.” Nobody left.\n\nThe end.")
    _, first, second, _ = members = builders.passages(doc)
    who = builders.speaker(first, "Bo Ek")
    said = builders.quote(first, "We began.", speaker=who)
    more = builders.quote(second, "Then it grew.").parts
    whole = msgspec.structs.replace(said, parts=[*said.parts, *more], end=more[0].end)
    (unit,) = units(Bundle(document=doc, passages=members, quotes=[whole]), "quotes")
    assert (unit.passage.text, unit.anchor.text) == (doc.text[first.start : second.end],) * 2
    assert [one.text for one in unit.after] == ["The end."]
    assert unit.quote.speaker.words.text == "Bo Ek"


def test_a_problem_is_shown_sentence_by_sentence():
    made = short_bundle()
    unit = units(made, "problems")[0]
    texts = [made.document.text[one.start : one.end] for one in unit.sentences]
    assert texts[2:5] == ["No one could follow her.", "They began to train two teachers.", "It cost a year."]
    assert [(one.role, made.document.text[one.start : one.end]) for one in unit.roles] == [("problem", texts[2])]


@pytest.mark.parametrize(
    ("cuts", "marked", "expected"),
    [
        ([(0, 10)], [], [(0, 10)]),
        ([(0, 10), (11, 20)], [(0, 5)], [(0, 5), (5, 10), (11, 20)]),
        ([(0, 10), (11, 20)], [(0, 20)], [(0, 20)]),
        ([(0, 10), (11, 20)], [(5, 15)], [(0, 5), (5, 15), (15, 20)]),
    ],
)
def test_a_marked_stretch_is_a_sentence_of_its_own(cuts, marked, expected):
    assert around(cuts, marked) == expected


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8, unique=True), st.integers(0, 50), st.integers(1, 9))
def test_pieces_stay_in_order_and_apart(edges, start, length):
    places_ = sorted(edges)
    pieces = around(list(itertools.pairwise(places_)), [(start, start + length)])
    assert pieces == sorted(pieces)
    assert all(a < b for a, b in pieces)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(pieces))


@pytest.mark.parametrize("kind", ["passages", "quotes", "problems"])
def test_a_blind_unit_holds_nothing_of_the_model(kind):
    with_model, without = short_bundle(), short_bundle()
    plain = msgspec.structs.replace(
        without,
        tags=[],
        quotes=[],
        mappings=[],
        segments=[msgspec.structs.replace(one, kind="discussion", score=0.1, anatomy=[]) for one in without.segments],
    )
    assert msgspec.json.encode(units(with_model, kind, blind=True)) == msgspec.json.encode(
        units(plain, kind, blind=True)
    )


# The queue


def test_a_request_is_kept_and_taken_up_again(places, tools):
    def ask():
        return prepare("ana", Request(n=5, blind=True), places, tools, lambda _: None)

    first = ask()
    assert len(first.units) == 5
    first.desk.save([decision(one, number, blind=True) for number, one in enumerate(first.units[:2])])
    again = ask()
    assert ([one.id for one in again.units], again.n_judged) == ([one.id for one in first.units], 2)
    again.desk.save([decision(one, number, blind=True) for number, one in enumerate(first.units[2:], start=2)])
    assert not {one.id for one in ask().units} & {one.id for one in first.units}


def test_two_coders_get_the_same_blind_queue_in_an_order_that_tells_nothing(places, tools):
    ana, ben = (prepare(one, Request(n=20, blind=True), places, tools, lambda _: None) for one in ("ana", "ben"))
    ids = [one.id for one in ana.units]
    assert ids == [one.id for one in ben.units]
    assert ids != sorted(ids)
    ana.desk.save([decision(one, number, blind=True) for number, one in enumerate(ana.units)])
    more = [one.id for one in prepare("ana", Request(n=30, blind=True), places, tools, lambda _: None).units]
    whole = [one.id for one in prepare("cho", Request(n=50, blind=True), places, tools, lambda _: None).units]
    assert ids + more == whole


def test_what_the_model_is_least_sure_of_comes_first():
    entries = [Entry(name, "d", False, sure, is_first) for name, sure, is_first in QUEUED]
    assert queue.by_doubt(entries) == ["doubted", "sure", "another kind"]


QUEUED = [("another kind", 0.0, False), ("sure", 0.9, True), ("doubted", 0.2, True)]


def test_suggested_passages_are_those_of_pop_suggest(places, tools):
    sitting = prepare("ana", Request(n=6), places, tools, lambda _: None)
    assert len({one.id for one in sitting.units}) == 6
    assert all(one.id.startswith(("long-p", "short-p")) for one in sitting.units)


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (Request(document="nowhere", blind=True), "no document like 'nowhere'"),
        (Request(document="long", unit="quotes"), "no document like 'long' with quotes"),
    ],
)
def test_nothing_to_review_is_said(places, tools, request_, found):
    with pytest.raises(PipelineError, match=found):
        prepare("ana", request_, places, tools, lambda _: None)


def test_a_queue_of_other_outputs_is_refused(places, tools):
    with pytest.raises(PipelineError, match="none of its ids"):
        sit(places, tools, ids=["somewhere-else:p1"])


# Saving


def test_a_decision_is_on_the_disk_when_the_answer_comes(client, places, tools):
    unit = sit(places, tools).units[0]
    answer = post(client, "/api/save", [decision(unit)])
    assert answer.status_code == 200
    assert answer.json["at"].endswith("Z")
    assert log.read(places.labels / "ana.jsonl").decisions == [decision(unit)]


def test_what_is_sent_twice_is_kept_once(client, places, tools):
    unit = sit(places, tools).units[0]
    for _ in range(2):
        assert post(client, "/api/save", [decision(unit)]).status_code == 200
    assert len(log.read(places.labels / "ana.jsonl").decisions) == 1


def test_an_undone_decision_is_asked_again(places, tools):
    sitting = sit(places, tools)
    sitting.desk.save([decision(sitting.units[0])])
    assert sitting.facts().done[:2] == [True, False]
    sitting.desk.save([Undo(id="ana:s:2", coder="ana", at="2026-11-22T10:41:08Z", undoes="ana:s:1")])
    assert sitting.facts().done[:2] == [False, False]
    assert len(log.read(sitting.desk.path).decisions) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"coder": "ben", "id": "ben:1"}, "ana's"),
        ({"id": "ben:1"}, "ana's"),
        ({"blind": True}, "blind"),
        ({"themes": {"sucession": 2}}, "sucession"),
        ({"open": ["x"]}, "codebook"),
    ],
)
def test_what_cannot_be_the_coders_is_refused(places, tools, changes, reason):
    sitting = sit(places, tools)
    with pytest.raises(RefusedError, match=reason):
        sitting.desk.save([decision(sitting.units[0]), decision(sitting.units[1], 2, **changes)])
    assert not sitting.desk.path.exists()


@pytest.mark.parametrize("change", [{"start": 1}, {"text": "other words"}, {"document": "../../etc/passwd"}])
def test_words_that_do_not_stand_there_are_refused(places, tools, change):
    sitting = sit(places, tools)
    anchor = msgspec.structs.replace(sitting.units[0].anchor, **change)
    with pytest.raises(RefusedError):
        sitting.desk.save([decision(sitting.units[0], anchor=anchor)])


def test_quotes_added_in_a_passage_stand_side_by_side(places, tools):
    sitting = sit(places, tools, "quotes")
    unit = sitting.units[0]
    text, start = unit.passage.text, unit.passage.start

    def added(number, words):
        at = start + text.index(words)
        parts = [Words(start=at, end=at + len(words), text=words)]
        fields = {"coder": "ana", "at": "2026-11-22T10:41:07Z", "record_id": unit.passage_id, "anchor": unit.anchor}
        return QuoteDecision(id=f"ana:s:{number}", is_quote=True, added=True, parts=parts, **fields)

    sitting.desk.save([added(1, "Then she left"), added(2, "nobody waits")])
    held = Said(log.current(sitting.desk.decisions)).about(unit)
    assert [one.parts[0].text for one in held] == ["Then she left", "nobody waits"]
    assert not is_judged(unit, held)


def test_two_programs_of_one_coder_lose_nothing(places, tools):
    desks = [sit(places, tools) for _ in range(2)]

    def save(half):
        for number, unit in enumerate(desks[half].units[half::2]):
            desks[half].desk.save([decision(unit, f"{half}{number}", id=f"ana:s{half}:{number}")])

    threads = [Thread(target=save, args=(half,)) for half in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sit(places, tools).n_judged == len(log.read(places.labels / "ana.jsonl").decisions) == 50


def test_a_passage_that_has_moved_to_another_id_is_still_judged(places, tools):
    sitting = sit(places, tools)
    sitting.desk.save([decision(sitting.units[0], record_id="an-earlier-id")])
    assert (sitting.n_judged, sitting.facts().done[0]) == (1, True)


def test_damaged_lines_are_said_and_left_alone(places, tools):
    sitting = sit(places, tools)
    sitting.desk.save([decision(sitting.units[0])])
    with sitting.desk.path.open("a", encoding="utf-8") as stream:
        stream.write('{"target": "passa')
    heard = []
    file = write_queue(places.outputs / "queue.jsonl", ["long-p2"])
    again = prepare("ana", Request(file=file), places, tools, heard.append)
    assert heard == [f"{sitting.desk.path}: left out, since they are no decisions: line 2"]
    again.desk.save([decision(again.units[0], 2)])
    assert [one.record_id for one in log.read(sitting.desk.path).decisions] == ["long-p1", "long-p2"]


def test_blind_decisions_name_the_model_that_was_withheld(places, tools):
    sitting = sit(places, tools, blind=True)
    assert sitting.facts().versions == {}
    sitting.desk.save([decision(sitting.units[0], blind=True)])
    assert [one.model_version for one in standing(sitting.desk.decisions)] == ["test"]


# Who may ask


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/?token=wrong", {}),
        ("/?token=", {}),
        ("/review.js", {}),
        ("/api/facts", {}),
        (f"/api/facts?token={TOKEN}", {}),
        (f"/?token={TOKEN}", {"Host": "evil.example"}),
        (f"/?token={TOKEN}", {"Host": f"evil.example:{PORT}"}),
        (f"/?token={TOKEN}", {"Host": "127.0.0.1:1"}),
        (f"/?token={TOKEN}", {"Origin": "https://evil.example"}),
        (f"/?token={TOKEN}", {"Origin": "null"}),
    ],
)
def test_strangers_are_refused(places, tools, path, headers):
    answer = client_of(sit(places, tools)).get(path, base_url=HERE, headers=headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/api/facts", {}, 200),
        ("GET", "/api/facts", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", "/api/facts", {"Sec-Fetch-Site": "same-site"}, 403),
        ("DELETE", "/api/facts", {}, 403),
        ("PUT", "/api/save", {"Origin": HERE}, 403),
        ("POST", "/api/save", {}, 403),
        ("POST", "/api/save", {"Origin": "https://evil.example"}, 403),
        ("POST", "/api/save", {"Origin": HERE, "Content-Type": "text/plain"}, 403),
        ("POST", "/api/save", {"Origin": HERE, "Content-Type": "application/json"}, 400),
        ("GET", "/api/units/5000", {}, 404),
        ("GET", "/api/units/-1", {}, 404),
        ("GET", "/../../etc/passwd", {}, 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", {}, 404),
        ("GET", "/api/units/../../../etc/passwd", {}, 404),
        ("GET", "/page.html", {}, 404),
        ("GET", "/api/save", {}, 405),
        ("POST", "/api/job/rm", {"Origin": HERE, "Content-Type": "application/json"}, 404),
    ],
)
def test_only_what_the_page_itself_asks_is_answered(client, method, path, headers, status):
    answer = client.open(path, method=method, base_url=HERE, headers=headers)
    assert answer.status_code == status
    assert "root:" not in answer.text


def test_a_body_that_is_too_large_is_refused(client):
    assert post(client, "/api/save", b" " * (MOST_BYTES + 1)).status_code == 413


def test_every_answer_is_sealed(client):
    for path in ("/", "/api/facts", "/nowhere"):
        headers = client.get(path, base_url=HERE).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
    cookie = client.get("/", base_url=HERE).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_the_port_belongs_to_coder_and_folder():
    assert usual_port("ana", "/a") == usual_port("ana", "/a") != usual_port("ben", "/a")
    assert 42_000 <= usual_port("ana", "/a") < 42_000 + N_PORTS


# Agreement


def test_agreement_leaves_open_themes_out():
    own = {str(i): {"equity": i < 10, "succession": None if i < 5 else False} for i in range(20)}
    theirs = {str(i): {"equity": i < 8, "succession": False} for i in range(20)}
    found = agreement.compare(own, theirs, "ben")
    equity, succession = found.lines
    assert (equity.n, equity.both, equity.only_coder, equity.only_other) == (20, 8, 2, 0)
    assert (equity.percent, equity.kappa) == (0.9, 0.8)
    assert (succession.n, succession.percent, succession.kappa) == (15, 1.0, None)


def test_what_a_person_was_not_asked_is_open(places, tools):
    unit = sit(places, tools).units[0]
    said = agreement.spoken([decision(unit, asked=["equity", "succession"])], [unit], ["equity", "succession", "new"])
    assert said == {unit.id: {"equity": True, "succession": False, "new": None}}


def test_fewer_than_fifteen_are_too_few():
    said = {str(i): {"equity": True} for i in range(14)}
    found = agreement.compare(said, said, "ben")
    assert (found.too_few, found.lines[0].percent) == (True, None)
    assert agreement.to_text([found]) == ["Agreement with ben: 14 judged by both, too few (fewer than 15) for figures."]


def test_agreement_is_with_the_model_and_with_every_other_coder(places, tools):
    for coder in ("ben", "ana"):
        sitting = sit(places, tools, coder=coder)
        sitting.desk.save([decision(one, number, coder) for number, one in enumerate(sitting.units[:20])])
    found = sitting.agreement()
    assert [(one.other, one.n) for one in found] == [("the model", 20), ("ben", 20)]
    assert [one.other for one in sit(places, tools, blind=True).agreement()] == ["ben"]


# Jobs


@pytest.mark.parametrize(("code", "verdict"), [(0, "in use"), (5, "not put to use"), (3, "exit code 3")])
def test_a_job_says_how_it_ended(places, tools, code, verdict):
    script = f"import sys; print('ten labels'); print('a gate', file=sys.stderr); sys.exit({code})"
    client = client_of(sit(places, tools), {"train": [sys.executable, "-c", script], "run": []})
    client.get(f"/?token={TOKEN}", base_url=HERE)
    assert client.get("/api/job", base_url=HERE).json == {
        "name": None, "lines": [], "n_lines": 0, "code": None, "verdict": None,
    }  # fmt: skip
    assert post(client, "/api/job/train", {}).json == {"started": "train"}
    report = finished(client)
    assert (sorted(report["lines"]), report["code"]) == (["a gate", "ten labels"], code)
    assert verdict in report["verdict"]
    assert client.get("/api/job?from=1", base_url=HERE).json["lines"] == report["lines"][1:]


@pytest.mark.parametrize(
    ("line", "verdict"), [("Error: locked", "exit code 3"), ("refused: a.doc", "some documents were refused")]
)
def test_a_run_that_another_keeps_out_is_not_called_done(places, tools, line, verdict):
    client = client_of(
        sit(places, tools), {"run": [sys.executable, "-c", f"import sys; print({line!r}); sys.exit(3)"], "train": []}
    )
    client.get(f"/?token={TOKEN}", base_url=HERE)
    post(client, "/api/job/run", {})
    assert verdict in finished(client)["verdict"]


def test_one_job_at_a_time(places, tools):
    slow = [sys.executable, "-c", "import time; time.sleep(30)"]
    jobs = Jobs({"train": slow, "run": slow})
    assert (jobs.start("train"), jobs.start("run")) == (True, False)
    jobs.stop()


def finished(client):
    for _ in range(100):
        report = client.get("/api/job", base_url=HERE).json
        if report["code"] is not None:
            return report
        time.sleep(0.05)
    raise AssertionError("the job does not end")


@pytest.mark.parametrize("unit", ["passages", "quotes", "problems"])
@pytest.mark.parametrize("labels", [None, Path("my-labels")])
def test_the_buttons_call_commands_that_exist(unit, labels):
    given = {"models": Path("m"), "codebook": Path("c"), "rubric": None, "outputs": Path("o")}
    commands = review._commands(Request(unit=unit), Path("corpus"), labels, given)
    assert ("train" in commands) is (unit != "problems")
    for name, (_, *words) in commands.items():
        assert words[:3] == ["-m", "pipeline", name]
        known = {option for one in main.get_command(None, name).params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= known


# The page as one file


def test_an_exported_page_holds_texts_that_cannot_run(places, tools):
    sitting = sit(places, tools, ids=["short-p3"])
    content = exported(sitting).decode()
    assert content == exported(sitting).decode()
    inert = content.split('id="material">')[1].split("</script>")[0]
    assert "<" not in inert
    assert json.loads(inert)["units"][0]["passage"]["text"] == HOSTILE
    assert content.count("<script") == 2
    assert "http" not in page.style()
    assert "default-src 'none'; script-src 'sha256-" in content


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "a\u2028b\u2029c", "&lt;"])
def test_no_text_ends_the_data(text):
    content = page.alone(json.dumps({"text": text}, ensure_ascii=False))
    inert = content.split('id="material">')[1].split("</script>")[0]
    assert json.loads(inert) == {"text": text}


# The command


def pop(*words):
    return CliRunner().invoke(main, ["review", *map(str, words)])


def test_a_coder_is_asked_for():
    result = pop("--no-browser")
    assert result.exit_code == ExitCode.USAGE
    assert "no --coder" in result.output
    assert "pop review --coder" in result.output


@pytest.mark.parametrize("name", ["../ana", "themes", "Ana Ruiz", ""])
def test_a_name_that_cannot_be_a_files_is_refused(places, name):
    result = pop("--coder", name, "--outputs", places.outputs, "--labels", places.labels, "--export", "x.html")
    assert result.exit_code == ExitCode.USAGE
    assert "Traceback" not in result.output


def test_export_writes_one_file(places, tmp_path):
    file = tmp_path / "page.html"
    words = ["--coder", "ana", "--outputs", places.outputs, "--labels", places.labels]
    result = pop(*words, "--unit", "problems", "--export", file)
    assert (result.exit_code, file.is_file()) == (0, True)
    assert "2 problems for ana" in result.output
    assert not places.labels.exists()


def test_missing_outputs_are_said(tmp_path):
    result = pop("--coder", "ana", "--outputs", tmp_path / "none", "--labels", tmp_path / "labels")
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "pop run" in result.output


def test_a_line_of_the_page_is_a_decision():
    line = json.dumps({"target": "undo", "id": "ana:x:1", "coder": "ana", "at": "2026-11-22T10:41:07Z", "undoes": "y"})
    assert isinstance(msgspec.json.decode(line, type=Decision), Undo)


def test_a_bundle_without_passages_has_no_units():
    empty = Bundle(document=builders.document("x"))
    assert [units(empty, kind) for kind in ("passages", "quotes", "problems")] == [[], [], []]
    assert replace(Reader(empty, True, by_full_stop), blind=False).all("quotes") == []
