"""Asks the program again: what it says of a document by itself, without people; what earlier models that are kept say.

It takes seconds, since encoder and grammar are loaded and the document is read anew.
"""

from dataclasses import replace
from typing import Any

import msgspec

from pipeline.learning import versions
from pipeline.learning.themes import ThemeModel
from pipeline.records import Bundle, Mapping, Passage, Quote, Segment, Tag, is_coded
from pipeline.stages import STAGES
from pipeline.stages.tag import decide
from pipeline.why.facts import Again
from pipeline.why.source import Source

_STAGE = {"segments": "segment", "quotes": "quote", "tags": "tag", "mappings": "map"}


def ask_again(source: Source, kind: str, record: Any) -> Again | None:
    """Run the stage of a record on its document once more; `None`: people alone make such records.

    Raises:
        PipelineError: an instrument or model is missing.
    """
    if kind not in _STAGE or (kind in {"tags", "mappings"} and record.source == "human"):
        return None
    given = msgspec.structs.replace(source.manifest.settings, write_rejected=True)
    tools = replace(source.tools, settings=given)
    stage, bundle = STAGES[_STAGE[kind]], _bundle(source, record.document_id)
    assert stage.apply is not None
    made = [one for one in stage.apply(bundle, tools) if one.id == record.id]
    now = made[0] if made else None
    return Again(
        same=now is not None and _without_links(now) == _without_links(record),
        before=_in_words(now),
        models=_by_earlier_models(source, record, bundle) if kind == "tags" else {},
    )


def _bundle(source: Source, document_id: str) -> Bundle:
    held = {kind: source.of_document(kind, document_id) for kind in ("passages", "segments", "quotes")}
    return Bundle(document=source.document(document_id), **held)


def _without_links(record: Any) -> Any:
    return msgspec.structs.replace(record, linked=[]) if isinstance(record, Segment) else record


def _in_words(record: Any) -> str:
    match record:
        case Tag() | Mapping():
            return f"{record.decision}, p {record.p}"
        case Quote():
            speaker = record.speaker and (record.speaker.name or record.speaker.text)
            return f"“{record.text}”, by {speaker or 'nobody named'}, confidence {record.confidence}"
        case Segment():
            return f"{record.kind.replace('_', ' ')}, {record.score:.2f}; {len(record.anatomy)} sentences marked"
    return "nothing there"


def _by_earlier_models(source: Source, tag: Tag, bundle: Bundle) -> dict[str, str]:
    models = source.tools.models_with("themes")
    folders = sorted((models / versions.FOLDER).glob("themes-*")) if (models / versions.FOLDER).is_dir() else []
    return {
        folder.name: _said(source, ThemeModel.load_from(folder), tag, bundle)
        for folder in folders
        if folder.name != tag.model_version
    }


def _said(source: Source, model: ThemeModel, tag: Tag, bundle: Bundle) -> str:
    codebook = source.tools.codebook
    if tag.theme not in model.config.themes:
        return "did not know the theme"
    read: list[Passage] = [one for one in bundle.passages if is_coded(one) or one.kind == "heading"]
    number = next((i for i, one in enumerate(read) if one.id == tag.passage_id), None)
    known = msgspec.structs.replace(codebook, themes=[one for one in codebook.themes if one.id in model.config.themes])
    if number is None:
        return "did not read the passage"
    said = model.predict(
        [one.text for one in read], [one.kind == "heading" for one in read], source.tools.encoder, known
    )
    j = known.ids.index(tag.theme)
    p = round(float(said.p[number, j]), 4)
    low, high = model.decisions(known, source.manifest.settings.precision)
    return f"{decide(p, low[j], high[j])}, p {p}"
