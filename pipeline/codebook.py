"""The codebook: the themes that passages are tagged with."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from pipeline.errors import ErrorCode, PipelineError
from pipeline.files import sha256_file
from pipeline.instruments import load_yaml, require_unique
from pipeline.records import Name


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the codebook: what counts as the theme, what does not, and how it sounds.

    `was`: the ids under which earlier codebooks had it, or a part of it. A rename has one, a merger several; an id that
    stands in the `was` of several themes was split.
    """

    id: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
    name: Name
    definition: Name
    include: list[str] = []
    exclude: list[str] = []
    examples: list[str] = []
    was: list[Name] = []


class Codebook(msgspec.Struct, frozen=True, kw_only=True):
    """All themes, in the order of the file."""

    version: str
    themes: Annotated[list[Theme], Meta(min_length=1)]
    sha256: str = ""

    @property
    def ids(self) -> list[str]:
        """The ids of the themes, in order."""
        return [theme.id for theme in self.themes]

    def theme(self, theme_id: str) -> Theme:
        """Return one theme.

        Raises:
            KeyError: no such theme.
        """
        return {theme.id: theme for theme in self.themes}[theme_id]

    def heirs(self, theme_id: str) -> list[str]:
        """Return the themes that a theme of this or an earlier codebook lives on in: none, one, or its parts."""
        if theme_id in self.ids:
            return [theme_id]
        return [theme.id for theme in self.themes if theme_id in theme.was]


def load(path: Path) -> Codebook:
    """Read a codebook.

    Raises:
        PipelineError: missing, malformed, with a duplicate id, or with a `was` that is another theme here.
    """
    codebook = load_yaml(path, Codebook, ErrorCode.INVALID_CODEBOOK)
    require_unique(codebook.ids, "theme id", path, ErrorCode.INVALID_CODEBOOK)
    _require_past(codebook, path)
    return msgspec.structs.replace(codebook, sha256=sha256_file(path))


def _require_past(codebook: Codebook, path: Path) -> None:
    """Refuse a `was` that is still in use: nobody could tell labels made before the change from those made after it."""
    for theme in codebook.themes:
        alive = sorted((set(theme.was) & set(codebook.ids)) - {theme.id})
        if alive:
            raise PipelineError(
                ErrorCode.INVALID_CODEBOOK,
                found=f"{path}: {theme.id} was {', '.join(map(repr, alive))}, which is a theme here as well",
                expected="in `was` only ids that are no longer in use",
                do=f"give what is left of {alive[0]} a new id (with was: [{alive[0]}]), or take it out of `was`",
            )


def require_known(themes: set[str], codebook: Codebook, where: str) -> None:
    """Refuse labels that name a theme which the codebook does not have.

    Raises:
        PipelineError: names the themes and those that exist.
    """
    unknown = sorted(themes - set(codebook.ids))
    if unknown:
        raise PipelineError(
            ErrorCode.INVALID_LABELS,
            found=f"{where}: unknown theme {', '.join(map(repr, unknown))}",
            expected=f"themes of the codebook: {', '.join(codebook.ids)}",
            do="correct the name in the labels, or add the theme to the codebook",
        )
