"""What fields of records hold, as msgspec describes it."""

from msgspec import inspect


def known(kind: inspect.Type) -> inspect.Type:
    """Return the type of a value that is not missing, without its description."""
    if isinstance(kind, inspect.Metadata):
        return known(kind.type)
    if isinstance(kind, inspect.UnionType):
        return known(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
    return kind


def may_be_missing(kind: inspect.Type) -> bool:
    """Tell whether `None` is allowed."""
    bare = kind.type if isinstance(kind, inspect.Metadata) else kind
    return isinstance(bare, inspect.UnionType) and bare.includes_none


def fields(kind: inspect.Type) -> tuple[inspect.Field, ...]:
    """Return the fields of a struct."""
    assert isinstance(kind, inspect.StructType)
    return kind.fields
