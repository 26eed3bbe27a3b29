"""Kinds of segments, and the anatomy of problems of practice, that were changed; boundaries stay as they are."""

from pipeline.corrections.decisions import AnatomyWords, Judgement, SegmentDecision, anchor_of
from pipeline.exchange.refi.decided.work import Work, own, segment_at, shown, signed, who
from pipeline.exchange.returning import UNKNOWN_TIME
from pipeline.records import Segment


def segments(work: Work) -> list[Judgement]:
    """Return what was decided of segments."""
    kinds: dict[str, tuple[str, str, str | None]] = {}
    for one in work.added("segment"):
        segment = segment_at(work.bundle, one.start, one.end)
        if segment is None:
            work.found.leave("a section that is none of ours: boundaries stay as they are", shown(work, one))
        else:
            kinds[segment.id] = (own(one.code), one.coder, one.at)
    for gone in work.taken_off("segment"):
        if gone.record_id not in kinds:
            work.found.leave("a section that lost its kind: code it as what it is", gone.text)
    for known in work.moved("segment"):
        work.found.leave("a section whose extent was changed: boundaries stay as they are", shown(work, known.back))
    parts = _parts_changed(work)
    made: list[Judgement] = []
    for segment in work.bundle.segments:
        told = kinds.get(segment.id) or parts.get(segment.id)
        if told is not None:
            kind, coder, at = told
            made.append(_segment(work, segment, kind, coder, at))
    return made


def _segment(work: Work, segment: Segment, kind: str, coder: str, at: str | None) -> SegmentDecision:
    is_problem = kind == "problem_of_practice"
    return signed(
        SegmentDecision(
            id="-",
            coder=coder,
            at=at or UNKNOWN_TIME,
            record_id=segment.id,
            anchor=anchor_of(work.bundle, segment.start, segment.end),
            kind=kind,  # type: ignore[arg-type]  # the names of codes are those of kinds
            anatomy=_anatomy(work, segment) if is_problem else [],
        )
    )


def _parts_changed(work: Work) -> dict[str, tuple[str, str, str | None]]:
    """Return the problems of practice in which sentences got another role: their kind, by whom, when."""
    found: dict[str, tuple[str, str, str | None]] = {}
    for gone in [*work.taken_off("anatomy"), *(known.sent for known in work.moved("anatomy"))]:
        segment = next((one for one in work.bundle.segments if one.id == gone.segment_id), None)
        coder = who(gone, work.setting)
        if segment is not None and coder is not None:
            found[segment.id] = (segment.kind, coder, work.setting.at)
    for one in work.added("anatomy"):
        around = [
            two
            for two in work.bundle.segments
            if two.kind == "problem_of_practice" and two.start <= one.start and one.end <= two.end
        ]
        if around:
            found[around[-1].id] = (around[-1].kind, one.coder, one.at)
        else:
            work.found.leave("a part of a problem of practice outside of any", shown(work, one))
    return found


def _anatomy(work: Work, segment: Segment) -> list[AnatomyWords]:
    found: dict[tuple[int, int], AnatomyWords] = {}
    for one in work.changes.back:
        if one.code.startswith("anatomy:") and segment.start <= one.start and one.end <= segment.end:
            words = work.words(one.start, one.end)
            # Of two roles of a sentence, that of a person.
            if words is not None and (one.is_person or (words.start, words.end) not in found):
                role = own(one.code)
                found[words.start, words.end] = AnatomyWords(
                    role=role,  # type: ignore[arg-type]
                    start=words.start,
                    end=words.end,
                    text=words.text,
                )
    return [found[place] for place in sorted(found)]
