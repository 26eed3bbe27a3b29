"""Reading the two instruments, codebook and rubric, from YAML: what they share."""

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import msgspec
import yaml

from pipeline.errors import ErrorCode, PipelineError

T = TypeVar("T")
_MOST_BYTES = 5_000_000
_LONGEST_REASON = 500  # characters
_ODD_VALUES = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)
"""What PyYAML lets through where a value is not what its tag says, or where values are nested too deep."""


def load_yaml(path: Path, instrument_type: type[T], code: ErrorCode) -> T:
    """Read a YAML file into a typed instrument.

    Raises:
        PipelineError: the file is missing, is no YAML, or lacks a field; names the place.
    """
    name = instrument_type.__name__.lower()
    try:
        _require_small(path, name, code)
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)
        return msgspec.convert(loaded, instrument_type)
    except OSError as error:
        raise PipelineError(
            ErrorCode.MISSING_FILE,
            found=f"{path} ({error.strerror or error})",
            expected=f"a {name} in YAML",
            do=f"check the path given with --{name}, or leave the option out to use the shipped one",
        ) from error
    except (yaml.YAMLError, msgspec.ValidationError, *_ODD_VALUES) as error:
        raise PipelineError(
            code,
            found=f"{path}: {' '.join(str(error).split())[:_LONGEST_REASON]}",
            expected=f"a {name} in the form of the shipped corpus/{name}.yaml",
            do="mend that place and run again",
        ) from error


def _require_small(path: Path, name: str, code: ErrorCode) -> None:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise PipelineError(
            code,
            found=f"{path}: {size:,} bytes",
            expected=f"a {name} of at most {_MOST_BYTES:,} bytes",
            do=f"check that it is a {name}",
        )


def require_unique(ids: list[str], what: str, path: Path, code: ErrorCode) -> None:
    """Refuse an instrument that uses an id twice.

    Raises:
        PipelineError: names the id.
    """
    repeated = sorted(entry for entry, n in Counter(ids).items() if n > 1)
    if repeated:
        raise PipelineError(
            code,
            found=f"{path}: {what} {', '.join(map(repr, repeated))} stands more than once",
            expected=f"a different id for every {what}",
            do="rename or remove one of them",
        )


class _SafeLoader(yaml.SafeLoader):
    """YAML's safe loader; a key given twice in one mapping is an error instead of a silent loss.

    Numbers, dates and words like "yes" stay the text that they are: nobody who writes `id: 1` means a quantity.
    """

    yaml_implicit_resolvers: ClassVar = {  # type: ignore[misc]  # the stubs declare it for instances
        first: [entry for entry in resolvers if entry[0] in {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = Counter(self.construct_object(key, deep=True) for key, _ in node.value)
        key, n = next(iter(keys.most_common(1)), ("", 0))
        if n > 1:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)
