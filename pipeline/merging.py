"""Brings what was worked out in several output folders together in one, so that a run there finds it done.

    pop run --shard 1/2 --outputs a      half of the documents
    pop run --shard 2/2 --outputs b      the other half, at the same time on another computer
    pop merge a b --outputs all
    pop run --outputs all                writes the files; only what sees all documents at once is left to do

Results go by the hash of all that they depend on. So what was made with other models, another codebook or another
version of `pop` is brought along, but not used.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from pipeline.errors import ErrorCode, PipelineError
from pipeline.kept import Kept, open_kept
from pipeline.locking import Say, silent
from pipeline.stages import STAGES, Stage
from pipeline.work import chain, ingesting
from pipeline.work.chain import kind_of
from pipeline.work.places import StageFile, open_old
from pipeline.work.writing import writing

Result = tuple[str, str, bytes]
"""Stage or kind, key, and what is kept under it."""


def merge(sources: Sequence[Path], outputs: Path, say: Say = silent) -> dict[str, int]:
    """Take over the results of output folders into the store of another; return how many documents each brought.

    Raises:
        PipelineError: a folder holds no results, the new one cannot be written, or a command is writing into one.
    """
    brought = {}
    with writing(outputs, "pop merge", say), open_kept(outputs) as ours:
        for source in sources:
            brought[str(source)] = _take_over(source, ours, say)
            ours.save()
    return brought


def _take_over(source: Path, ours: Kept, say: Say) -> int:
    if not (source / "documents.jsonl").is_file():
        raise _nothing(source, "no documents.jsonl")
    with writing(source, "pop merge", say), open_kept(source) as theirs, ExitStack() as opened:
        kinds = ["documents", "passages", *map(kind_of, _chain())]
        files = {kind: opened.enter_context(closing(open_old(source / f"{kind}.jsonl", theirs))) for kind in kinds}
        if not files["documents"].sha256:
            raise _nothing(source, "files that were changed after the run that wrote them")
        for stage, key, content in _results(files):
            ours.put(stage, key, content)
        return sum(place.length > 0 for place in files["documents"].places)


def _chain() -> list[Stage]:
    return [stage for stage in STAGES.values() if stage.apply is not None]


def _nothing(source: Path, found: str) -> PipelineError:
    return PipelineError(
        ErrorCode.MISSING_FILE,
        found=f"{found} in {source}",
        expected="a folder as pop run --shard left it",
        do="run that shard again",
    )


def _results(files: dict[str, StageFile]) -> Iterator[Result]:
    """Yield all results that stand in stage files."""
    for place in files["documents"].places:
        yield "ingest", place.key, ingesting.as_kept(files["documents"], files["passages"], place)
    for stage in _chain():
        kind = kind_of(stage)
        for place in files[kind].places:
            content = chain.as_kept(files[kind], place)
            if content is not None:
                yield kind, place.key, content
