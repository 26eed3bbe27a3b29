r"""Captions (WebVTT, SubRip): cues joined into turns, without their numbers and times.

>>> reading = read_captions("WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ana Ruiz>We began\n\n"
...                         "00:03.000 --> 00:05.000\n<v Ana Ruiz>in the fall.")
>>> [(block.kind, block.speaker, block.text) for block in reading.blocks]
[('turn', 'Ana Ruiz', 'Ana Ruiz: We began in the fall.')]
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import zip_longest

from pipeline.stages.ingest import shapes
from pipeline.stages.ingest.blocks import Block, Reading
from pipeline.stages.ingest.healing import clean_line, join_lines
from pipeline.stages.ingest.quality import count

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"^\s{{0,20}}{_CLOCK}\s{{0,20}}-{{1,2}}>\s{{0,20}}{_CLOCK}")
_SIGNATURE = re.compile(r"\A\ufeff?WEBVTT(?:[ \t]++(?:-[ \t]*+)?(?P<title>[^\n]{1,200}+))?[ \t]*+(?:\n|\Z)")
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[\w.]*+)?[ \t]++(?P<name>[^>\n]{1,120})>")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|<[\d:.,]{1,20}>|</?>|\{\\[^{}\n]{0,80}\}")
_NAME = r"[A-Z][\w.’'-]*(?: (?:[A-Z(][\w.’')-]*|de|del|la|van|von|der|al|bin|\d{1,2}))"
_LABEL = re.compile(rf"^(?:>>\s{{0,4}})?(?P<label>{_NAME}{{0,4}}(?:\s?\([^()\n]{{1,40}}\))?)\s?:\s+(?=\S)")
_CHANGE = re.compile(r"^(?:>>|[-–—])\s{0,4}(?=\S)")
_FEWEST_CUES = 2
_TIMED_SHARE = 0.15  # of the filled lines
_LONGEST_PARAGRAPH = 600  # characters, after which speech without a name is cut at the next sentence
_PAUSE = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class _Cue:
    """A caption: when it is shown, in seconds, and its lines."""

    start: float
    end: float
    lines: list[str]


@dataclass(frozen=True, slots=True)
class _Speech:
    """Words of one speaker, `None` where no name is given; `changes`: the captions mark another speaker here."""

    speaker: str | None
    text: str
    start: float
    end: float
    changes: bool = False


def looks_like_captions(text: str) -> bool:
    """Tell captions from other plain text: the signature of WebVTT, or many lines with two clock times and an arrow."""
    if _SIGNATURE.match(text):
        return True
    head = [line for line in text[:20_000].split("\n") if line.strip()]
    timed = sum(_TIMING.match(line) is not None for line in head)
    return timed >= _FEWEST_CUES and timed >= _TIMED_SHARE * len(head)


def read_captions(text: str) -> Reading:
    """Read captions; a heading after the signature is the title."""
    signature = _SIGNATURE.match(text)
    title = clean_line(signature["title"] or "") if signature else ""
    cues = list(_cues(text.split("\n")))
    blocks = [_block(turn) for turn in _turns(_speeches(_without_repeats(cues)))]
    seen = sum(count(_clean(line)) for cue in cues for line in cue.lines)
    return Reading([block for block in blocks if block.text], hints={"title": title} if title else {}, seen=seen)


def _cues(lines: Sequence[str]) -> Iterator[_Cue]:
    cue: _Cue | None = None
    aside = False
    for line in lines:
        timing = _TIMING.match(line[:200])
        if timing:
            if cue:
                yield cue
            cue, aside = _Cue(_seconds(timing.groups()[:4]), _seconds(timing.groups()[4:]), []), False
        elif not line.strip():
            aside = False
            if cue and cue.lines:
                yield cue
                cue = None
        elif _ASIDE.match(line) and cue is None:
            aside = True
        elif cue and not aside:
            cue.lines.append(line)
    if cue:
        yield cue


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    return 3600 * hours + 60 * minutes + seconds + float(f"0.{parts[3]}")


def _without_repeats(cues: Iterable[_Cue]) -> Iterator[_Cue]:
    """Drop lines that a rolling caption shows a second time above the new one."""
    shown: list[str] = []
    for cue in cues:
        lines = [line for line in (_clean(line) for line in cue.lines) if line]
        n = next((n for n in range(min(len(shown), len(lines)), 0, -1) if shown[-n:] == lines[:n]), 0)
        shown = lines
        yield _Cue(cue.start, cue.end, [line for line in map(str.strip, cue.lines) if _clean(line)][n:])


def _clean(line: str) -> str:
    return clean_line(unescape(_TAG.sub("", line)))


def _speeches(cues: Iterator[_Cue]) -> Iterator[_Speech]:
    """Part each cue at the names and dashes in it."""
    speaker: str | None = None
    for cue in cues:
        for line in cue.lines:
            for name, words, changes in _parts(line):
                speaker = name or (None if changes else speaker)
                if words:
                    yield _Speech(speaker, words, cue.start, cue.end, changes)


def _parts(line: str) -> Iterator[tuple[str | None, str, bool]]:
    """Yield the stretches of a line: name, words, and whether another speaker begins."""
    voices = list(_VOICE.finditer(line))
    before = _clean(line[: voices[0].start()]) if voices else _clean(line)
    if before:
        label = _LABEL.match(before)
        if label and not shapes.begins_field(before):
            yield label["label"], before[label.end() :], True
        else:
            change = _CHANGE.match(before)
            yield None, before[change.end() :] if change else before, bool(change)
    for voice, following in zip_longest(voices, voices[1:]):
        yield _clean(voice["name"]), _clean(line[voice.end() : following.start() if following else None]), False


def _turns(speeches: Iterator[_Speech]) -> Iterator[_Speech]:
    """Join what one speaker says; speech without a name is cut at pauses and after long paragraphs."""
    group: list[_Speech] = []
    length = 0
    for speech in speeches:
        if group and _begins(speech, group[-1], length):
            yield _joined(group)
            group, length = [], 0
        group.append(speech)
        length += len(speech.text) + 1
    if group:
        yield _joined(group)


def _begins(speech: _Speech, last: _Speech, length: int) -> bool:
    if speech.speaker or last.speaker:
        return speech.speaker != last.speaker
    paused = speech.start - last.end >= _PAUSE or length >= _LONGEST_PARAGRAPH
    return speech.changes or (paused and shapes.ends_sentence(last.text))


def _joined(group: Sequence[_Speech]) -> _Speech:
    text = join_lines([speech.text for speech in group])
    return _Speech(group[0].speaker, text, group[0].start, group[-1].end)


def _block(turn: _Speech) -> Block:
    if turn.speaker is None:
        return Block("paragraph", turn.text)
    return Block("turn", f"{turn.speaker}: {turn.text}", speaker=turn.speaker)
