from dataclasses import replace as replaced

import msgspec
import numpy as np
import pytest
from builders import bundle, codebook, document, passages, segment

from pipeline.codebook import Theme
from pipeline.errors import ErrorCode, PipelineError
from pipeline.learning.themes import ThemeModel
from pipeline.records import Bundle, Tag
from pipeline.stages.tag import decide, tag_passages
from pipeline.tools import Tools

TEXT = (
    "Staffing\n\n"
    "Nobody was prepared to follow the principal. The building was painted blue last year. "
    "Four principals had left in five years, and each had begun from nothing.\n\n"
    "Lunch was served at noon."
)


def tags_of(given: Bundle, tools: Tools, **settings: object) -> list[Tag]:
    return tag_passages(
        given,
        tools.theme_model,
        tools.codebook,
        tools.encoder,
        tools.sentencizer,
        msgspec.structs.replace(tools.settings, **settings),
    )


@pytest.mark.parametrize(
    ("p", "expected"), [(1.0, "yes"), (0.5, "yes"), (0.4999, "review"), (0.2, "review"), (0.1999, "no"), (0.0, "no")]
)
def test_decide(p: float, expected: str) -> None:
    assert decide(p, 0.2, 0.5) == expected


def test_without_a_review_band_nothing_is_left_to_review() -> None:
    assert decide(0.49, 0.5, 0.5) == "no"


def test_a_passage_on_succession_is_tagged_with_its_evidence(tools: Tools) -> None:
    doc = document(TEXT)
    members = passages(doc)
    given = bundle(doc, segments=[segment(members)])
    tags = tags_of(given, tools)
    (found,) = [one for one in tags if one.theme == "succession"]
    assert found.decision == "yes"
    assert (found.passage_id, found.segment_id) == (members[1].id, given.segments[0].id)
    assert found.model_version == found.coder == tools.theme_model.config.version
    assert found.codebook_sha256 == tools.codebook.sha256
    shown = [doc.text[part.start : part.end] for part in found.evidence]
    assert shown == [
        "Nobody was prepared to follow the principal.",
        "Four principals had left in five years, and each had begun from nothing.",
    ]


def test_all_themes_of_all_passages_but_headings_and_tables_are_written_on_request(tools: Tools) -> None:
    doc = document(TEXT + "\n\na. | b. | c.")
    *members, table = passages(doc)
    given = bundle(doc, passages=[*members, msgspec.structs.replace(table, kind="table")])
    tags = tags_of(given, tools, write_rejected=True)
    themes = tools.codebook.ids
    assert [(one.passage_id, one.theme) for one in tags] == [(m.id, theme) for m in members[1:] for theme in themes]
    assert len({one.id for one in tags}) == len(tags)
    for one in tags:
        member = next(m for m in members if m.id == one.passage_id)
        if one.decision == "no":
            assert one.evidence == []
            continue
        assert 1 <= len(one.evidence) <= tools.settings.evidence_sentences
        assert all(member.start <= part.start < part.end <= member.end for part in one.evidence)
        assert sum(part.weight for part in one.evidence) == pytest.approx(1, abs=0.0011)
        assert [part.start for part in one.evidence] == sorted(part.start for part in one.evidence)
        assert (one.decision == "no") == (one.p < one.threshold)
    assert [one for one in tags if one.decision != "no"] == tags_of(given, tools)


def test_one_sentence_of_evidence_has_the_whole_weight(tools: Tools) -> None:
    tags = tags_of(bundle(document(TEXT)), tools, evidence_sentences=1)
    assert tags
    for one in tags:
        assert [part.weight for part in one.evidence] == [1.0]


PLAIN = "They meet on the first Tuesday of each month, in the old library."
TRAINEES = "Each aspiring principal is coached for a year by a principal who has led a school for ten years or more."


def _p_of(text: str, theme: str, lines: list[str], tools: Tools) -> float:
    doc = document("\n\n".join(lines))
    tags = tags_of(bundle(doc), tools, write_rejected=True)
    ids = {one.id for one in bundle(doc).passages if one.text == text}
    return next(one.p for one in tags if one.passage_id in ids and one.theme == theme)


def test_a_passage_is_judged_in_its_surroundings(tools: Tools) -> None:
    alone = _p_of(PLAIN, "leadership_development", [PLAIN], tools)
    among = _p_of(PLAIN, "leadership_development", [TRAINEES, PLAIN, TRAINEES.replace("ten", "nine")], tools)
    assert among > 2 * alone


def test_what_stands_in_another_document_changes_no_tag(tools: Tools) -> None:
    first, second = (tags_of(bundle(document(TEXT)), tools, write_rejected=True) for _ in range(2))
    tags_of(bundle(document(TRAINEES)), tools, write_rejected=True)
    assert first == second


def test_a_rubric_is_an_instrument_and_is_not_tagged(tools: Tools) -> None:
    assert tags_of(bundle(document(TEXT, kind="rubric")), tools) == []


def test_a_document_of_headings_has_no_tags(tools: Tools) -> None:
    assert tags_of(bundle(document("Staffing\n\nSuccession")), tools, write_rejected=True) == []


def test_a_part_of_the_codebook_is_enough(tools: Tools) -> None:
    few = msgspec.structs.replace(tools.codebook, themes=tools.codebook.themes[:2][::-1])
    given = bundle(document(TEXT))
    settings = msgspec.structs.replace(tools.settings, write_rejected=True)
    tags = tag_passages(given, tools.theme_model, few, tools.encoder, tools.sentencizer, settings)
    whole = {(one.passage_id, one.theme): one.p for one in tags_of(given, tools, write_rejected=True)}
    assert {one.theme for one in tags} == set(few.ids)
    # The words of the other themes are missing for comparison, which counts little where there are labels.
    assert all(whole[one.passage_id, one.theme] == pytest.approx(one.p, abs=0.02) for one in tags)


def test_a_theme_without_labels_is_tagged_by_its_words_and_moves_no_other(tools: Tools) -> None:
    lunch = Theme(
        id="lunch",
        name="Food and meals",
        definition="What is eaten in schools: lunch, breakfast, the kitchen and the cafeteria.",
        include=["school lunch", "meals in the cafeteria"],
        examples=["Lunch was served late and cold.", "The kitchen cooks for three schools."],
    )
    more = msgspec.structs.replace(tools.codebook, themes=[*tools.codebook.themes, lunch])
    given = bundle(document(TEXT))
    settings = msgspec.structs.replace(tools.settings, write_rejected=True)
    tags = tag_passages(given, tools.theme_model, more, tools.encoder, tools.sentencizer, settings)
    before = {(one.passage_id, one.theme): one.p for one in tags_of(given, tools, write_rejected=True)}
    assert {(one.passage_id, one.theme): one.p for one in tags if one.theme != "lunch"} == before
    about = {one.passage_id: one.p for one in tags if one.theme == "lunch"}
    members = given.passages
    assert about[members[2].id] > 3 * about[members[1].id]


def test_a_model_that_learned_nothing_of_new_themes_names_the_theme(tools: Tools) -> None:
    config = msgspec.structs.replace(tools.theme_model.config, unlabelled=None)
    model = ThemeModel(config, tools.theme_model._weights, tools.theme_model._vectorizer.idf_)
    asked = (tools.encoder, tools.sentencizer, tools.settings)
    with pytest.raises(PipelineError, match="'gardening'") as caught:
        tag_passages(bundle(document(TEXT)), model, codebook("succession", "gardening"), *asked)
    assert caught.value.code is ErrorCode.INVALID_MODEL
    assert caught.value.exit_code == 3
    assert "pop train" in caught.value.do
    assert "succession" in caught.value.expected


def test_a_missing_model_is_named(tools: Tools) -> None:
    with pytest.raises(PipelineError, match="no model in") as caught:
        _ = replaced(tools, models_path=tools.models_path / "nothing").theme_model
    assert "pop train" in caught.value.do


def test_no_texts_give_no_prediction(tools: Tools) -> None:
    model: ThemeModel = tools.theme_model
    prediction = model.predict([], [], tools.encoder, tools.codebook)
    assert prediction.p.shape == (0, len(tools.codebook.ids))


def test_probabilities_are_probabilities(tools: Tools) -> None:
    texts = ["", " ", "x", "Équité 漢字 🙂", "word " * 3000]
    prediction = tools.theme_model.predict(texts, [False] * len(texts), tools.encoder, tools.codebook)
    p = prediction.p
    assert np.isfinite(p).all()
    assert ((p > 0) & (p < 1)).all()
    gone = prediction.spoke_for(4, [(0, 4), (0, 5 * 3000)])
    assert gone.shape == (2, len(tools.codebook.ids))
    assert np.isfinite(gone).all()
