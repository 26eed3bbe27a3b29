"""The made corpus of the benchmarks: repeatable, varied, and read as documents of their kinds."""

import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from pipeline.config import Settings
from pipeline.stages.ingest import ingest_file

sys.path.append(str(Path(__file__).parent / "bench"))
import made_casting
import made_corpus
import made_words
from made_casting import Cast
from made_corpus import Made
from made_files import Block, rendered

N = 96


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return list(made_corpus.documents(N, 300, 400))


def _cast(number: int = 0) -> Cast:
    series = made_casting.series(1, number)
    return Cast(random.Random(number), series, 2014)


def _words(made: Made) -> int:
    return sum(len(block.text.split()) for block in made.blocks)


# --- the corpus ------------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_bytes(made: list[Made]) -> None:
    again = made_corpus.documents(N, 300, 400)
    assert [(one.path, one.content()) for one in again] == [(one.path, one.content()) for one in made]
    assert [one.blocks for one in made_corpus.documents(3, 300, 400, seed=2)] != [one.blocks for one in made[:3]]


def test_a_document_does_not_depend_on_the_others(made: list[Made]) -> None:
    assert made_corpus.document(77, 300, 400) == made[77]


def test_a_small_corpus_is_the_beginning_of_a_large_one(tmp_path: Path, made: list[Made]) -> None:
    n, n_words = made_corpus.write(tmp_path, made_corpus.documents(5, 300, 400))
    assert (n, n_words) == (5, sum(map(_words, made[:5])))
    assert all((tmp_path / one.path).read_bytes() == one.content() for one in made[:5])


def test_no_two_documents_have_the_same_words(made: list[Made]) -> None:
    texts = ["\n".join(block.text for block in one.blocks) for one in made]
    assert len(set(texts)) == len({one.path for one in made}) == N


def test_few_passages_repeat(made: list[Made]) -> None:
    texts = [block.text for one in made for block in one.blocks if block.kind != "heading" and len(block.text) > 60]
    assert 0 < 1 - len(set(texts)) / len(texts) < 0.08


def test_documents_are_as_long_as_asked(made: list[Made]) -> None:
    lengths = [_words(one) for one in made]
    assert 300 < sum(lengths) / N < 400
    assert min(lengths) > 200
    assert max(lengths) < 520


def test_long_documents_go_on_with_other_names() -> None:
    one = made_corpus.document(10, 5000, 5000)
    assert 4700 < _words(one) < 5300
    assert len({block.text for block in one.blocks}) > 0.9 * len(one.blocks)


def test_no_name_of_the_examples_is_left(made: list[Made]) -> None:
    named = set(made_words.SOURCE_FAMILIES) - set(made_words.FAMILIES)
    left = [name for one in made for block in one.blocks for name in block.text.split() if name in named]
    assert left == []


def test_nothing_of_a_template_is_left(made: list[Made]) -> None:
    assert [block.text for one in made for block in one.blocks if set("{}") & set(block.text)] == []


def test_documents_are_read_as_what_they_are(tmp_path: Path, made: list[Made]) -> None:
    made_corpus.write(tmp_path, iter(made[:48]))
    right, with_date = 0, 0
    for one in made[:48]:
        read = ingest_file(tmp_path, one.path, settings=Settings())
        assert read.document is not None
        assert read.refusals == []
        assert " ".join(read.document.title.split()) == one.blocks[0].text  # type: ignore[union-attr]
        right += read.document.kind.replace("_", "-") in one.path
        with_date += read.document.date_start is not None
    assert right >= 43
    assert with_date == 48


def test_all_formats_hold_all_words(tmp_path: Path, made: list[Made]) -> None:
    for suffix in (".txt", ".md", ".html", ".docx"):
        (tmp_path / f"one{suffix}").write_bytes(rendered(f"one{suffix}", made[6].blocks))
        read = ingest_file(tmp_path, f"one{suffix}", settings=Settings())
        assert read.document is not None
        assert Counter("".join(read.document.text.split())) == Counter(
            "".join("".join(block.text.split()) for block in made[6].blocks)
        ), suffix


# --- other words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She left. It rained.", ["She left.", "It rained."]),
        ("“It rained. We stayed,” he said. Then he left.", ["“It rained. We stayed,” he said.", "Then he left."]),
        ("Ms. Pell came (late. By bus). Dr. Moss did not.", ["Ms. Pell came (late. By bus).", "Dr. Moss did not."]),
        ("It cost 3.5 percent", ["It cost 3.5 percent"]),
    ],
)
def test_sentences_are_parted_outside_quotes(text: str, expected: list[str]) -> None:
    assert made_casting.sentences(text) == expected


def test_a_name_is_the_same_throughout_a_document() -> None:
    cast = _cast()
    first, _ = made_casting.exchanged("Whitcomb came to Corliss.", cast, "a")
    again, _ = made_casting.exchanged("Then Whitcomb left Corliss.", cast, "a")
    other, _ = made_casting.exchanged("Whitcomb came to Corliss.", cast, "b")
    assert first.split()[0] == again.split()[1] != "Whitcomb"
    assert first.split("to ")[1] == again.split("left ")[1] != "Corliss."
    assert other.split()[0] != first.split()[0]


@pytest.mark.parametrize("number", range(20))
def test_articles_fit_their_words(number: int) -> None:
    text, ways = made_casting.exchanged("A nurse found an exercise in a drawer.", _cast(number), "a")
    for article, word in zip(text.split(), text.split()[1:], strict=False):
        if article.lower() in {"a", "an"}:
            assert (article.lower() == "an") == (word[0] in "aeio"), text
    assert ways == 9 * 3 * 7


@pytest.mark.parametrize("number", range(20))
def test_figures_and_dates_stay_possible(number: int) -> None:
    text, _ = made_casting.exchanged(
        "On March 28 some 97 percent of 1,140 at 5:30 p.m. in 2016, or 2 of K-8.", _cast(number), "a"
    )
    day, percent, of, year = text.split()[2], int(text.split()[4]), text.split()[7], text.split()[12]
    assert 1 <= int(day) <= 28
    assert 2 <= percent <= 100
    assert 600 < int(of.replace(",", "")) < 2000
    assert year == "2012,"
    assert "5:30 p.m." in text
    assert text.endswith("or 2 of K-8.")


def test_every_sentence_of_ours_can_be_written() -> None:
    for number, template in enumerate((*made_words.TOLD, *made_words.SPOKEN)):
        for draw in range(30):
            text = made_casting.written(template, _cast(100 * number + draw))
            assert text[0].isupper() or text[0] in "“$"
            assert text[-1] in ".”"
            assert "  " not in text
            assert " ," not in text
            assert " ." not in text


def test_a_kind_of_word_is_listed_once() -> None:
    listed = Counter(word for group in made_words.ALIKE for word in group)
    assert [word for word, n in listed.items() if n > 1] == []


def test_blocks_are_written_in_their_format() -> None:
    blocks = [
        Block("heading", "Day & night", 2),
        Block("list_item", "one"),
        Block("list_item", "two"),
        Block("quote", "So"),
    ]
    assert rendered("a.md", blocks) == b"## Day & night\n\n- one\n- two\n\n> So\n"
    assert rendered("a.txt", blocks) == b"Day & night\n\n- one\n- two\n\n        So\n"
    page = rendered("a.html", blocks).decode()
    assert "<h2>Day &amp; night</h2>\n<ul><li>one</li>\n<li>two</li></ul>\n<blockquote><p>So</p></blockquote>" in page
