"""The errors that a user may meet, each with what was found, what was expected and what to do.

Only the command line turns them into a message and an exit code; everything below raises `PipelineError`. Anything else
that is raised is a bug.
"""

from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """What the command returns to the shell."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    BAD_INPUT = 3
    DRIFT = 4
    QUALITY_GATE = 5
    INTEGRITY = 6
    INTERRUPTED = 130


class ErrorCode(StrEnum):
    """The fixed list of codes in errors.jsonl."""

    EMPTY_FILE = "empty_file"
    BINARY_FILE = "binary_file"
    UNKNOWN_FORMAT = "unknown_format"
    UNREADABLE = "unreadable"
    DAMAGED_FILE = "damaged_file"
    ENCRYPTED_FILE = "encrypted_file"
    NEEDS_OCR = "needs_ocr"
    NO_TEXT = "no_text"
    ENCODING = "encoding"
    UNBALANCED_MARKS = "unbalanced_marks"
    MISSING_FILE = "missing_file"
    NOT_WRITABLE = "not_writable"
    INVALID_RECORD = "invalid_record"
    INVALID_CODEBOOK = "invalid_codebook"
    INVALID_RUBRIC = "invalid_rubric"
    INVALID_LABELS = "invalid_labels"
    ORPHANED_LABEL = "orphaned_label"
    INVALID_MODEL = "invalid_model"
    INVALID_GOLD = "invalid_gold"
    INVALID_QUERY = "invalid_query"
    INVALID_EXCHANGE = "invalid_exchange"
    INVALID_KEY = "invalid_key"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    LOCKED = "locked"
    LEAK = "leak"
    ENGINE = "engine"
    DRIFT = "drift"
    QUALITY_GATE = "quality_gate"
    UNEXPECTED = "unexpected"


class PipelineError(Exception):
    """Something that the user can mend.

    Args:
        code: which kind of error, as it stands in errors.jsonl.
        found: what was found, with the file or value.
        expected: what was expected instead.
        do: what to do next.
        exit_code: what the command returns when this ends it.
    """

    def __init__(
        self, code: ErrorCode, *, found: str, expected: str, do: str, exit_code: ExitCode = ExitCode.BAD_INPUT
    ) -> None:
        self.code = code
        self.found = found
        self.expected = expected
        self.do = do
        self.exit_code = exit_code
        super().__init__(f"Found: {found}. Expected: {expected}. What to do: {do}.")

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process, which keyword-only arguments would not."""
        return _rebuild, (self.code, self.found, self.expected, self.do, self.exit_code)


def _rebuild(code: ErrorCode, found: str, expected: str, do: str, exit_code: ExitCode) -> PipelineError:
    return PipelineError(code, found=found, expected=expected, do=do, exit_code=exit_code)
