"""One target in a process of its own: python -m tests.fuzz.one TARGET SECONDS KEEP [guided]."""

import sys
import time
from pathlib import Path
from random import Random

import msgspec

SEED = 13


def main(name: str, seconds: float, keep: Path, *, guided: bool) -> None:
    """Fuzz a target, and write what became of it to KEEP/TARGET.json, again and again."""
    if guided:
        import atheris  # noqa: PLC0415

        with atheris.instrument_imports(
            include=["pipeline", "docx", "pdfminer", "openpyxl", "yaml"], enable_loader_override=False
        ):
            from tests.fuzz import targets, trying  # noqa: PLC0415
    else:
        from tests.fuzz import targets, trying  # noqa: PLC0415
    trial = trying.Trial(targets.TARGETS[name], keep)
    written = 0.0
    ends = time.monotonic() + seconds

    def attempt(content: bytes) -> None:
        nonlocal written
        trial.of(content)
        if time.monotonic() - written > 1:
            written = time.monotonic()
            (keep / f"{name}.json").write_bytes(msgspec.json.encode(trial.tally))

    given = list(trial.target.seeds())
    for content in given:
        attempt(content)
    if guided:
        _guided(trial.target.kind, given, attempt, keep / f"{name}-corpus", seconds)
    else:
        _at_random(trial.target.kind, given, attempt, ends)


def _at_random(kind, given, attempt, ends) -> None:  # type: ignore[no-untyped-def]
    from tests.fuzz.mutations import mutate  # noqa: PLC0415

    random = Random(SEED)
    while time.monotonic() < ends:
        attempt(mutate(random.choice(given), random, kind))


def _guided(kind, given, attempt, corpus: Path, seconds: float) -> None:  # type: ignore[no-untyped-def]
    """Let libFuzzer choose what to build upon; the mutations are ours."""
    import atheris  # noqa: PLC0415

    from tests.fuzz.mutations import LARGEST, LARGEST_ZIP, mutate  # noqa: PLC0415

    corpus.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(given):
        (corpus / f"seed-{number}").write_bytes(content)

    def mutator(content: bytes, most: int, seed: int) -> bytes:
        return mutate(bytes(content), Random(seed), kind)[:most]

    options = [
        f"-max_total_time={seconds:.0f}",
        f"-max_len={LARGEST_ZIP if kind == 'zip' else LARGEST}",
        f"-seed={SEED}",
        "-timeout=120",
        f"-artifact_prefix={corpus.parent}/",
        "-rss_limit_mb=3000",
    ]
    atheris.Setup(["fuzz", *options, str(corpus)], attempt, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), guided="guided" in sys.argv)
