"""Entries for errors.jsonl: nothing that is left out, or used with a doubt, goes unsaid."""

from pipeline.errors import ErrorCode
from pipeline.files import sha256_text
from pipeline.records import Refusal, Severity


def refusal(
    path: str, stage: str, code: ErrorCode | str, message: str, severity: Severity = Severity.REFUSED
) -> Refusal:
    """Make an entry for an input, named by its path in the corpus."""
    return Refusal(
        id=f"e_{sha256_text(path, stage, code, message)[:12]}",
        path=path,
        stage=stage,
        error=str(code),
        message=message,
        severity=severity,
    )


def unexpected(error: Exception) -> str:
    """Say what to do about a fault of ours."""
    return (
        f"Found: a fault in the program ({type(error).__name__}: {error}). Expected: none. "
        "What to do: run again with POP_DEBUG=1 in front of the command and report what it prints."
    )
