"""Checks an output folder: that it is what a run made of its inputs, and that nothing in it is damaged.

    drift     whole, but not what the run wrote or read: another hash, another offset, a reference that leads nowhere
    damage    what no run has written: a line that is no record, a database or a model whose parts do not fit
    notes     what is no part of the outputs, and is nobody's fault

Nothing is changed, not even a time of access that matters: who may only read can verify.

    files     manifest, inputs, outputs, decisions, what is left over      database   corpus.db against the records
    records   words, places, ids and references of each document           models     the folders of models
"""

from collections.abc import Iterator
from pathlib import Path

from pipeline import jsonl, manifest
from pipeline.bundles import bundles
from pipeline.errors import ErrorCode, PipelineError
from pipeline.records import RECORD_TYPES, SCHEMA_VERSION, Refusal
from pipeline.tools import Tools
from pipeline.verify import database, files, models
from pipeline.verify.records import References, check_bundle, check_ids
from pipeline.verify.verdict import DELETE, RUN, RUN_ALL, Verdict, shown
from pipeline.version import __version__

__all__ = ["Verdict", "check_bundle", "shown", "verify"]


def verify(
    outputs: Path,
    corpus: Path | None,
    labels: Path | None = None,
    tools: Tools | None = None,
    *,
    same_models: bool = False,
) -> Verdict:
    """Check an output folder.

    Args:
        outputs: the folder.
        corpus: where the inputs lie; `None`: they are not looked at.
        labels: where the decisions of people lie; `None`: they are not looked at.
        tools: where the models lie; `None`: they are not looked at.
        same_models: whether these should be the models that the run used.

    Raises:
        PipelineError: there is nothing to verify.
    """
    verdict = Verdict()
    state = _state(outputs, verdict)
    if state is None:
        return verdict
    verdict.drift += [
        *files.check_outputs(state, outputs),
        *(files.check_inputs(state, corpus) if corpus is not None else ()),
        *(files.check_labels(state, labels) if labels is not None else ()),
    ]
    verdict.notes += files.others(state, outputs)
    kinds = [kind for kind in RECORD_TYPES if (outputs / f"{kind}.jsonl").is_file() and kind != "errors"]
    verdict.damage += [problem for kind in (*kinds, "errors") for problem in files.check_lines(outputs, kind)]
    if not verdict.damage and (outputs / "errors.jsonl").is_file():
        verdict.drift += files.check_errors(state, jsonl.read(outputs / "errors.jsonl", Refusal))
    if not verdict.damage and "documents" in kinds:
        _check_records(state, outputs, kinds, verdict)
    if (outputs / database.FILE).is_file():
        database.check(outputs, verdict)
    if verdict.problems and not verdict.remedies:
        verdict.remedies.append(RUN)
    if tools is not None:
        models.check(tools, state, verdict, used=same_models)
    return verdict


def _state(outputs: Path, verdict: Verdict) -> manifest.Manifest | None:
    try:
        state = manifest.load(outputs)
    except PipelineError as error:
        verdict.damage.append(error.found)
        verdict.remedies.append(DELETE)
        return None
    if not state.stages:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"no {manifest.FILE} in {outputs}",
            expected="the outputs of a run",
            do="name their folder with --outputs, or run pop run first",
        )
    _check_seal(state, manifest.is_as_saved(outputs), verdict)
    return state


def _check_seal(state: manifest.Manifest, is_as_saved: bool, verdict: Verdict) -> None:
    """Tell that the manifest was changed, or that another version of the program wrote it, and sealed it otherwise."""
    if (state.version, state.schema_version) != (__version__, SCHEMA_VERSION):
        by = f"{manifest.FILE}: written by pop {state.version} (records of version {state.schema_version}), "
        told = f"{by}and this is {__version__} ({SCHEMA_VERSION})"
        (verdict.notes if is_as_saved else verdict.drift).append(told)
        verdict.remedies += [] if is_as_saved else [RUN_ALL]
    elif not is_as_saved:
        verdict.drift.append(f"{manifest.FILE}: changed since it was written")
        verdict.remedies.append(RUN_ALL)
    elif not state.sealed:
        verdict.notes.append(f"{manifest.FILE}: written by an earlier version, without a seal that would show changes")


def _check_records(state: manifest.Manifest, outputs: Path, kinds: list[str], verdict: Verdict) -> None:
    verdict.checked = dict.fromkeys(kinds, 0)
    seen: set[str] = set()
    references = References()
    read = {entry.path: entry.sha256 for entry in state.inputs}
    for bundle in bundles(outputs, kinds):
        verdict.drift += [*check_bundle(bundle, seen), *check_ids(bundle)]
        verdict.drift += files.check_origin(bundle.document, read)
        references.add(bundle)
        verdict.checked["documents"] += 1
        for kind in kinds[1:]:
            verdict.checked[kind] += len(getattr(bundle, kind))
    verdict.drift += references.broken()
    verdict.drift += _outside(outputs, verdict.checked)
    verdict.drift += files.check_counts(state, verdict.checked)


def _outside(outputs: Path, checked: dict[str, int]) -> Iterator[str]:
    """Tell of records that were not met when each document was given its own."""
    for kind in list(checked)[1:]:
        n = sum(1 for _ in jsonl.read(outputs / f"{kind}.jsonl", RECORD_TYPES[kind])) - checked[kind]
        if n:
            yield f"{kind}.jsonl: {n} records belong to no document, or stand out of order"
