"""The page: one template, one style sheet, one script made of several files that are read in a fixed order.

The script is the same for the server and for the exported file; only where it stores differs (store.js).
"""

import base64
import hashlib
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = ("dom.js", "words.js", "store.js", "passages.js", "quotes.js", "problems.js", "summary.js", "main.js")


@cache
def script() -> str:
    """Return the whole script, in a scope of its own."""
    parts = [(HERE / name).read_text("utf-8") for name in SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


@cache
def style() -> str:
    """Return the style sheet."""
    return (HERE / "style.css").read_text("utf-8")


def served() -> str:
    """Return the page for the server, which loads everything else from there."""
    head = '<link rel="stylesheet" href="style.css">'
    return _filled(head, '<script src="review.js" defer></script>')


def alone(material: str) -> str:
    """Return the page as one file. `material`: JSON that the script reads; it is never executed."""
    inert = material.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    # A line separator is allowed in JSON, but ends a line of script in old browsers.
    inert = inert.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    policy = (
        f"default-src 'none'; script-src '{_hash(script())}'; style-src '{_hash(style())}'; base-uri 'none'; "
        "form-action 'none'"
    )
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{style()}</style>'
    end = f'<script type="application/json" id="material">{inert}</script>\n<script>{script()}</script>'
    return _filled(head, end)


def _filled(head: str, end: str) -> str:
    page = (HERE / "page.html").read_text("utf-8")
    before, _, rest = page.partition("<!-- head -->")
    middle, _, after = rest.partition("<!-- end -->")
    return before + head + middle + end + after


def _hash(content: str) -> str:
    """Return what a content security policy calls an inline element by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
