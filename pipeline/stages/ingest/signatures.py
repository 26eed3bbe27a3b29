"""What a file really is, by the bytes with which it begins, where its name says otherwise.

>>> true_ending(b"%PDF-1.7"), true_ending(b"The group met."), fits(".pdf", ".txt"), fits(".html", ".htm")
('.pdf', None, False, True)
"""

import re

_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_ZIP = b"PK\x03\x04"
_OPENS_WITH = {b"%PDF-": ".pdf", b"{\\rtf": ".rtf", bytes.fromhex("d0cf11e0a1b11ae1"): ".doc"}
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HEAD = 4096  # bytes
_SAME = ({".html", ".htm", ".xhtml"}, {".txt", ".text", ".md", ".markdown", ".vtt", ".srt"})
_NAMES = {
    ".pdf": "a PDF",
    ".rtf": "a document in Rich Text Format (RTF)",
    ".doc": "an old Word or other Office file",
    ".docx": "a Word document (DOCX)",
    ".html": "a web page (HTML)",
}


def true_ending(content: bytes) -> str | None:
    """Return the ending that fits the content; `None`: it shows no sign of another format than text."""
    head = content[:_HEAD]
    for mark in _MARKS:
        head = head.removeprefix(mark)
    for signature, ending in _OPENS_WITH.items():
        if head.startswith(signature):
            return ending
    if head.startswith(_ZIP):
        return ".docx" if b"word/document" in content else None
    return ".html" if _HTML.match(head.replace(b"\x00", b"")) else None


def fits(ending: str, name_ends_in: str) -> bool:
    """Tell whether a file of one format may have this ending; Office files with a password begin as old ones do."""
    return (
        ending == name_ends_in or any({ending, name_ends_in} <= same for same in _SAME) or _locked(ending, name_ends_in)
    )


def _locked(ending: str, name_ends_in: str) -> bool:
    return (ending, name_ends_in) == (".doc", ".docx")


def name_of(ending: str) -> str:
    """Return the format in words."""
    return _NAMES[ending]
