"""What the documents are counted with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pipeline.codebook import Codebook
from pipeline.config import Settings
from pipeline.files import sha256_text
from pipeline.learning.held_out import Errors
from pipeline.own_code import code_sha256
from pipeline.rubric import Rubric


@dataclass(frozen=True)
class Basis:
    """What the documents are counted with.

    `known`: what is known of the theme model's errors, by which its counts are corrected; `None`: they are not.
    `metrics`: what was measured when the models were trained, by model.
    """

    codebook: Codebook
    rubric: Rubric
    known: Errors | None = None
    settings: Settings = field(default_factory=Settings)
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """The hash of all that an extract depends on besides its document: instruments, errors, settings, program."""
        parts = [msgspec.json.encode(part).decode() for part in (self.codebook, self.rubric, self.known, self.settings)]
        return sha256_text(code_sha256(), *parts)
