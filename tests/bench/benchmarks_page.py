"""Writes docs/benchmarks.md from what was measured."""

import statistics
import textwrap
from collections.abc import Iterable, Sequence

import measurements
from measurements import ADDED, CODEBOOK, DELETED, MODELS, ONE, RUN, RUN_ON_TWO, STAGES, UNCHANGED, Measured, Ratio

LARGEST_MB = 1536
"""No process may hold more, at any size."""

BUSY = 0.2
"""Processors that others keep busy, above which a slow clock says nothing about us."""

_EXAMPLES = (20, 200, 2000)

_TOP = """# What it costs

Written by `make bench` from what it measured last (`docs/benchmarks.json`). Seconds *of processor* are what the
processor worked, for all processes together; other programs on the same computer change them little. Seconds *by the
clock* are what you wait. A target that was missed by the clock while other programs were at work is marked *busy*: it
has to be measured again. All figures are medians; ranges are of all repetitions. MB are 2²⁰ bytes.
"""

_HOW = """## How it was measured

    make bench                                     # 100 documents, about 20 minutes
    make bench SIZES="100 1000 10000"              # hours
    make bench SIZES=1000 REPEATS=5 WORDS=300-1600 # documents as long as the examples
    make bench-accuracy                            # how right the results are: another matter, other pages

- **Documents** are made from the twelve examples in `corpus/examples` (`tests/bench/made_corpus.py`): sections of
  different examples are put together, people, places, dates, figures and many words are exchanged, sentences are left
  out and added, so that no two documents and few passages have the same words (about one passage in fifteen repeats,
  most of them notes to readers and lists, as in real papers). Half are plain text, the rest Markdown, HTML and a few
  DOCX.
- **Rounds.** Each command runs once in each round, one after the other, each in a new process. What is compared is
  compared within a round; ratios are medians of the rounds' ratios, with their range. Every other round begins with the
  bare models.
- **One thread** in every process (`OMP_NUM_THREADS=1`). One process is `--jobs 1`, two are `--jobs 2`.
- **From nothing**: no results, no kept results. The files and models are in the system's memory, as after a first run.
- **Memory** is the most that any single process held at any moment (`getrusage`).
- **Bare models**: `tests/bench/bare_models.py`: spaCy's `nlp.pipe` with all its components, and one pass of the same
  MiniLM network with onnxruntime, over the same passages. Texts of like length are batched by 32 as
  sentence-transformers does it; *close batches* are those of somebody who tunes that too. At more than 1,000 documents
  the models read a sample, and the seconds are multiplied.

## What is not in it

- PDF: none of the made documents is one. [ingest.md](ingest.md) has pages per second.
- Questions to the index: `python tests/bench/scale.py outputs` measures those.
- Several computers, and discs slower than this one's.
- People: reviewing, correcting, training.
- How right the results are: [evaluation.md](evaluation.md), [themes.md](themes.md), [practices.md](practices.md).
"""


def page(measured: Sequence[Measured]) -> str:
    """Return the page; a table that nothing was measured for says so."""
    sizes = sorted(measured, key=lambda one: one.documents)
    parts = [how_long, new_one, memory, second_core, bare_models, growth, by_stage, what_was_measured]
    return "\n".join([_TOP, *(part(sizes) for part in parts), _HOW])


def how_long(sizes: Sequence[Measured]) -> str:
    """Write how long a first run takes."""
    head = ("documents", "words", "processes", "by the clock", "of processor", "documents/s", "words/s")
    rows = [
        (f"{one.documents:,}", f"{one.words:,}", n, _time(wall), _time(one.median(name)),
         _rate(one.documents, wall), _rate(one.words, wall))
        for one in sizes for name, n in ((RUN, "1"), (RUN_ON_TWO, "2")) if (wall := one.median(name, "wall"))
    ]  # fmt: skip
    return _section("How long will my documents take?", "The whole, from nothing.", head, rows) + _examples(sizes)


def _examples(sizes: Sequence[Measured]) -> str:
    """Say what that means for a folder of so many summaries, by the largest corpus measured."""
    known = [one for one in sizes if measurements.per_thousand_words(one) is not None]
    if not known:
        return ""
    thousand, start = measurements.per_thousand_words(known[-1]) or 0, known[-1].median(ONE) or 0
    head = ("summaries", *(f"of {words:,} words" for words in (350, 1500)))
    rows = [(f"{n:,}", *(_time(start + n * words / 1000 * thousand) for words in (350, 1500))) for n in _EXAMPLES]
    text = (
        f"By these figures ({_seconds(start)} to start, {_seconds(thousand)} for a thousand words, one process), "
        "on a computer like this one with nothing else to do:"
    )
    return f"\n{_wrapped(text)}\n\n{_table(head, rows)}\n"


def new_one(sizes: Sequence[Measured]) -> str:
    """Write what a small change costs."""
    head = ("documents", "what changed", "by the clock", "of processor", "target", "met")
    rows = []
    for one in sizes:
        for name in (UNCHANGED, ADDED, DELETED, CODEBOOK):
            wall = one.median(name, "wall")
            if wall is None:
                continue
            target = {UNCHANGED: measurements.allowed_unchanged(one.documents), ADDED: 5.0}.get(name)
            cpu = one.median(name) or 0
            met = "" if target is None else _met_by_clock(wall < target, one.busy(name) if cpu < target else 0)
            goal = "" if target is None else f"under {target:.2f} s"
            rows.append((f"{one.documents:,}", name, _seconds(wall), _seconds(cpu), goal, met))
    text = "`pop run` again, with one process, on the results of the run before."
    return _section("What does a new document cost?", text, head, rows)


def memory(sizes: Sequence[Measured]) -> str:
    """Write how much memory the largest process held."""
    names = (RUN, RUN_ON_TWO, ADDED, *STAGES)
    head = ("documents", "run", "run, 2 processes", "one added", *STAGES, "met")
    rows = []
    for one in sizes:
        held = [one.largest(name) for name in names]
        most = [mb for mb in held if mb is not None]
        if most:
            cells = ("" if mb is None else f"{mb:.0f}" for mb in held)
            rows.append((f"{one.documents:,}", *cells, _met(max(most) < LARGEST_MB)))
    text = f"MB that the largest process held at most. Target: under {LARGEST_MB:,} MB at any size."
    return _section("How much memory?", text, head, rows)


def second_core(sizes: Sequence[Measured]) -> str:
    """Write what two processes gain."""
    head = ("documents", "one process", "two", "times as fast", "processor, two : one", "same bytes", "met")
    rows = []
    for one in sizes:
        gain = measurements.speedup(one)
        if gain is None:
            continue
        work = measurements.ratio(*(measurements.costs(one, name, lambda cost: cost.cpu) for name in (RUN_ON_TWO, RUN)))
        walls = (_time(one.median(name, "wall")) for name in (RUN, RUN_ON_TWO))
        met = _met_by_clock(gain.median >= 1.8, one.busy(RUN, RUN_ON_TWO))
        same = {True: "yes", False: "NO", None: ""}[one.same]
        rows.append((f"{one.documents:,}", *walls, _ratio(gain), _ratio(work), same, met))
    text = "By the clock, from nothing. Target: 1.8 times as fast. This needs two idle cores."
    return _section("Does a second core help?", text, head, rows)


def bare_models(sizes: Sequence[Measured]) -> str:
    """Write what the bare models cost beside the whole."""
    head = ("documents", "spaCy", "MiniLM", "(close)", "loading", "pop run", "run : models", "(close)", "met")
    rows = []
    for one in sizes:
        whole = measurements.whole_to_models(one)
        if whole is None:
            continue
        parts = (_time(_median_of(one, part)) for part in ("spacy", "minilm", "minilm_close", "loading"))
        close = measurements.whole_to_models(one, "minilm_close")
        ratios = (_ratio(whole), _ratio(close), _met(whole.median <= 1))
        rows.append((f"{one.documents:,}", *parts, _time(one.median(RUN)), *ratios))
    text = (
        "Seconds of processor with one process, loading included. Target: the whole pipeline costs at most what the "
        "two models cost that it is built on, run once over the same text as their packages come: spaCy, MiniLM and "
        "loading. *(close)*: with MiniLM in closely packed batches, a stricter measure."
    )
    beyond = "The same apart from starting and loading, which are paid once:"
    head_of_beyond = ("documents", "run : models", "(close)")
    rows_of_beyond = [
        (f"{one.documents:,}", _ratio(measurements.beyond_starting(one)), _ratio(found))
        for one in sizes if (found := measurements.beyond_starting(one, "minilm_close"))
    ]  # fmt: skip
    more = f"\n{beyond}\n\n{_table(head_of_beyond, rows_of_beyond)}\n" if rows_of_beyond else ""
    return _section("What would the bare models cost?", text, head, rows) + more


def _median_of(one: Measured, part: str) -> float:
    return statistics.median(cost.parts[part] for cost in one.runs[MODELS])


def growth(sizes: Sequence[Measured]) -> str:
    """Write whether a document costs more in a large corpus."""
    known = [one for one in sizes if measurements.per_document(one) is not None]
    head = ("documents", "starting", "one document more", "1,000 words more", "beside the smallest", "met")
    rows = []
    for one in known:
        more = measurements.growth(one, known[0]) or 0.0
        each = (_milliseconds(of(one)) for of in (measurements.per_document, measurements.per_thousand_words))
        beside, met = ("", "") if one is known[0] else (f"{more:+.0%}", _met(more <= 0.1))
        rows.append((f"{one.documents:,}", _seconds(one.median(ONE)), *each, beside, met))
    text = (
        "Seconds of processor with one process. *Starting* is a run on a corpus of one document; it is taken "
        "off before the rest is divided by the documents. Target: at most a tenth more than at 100."
    )
    return _section("Does a document cost more in a large corpus?", text, head, rows)


def by_stage(sizes: Sequence[Measured]) -> str:
    """Write what each stage costs alone."""
    head = ("documents", "stage", "of processor", "by the clock", "documents/s", "words/s", "MB")
    rows = [
        (f"{one.documents:,}", stage, _time(cpu), _time(one.median(stage, "wall")), _rate(one.documents, cpu),
         _rate(one.words, cpu), f"{one.largest(stage) or 0:.0f}")
        for one in sizes for stage in STAGES if (cpu := one.median(stage)) is not None
    ]  # fmt: skip
    text = (
        "Each stage alone with `--force`, starting and loading included: `pop run` loads once and reads each passage "
        "once for all stages, so that the whole costs less than their sum. Documents and words are per second of "
        "processor."
    )
    return _section("Which stage takes the time?", text, head, rows)


def what_was_measured(sizes: Sequence[Measured]) -> str:
    """Write when and on what each size was measured."""
    head = ("documents", "words each", "rounds", "on", "version (code)", "others")
    rows = [
        (f"{one.documents:,}", one.each, str(one.rounds), one.date, one.version, f"{one.busy():.2f}")
        for one in sizes
        if one.rounds
    ]
    text = (
        "*Others*: how many processors other programs kept busy meanwhile (the median of all commands). Where that is "
        "not near 0, times by the clock are too long, and seconds of processor somewhat, too."
    )
    described: dict[str, list[str]] = {}
    for one in sizes:
        described.setdefault(_described(one.machine), []).append(f"{one.documents:,}")
    lines = (f"- {', '.join(which)} documents: {what}" for what, which in described.items())
    machines = "\n".join(_wrapped(line, "  ") for line in lines)
    return _section("What was measured, when, on what?", text, head, rows) + f"\n{machines}\n"


def _described(machine: dict[str, str]) -> str:
    told = ("processor", "memory", "system")
    return "; ".join([machine[key] for key in told] + [f"{key} {machine[key]}" for key in machine if key not in told])


def _section(title: str, text: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return f"## {title}\n\n{_wrapped(text)}\n\n{_table(head, rows) if rows else 'Not measured yet.'}\n"


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 118, subsequent_indent=indent, break_on_hyphens=False)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose columns are as wide as their widest cell, so that it reads well as plain text, too."""
    lines = [list(head), *map(list, rows)]
    widths = [max(3, *(len(line[i]) for line in lines)) for i in range(len(head))]
    first, *rest = ("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)
    return "\n".join([first, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rest])


def _time(seconds: float | None) -> str:
    """Write a time as people say it: 8.2 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _seconds(seconds)
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.0f} ms"


def _rate(n: int, seconds: float | None) -> str:
    if not seconds:
        return ""
    each = n / seconds
    return f"{each:.2f}" if each < 10 else f"{each:,.0f}"


def _ratio(found: Ratio | None) -> str:
    if found is None:
        return ""
    return f"{found.median:.2f}" if found.n == 1 else f"{found.median:.2f} ({found.low:.2f}–{found.high:.2f})"


def _met_by_clock(met: bool, busy: float) -> str:
    """Say whether a target was met; a time by the clock that missed it while others were at work proves nothing."""
    return "busy" if busy > BUSY and not met else _met(met)


def _met(met: bool) -> str:
    return "yes" if met else "no"
