"""Compares what two runs were made with: version, settings, models, instruments."""

from collections.abc import Callable, Mapping

import msgspec

from pipeline.diff.changes import Difference
from pipeline.manifest import Manifest

SHORT = 12
"""Digits of a hash that are shown."""


def differences(a: Manifest, b: Manifest, models: tuple[Mapping[str, str], Mapping[str, str]]) -> list[Difference]:
    """Return what differs, the version first.

    Args:
        a: the manifest of the first run.
        b: that of the second.
        models: of each, the names of the models that its records give, by the kind of record.
    """
    pairs = {
        "version": (a.version, b.version),
        "schema version": (str(a.schema_version), str(b.schema_version)),
        **_each(msgspec.to_builtins(a.settings), msgspec.to_builtins(b.settings), str),
        **_each(a.models, b.models, lambda value: str(value)[:SHORT]),
        **_each(*models, str),
    }
    return [
        Difference(name=name.replace("_", " "), a=one, b=other) for name, (one, other) in pairs.items() if one != other
    ]


def _each(
    a: Mapping[str, object], b: Mapping[str, object], shown: Callable[[object], str]
) -> dict[str, tuple[str, str]]:
    def said(side: Mapping[str, object], name: str) -> str:
        return shown(side[name]) if name in side else "none"

    return {name: (said(a, name), said(b, name)) for name in (*a, *(name for name in b if name not in a))}
