"""An output folder for review, made by hand: no model, no run."""

from pathlib import Path

import builders

from pipeline import jsonl
from pipeline.records import Bundle, Evidence, Span

HOSTILE = (
    "<script>alert(1)</script> and </script><img src=x onerror=alert(2)> \x1b[31mred\x1b[0m \u202eneerg\u202c 😀 end."
)
SAID = "We share the work, and nobody waits."


def evidence(member, *words):
    spans = [
        Span(start=member.start + member.text.index(w), end=member.start + member.text.index(w) + len(w)) for w in words
    ]
    return [Evidence(start=member.start, end=member.end, weight=1.0, words=spans)]


def long_bundle(n: int = 50) -> Bundle:
    """A document of `n` passages, each tagged equity (yes) and succession (review)."""
    texts = [f"The team of school {i} looked at its figures 😀 and asked who was left out." for i in range(n)]
    doc = builders.document("Spring notes\n\n" + "\n\n".join(texts), id="long", title="Spring notes")
    members = builders.passages(doc)
    tags = [
        tag
        for one in members[1:]
        for tag in (
            builders.tag(one, "equity", 0.84, grade=2, evidence=evidence(one, "left out")),
            builders.tag(one, "succession", 0.41, decision="review", evidence=evidence(one, "team")),
        )
    ]
    return Bundle(document=doc, passages=members, segments=[builders.segment(members)], tags=tags)


def short_bundle() -> Bundle:
    """A hostile document with a quote, a mapping and a problem of practice."""
    first = f"Ana Ruiz, principal of Elm School, said: “{SAID}” Then she left."
    second = "No one could follow her. They began to train two teachers. It cost a year."
    doc = builders.document(f"Staffing\n\n{first}\n\n{second}\n\n{HOSTILE}", id="short", title="Staffing <b>bold</b>")
    members = builders.passages(doc)
    who = builders.speaker(members[1], "Ana Ruiz", role="principal", organization="Elm School")
    said = builders.quote(members[1], SAID, speaker=who, cue="said", id="short:q0")
    problem = builders.segment(
        members,
        id="short:s0",
        kind="problem_of_practice",
        anatomy=[builders.anatomy(members[2], "No one could follow her.")],
    )
    return Bundle(
        document=doc,
        passages=members,
        segments=[problem],
        quotes=[said],
        tags=[builders.tag(members[3], "equity", 0.7, grade=1)],
        mappings=[
            builders.mapping(said, "12b", 0.81, rubric="Leadership System"),
            builders.mapping(said, "8a", 0.42, rank=2, decision="review"),
            builders.mapping(said, "1", 0.03, rank=3, decision="reject"),
            builders.mapping(said, "of another rubric", 0.3, rank=4, decision="review"),
        ],
    )


def write_outputs(folder: Path, *bundles: Bundle) -> Path:
    """Write bundles as a run would."""
    made = bundles or (long_bundle(), short_bundle())
    jsonl.write(folder / "documents.jsonl", [one.document for one in made])
    for kind in ("passages", "segments", "quotes", "tags", "mappings"):
        jsonl.write(folder / f"{kind}.jsonl", [record for one in made for record in getattr(one, kind)])
    return folder


def write_queue(path: Path, ids: list[str]) -> Path:
    """Write a queue as `pop suggest` would, as far as it matters."""
    path.write_text("".join(f'{{"id": "{one}", "rank": 1}}\n' for one in ids), encoding="utf-8")
    return path
