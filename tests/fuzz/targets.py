"""What is fuzzed: for each reader its valid files, how they are damaged, and what reading one means.

A target may return, or raise `PipelineError`. Whatever else it raises is a fault, and so is a document whose offsets
are wrong, a file that appears outside its folder, or an answer of the server that is no answer.
"""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from pipeline import alone, codebook, jsonl, rubric
from pipeline.config import Settings
from pipeline.corrections import importing, log
from pipeline.errors import ErrorCode, PipelineError
from pipeline.exchange.rubric_document import read_rubric
from pipeline.learning import coders, decided, labels, model_files
from pipeline.learning.agreement import codings
from pipeline.learning.evaluation import gold
from pipeline.records import RECORD_TYPES
from pipeline.safe_zip import open_container
from pipeline.stages.ingest import ingest_bytes
from tests.fuzz import foreign, seeds
from tests.fuzz.mutations import Kind

FILES = Path(__file__).parents[1] / "files"


@dataclass(frozen=True)
class Target:
    """A reader. `seeds`: makes its valid files; `read`: reads one."""

    name: str
    kind: Kind
    seeds: Callable[[], Sequence[bytes]]
    read: Callable[[bytes], object]


class WrongError(AssertionError):
    """The reader came back with something that cannot be."""


@cache
def folder() -> Path:
    """Return a folder for what is read from a file; it goes when the process ends."""
    made = Path(tempfile.mkdtemp(prefix="pop-fuzz-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def _at(name: str, content: bytes) -> Path:
    path = folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _document(ending: str) -> Callable[[bytes], object]:
    def read(content: bytes) -> object:
        document, passages, _ = ingest_bytes(content, f"a{ending}")
        for passage in passages:
            if document.text[passage.start : passage.end] != passage.text:
                raise WrongError(f"{passage.id}: offsets")
        return jsonl.lines([document, *passages])

    return read


def _rubric_document(ending: str) -> Callable[[bytes], object]:
    return lambda content: read_rubric(_at(f"rubric{ending}", content), Settings())


def _records(kind: str) -> Callable[[bytes], object]:
    return lambda content: list(jsonl.read(_at(f"{kind}.jsonl", content), RECORD_TYPES[kind]))


def _passages(content: bytes) -> object:
    return list(alone.from_passages(_at("given.jsonl", content)))


def _quotes(content: bytes) -> object:
    return list(alone.from_quotes(_at("given.jsonl", content)))


def _theme_labels(content: bytes) -> object:
    path = _at("labels/labels.jsonl", content)
    coders.label_files(path.parent)
    return coders.read([path], {})


def _practice_labels(content: bytes) -> object:
    return labels.load_practice_labels(_at("practices.jsonl", content), ["12a", "12b"])


def _decisions(content: bytes) -> object:
    path = _at("decisions/ana.jsonl", content)
    decided.theme_labels([path])
    decided.practice_labels([path], "Leadership")
    other = _at("decisions/ben.jsonl", seeds.DECISIONS.replace(b"ana", b"ben"))
    return codings.read_all([path, other])


def _import_decisions(content: bytes) -> object:
    given, inside = _at("given.jsonl", content), folder() / "inside" / "labels"
    shutil.rmtree(inside.parent, ignore_errors=True)
    inside.mkdir(parents=True)
    taken = importing.take_over(given, inside)
    if [path for path in inside.parent.rglob("*") if path.is_file() and path.parent != inside]:
        raise WrongError("a file outside the folder of labels")
    for path in log.files(inside):
        log.read(path)
    return taken


def _gold(place: int) -> Callable[[bytes], object]:
    def read(content: bytes) -> object:
        for i, name in enumerate(("blocks.txt", "segments.jsonl", "quotes.jsonl", "themes.jsonl")):
            _at(f"gold/{name}", content if i == place else seeds.GOLD[i].encode())
        return gold.load(folder() / "gold")

    return read


class _Config(msgspec.Struct):
    version: str
    weights_sha256: str
    encoder: str = ""
    beside_sha256: dict[str, str] = {}


def _weights(content: bytes) -> object:
    _at("model/weights.safetensors", content)
    _at("model/model.json", seeds.config(hashlib.sha256(content).hexdigest()))
    return model_files.load(folder() / "model", _Config, "pop train")


def _config(content: bytes) -> object:
    _at("model/weights.safetensors", seeds.weights())
    _at("model/model.json", content)
    model_files.is_whole(folder() / "model")
    return model_files.load(folder() / "model", _Config, "pop train")


def _vectors(content: bytes) -> object:
    from pipeline.stages.index.vectors import DAMAGES, read_arrays  # noqa: PLC0415

    path = _at("vectors.safetensors", content)
    try:
        return read_arrays(path)
    except DAMAGES as error:
        raise PipelineError(ErrorCode.DAMAGED_FILE, found=str(error), expected="", do="") from error


@cache
def _database() -> Path:
    from pipeline.corpus_records import CorpusRecords  # noqa: PLC0415
    from pipeline.stages.index import build_index  # noqa: PLC0415
    from tests import builders  # noqa: PLC0415

    doc = builders.document("Pay them well. “We stay,” said Ana Ruiz.\n\nThen we meet again.")
    first, second = builders.passages(doc)
    said = builders.quote(first, "We stay,", speaker="Ana Ruiz")
    tags = [builders.tag(first, "equity"), builders.tag(second, "succession", 0.6)]
    made = builders.bundle(doc, quotes=[said], tags=tags, mappings=[builders.mapping(said, "12a")])
    path = folder() / "corpus.db"
    themes = builders.codebook("equity", "succession", "culture_change", "policy_resources", "teacher_leadership")
    build_index(path, CorpusRecords.of([made]), themes, builders.rubric({"Shared work": {"12": ["12a"]}}))
    return path


def _sql(content: bytes) -> object:
    from pipeline.query import sql  # noqa: PLC0415

    return sql(_database(), content.decode("utf-8", "surrogateescape"), limit=100, seconds=2)


def _expression(content: bytes) -> object:
    from pipeline.query import Filter, search  # noqa: PLC0415

    return search(_database(), Filter(themes=(content.decode("utf-8", "surrogateescape"),)))


def _search(content: bytes) -> object:
    from pipeline.query import Filter, search  # noqa: PLC0415

    text = content.decode("utf-8", "surrogateescape")
    filters = [
        Filter(text=text),
        Filter(speaker=text),
        Filter(site=text),
        Filter(document=text),
        Filter(date_from=text),
    ]
    refused = 0
    for wanted in filters:
        try:
            search(_database(), wanted)
        except PipelineError:
            refused += 1
    return refused


@cache
def _client() -> Any:
    from pipeline.review.app import Office, create_app  # noqa: PLC0415
    from pipeline.review.desk import Desk, Names  # noqa: PLC0415
    from pipeline.review.jobs import Jobs  # noqa: PLC0415

    names = Names(frozenset({"equity"}), frozenset({"12a"}), {})
    texts = {"a.txt": "We met. Then we left."}
    desk = Desk.open(coder="ana", labels=folder() / "desk", blind=False, texts=texts, names=names)
    none: Any = lambda: []  # noqa: E731
    client = create_app(Office(desk, [], none, none, Jobs({})), "token", 45000).test_client()
    client.get("/?token=token", base_url="http://127.0.0.1:45000")
    return client


def _saved(content: bytes) -> object:
    here = "http://127.0.0.1:45000"
    answer = _client().post(
        "/api/save", data=content, base_url=here, content_type="application/json", headers={"Origin": here}
    )
    if answer.status_code not in {200, 400, 413, 422}:
        raise WrongError(f"the server answers {answer.status_code}")
    return answer.get_json()


def _container(content: bytes) -> object:
    with open_container(content, kind="QDPX") as container:
        container.check()
        return [container.read(name) for name in container.names], container.xml("a.xml")


def _files(*names: str, made: Sequence[bytes | str] = ()) -> Callable[[], Sequence[bytes]]:
    return lambda: [
        *(one.encode() if isinstance(one, str) else one for one in made),
        *((FILES / name).read_bytes() for name in names),
    ]


def _made(*makers: Callable[[], bytes]) -> Callable[[], Sequence[bytes]]:
    return lambda: [make() for make in makers]


def _pdfs() -> Sequence[bytes]:
    small = [path.read_bytes() for path in sorted(FILES.glob("*.pdf")) if path.stat().st_size < 20_000]
    return [seeds.pdf(), seeds.pdf(is_packed=True), *small]


def _config_seeds() -> Sequence[bytes]:
    return [seeds.config(hashlib.sha256(seeds.weights()).hexdigest())]


def _foreign() -> Iterator[Target]:
    made = {"qdpx": foreign.qdpx, "qdc": foreign.qdc}
    for name, read in foreign.refi(_at).items():
        yield Target(name, "zip" if name == "qdpx" else "markup", _made(made[name]), read)
    for name, (content, read) in foreign.tools().items():
        yield Target(name, "json", _files(made=[content]), read)
    kinds: dict[str, Kind] = {"table.csv": "text", "table.xlsx": "zip"}
    for name, (seeds_of, read) in foreign.tables(_at).items():
        yield Target(name, kinds.get(name, "bytes"), seeds_of, read)


TARGETS = {
    target.name: target
    for target in (
        *_foreign(),
        Target("text", "text", _files("margin-minutes.txt", made=[seeds.TEXT]), _document(".txt")),
        Target("mail", "text", _files("email.txt", made=[seeds.MAIL]), _document(".txt")),
        Target("markdown", "text", _files(made=[seeds.MARKDOWN]), _document(".md")),
        Target("html", "markup", _files("blog.html", "news-page.html", made=[seeds.HTML]), _document(".html")),
        Target("vtt", "text", _files(made=[seeds.VTT]), _document(".vtt")),
        Target("srt", "text", _files(made=[seeds.SRT]), _document(".srt")),
        Target("docx", "zip", _made(seeds.docx), _document(".docx")),
        Target("pdf", "pdf", _pdfs, _document(".pdf")),
        Target("container", "zip", _made(seeds.container), _container),
        Target("rubric-text", "text", _files(made=[seeds.TABLE]), _rubric_document(".txt")),
        Target("rubric-csv", "text", _files(made=[seeds.TABLE.replace("\t", ",")]), _rubric_document(".csv")),
        Target("rubric-xlsx", "zip", _made(seeds.xlsx), _rubric_document(".xlsx")),
        Target("rubric-docx", "zip", _made(seeds.docx_table), _rubric_document(".docx")),
        Target(
            "codebook", "text", _files(made=[seeds.CODEBOOK]), lambda given: codebook.load(_at("codebook.yaml", given))
        ),
        Target("rubric", "text", _files(made=[seeds.RUBRIC]), lambda given: rubric.load(_at("rubric.yaml", given))),
        Target("passages", "json", _files(made=[seeds.PASSAGES]), _passages),
        Target("quotes", "json", _files(made=[seeds.QUOTES]), _quotes),
        Target("theme-labels", "json", _files(made=[seeds.THEME_LABELS]), _theme_labels),
        Target("practice-labels", "json", _files(made=[seeds.PRACTICE_LABELS]), _practice_labels),
        Target(
            "account-labels",
            "json",
            _files(made=[seeds.ACCOUNTS]),
            lambda given: labels.load_account_labels(_at("anatomy.jsonl", given)),
        ),
        Target("decisions", "json", _files(made=[seeds.DECISIONS]), _decisions),
        Target("import-decisions", "json", _files(made=[seeds.DECISIONS]), _import_decisions),
        Target("tags", "json", _files(made=[seeds.TAGS]), _records("tags")),
        Target("gold-blocks", "text", _files(made=[seeds.GOLD[0]]), _gold(0)),
        Target("gold-segments", "json", _files(made=[seeds.GOLD[1]]), _gold(1)),
        Target("model-weights", "bytes", _made(seeds.weights), _weights),
        Target("model-config", "json", _config_seeds, _config),
        Target("vectors", "bytes", _made(seeds.vectors), _vectors),
        Target("sql", "text", _files(made=seeds.SQL), _sql),
        Target("theme-expression", "text", _files(made=seeds.EXPRESSIONS), _expression),
        Target("search", "text", _files(made=seeds.SEARCHES), _search),
        Target("review-save", "json", _files(made=[seeds.DECISIONS.replace(b"\n", b"")]), _saved),
    )
}
