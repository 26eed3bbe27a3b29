"""`pop methods`: every figure comes from its source, and every number of the text is such a figure."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import builders as make
import msgspec
import pytest
from click.testing import CliRunner

from pipeline import jsonl, manifest
from pipeline.cli import main
from pipeline.config import HOME
from pipeline.corrections import log
from pipeline.corrections.decisions import Undo
from pipeline.errors import PipelineError
from pipeline.files import sha256_file
from pipeline.learning.prevalence import Cluster, HeldOut
from pipeline.methods import _nameless, methods, references
from pipeline.methods.figures import All
from pipeline.methods.gathering import Material, figures, naive_intervals
from pipeline.methods.section import paragraphs
from pipeline.methods.tables import tables
from pipeline.methods.trail import categories, criteria
from pipeline.methods.words import count, counted, interval, listed, percent, share, small
from pipeline.records import Document, Passage, Refusal, Severity, Tag, is_coded
from pipeline.tools import Tools
from pipeline.version import __version__

Raw = dict[str, list[dict[str, Any]]]


def raw(outputs: Path) -> Raw:
    """The records as they stand in the files."""
    kinds = ("documents", "passages", "segments", "quotes", "tags", "mappings", "errors")
    return {
        kind: [json.loads(line) for line in (outputs / f"{kind}.jsonl").read_text("utf-8").splitlines()]
        for kind in kinds
    }


@pytest.fixture
def judged(outputs: Path, corpus: Path, tools: Tools, tmp_path: Path) -> Material:
    """The small corpus, judged by two people: their files, and their tags in the outputs."""
    folder, labels = tmp_path / "outputs", tmp_path / "labels"
    shutil.copytree(outputs, folder)
    documents = {one.id: one for one in jsonl.read(folder / "documents.jsonl", Document)}
    coded = [one for one in jsonl.read(folder / "passages.jsonl", Passage) if is_coded(one)]
    tags = list(jsonl.read(folder / "tags.jsonl", Tag))
    model = {(one.passage_id, one.theme): one for one in tags}
    first = next(one for one in tags if one.decision == "yes")
    added = next(theme for theme in tools.codebook.ids if (first.passage_id, theme) not in model)
    human = [
        msgspec.structs.replace(first, id=f"{first.id}:ana", source="human", coder="ana", model_version=None),
        msgspec.structs.replace(first, id=f"{first.id}:ben", source="human", coder="ben", decision="no"),
        msgspec.structs.replace(first, id=f"{first.passage_id}:{added}:ana", theme=added, source="human", coder="ana"),
    ]
    jsonl.write(folder / "tags.jsonl", [*tags, *human])
    for n, passage in enumerate(coded, start=1):
        doc = documents[passage.document_id]
        themes = {first.theme: 2, added: 1} if passage.id == first.passage_id else {}
        log.add(labels, make.theme_decision(doc, passage, themes, coder="ana", n=n, blind=n % 2 == 0))
        log.add(labels, make.theme_decision(doc, passage, {}, coder="ben", n=n, blind=True))
    log.add(labels, make.theme_decision(documents[coded[0].document_id], coded[0], {}, coder="ben", n=90))
    log.add(labels, Undo(id="ben:000091", coder="ben", at="2026-11-22T11:00:00Z", undoes="ben:000090"))
    state = manifest.load(folder)
    manifest.save(msgspec.structs.replace(state, labels=manifest.label_files(labels)), folder)
    return Material(folder, replace(tools, labels_path=labels))


@pytest.fixture(scope="session")
def plain(outputs: Path, corpus: Path, tools: Tools) -> All:
    return figures(Material(outputs, tools, corpus))


# Each figure against its source


def test_the_corpus_is_counted(plain: All, outputs: Path) -> None:
    records, one = raw(outputs), plain.corpus
    assert one.documents == len(records["documents"])
    assert one.words == sum(len(document["text"].split()) for document in records["documents"])
    assert one.passages == len(records["passages"])
    assert one.coded == sum(is_coded(passage) for passage in jsonl.read(outputs / "passages.jsonl", Passage))
    assert one.repeated == sum(passage["duplicate_of"] is not None for passage in records["passages"])
    assert one.by_kind == Counter(document["kind"] for document in records["documents"])
    assert one.by_type == Counter(document["media_type"] for document in records["documents"])
    dates = [day for document in records["documents"] for day in (document["date_start"], document["date_end"]) if day]
    assert (one.first, one.last) == (min(dates), max(dates))
    assert one.undated == sum(document["date_start"] is None for document in records["documents"])
    assert one.refused == []


def test_what_was_found_is_counted(plain: All, outputs: Path) -> None:
    records, one = raw(outputs), plain.found
    repeated = {passage["id"] for passage in records["passages"] if passage["duplicate_of"]}
    tags = [tag for tag in records["tags"] if tag["passage_id"] not in repeated]
    assert one.segments == len(records["segments"])
    assert one.problems == sum(segment["kind"] == "problem_of_practice" for segment in records["segments"])
    assert one.reasons == Counter(segment["boundary"]["reason"] for segment in records["segments"])
    assert one.quotes == len(records["quotes"])
    assert one.speakers == sum(quote["speaker"] is not None for quote in records["quotes"])
    assert one.forms == Counter(quote["form"] for quote in records["quotes"])
    assert one.tags_yes == sum(tag["decision"] == "yes" for tag in tags)
    assert one.tags_review == sum(tag["decision"] == "review" for tag in tags)
    assert one.mappings_match == sum(mapping["decision"] == "match" for mapping in records["mappings"])
    assert one.mappings_review == sum(mapping["decision"] == "review" for mapping in records["mappings"])


def test_themes_have_the_figures_of_the_model_and_of_the_outputs(plain: All, outputs: Path, tools: Tools) -> None:
    metrics = json.loads((HOME / "models" / "themes" / "metrics.json").read_text())
    band = next(band for band in metrics["bands"] if band["precision"] >= plain.settings["precision"])
    tags = raw(outputs)["tags"]
    assert [one.id for one in plain.themes] == tools.codebook.ids
    for j, one in enumerate(plain.themes):
        row = metrics["themes"][one.id]
        assert (one.n, one.precision, one.recall, one.f1) == (row["n"], row["precision"], row["recall"], row["f1"])
        assert [one.low, one.high] == row["f1_interval"]
        assert one.threshold == band["thresholds"][j]
        assert one.yes_threshold == band["yes_thresholds"][j]
        assert one.definition == tools.codebook.theme(one.id).definition
        mine = [tag for tag in tags if tag["theme"] == one.id]
        assert one.present == sum(tag["decision"] == "yes" for tag in mine)
        assert one.review == sum(tag["decision"] == "review" for tag in mine)
        assert one.of == plain.corpus.coded


def test_models_have_the_figures_of_their_files(plain: All) -> None:
    for model, name, key in (
        (plain.theme_model, "themes", "micro"),
        (plain.practice_model, "practices", "known_rubric"),
    ):
        metrics = json.loads((HOME / "models" / name / "metrics.json").read_text())
        trained = metrics["trained_on"]
        assert model is not None
        assert (model.version, model.same, model.shipped) == (metrics["model_version"], True, True)
        assert (model.n_labels, model.n_groups, model.n_folds) == (
            trained["n_labels"],
            trained["n_groups"],
            trained["n_folds"],
        )
        for figure, (value, low, high) in model.measured.items():
            column = figure.lower()
            assert value == metrics[key][column]
            if f"{column}_interval" in metrics[key]:
                assert [low, high] == metrics[key][f"{column}_interval"]
        band = next(band for band in metrics["bands"] if band["precision"] >= plain.settings["precision"])
        assert model.yes_precision == band.get("yes_precision", band.get("match_precision"))
        assert model.yes_share == band.get("yes_share", band.get("matched"))
        assert list(model.labels) == [f"labels/{name}.jsonl"] or list(model.labels) == [f"{name}.jsonl"]
        assert list(model.labels.values()) == [sha256_file(HOME / "corpus" / "labels" / f"{name}.jsonl")]


def test_the_trail_names_every_file_with_its_hash_and_records(plain: All, outputs: Path, tools: Tools) -> None:
    state = json.loads((outputs / "manifest.json").read_text())
    assert [(one.path, one.sha256) for one in plain.trail.inputs] == [
        (one["path"], one["sha256"]) for one in state["inputs"]
    ]
    for one in plain.trail.outputs:
        assert one.sha256 == sha256_file(outputs / one.path)
        if one.path.endswith(".jsonl"):
            assert one.records == len((outputs / one.path).read_bytes().splitlines())
    assert plain.trail.figures + len(plain.trail.outputs) == len(state["outputs"])
    assert [one.sha256 for one in plain.trail.instruments] == [
        sha256_file(tools.codebook_path),
        sha256_file(tools.rubric_path),
    ]
    for one in plain.trail.models:
        assert one.sha256 == sha256_file(HOME / one.path)
    assert plain.trail.drift == []
    assert sum(plain.trail.checked.values()) == sum(
        len(found) for kind, found in raw(outputs).items() if kind != "errors"
    )


def test_software_and_settings_are_those_that_are_there(plain: All, outputs: Path) -> None:
    assert plain.settings == json.loads((outputs / "manifest.json").read_text())["settings"]
    assert plain.software["spacy"] == metadata.version("spacy")
    assert plain.run == {}


def test_people_are_counted_by_what_they_changed(judged: Material) -> None:
    one = figures(judged).people
    n = sum(is_coded(passage) for passage in jsonl.read(judged.outputs / "passages.jsonl", Passage))
    assert one.coders == {"ana": n, "ben": n}
    assert one.decisions == 2 * n
    assert one.blind == n // 2 + n
    assert one.undone == 1
    assert (one.confirmed, one.struck, one.added) == (1, 1, 1)
    assert (one.settled_yes, one.settled_no) == (0, 0)
    assert sorted(tuple(sorted(pair.coders)) for pair in one.agreement if len(pair.coders) == 2) == [
        ("ana", "ben"),
        ("ana", "the model"),
        ("ben", "the model"),
    ]
    assert all(pair.n == n for pair in one.agreement)


def test_naive_intervals_are_narrower_than_those_over_documents_that_differ(tools: Tools) -> None:
    clusters = [
        Cluster(group=str(i), n=50, true_yes=[25 * (i % 2)], false_yes=[0], missed=[25 * (1 - i % 2)], rejected=[25])
        for i in range(20)
    ]
    low, high = naive_intervals(HeldOut(themes=["equity"], clusters=clusters), tools.settings)["equity"]
    assert low < 2 * 250 / (2 * 250 + 250) < high
    assert high - low < 0.1
    assert naive_intervals(None, tools.settings) == {}


# Every number of the text is a figure


def numbers_of(value: Any) -> Iterator[float]:
    """Every number among the figures, and the length of every list and table."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        yield len(value)
        for one in value.values():
            yield from numbers_of(one)
    elif isinstance(value, list | tuple):
        yield len(value)
        for one in value:
            yield from numbers_of(one)


def written_forms(found: All) -> set[str]:
    """What the numbers of the figures look like in the text, and what follows from two of them."""
    values = set(numbers_of(msgspec.to_builtins(found)))
    trail, people = found.trail, found.people
    values |= {sum(trail.checked.values()), len(trail.outputs) + trail.figures, people.settled_yes + people.settled_no}
    values |= {found.found.tags_yes + found.found.tags_review, people.blind / max(1, people.decisions)}
    values |= {theme.present / theme.of for theme in found.themes if theme.of}
    forms = (
        {share(value) for value in values} | {percent(value) for value in values} | {small(value) for value in values}
    )
    forms |= {f"{value:,}" for value in values if value == int(value)} | {str(value) for value in values}
    return forms


def numbers_in(text: str) -> list[str]:
    """The numbers of a text, without hashes, versions, names of tables, dates, and years of works."""
    text = re.sub(r"\b[0-9a-f]{12,64}…?|themes-\w+|practices-\w+|SHA-256|sha256", " ", text)
    text = re.sub(r"\([^()]*\b(?:19|20)\d\d\b[^()]*\)|Krippendorff, 2019|Problems of Practice, 2026", " ", text)
    text = re.sub(
        r"Table \d|F1|AC1|\d{1,2} [A-Z][a-z]+ \d{4}|\d{4}-\d\d-\d\dT[\d:]+Z|coder-\d|Coder \d|report\.\w+", " ", text
    )
    text = re.sub(r"(?:version|pop\)?|Python|(?<=; )[\w-]+) \d+(?:\.\d+)+|\bx?int8\b|int8|L6-v2|MiniLM-L6", " ", text)
    return re.findall(r"(?<![\w.])[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)%?", text)


@pytest.mark.parametrize("with_people", [False, True])
def test_every_number_of_the_text_is_a_figure(with_people: bool, plain: All, judged: Material) -> None:
    found = figures(judged) if with_people else plain
    allowed = written_forms(found)
    texts = [text for _, text in paragraphs(found)]
    texts += [cell for table in tables(found)[1:] for row in table.rows for cell in row]
    texts += [line for entry in (*categories(found), *criteria(found)) for line in entry.lines]
    strange = [(number, text[:80]) for text in texts for number in numbers_in(text) if number not in allowed]
    assert len(texts) > 30
    assert strange == []


def test_a_number_that_is_no_figure_would_be_noticed(plain: All) -> None:
    assert [
        number for number in numbers_in("F1 was .987 in 54,321 passages.") if number not in written_forms(plain)
    ] == [
        ".987",
        "54,321",
    ]


# The text


def test_what_is_missing_is_said(plain: All) -> None:
    told = dict(paragraphs(plain))
    assert "No second coder was at hand: agreement was not measured." in told["Human review and agreement"]
    assert "None of its codes has been checked by a person." in told["Limitations"]
    assert "invented" in told["Codebook and automated coding"]


def test_agreement_is_told_with_its_interval_and_its_rule(judged: Material) -> None:
    found = figures(judged)
    few = dict(paragraphs(found))["Human review and agreement"]
    assert "too few to report agreement" in few
    enough = [msgspec.structs.replace(one, n=40) for one in found.people.agreement]
    people = msgspec.structs.replace(found.people, agreement=enough)
    enough_judged = msgspec.structs.replace(found, people=people)
    told = dict(paragraphs(enough_judged))["Human review and agreement"]
    assert "both judged 40 passages" in told
    assert "Krippendorff’s α was" in told
    assert "may agree with it more" in told
    assert len(tables(found)) == 3
    table = tables(enough_judged)[3]
    assert len(table.rows) == len(enough)
    assert "a passage without a theme is coded 'none'" in table.note


def test_refused_inputs_are_told_with_their_reasons(outputs: Path, tools: Tools, tmp_path: Path) -> None:
    shutil.copytree(outputs, tmp_path / "outputs")
    refusal = Refusal(
        id="e1",
        path="old.doc",
        stage="ingest",
        error="unknown_format",
        message="It is *old*.",
        severity=Severity.REFUSED,
    )
    jsonl.write(tmp_path / "outputs" / "errors.jsonl", [refusal])
    text = methods(tmp_path / "outputs", tools, None, "markdown")
    assert "One further file could not be used (1 unknown format; listed below)." in text
    assert r"- old.doc: not used (unknown_format: It is \*old\*" in text


def test_coders_are_numbered_unless_their_names_are_asked_for(judged: Material) -> None:
    text = methods(judged.outputs, judged.tools, None, "markdown")
    assert "Coder 1" in text
    assert not re.search(r"\b(?:ana|ben)\b", text)
    figures_alone = methods(judged.outputs, judged.tools, None, "json")
    assert not re.search(r"\b(?:ana|ben)\b", figures_alone)
    assert re.search(r"\bana: \d+, ben: \d+", methods(judged.outputs, judged.tools, None, "markdown", names=True))


def test_models_do_not_name_their_coders_either(plain: All) -> None:
    assert plain.theme_model is not None
    named = msgspec.structs.replace(
        plain.theme_model,
        coders={"zoe": 3, "unnamed": 4},
        labels={"labels/zoe.jsonl": "0" * 64, "labels/other.jsonl": ""},
    )
    found = _nameless(msgspec.structs.replace(plain, theme_model=named)).theme_model
    assert found is not None
    assert found.coders == {"Coder 1": 3, "unnamed": 4}
    assert list(found.labels) == ["labels/coder-1.jsonl", "labels/other.jsonl"]


def test_the_same_outputs_give_the_same_bytes_and_no_date(outputs: Path, tools: Tools) -> None:
    text = methods(outputs, tools, None, "markdown")
    assert text == methods(outputs, tools, None, "markdown")
    started = json.loads((outputs / "manifest.json").read_text())["run"]["started"]
    assert started not in text
    assert started in methods(outputs, tools, None, "markdown", dates=True)


def test_works_that_are_named_are_listed_and_no_others(outputs: Path, tools: Tools) -> None:
    text = methods(outputs, tools, None, "markdown")
    body, _, listed_works = text.partition("# References")
    for key, work in references.WORKS.items():
        assert (work.cited in body) == (work.listed in listed_works), key
    assert "Reimers & Gurevych, 2019" in body
    assert references.bibtex(["rogan1978"]).startswith(
        "@article{rogan1978,\n  author = {Rogan, Walter J. and Gladen, Beth},"
    )


def test_the_file_that_says_how_to_cite_names_this_version() -> None:
    assert f"version: {__version__}\n" in (HOME / "CITATION.cff").read_text(encoding="utf-8")


def test_the_page_is_complete_and_marks_what_is_to_be_written(outputs: Path, tools: Tools) -> None:
    page = methods(outputs, tools, None, "html")
    assert page.startswith("<!doctype html>")
    assert page.count("<table>") == 3
    assert page.count("<mark>") == page.count("</mark>") > 8


def test_outputs_that_are_not_whole_are_refused(tools: Tools, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="outputs of a whole run"):
        methods(tmp_path, tools, None, "markdown")


def test_the_command_writes_by_the_ending_of_the_file(outputs: Path, corpus: Path, tmp_path: Path) -> None:
    common = ["methods", "--outputs", str(outputs), "--corpus", str(corpus)]
    for name, begins, what in (
        ("m.md", "# Method", "Methods and audit trail"),
        ("m.html", "<!doctype", "Methods and audit trail"),
        ("m.json", "{", "Figures of the methods"),
        ("m.bib", "@", "References"),
    ):
        result = CliRunner().invoke(main, [*common, "-o", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
        assert f"{what} → " in result.stderr


# Words


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (share(0.7055), ".71"),
        (share(-0.104), "-.10"),
        (share(1.0), "1.00"),
        (share(0.999), "1.00"),
        (share(None), "–"),
        (small(0.0032), ".003"),
        (interval(0.62, 0.7), "[.62, .70]"),
        (interval(None, 0.7), ""),
        (percent(0.405), "40%"),
        (count(0, "file"), "no files"),
        (count(1, "person", "people"), "one person"),
        (count(9, "person", "people"), "nine people"),
        (count(1234, "file"), "1,234 files"),
        (listed(["a"]), "a"),
        (listed(["a", "b"]), "a and b"),
        (listed(["a", "b", "c"]), "a, b, and c"),
        (counted({"not_found": 2}), "2 not found"),
    ],
)
def test_figures_are_written_as_in_a_paper(written: str, expected: str) -> None:
    assert written == expected
