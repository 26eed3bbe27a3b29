r"""E-mail saved as plain text: its head, the lines of others that it quotes, and its signature.

>>> without_mail_marks("From: Ida Lund\nTo: All\nSubject: Re: The bus\n\nYes.\n> Was it late?\n-- \nIda")
('The bus\n\nFrom: Ida Lund\n\nYes.\n\n    Was it late?\n\n', ['To: All', 'Ida'])
"""

import re
from itertools import groupby

_FIELD = re.compile(r"(?P<name>From|To|Cc|Bcc|Date|Sent|Subject|Reply-To|Attachments?): ?(?P<value>.*)")
_KEPT = frozenset({"From", "Date", "Sent"})
_AGAIN = re.compile(r"(?:(?:re|fwd?|aw|wg):\s*)+", re.IGNORECASE)
_QUOTED = re.compile(r"(?:> ?)+")
_SIGNATURE = re.compile(r"-- ?")
_INDENT = " " * 4


def without_mail_marks(text: str) -> tuple[str, list[str]]:
    """Make the subject the title, set off what is quoted from others, and take out addressees and the signature.

    Returns:
        The text, unchanged when it is no e-mail, and the lines that were taken out.

    """
    lines = text.lstrip("\n").split("\n")
    head = [match for line in lines[:12] if (match := _FIELD.fullmatch(line.rstrip()))]
    names = {match["name"] for match in head}
    if not {"From", "Subject"} <= names or [match[0] for match in head] != [
        line.rstrip() for line in lines[: len(head)]
    ]:
        return text, []
    title = next(_AGAIN.sub("", match["value"], count=1) for match in head if match["name"] == "Subject")
    kept = [match[0] for match in head if match["name"] in _KEPT]
    removed = [match[0] for match in head if match["name"] not in {*_KEPT, "Subject"}]
    body, signature = _parted(lines[len(head) :])
    removed += [line.strip() for line in signature if line.strip()]
    return "\n".join([title, "", *kept, *_set_off(body)]), removed


def _parted(lines: list[str]) -> tuple[list[str], list[str]]:
    """Part the body from the signature below the last line of two hyphens, unless others are quoted below it."""
    at = max((i for i, line in enumerate(lines) if _SIGNATURE.fullmatch(line)), default=len(lines))
    if any(_QUOTED.match(line) for line in lines[at:]):
        return lines, []
    return lines[:at] + [""] * (at < len(lines)), lines[at + 1 :]


def _set_off(lines: list[str]) -> list[str]:
    found: list[str] = []
    for quoted, run in groupby(lines, lambda line: line.startswith(">")):
        own = list(run)
        found += ["", *(_INDENT + _QUOTED.sub("", line, count=1) for line in own), ""] if quoted else own
    return [line.rstrip() for line in found]
