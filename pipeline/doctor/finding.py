"""One thing that was looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.config import HOME
from pipeline.errors import PipelineError

INSTALL = f"run make all in {HOME}, which installs it"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do about it: nothing, where it is in order.

    `optional`: it can stay as it is; something may be lacking then.
    """

    what: str
    state: str
    do: str = ""
    optional: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether it must be mended."""
        return bool(self.do) and not self.optional


def tried(what: str, look: Callable[[], str]) -> Finding:
    """Look at something; what that raises is the finding."""
    try:
        return Finding(what, look())
    except PipelineError as error:
        return Finding(what, error.found, error.do)
    except ImportError as error:
        return Finding(what, f"missing ({error.name})", INSTALL)
