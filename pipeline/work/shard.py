"""Parts of a corpus, to be worked on by computers that know nothing of each other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.files import sha256_text

if TYPE_CHECKING:
    from pipeline.manifest import InputFile


@dataclass(frozen=True)
class Shard:
    """One of `n` parts of a corpus, counted from 1. A file stays in its part, whatever comes or goes besides."""

    number: int = 1
    n: int = 1

    def of(self, inputs: "list[InputFile]") -> "list[InputFile]":
        """Return the inputs of this part."""
        return [entry for entry in inputs if int(sha256_text(entry.path), 16) % self.n == self.number - 1]
