"""What the project held that was sent, for outputs that changed since."""

from collections.abc import Mapping, Sequence

from pipeline.exchange import returning
from pipeline.exchange.codings import Code, Coding
from pipeline.exchange.refi import reading, tree
from pipeline.exchange.refi.finding import documents_of
from pipeline.exchange.refi.names import guid, machine, marks
from pipeline.exchange.refi.people import Asked
from pipeline.exchange.refi.positions import PROGRAMS, Ruler, target_of
from pipeline.exchange.refi.reading import Project
from pipeline.exchange.refi.sent import sent
from pipeline.exchange.refi.views import View
from pipeline.exchange.refi.writing import source_names
from pipeline.records import Bundle


def originals(asked: Asked, bundles: Mapping[str, Bundle], codes: Sequence[Code]) -> dict[str, list[Coding]]:
    """Return what the file that was sent holds: id of a document → its codings."""
    if asked.original is None:
        return {}
    project = reading.read(asked.original)
    documents = [one.document for one in bundles.values()]
    held = documents_of(project.texts, documents, source_names(documents))
    ours = tree.ours_among(project.codes, codes)
    rule = reading.rule_of(project, PROGRAMS[target_of(project.origin, project.description)])
    found: dict[str, list[Coding]] = {}
    for text in project.texts:
        if text.guid in held:
            view = View(text, Ruler(text.raw or "", rule), bundles[held[text.guid].id])
            found[view.bundle.document.id] = _codings(view, ours, project)
    return found


def _codings(view: View, ours: Mapping[str, str], project: Project) -> list[Coding]:
    """Return the codings of a text as we sent them."""
    found: list[Coding] = []
    known = {one.id: one for one in sent(view.bundle, "all")}
    for one in view.text.codings:
        name = next((name for name in marks(one.description) if guid("coding", name) == one.guid), None)
        place = view.carried.span(view.ruler.ours(one.start), view.ruler.ours(one.end))
        if name is None or place is None or one.code not in ours:
            continue
        other = machine(project.users.get(one.user, ""))
        passages = returning.passages_at(view.bundle, *place)
        made = known.get(name)
        found.append(
            Coding(
                id=name,
                record_id=made.record_id if made is not None else name,
                document_id=view.bundle.document.id,
                segment_id=made.segment_id if made is not None else None,
                passage_id=passages[0].id if passages else None,
                code=ours[one.code],
                start=place[0],
                end=place[1],
                text=view.bundle.document.text[place[0] : place[1]],
                coder=other or project.users.get(one.user, ""),
                source="model" if other else "human",
                decision="yes",
                model_version=other,
            )
        )
    return found
