import hashlib
import json
from pathlib import Path

import builders
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline import jsonl
from pipeline.cli.evaluate import command
from pipeline.config import Settings
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning import evaluation
from pipeline.learning.evaluation import gold as golds
from pipeline.learning.evaluation import measures, quotes, segments
from pipeline.learning.evaluation.fitting import documents_of, fit, quote_letters
from pipeline.learning.evaluation.letters import align, letters_of
from pipeline.learning.evaluation.matching import matched
from pipeline.learning.evaluation.windows import disagreements, window_size
from pipeline.records import Bundle

SETTINGS = Settings(bootstrap=200)
SHARED = Path(__file__).parents[2] / "shared"
THINGS = "lamps ferns boats clocks kites drums ropes bells maps coins tiles combs jars nets saws wheels".split()
HEADINGS = {0: "Opening Round", 4: "Elm Park Builds a Bench", 10: "What Comes Next"}
KINDS = {0: "discussion", 4: "problem_of_practice", 10: "next_steps"}


def text_of(place):
    """A document of sixteen paragraphs below three headings; each paragraph quotes a principal."""
    blocks = []
    for number, thing in enumerate(THINGS):
        blocks += [HEADINGS[number]] if number in HEADINGS else []
        blocks.append(f"One principal said, “{said(place, thing)}” {babble(f'{place} {number}')}.")
    return blocks


def babble(seed):
    """Words that no other paragraph has."""
    digests = hashlib.sha256(seed.encode()).hexdigest() + hashlib.sha256(seed[::-1].encode()).hexdigest()
    return " ".join(digests[at : at + 6] for at in range(0, len(digests), 6))


def said(place, thing):
    return f"We keep our {thing} in {place} where every teacher can find them."


def write_gold(folder, place, blocks=None, **changes):
    """Write gold for `text_of(place)`; `changes` replace fields of all quotes."""
    blocks = text_of(place) if blocks is None else blocks
    ids = {block: f"b{number:03}" for number, block in enumerate(text_of(place))}
    starts = [ids[HEADINGS[number]] for number in HEADINGS]
    ends = [f"b{int(start[1:]) - 1:03}" for start in starts[1:]] + [f"b{len(ids) - 1:03}"]
    body = [(ids[block], THINGS[number]) for number, block in enumerate(b for b in ids if b not in HEADINGS.values())]
    folder.mkdir(parents=True)
    (folder / "blocks.txt").write_text(
        "\n\n".join(f"[b{number:03}] {block}" for number, block in enumerate(blocks)), encoding="utf-8"
    )
    lines(
        folder / "segments.jsonl",
        [
            {
                "heading": start,
                "level": 1,
                "first": f"b{int(start[1:]) + 1:03}",
                "last": end,
                "kind": kind,
                "sites": ["Elm Park Unified School District"] if kind == "problem_of_practice" else [],
            }
            for start, end, kind in zip(starts, ends, KINDS.values(), strict=True)
        ],
    )
    lines(
        folder / "quotes.jsonl",
        [
            {
                "block": block,
                "text": said(place, thing),
                "speaker": "One principal",
                "cue": "said",
                "form": "inline",
                "practices": {} if thing == "lamps" else {"12b": 2, "6a": 1},
                "best": [] if thing == "lamps" else ["12b"],
            }
            | changes
            for block, thing in body
        ],
    )
    lines(folder / "themes.jsonl", [{"block": block, "themes": {"equity": 2}, "disputed": []} for block, _ in body])
    return folder


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def perfect(place, **changes):
    """What a pipeline that makes no mistake finds in `text_of(place)`, with the decision no written, too."""
    doc = builders.document("\n\n".join(text_of(place)), id=place, **changes)
    members = builders.passages(doc)
    starts = [number for number, member in enumerate(members) if member.kind == "heading"]
    runs = [members[start:end] for start, end in zip(starts, [*starts[1:], len(members)], strict=True)]
    found = [
        builders.segment(
            run,
            kind=kind,
            sites=[builders.site(doc, "Elm Park")] if kind == "problem_of_practice" else [],
        )
        for run, kind in zip(runs, KINDS.values(), strict=True)
    ]
    body = [member for member in members if member.kind != "heading"]
    spoken = [
        builders.quote(member, said(place, thing), speaker="One principal", cue="said")
        for member, thing in zip(body, THINGS, strict=True)
    ]
    return Bundle(
        document=doc,
        passages=members,
        segments=found,
        quotes=spoken,
        tags=[
            builders.tag(member, theme, p, decision=decision)
            for member in body
            for theme, p, decision in (("equity", 0.9, "yes"), ("succession", 0.1, "no"))
        ],
        mappings=[
            builders.mapping(quote, indicator, rank=rank, decision="reject" if quote == spoken[0] else "match")
            for quote in spoken
            for rank, indicator in enumerate(("12b", "6a"), start=1)
        ],
    )


def write_outputs(folder, *bundles):
    jsonl.write(folder / "documents.jsonl", [bundle.document for bundle in bundles])
    for kind in ("passages", "segments", "quotes", "tags", "mappings"):
        jsonl.write(folder / f"{kind}.jsonl", [record for bundle in bundles for record in getattr(bundle, kind)])
    return folder


def changed(bundle, **changes):
    return msgspec.structs.replace(bundle, **changes)


def evaluate(tmp_path, *bundles, gold=None):
    if gold is None:
        gold = tmp_path / "gold"
        for bundle in bundles:
            write_gold(gold / bundle.document.id, bundle.document.id)
    return evaluation.evaluate(gold, write_outputs(tmp_path / "outputs", *bundles), SETTINGS)


def rows(found):
    """All rows by group and name; baselines by the row that they stand below."""
    named, above = {}, ""
    for group in found.groups:
        for row in group.rows:
            above = above if row.name.startswith("  ") else row.name
            named[group.name, above if row.name == above else f"{above}:{row.name.strip()}"] = row
    return named


def value(found, group, name, figure=None):
    row = rows(found)[group, name]
    return row.figures[figure].value if figure else row.main.value


ERRORS_ROWS = {"blocks to review", "Pk (0 is best)", "WindowDiff (0 is best)"}


def test_a_perfect_prediction_scores_one_everywhere(tmp_path):
    found = evaluate(tmp_path, perfect("Dale"), perfect("Mill"))
    for (_, name), row in rows(found).items():
        if ":" in name or row.note:
            continue
        assert [figure.value for figure in row.figures.values()] == [float(name not in ERRORS_ROWS)] * len(row.figures)
    assert [document.lost_blocks for document in found.documents] == [[], []]


def test_an_empty_prediction_finds_nothing(tmp_path):
    bundle = changed(perfect("Dale"), segments=[], quotes=[], tags=[], mappings=[])
    found = evaluate(tmp_path, bundle)
    for name in [("Quotes", "overlap ≥ 0.8"), ("Segments", "headings"), ("Segments", "problems of practice")]:
        assert value(found, *name, "recall") == 0
        assert value(found, *name, "precision") is None
        assert value(found, *name, "f1") == 0
    assert value(found, "Themes", "decision yes, micro", "recall") == 0
    assert value(found, "Themes", "equity", "recall") == 0
    assert rows(found)["Practices", "hit@1"].n == 0


def test_text_that_the_document_lacks_counts_as_missed(tmp_path):
    bundle = perfect("Dale")
    cut = bundle.document.text.index("One principal said, “We keep our wheels")
    kept = [member.id for member in bundle.passages if member.end <= cut]
    bundle = changed(
        bundle,
        document=msgspec.structs.replace(bundle.document, text=bundle.document.text[:cut]),
        passages=[member for member in bundle.passages if member.id in kept],
        quotes=[quote for quote in bundle.quotes if quote.passage_id in kept],
        tags=[tag for tag in bundle.tags if tag.passage_id in kept],
    )
    found = evaluate(tmp_path, bundle)
    assert found.documents[0].lost_blocks == ["b018"]
    assert value(found, "Quotes", "overlap ≥ 0.8", "recall") == pytest.approx(15 / 16, abs=1e-6)
    assert value(found, "Themes", "equity", "recall") == pytest.approx(15 / 16, abs=1e-6)
    assert "b018" in evaluation.to_text(found)


def test_another_text_is_refused(tmp_path):
    gold = write_gold(tmp_path / "gold", "Dale")
    other = changed(perfect("Dale"), document=builders.document("Nothing of all that was ever said here."), passages=[])
    with pytest.raises(PipelineError) as caught:
        evaluate(tmp_path, changed(other, segments=[], quotes=[], tags=[], mappings=[]), gold=gold)
    assert caught.value.code is ErrorCode.INVALID_GOLD
    assert "fits no document" in str(caught.value)


def test_blocks_in_another_order_are_refused(tmp_path):
    blocks = text_of("Dale")
    gold = write_gold(tmp_path / "gold", "Dale", blocks=[blocks[number * 7 % 19] for number in range(19)])
    with pytest.raises(PipelineError, match="in the order of its blocks"):
        evaluate(tmp_path, perfect("Dale"), gold=gold)


def test_a_block_that_was_moved_is_found(tmp_path):
    (gold,) = golds.load(write_gold(tmp_path / "gold", "Dale"))
    texts = text_of("Dale")
    doc = builders.document("\n\n".join([*texts[:2], *texts[3:], texts[2]]))
    fitted = fit(gold, Bundle(document=doc))
    assert all(fitted.found)
    assert fitted.owner[-1] == 2


def test_gold_is_matched_by_words_not_by_name(tmp_path):
    folder = tmp_path / "gold"
    write_gold(folder / "one", "Mill")
    write_gold(folder / "two", "Dale")
    found = documents_of(golds.load(folder), [perfect(place).document for place in ("Dale", "Mill")])
    assert {document: gold.name for document, gold in found.items()} == {"Mill": "one", "Dale": "two"}


def test_two_golds_for_one_document_are_refused(tmp_path):
    for name in ("one", "two"):
        write_gold(tmp_path / "gold" / name, "Dale")
    with pytest.raises(PipelineError, match="both annotate"):
        evaluate(tmp_path, perfect("Dale"), gold=tmp_path / "gold")


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("quotes.jsonl", '"b001"', '"b099"', "names block 'b099'"),
        ("quotes.jsonl", "lamps", "lumps", "does not stand in b001"),
        ("quotes.jsonl", '"12b": 2', '"12b": 3', "line 2"),
        ("segments.jsonl", '"first": "b001"', '"first": "b006"', "a segment from b006"),
        ("themes.jsonl", '"b002"', '"b001"', "stands twice"),
        ("blocks.txt", "[b002]", "[b001]", "stands twice"),
    ],
)
def test_gold_that_contradicts_itself_is_refused(tmp_path, name, old, new, told):
    gold = write_gold(tmp_path / "gold", "Dale")
    if name == "segments.jsonl":
        text = (gold / name).read_text().replace('"heading": "b000"', '"heading": null')
    else:
        text = (gold / name).read_text()
    assert old in text
    (gold / name).write_text(text.replace(old, new))
    with pytest.raises(PipelineError) as caught:
        evaluate(tmp_path, perfect("Dale"), gold=gold)
    assert caught.value.code is ErrorCode.INVALID_GOLD
    assert told in str(caught.value)


def test_a_folder_without_gold_is_refused(tmp_path):
    with pytest.raises(PipelineError) as caught:
        golds.load(tmp_path)
    assert caught.value.code is ErrorCode.MISSING_FILE


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("leadership", "leader12ship", [0, 1, 2, 3, 4, 5, 8, 9, 10, 11], id="something in between"),
        pytest.param("abcdefgh", "abcdefgh", list(range(8)), id="the same"),
        pytest.param("abcdefgh", "zzzz", [-1] * 8, id="nothing in common"),
        pytest.param("", "abc", [], id="empty"),
    ],
)
def test_align(one, other, expected):
    assert align(one, other).tolist() == expected


words = st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=9), min_size=1, max_size=60)


@given(words, words)
def test_aligned_letters_are_alike_and_rise(one, other):
    left, right = "".join(one), "".join(other)
    places = align(left, right)
    held = places[places >= 0]
    assert all(left[at] == right[place] for at, place in enumerate(places) if place >= 0)
    assert (np.diff(held) > 0).all()


@given(st.integers(0, 2000))
def test_an_inserted_page_foot_does_not_hide_the_text(at):
    left = letters_of(" ".join(text_of("Dale"))).text
    assert (align(left, f"{left[:at]}pagexvii{left[at:]}") >= 0).mean() > 0.998


def test_letters_ignore_marks_hyphens_accents_and_ligatures():
    assert letters_of("The *Of-\nfice*, No. 3: CAFÉ").text == letters_of("the oﬃce no 3 café").text


@pytest.mark.parametrize(
    ("gold", "predicted", "same"),
    [
        ("a principal at Elm School", "one principal", True),
        ("Superintendent Ana Ruiz", "Ruiz", True),
        ("the district’s director of research, Nils Brand", "Nils Brand", True),
        ("the district’s director of research, Nils Brand", "the district’s director", True),
        ("Parent, Lower Elm County", "Lower Elm County", False),
        ("Ms. Lind (union)", "Ms. Lind", True),
        ("SPEAKER 3", "Speaker 3", True),
        ("SPEAKER 3", "SPEAKER 5", False),
        ("one of them", "one teacher", False),
        ("MR. BRANDT", "Mr. Brandt", True),
        ("A teacher who had led the team", "the teacher", True),
        (None, None, True),
        ("she", None, False),
        (None, "she", False),
    ],
)
def test_same_speaker(gold, predicted, same):
    assert quotes.same_speaker(gold, predicted) is same


@pytest.mark.parametrize(
    ("gold", "predicted", "same"),
    [("told", "had told", True), ("said", "asked", False), (None, None, True), (None, "said", False)],
)
def test_same_cue(gold, predicted, same):
    assert quotes.same_cue(gold, predicted) is same


@pytest.mark.parametrize(
    ("gold", "predicted", "same"),
    [
        ("Elm Park", "ELM PARK Unified School District", True),
        ("Elm Park", "Elm Creek", False),
        ("School District", "School District", True),
        ("School District", "Elm Park School District", False),
    ],
)
def test_same_site(gold, predicted, same):
    assert segments.same_site(gold, predicted) is same


def test_quotes_are_matched_by_overlap(tmp_path):
    bundle = perfect("Dale")
    first, second, *others = bundle.quotes
    passage = {member.id: member for member in bundle.passages}
    half = builders.quote(passage[first.passage_id], said("Dale", "lamps")[:34], speaker="One principal", cue="said")
    invented = builders.quote(passage[second.passage_id], babble("Dale 1")[:30], form="block")
    found = evaluate(tmp_path, changed(bundle, quotes=[half, second, *others, invented]))
    strict, loose = rows(found)["Quotes", "overlap ≥ 0.8"], rows(found)["Quotes", "overlap ≥ 0.3"]
    assert strict.figures["recall"].value == pytest.approx(15 / 16, abs=1e-6)
    assert strict.figures["precision"].value == pytest.approx(15 / 17, abs=1e-6)
    assert loose.figures["recall"].value == 1
    assert rows(found)["Quotes", "form right"].n == 15


def test_a_resolved_pronoun_is_a_speaker_found(tmp_path):
    bundle = perfect("Dale")
    members = {member.id: member for member in bundle.passages}
    spoken = [
        msgspec.structs.replace(quote, speaker=builders.speaker(members[quote.passage_id], "every", name=name))
        for quote, name in zip(bundle.quotes, ["a principal", "a teacher"] * 8, strict=True)
    ]
    assert value(evaluate(tmp_path, changed(bundle, quotes=spoken)), "Quotes", "speaker right") == 0.5


def test_two_names_of_one_site_are_one_site(tmp_path):
    gold = write_gold(tmp_path / "gold", "Dale")
    text = (gold / "segments.jsonl").read_text()
    (gold / "segments.jsonl").write_text(text.replace('["Elm', '["Elm Park Middle School", "Ash Creek", "Elm'))
    row = rows(evaluate(tmp_path, perfect("Dale"), gold=gold))["Segments", "sites of found problems"]
    assert (row.n, row.figures["recall"].value, row.figures["precision"].value) == (2, 0.5, 1)


def test_the_parts_of_a_split_quote_are_one_quote(tmp_path):
    text = "“We keep the bell,” she said, “and the rope.”"
    doc = builders.document(text)
    (member,) = builders.passages(doc)
    gold = golds.Gold(
        "g",
        [text],
        {"b000": 0},
        [],
        [golds.GoldQuote(block="b000", text="We keep the bell, … and the rope.", split=True)],
        [],
    )
    quote = builders.quote(member, "We keep the bell,", "and the rope.")
    fitted = fit(gold, builders.bundle(doc, quotes=[quote]))
    assert quote_letters(fitted) == [fitted.letters_in(quote.parts)]


def test_words_said_twice_are_two_quotes():
    text = "“Time,” he said. “Time,” she said."
    both = [golds.GoldQuote(block="b000", text="Time,")] * 2
    fitted = fit(golds.Gold("g", [text], {"b000": 0}, [], both, []), Bundle(document=builders.document(text)))
    first, second = quote_letters(fitted)
    assert not first & second


def test_a_missed_and_a_spurious_boundary(tmp_path):
    bundle = perfect("Dale")
    first, second, third = bundle.segments
    members = {member.id: member for member in bundle.passages}
    merged = builders.segment([members[i] for i in second.passage_ids + third.passage_ids], kind="problem_of_practice")
    head, tail = first.passage_ids[:3], first.passage_ids[3:]
    cut = [builders.segment([members[i] for i in ids]) for ids in (head, tail)]
    found = evaluate(tmp_path, changed(bundle, segments=[*cut, merged]))
    assert value(found, "Segments", "boundaries", "precision") == 0.5
    assert value(found, "Segments", "boundaries", "recall") == 0.5
    assert value(found, "Segments", "boundaries:every heading") == 1
    assert value(found, "Segments", "boundaries:no boundary", "recall") == 0
    assert value(found, "Segments", "headings", "recall") == pytest.approx(2 / 3, abs=1e-6)
    # Seven of fourteen blocks: the heading and six paragraphs against those and the seven of the next section.
    assert value(found, "Segments", "problems of practice") == 1
    assert value(found, "Segments", "sites of found problems", "recall") == 0


# Pevzner & Hearst 2002 as in the documentation of nltk.metrics.segmentation.
ONE, TWO, THREE = "000100000010", "000010000100", "100000010000"


@pytest.mark.parametrize(
    ("gold", "predicted", "k", "which", "expected"),
    [
        (ONE, ONE, 3, 1, 0.0),
        (ONE, TWO, 3, 1, 0.3),
        (TWO, THREE, 3, 1, 0.8),
        ("0100" * 100, "1" * 400, 2, 0, 0.5),
        ("0100" * 100, "0" * 400, 2, 0, 0.5),
        ("0100" * 100, "0100" * 100, 2, 0, 0.0),
        ("010010", "011000", 2, 0, 0.6),
        ("010010", "011000", 2, 1, 0.8),
    ],
)
def test_pk_and_window_diff(gold, predicted, k, which, expected):
    windows = disagreements(list(map(int, gold)), list(map(int, predicted)), k)
    assert np.mean([window[which] for window in windows]) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("gold", "k"), [([0] * 11, 6), ([0, 0, 1] * 3 + [0, 0], 2), ([1], 1), ([], 1)])
def test_window_size(gold, k):
    assert window_size(gold) == k


def test_themes_with_few_positives_have_no_figure(tmp_path):
    gold = write_gold(tmp_path / "gold", "Dale")
    entries = [json.loads(line) for line in (gold / "themes.jsonl").read_text().splitlines()]
    for entry in entries[:14]:
        entry["themes"]["succession"] = 1
    lines(gold / "themes.jsonl", entries)
    found = evaluate(tmp_path, perfect("Dale"), gold=gold)
    row = rows(found)["Themes", "succession"]
    assert (row.n, row.figures) == (14, {})
    assert "fewer than 15" in evaluation.to_text(found)
    assert value(found, "Themes", "decision yes, micro", "recall") == pytest.approx(16 / 30, abs=1e-6)
    assert value(found, "Themes", "recall of grade 2") == 1
    assert rows(found)["Themes", "macro-F1 of 1 themes"].n == 16


def test_disputed_themes_are_neither_right_nor_wrong(tmp_path):
    gold = write_gold(tmp_path / "gold", "Dale")
    entries = [json.loads(line) for line in (gold / "themes.jsonl").read_text().splitlines()]
    entries[0] |= {"themes": {}, "disputed": ["equity"]}
    lines(gold / "themes.jsonl", entries)
    found = evaluate(tmp_path, perfect("Dale"), gold=gold)
    row = rows(found)["Themes", "equity"]
    assert row.n == 15
    assert row.figures["precision"].value == 1
    assert found.disputed == 1


def test_review_counts_in_its_own_row(tmp_path):
    bundle = perfect("Dale")
    review = [
        msgspec.structs.replace(tag, decision="review") if tag.decision == "yes" and number < 8 else tag
        for number, tag in enumerate(bundle.tags)
    ]
    found = evaluate(tmp_path, changed(bundle, tags=review))
    assert value(found, "Themes", "decision yes, micro", "recall") == 0.75
    assert value(found, "Themes", "yes or review, micro", "recall") == 1


def test_a_repeated_passage_counts_once(tmp_path):
    bundle = perfect("Dale")
    first, second = [member for member in bundle.passages if member.kind != "heading"][:2]
    repeated = [
        msgspec.structs.replace(member, duplicate_of=first.id) if member is second else member
        for member in bundle.passages
    ]
    found = evaluate(tmp_path, changed(bundle, passages=repeated))
    assert found.duplicates == 1
    assert rows(found)["Themes", "equity"].n == 15


def test_average_precision_needs_every_p(tmp_path):
    bundle = perfect("Dale")
    found = evaluate(tmp_path, changed(bundle, tags=[tag for tag in bundle.tags if tag.decision == "yes"]))
    assert "--all" in rows(found)["Themes", "mean average precision"].note


def test_corrections_by_people_are_not_credited_to_the_model(tmp_path):
    bundle = perfect("Dale")
    wrong, *others = [tag for tag in bundle.tags if tag.decision == "yes"]
    human = msgspec.structs.replace(wrong, id="h", source="human", coder="Ana")
    found = evaluate(tmp_path, changed(bundle, tags=[human, *others]))
    assert value(found, "Themes", "equity", "recall") == pytest.approx(15 / 16, abs=1e-6)


def test_practices_by_rank(tmp_path):
    bundle = perfect("Dale")
    _, second, third, *_ = bundle.quotes
    ranked = {second.id: ["9", "7", "6a"], third.id: ["9", "7", "4", "12b"]}
    mappings = [entry for entry in bundle.mappings if entry.quote_id not in ranked]
    mappings += [
        builders.mapping(quote, indicator, rank=rank, decision="review")
        for quote in (second, third)
        for rank, indicator in enumerate(ranked[quote.id], start=1)
    ]
    mappings.sort(key=lambda entry: entry.quote_id)
    found = evaluate(tmp_path, changed(bundle, mappings=mappings))
    assert value(found, "Practices", "hit@1") == pytest.approx(13 / 15, abs=1e-6)
    assert value(found, "Practices", "hit@3") == pytest.approx(14 / 15, abs=1e-6)
    assert value(found, "Practices", "MRR") == pytest.approx((13 + 1 / 3 + 1 / 4) / 15, abs=1e-6)
    assert value(found, "Practices", "answered with a match") == pytest.approx(13 / 15, abs=1e-6)
    assert value(found, "Practices", "refused, if none fits") == 1


def test_a_disputed_indicator_is_passed_over(tmp_path):
    gold = write_gold(tmp_path / "gold", "Dale", practices={"6a": 1}, best=[], disputed=["12b"])
    found = evaluate(tmp_path, perfect("Dale"), gold=gold)
    assert value(found, "Practices", "hit@1") == 1


def test_a_match_with_a_disputed_indicator_is_neither_refused_nor_answered_wrongly(tmp_path):
    gold = write_gold(tmp_path / "gold", "Dale", practices={}, best=[], disputed=["12b", "6a"])
    row = rows(evaluate(tmp_path, perfect("Dale"), gold=gold))["Practices", "refused, if none fits"]
    assert (row.n, row.main.value) == (1, 1)


def test_a_match_where_none_fits_is_no_refusal(tmp_path):
    gold = write_gold(tmp_path / "gold", "Dale", practices={}, best=[])
    found = evaluate(tmp_path, perfect("Dale"), gold=gold)
    assert value(found, "Practices", "refused, if none fits") == pytest.approx(1 / 16, abs=1e-6)


@pytest.mark.parametrize(
    ("p", "positive", "expected"),
    [
        ([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0], (1 + 2 / 3) / 2),
        ([0.9, 0.8, 0.7, 0.6], [0, 0, 0, 1], 1 / 4),
        ([0.5, 0.5, 0.5, 0.5], [1, 0, 1, 0], 1 / 2),
        ([0.9, 0.8], [0, 0], np.nan),
    ],
)
def test_average_precision_by_hand(p, positive, expected):
    statistic = measures.average_precision(np.array(p), np.array(positive, dtype=bool))
    assert statistic(np.ones((1, len(p))))[0, 0] == pytest.approx(expected, nan_ok=True)


def test_an_interval_over_documents_holds_documents_together():
    right = np.array([[1.0, 1, 1]] * 50 + [[0.0, 0, 1]] * 50)
    documents = np.repeat(np.arange(4), 25)
    statistic = measures.precision_recall_f1(right)
    clustered = measures.intervals(statistic, documents, 4, SETTINGS)[1]
    naive = measures.intervals(statistic, np.arange(100), 100, SETTINGS)[1]
    assert (clustered.low, clustered.high) == (0, 1)
    assert 0.3 < naive.low < 0.5 < naive.high < 0.7


def test_one_document_has_no_interval_over_documents(tmp_path):
    found = evaluate(tmp_path, changed(perfect("Dale"), quotes=perfect("Dale").quotes[:12]))
    recall = rows(found)["Quotes", "overlap ≥ 0.8"].figures["recall"]
    assert recall.by_document is None
    assert recall.within_document.low < recall.value < recall.within_document.high
    assert "n/a (1 document)" in evaluation.to_text(found)
    assert "within document" in evaluation.to_text(found)


def test_several_documents_have_an_interval_over_documents(tmp_path):
    found = evaluate(tmp_path, changed(perfect("Dale"), quotes=[], mappings=[]), perfect("Mill"), perfect("Ford"))
    recall = rows(found)["Quotes", "overlap ≥ 0.8"].figures["recall"]
    assert recall.within_document is None
    assert recall.by_document.high - recall.by_document.low > recall.naive.high - recall.naive.low
    assert "n/a" not in evaluation.to_text(found)


def test_what_no_stage_wrote_is_named_as_not_scored(tmp_path):
    gold = write_gold(tmp_path / "gold", "Dale")
    outputs = write_outputs(tmp_path / "outputs", perfect("Dale"))
    (outputs / "mappings.jsonl").unlink()
    text = evaluation.to_text(evaluation.evaluate(gold, outputs, SETTINGS))
    assert "Practices: not scored: no mappings.jsonl" in text


@pytest.mark.parametrize(
    ("likeness", "expected"),
    [
        ({(0, 0): 0.5, (0, 1): 0.9, (1, 1): 0.8}, [(0, 1)]),
        ({(0, 0): 0.6, (1, 0): 0.6}, [(0, 0)]),
        ({(0, 1): 0.6, (1, 0): 0.7}, [(0, 1), (1, 0)]),
    ],
)
def test_matching_is_one_to_one(likeness, expected):
    assert matched(likeness, 0.55) == expected


def run_command(tmp_path, *options, places=("Dale", "Mill")):
    outputs = write_outputs(tmp_path / "outputs", *(perfect(place) for place in places))
    for place in places:
        write_gold(tmp_path / "gold" / place, place)
    arguments = ["--gold", str(tmp_path / "gold"), "--outputs", str(outputs), *options]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    assert CliRunner().invoke(command, arguments).output == result.output
    return result.output


@pytest.mark.parametrize("places", [("Dale",), ("Dale", "Mill")])
def test_the_table_fits_eighty_columns(tmp_path, places):
    text = run_command(tmp_path, places=places)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith(f"Scored {len(places)} document")


def test_json_holds_every_figure(tmp_path):
    found = json.loads(run_command(tmp_path, "--json"))
    assert [group["name"] for group in found["groups"]] == ["Quotes", "Segments", "Themes", "Practices"]
    figure = found["groups"][0]["rows"][0]["figures"]["f1"]
    assert figure["value"] == 1
    assert figure["by_document"] == {"low": 1, "high": 1}


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in (Path(__file__).parent / "gold").glob("*/blocks.txt"))
)
def test_the_projects_gold_can_be_read(folder):
    (gold,) = golds.load(folder)
    fitted = fit(gold, Bundle(document=builders.document("\n\n".join(gold.blocks))))
    assert all(fitted.found)
    assert all(min(letters) >= 0 for letters in quote_letters(fitted))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is missing")
def test_shared_gold_is_found_in_the_raw_file():
    (gold,) = golds.load(SHARED / "gold" / "meeting-19")
    text = (SHARED / "corpus" / "meeting-19-summary.txt").read_text(encoding="utf-8")
    fitted = fit(gold, Bundle(document=builders.document(text)))
    assert all(fitted.found)
    assert all(min(letters) >= 0 for letters in quote_letters(fitted))
