"""The documentation names what there is, and no more."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import click
import pytest

from pipeline.cli import COMMANDS, main
from pipeline.config import HOME
from pipeline.stages import STAGES
from pipeline.version import __version__

GENERATED = {".git", ".venv", "outputs", "build", "dist", "__pycache__"}
HOSTS = ("pypi" + ".org", "files." + "pythonhosted")


def read(name: str) -> str:
    return (HOME / name).read_text(encoding="utf-8")


def options() -> list[tuple[str, str]]:
    """Every command with each of its options and arguments, as a user writes them."""
    context = click.Context(main)
    found = []
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        under = command.commands.values() if isinstance(command, click.Group) else ()
        for parameter in chain(command.params, *(kind.params for kind in under)):
            names = [max(parameter.opts, key=len)] if parameter.opts else []
            found += [(name, word) for word in names if word.startswith("--")]
    return found


def make_targets() -> set[str]:
    text = read("Makefile")
    named = re.search(r"^STAGES := (.*)$", text, re.MULTILINE)
    assert named
    return {*named[1].split(), *re.findall(r"^([a-z]+):", text, re.MULTILINE)}


def fenced(text: str) -> list[str]:
    """The lines of a page's code blocks that call pop or make."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line for line in lines if re.match(r"(\S*/)?(pop|make) ", line)]


def files() -> list[Path]:
    found = []
    for path in HOME.rglob("*"):
        parts = path.relative_to(HOME).parts
        ours = not GENERATED & set(parts) and not any(part.endswith(("_cache", ".egg-info")) for part in parts)
        if ours and ".hypothesis" not in parts and path.is_file():
            found.append(path)
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_manual(command: str) -> None:
    assert re.search(rf"\bpop {command}\b", read("docs/commands.md"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_in_the_manual(command: str) -> None:
    manual = read("docs/commands.md")
    own = [option for name, option in options() if name == command]
    assert [option for option in own if not re.search(rf"{option}(?![\w-])", manual)] == []


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    names = [re.split(r"[<>=!~\[; ]", line)[0] for line in project["dependencies"]]
    explained = read("docs/dependencies.md").lower()
    assert len(names) > 10
    assert [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", explained)] == []


def test_one_word_travels() -> None:
    for stage in STAGES:
        assert any((HOME / "pipeline" / "stages" / name).is_file() for name in (f"{stage}.py", f"{stage}/__init__.py"))
        assert stage in COMMANDS
        assert stage in make_targets()
        assert list((HOME / "tests").glob(f"test_{stage}*.py")), f"no test file for {stage}"
    named = re.search(r"^STAGES := (.*)$", read("Makefile"), re.MULTILINE)
    assert named
    assert named[1].split() == list(STAGES)


def test_no_module_of_stages_is_no_stage() -> None:
    folder = HOME / "pipeline" / "stages"
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert modules - {"__init__"} == set(STAGES)


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in sorted((HOME / "docs").glob("*.md")))])
def test_the_commands_of_a_page_exist(page: str) -> None:
    known_options = set(chain.from_iterable(options())) | {"--help", "--version"}
    for line in fenced(read(page)):
        program, _, rest = line.partition(" ")
        words = rest.split("#")[0].split()
        if program.endswith("make"):
            targets = [word for word in words if "=" not in word and not word.startswith("-")]
            assert set(targets) <= make_targets(), line
        elif words and not words[0].startswith("-"):
            assert words[0] in COMMANDS, line
            used = {word.split("=")[0] for word in words[1:] if word.startswith("--")}
            assert used <= known_options, line


def test_the_readme_shows_commands() -> None:
    shown = fenced(read("README.md"))
    assert any("make all" in line for line in shown)
    assert any(re.match(r"(\S*/)?pop ", line) for line in shown)


def test_no_registry_is_named_anywhere() -> None:
    found = files()
    assert HOME / "pyproject.toml" in found
    for path in found:
        content = path.read_bytes()
        assert not any(host.encode() in content for host in HOSTS), path


def test_the_changelog_tells_of_this_version() -> None:
    assert re.search(rf"^## .*\b{re.escape(__version__)}\b", read("CHANGELOG.md"), re.MULTILINE)
