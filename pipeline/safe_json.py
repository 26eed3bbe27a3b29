"""The one place that decodes JSON of others: whatever is wrong with it is one kind of error.

>>> decode(b'{"a": [1]}', dict)
{'a': [1]}
>>> decode(b"[" * 100_000, list)
Traceback (most recent call last):
    ...
msgspec.DecodeError: values nested too deep
"""

from typing import TypeVar

import msgspec

T = TypeVar("T")


def decode(content: bytes | str, kind: type[T]) -> T:
    """Return the value that JSON stands for.

    Raises:
        msgspec.DecodeError: it is no JSON, nested too deep, or no such value (then `msgspec.ValidationError`).
    """
    return decode_with(msgspec.json.Decoder(kind), content)


def decode_with(decoder: "msgspec.json.Decoder[T]", content: bytes | str) -> T:
    """Do the same with a decoder that is at hand, for many pieces of JSON."""
    try:
        return decoder.decode(content)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"text that is not UTF-8 ({error.reason} at byte {error.start})") from error
    except UnicodeEncodeError as error:
        raise msgspec.DecodeError(f"half a character ({error.reason} at {error.start})") from error
    except RecursionError as error:
        raise msgspec.DecodeError("values nested too deep") from error
