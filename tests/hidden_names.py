"""Names hidden in files of every kind, in several spellings: what the scan of exports must find."""

import json
import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pandas as pd
import pyreadstat
from openpyxl import Workbook

from pipeline.privacy.forms import forms_of
from pipeline.privacy.leaks import Watch, leaks_in
from pipeline.privacy.words import phrase

ROSTER = {
    "Ida Lundqvist": "person",
    "Renée Ofori-Castellanos": "person",
    "José de la Peña": "person",
    "Grace Wood": "person",
    "Kestrel Hollow Middle School": "school",
    "Upper Tarn Unified School District": "district",
    "Wexcombe": "site",
    "Sandling Institute": "site",
}


def _entities(name: str) -> str:
    return "".join(char if char.isascii() else f"&#{ord(char)};" for char in name)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "capitals": str.upper,
    "small letters": str.lower,
    "without accents": lambda name: name.translate(str.maketrans("éñ", "en")),
    "accents apart": lambda name: name.replace("é", "e\u0301").replace("ñ", "n\u0303"),
    "possessive": lambda name: f"{name}’s",
    "over two lines": lambda name: name.replace(" ", "\n", 1),
    "broken word": lambda name: f"{name[:4]}-\n{name[4:]}" if name[3:5].isalpha() else name,
    "hard spaces": lambda name: name.replace(" ", "\u00a0"),
    "hard hyphen": lambda name: name.replace("-", "\u2011"),
    "soft hyphen": lambda name: f"{name[:2]}\u00ad{name[2:]}",
    "underscores": lambda name: name.replace(" ", "_"),
    "last word": lambda name: (
        name.removesuffix(" School District").removesuffix(" Middle School").split()[-1]
        if name in {"Ida Lundqvist", "Wexcombe"}
        else name
    ),
    "surname first": lambda name: f"{name.split()[-1]}, {name.split()[0]}" if ROSTER[name] == "person" else name,
}


def _sheet(path: Path, words: str) -> None:
    book = Workbook()
    book.active["B3"] = words
    book.save(path)


def _properties(path: Path, words: str) -> None:
    book = Workbook()
    book.properties.creator = words
    book.save(path)


def _zip(path: Path, words: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", f"<?xml version='1.0'?><Project><Note>{_escaped(words)}</Note></Project>")


def _document(path: Path, words: str) -> None:
    """Write what matters of a DOCX: a name whose letters are parted by runs."""
    first, rest = (f"<w:r><w:t>{_escaped(part)}</w:t></w:r>" for part in (words[:2], words[2:]))
    rest = rest.replace("\n", "</w:t><w:br/><w:t>")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document><w:p>{first}{rest}</w:p></w:document>")


def _frame(words: str) -> pd.DataFrame:
    return pd.DataFrame({"n": [1, 2], "text": ["nothing", f"so said {words} then"]})


def _statistics(path: Path, words: str) -> None:
    write = pyreadstat.write_sav if path.suffix == ".sav" else pyreadstat.write_dta
    write(_frame(words), str(path))


def _database(path: Path, words: str) -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE quotes (id INTEGER, text TEXT)")
    connection.execute("INSERT INTO quotes VALUES (1, ?)", [f"so said {words}"])
    connection.commit()
    connection.close()


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")


def _text(template: str) -> Callable[[Path, str], None]:
    return lambda path, words: path.write_text(template.replace("NAME", words), encoding="utf-8") and None


FILES: dict[str, Callable[[Path, str], None]] = {
    "a.txt": _text("Then NAME spoke.\n"),
    "a.md": _text("# About **NAME**\n"),
    "a.csv": _text('id,text\r\n1,"then NAME spoke"\r\n'),
    "a.jsonl": lambda path, words: path.write_text(json.dumps({"id": 1, "deep": [{"text": words}]}) + "\n") and None,
    "a.json": lambda path, words: path.write_text(json.dumps({"a": {words: 1}})) and None,
    "a.html": lambda path, words: path.write_text(f"<p>so <b>{_entities(words)}</b> spoke</p>", "utf-8") and None,
    "attribute.html": lambda path, words: path.write_text(f'<a title="{words}">x</a>', "utf-8") and None,
    "comment.html": lambda path, words: path.write_text(f"<p>x</p><!-- by {words} -->", "utf-8") and None,
    "tags.html": lambda path, words: path.write_text(f"<p>{words[:3]}<b>{words[3:]}</b></p>", "utf-8") and None,
    "script.html": lambda path, words: (
        path.write_text(f'<script type="application/json">{json.dumps([words])}</script>') and None
    ),
    "a.xml": _text("<a><b>NAME</b></a>"),
    "a.qdc": _text("<CodeBook><Codes><Code name='NAME'/></Codes></CodeBook>"),
    "a.bib": _text("@misc{x, note = {said NAME}}\n"),
    "a.xlsx": _sheet,
    "properties.xlsx": _properties,
    "a.qdpx": _zip,
    "a.docx": _document,
    "a.parquet": lambda path, words: _frame(words).to_parquet(path),
    "a.sav": _statistics,
    "a.dta": _statistics,
    "a.db": _database,
}


def missed(folder: Path, kind: str, spelling: str, watch: Watch) -> list[str]:
    """Write all names in one spelling to a file of a kind, and return those that the scan does not find."""
    path = folder / kind
    FILES[kind](path, " met ".join(map(SPELLINGS[spelling], ROSTER)))
    found = {word for leak in leaks_in(path, watch, masked=False) for word in phrase(leak.shown)}
    return [
        name for name in ROSTER if not found & {word for form in forms_of(name, ROSTER[name]) for word in phrase(form)}
    ]


def roster(folder: Path) -> Path:
    """Write the roster of these names."""
    path = folder / "roster.csv"
    path.write_text("name,kind\n" + "".join(f"{name},{kind}\n" for name, kind in ROSTER.items()), encoding="utf-8")
    return path


def main() -> None:
    """Print for each kind of file how many of the names hidden in it are found."""
    found = hidden = 0
    with tempfile.TemporaryDirectory() as name:
        watch = Watch.of(roster(Path(name)), None)
        for kind in FILES:
            lost = [one for spelling in SPELLINGS for one in missed(Path(name), kind, spelling, watch)]
            n = len(SPELLINGS) * len(ROSTER)
            found, hidden = found + n - len(lost), hidden + n
            sys.stdout.write(f"{kind:<16} {n - len(lost):>4} found of {n} hidden\n")
    sys.stdout.write(f"{'all':<16} {found:>4} found of {hidden} hidden\n")


if __name__ == "__main__":
    main()
