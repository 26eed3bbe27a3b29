"""The theme model: what the codebook's words say, themes without labels, documents, evidence, kept vectors."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from topics import TOPICS, WordEncoder, labels, write_codebook

from pipeline import codebook as codebooks
from pipeline.codebook import Codebook
from pipeline.errors import PipelineError
from pipeline.learning import features, vectors
from pipeline.learning.evaluation import measures
from pipeline.learning.labels import ThemeLabel
from pipeline.learning.recoding import recode
from pipeline.learning.themes import fit, prior
from pipeline.learning.themes.model import ThemeModel

WORDS = {
    "garden": ["gardener roses tulips flower bed", "apple tree pruned soil dug"],
    "sea": ["boat harbour waves deck sailed", "captain tide fish net"],
    "kitchen": ["cook soup bread oven baked", "onions dinner pan rice salted chopped"],
    "sky": ["clouds stars moon telescope", "rain thunder wind blew sun shone"],
}
SKY = [
    "Stars stood around the moon",
    "The wind blew the clouds away",
    "After the rain the sun shone",
    "Thunder rolled on",
]

LEVEL = np.zeros(1, np.float32)
"""The mean passage, which is near to nothing here."""


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


def told(folder: Path, *ids: str) -> Codebook:
    """A codebook whose themes say in words what belongs to them."""
    path = write_codebook(folder / f"{'-'.join(ids)}.yaml", ids, **{i: {"examples": WORDS[i]} for i in ids})
    return codebooks.load(path)


def made(*, sky: bool = False) -> list[ThemeLabel]:
    found = [msgspec.convert(one, ThemeLabel) for one in labels()]
    more = [
        ThemeLabel(id=f"sky-{i}", text=f"{text}. The day was long.", themes={"sky": 2}, group=f"g{i}")
        for i, text in enumerate(SKY)
    ]
    return [*found, *(more if sky else [])]


def trained(given: Sequence[ThemeLabel], codebook: Codebook, encoder: WordEncoder) -> fit.Trained:
    carried = recode(given, codebook, strict=True).labels
    read = vectors.read_labels(carried, encoder, None, quiet=True)
    return fit.train(fit.prepare(carried, codebook, read, encoder), {})


def ranked(p: np.ndarray, positive: np.ndarray) -> float:
    """The average precision of p."""
    return float(measures.average_precision(p, positive)(np.ones((1, len(p))))[0, 0])


# What the words of the codebook say


@pytest.mark.parametrize("theme", list(WORDS))
def test_a_topic_that_nobody_labelled_is_found_by_its_words(tmp_path: Path, encoder: WordEncoder, theme: str) -> None:
    given = made(sky=True)
    codebook = told(tmp_path, *WORDS)
    found = prior.likeness(encoder.encode([one.text for one in given]), prior.read_codebook(codebook, encoder), LEVEL)
    positive = np.array([[name in one.themes for name in WORDS] for one in given])
    j = list(WORDS).index(theme)
    others = [k for k in range(4) if k != j]
    weights = prior.fit(found[:, others], positive[:, others], np.ones((len(given), 3), bool))
    log_odds = prior.weigh(found[:, [j]], weights)[:, 0]
    assert ranked(log_odds, positive[:, j]) > positive[:, j].mean() + 0.5


def test_likeness_by_hand() -> None:
    """Three directions: the text is the first theme's example; the second excludes it."""
    one, two, three = np.eye(3, dtype=np.float32)
    first = prior.Words(two, np.array([one, two]), np.zeros((0, 3), np.float32))
    second = prior.Words(three, np.array([three, three, three]), np.array([one]))
    found = prior.likeness(one[None], [first, second], LEVEL)[0]
    assert found[0].tolist() == pytest.approx([0, 1, 0.5, 0, 0, 0.5, 0.25, 0])
    assert found[1].tolist() == pytest.approx([0, 0, 0, 1, 0, -0.5, -0.25, -1])


@pytest.mark.parametrize("positive", [True, False])
def test_labels_of_one_kind_alone_teach_nothing_about_words(positive: bool) -> None:
    found = np.random.default_rng(0).normal(size=(20, 3, prior.N_FEATURES))
    weights = prior.fit(found, np.full((20, 3), positive), np.ones((20, 3), bool))
    assert not weights[:-1].any()
    assert (weights[-1] > 0) == positive


def test_a_new_theme_changes_no_likeness_of_the_others(tmp_path: Path, encoder: WordEncoder) -> None:
    read = encoder.encode([one.text for one in made()])
    three, four = (prior.read_codebook(told(tmp_path, *ids), encoder) for ids in (list(TOPICS), list(WORDS)))
    before = prior.likeness(read, three, LEVEL)
    after = prior.likeness(read, four, LEVEL, [True, True, True, False])
    assert np.array_equal(after[:, :3], before)
    # The new one itself is compared with all, as a labelled one was when it was left out.
    assert after[:, 3] == pytest.approx(prior.likeness(read, four, LEVEL)[:, 3])


# Themes without labels


def test_a_theme_that_the_model_has_never_seen(tmp_path: Path, encoder: WordEncoder) -> None:
    model = trained(made(), told(tmp_path, *TOPICS), encoder).model
    texts = [one.text for one in made(sky=True)]
    asked = (texts, [False] * len(texts), encoder)
    few, more = model.predict(*asked, told(tmp_path, *TOPICS)), model.predict(*asked, told(tmp_path, *WORDS))
    assert more.themes == list(WORDS)
    assert more.p[:, :3] == pytest.approx(few.p, abs=1e-6)
    is_sky = np.array([False] * 48 + [True] * 4)
    assert ranked(more.p[:, 3], is_sky) > is_sky.mean() + 0.5
    low, high = model.decisions(told(tmp_path, *WORDS), 0.9)
    assert low[3] == model.config.unlabelled.threshold
    assert high[3] == model.config.unlabelled.yes_threshold >= low[3]
    assert not more.spoke_for(50, [(0, 5)])[:, 3].any()


def test_a_theme_of_the_codebook_that_no_label_mentions(tmp_path: Path, encoder: WordEncoder) -> None:
    with_it = trained(made(), told(tmp_path, *WORDS), encoder)
    without = trained(made(), told(tmp_path, *TOPICS), encoder)
    assert with_it.config.trust[3] == 0
    texts = [one.text for one in made(sky=True)]
    p = with_it.model.p_of(
        texts,
        np.concatenate([features.read_document([text], [False], encoder).vectors for text in texts]),
        fit.layout_of(made(sky=True)),
        encoder,
        told(tmp_path, *WORDS),
    )
    is_sky = np.array([False] * 48 + [True] * 4)
    assert ranked(p[:, 3], is_sky) > is_sky.mean() + 0.5
    # The regressions of the others have learned the same.
    assert np.array_equal(with_it.arrays["dense"][:3], without.arrays["dense"])


def test_a_model_of_two_themes_learned_nothing_about_new_ones(tmp_path: Path, encoder: WordEncoder) -> None:
    given = [one for one in made() if "kitchen" not in one.themes]
    model = trained(given, told(tmp_path, "garden", "sea"), encoder).model
    with pytest.raises(PipelineError, match="'sky'"):
        model.predict(["x"], [False], encoder, told(tmp_path, "garden", "sea", "sky"))


def test_the_words_of_the_codebook_count_less_with_every_label(tmp_path: Path, encoder: WordEncoder) -> None:
    few = [one for i, one in enumerate(made()) if "garden" not in one.themes or i % 4 == 0]
    config = trained(few, told(tmp_path, *TOPICS), encoder).config
    n = {theme: sum(theme in one.themes for one in few) for theme in TOPICS}
    by_learned = [
        [round(n[theme] / (n[theme] + prior_labels), 6) for theme in config.themes] for prior_labels in fit.PRIOR_LABELS
    ]
    assert config.trust in by_learned
    assert config.trust[config.themes.index("garden")] < config.trust[config.themes.index("sea")]


def test_open_themes_of_a_label_teach_nothing(tmp_path: Path, encoder: WordEncoder) -> None:
    wrong = [
        ThemeLabel(id=f"w{i}", text=one.text + " Once more.", themes={}, open=list(TOPICS), group=one.group)
        for i, one in enumerate(made())
    ]
    found = trained([*made(), *wrong], told(tmp_path, *TOPICS), encoder)
    positive = np.array([["sea" in one.themes] for one in made()])
    assert ranked(found.p[:48, 1], positive[:, 0]) > 0.9
    assert (found.p[48:].max(axis=1) > 0.5).mean() > 0.9


# Documents


def documents(n: int = 40) -> list[ThemeLabel]:
    """Documents of a heading and six passages about its topic, of which every second one does not say so."""
    topics = list(TOPICS)
    found = []
    for d in range(n):
        topic = topics[d % 3]
        sentences = TOPICS[topic].split("|")
        texts = [topic, *(sentences[(d + k) % 4] if k % 2 else f"It was said for the {k}th time." for k in range(6))]
        found += [
            ThemeLabel(
                id=f"{d}-{k}",
                text=text,
                themes={topic: 2} if k else {},
                group=f"m{d}",
                document=f"d{d}",
                kind="body" if k else "heading",
            )
            for k, text in enumerate(texts)
        ]
    return found


def test_a_passage_is_judged_in_its_document(tmp_path: Path, encoder: WordEncoder) -> None:
    codebook = told(tmp_path, *TOPICS)
    found = trained(documents(), codebook, encoder)
    assert found.config.context
    assert found.judged.sum() == 240
    plain = "It was said for the 2th time."
    among = found.model.predict(
        ["sea", "The boat sailed out of the harbour", plain], [True, False, False], encoder, codebook
    )
    alone = found.model.predict([plain], [False], encoder, codebook)
    assert among.p[2, 1] > 2 * alone.p[0, 1]
    assert among.p[2, 1] > 2 * among.p[2, [0, 2]].max()


def test_headings_are_not_coded(tmp_path: Path, encoder: WordEncoder) -> None:
    given = documents(6)
    material = fit.prepare(
        given, told(tmp_path, *TOPICS), vectors.read_labels(given, encoder, None, quiet=True), encoder
    )
    headings = np.array([one.kind == "heading" for one in given])
    assert (material.grades[headings] == fit.OPEN).all()
    assert not material.known[headings].any()
    assert material.known[~headings].all()


# Evidence


@pytest.mark.parametrize(("theme", "telling"), [(0, "She pruned the apple tree."), (1, "The captain read the tide.")])
def test_without_the_only_telling_sentence_the_theme_goes(
    tmp_path: Path, encoder: WordEncoder, theme: int, telling: str
) -> None:
    codebook = told(tmp_path, *TOPICS)
    model = trained(made(), codebook, encoder).model
    before, after = "It was long ago.", "Nobody remembers more than that."
    text = f"{before} {telling} {after}"
    starts = [0, len(before) + 1, len(before) + len(telling) + 2]
    parts = [(start, start + len(part)) for start, part in zip(starts, (before, telling, after), strict=True)]
    prediction = model.predict([text], [False], encoder, codebook)
    gone = prediction.spoke_for(0, parts)
    assert gone.shape == (3, 3)
    assert gone[:, theme].argmax() == 1
    assert gone[1, theme] > 0
    assert gone[1, theme] > 2 * np.abs(gone[[0, 2], theme]).max()
    assert gone[1].argmax() == theme
    words = [
        (text.index(word), text.index(word) + len(word))
        for word in ("long", telling.rsplit(maxsplit=1)[-1][:-1], "Nobody")
    ]
    assert prediction.spoke_for(0, words)[:, theme].argmax() == 1


def test_nothing_left_out_is_nothing_gone(tmp_path: Path, encoder: WordEncoder) -> None:
    codebook = told(tmp_path, *TOPICS)
    prediction = trained(made(), codebook, encoder).model.predict(
        ["The boat sailed.", "The cook salted the soup."], [False, False], encoder, codebook
    )
    assert prediction.spoke_for(1, []).shape == (0, 3)
    assert prediction.spoke_for(1, [(4, 4)]) == pytest.approx(np.zeros((1, 3)), abs=1e-6)


# Bands


@pytest.mark.parametrize(
    ("asked", "found"), [(0.5, 0.7), (0.7, 0.7), (0.72, 0.75), (0.9, 0.9), (0.9 + 1e-12, 0.9), (0.99, 0.95)]
)
def test_the_bands_of_the_next_higher_precision_count(
    tmp_path: Path, encoder: WordEncoder, asked: float, found: float
) -> None:
    assert trained(made(), told(tmp_path, *TOPICS), encoder).config.bands_for(asked).precision == found


# Vectors that are kept


def test_vectors_are_read_once(tmp_path: Path, encoder: WordEncoder) -> None:
    given = [*made(), *documents(2)]
    first = vectors.read_labels(given, encoder, tmp_path, quiet=True)
    n = encoder.n_read
    assert np.array_equal(vectors.read_labels(given, encoder, tmp_path, quiet=True), first)
    assert encoder.n_read == n
    assert np.array_equal(vectors.read_labels(given, encoder, None, quiet=True), first)
    assert np.array_equal(vectors.read_labels(given[::-1][-48:], encoder, tmp_path, quiet=True), first[:48][::-1])
    assert encoder.n_read == 2 * n


def test_the_same_words_in_another_document_are_read_again(tmp_path: Path, encoder: WordEncoder) -> None:
    given = documents(2)
    vectors.read_labels(given, encoder, tmp_path, quiet=True)
    n = encoder.n_read
    changed = [msgspec.structs.replace(given[0], kind="body"), *given[1:]]
    vectors.read_labels(changed, encoder, tmp_path, quiet=True)
    assert encoder.n_read == n + 2 * 7, "only the changed document"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, encoder: WordEncoder) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PipelineError, match="file"):
        vectors.read_labels(made()[:1], encoder, tmp_path / "file" / "models", quiet=True)


def test_a_model_made_anew_from_its_parts_is_the_same(tmp_path: Path, encoder: WordEncoder) -> None:
    codebook = told(tmp_path, *TOPICS)
    one, two = (trained(made(), codebook, encoder) for _ in range(2))
    assert one.config == two.config
    assert all(np.array_equal(one.arrays[name], two.arrays[name]) for name in one.arrays)
    assert isinstance(one.model, ThemeModel)
