"""What README and docs show works: every target file in them loads, every link leads somewhere."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from cadet.cli import COMMANDS, cli
from cadet.device.target import from_document

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent


def _written(folder: Path) -> list[Path]:
    """Every page that somebody wrote, without those that building the site makes."""
    return [page for page in folder.rglob("*.md") if "_generated" not in page.parts]


PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *_written(ROOT / "docs")])
_TOML = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
_FENCE = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


COMMAND_LINES = sorted(
    {
        line[line.index("cadet ") :]
        for page in PAGES
        for block in _FENCE.findall(page.read_text(encoding="utf-8"))
        for line in block.splitlines()
        if re.search(r"(^|/)cadet [a-z]", line)
    }
)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def examples() -> list[tuple[str, str]]:
    """Every target file that a page shows; fragments of one are marked by the absence of `cadet = 1`."""
    shown = ((named(page), text) for page in PAGES for text in _TOML.findall(page.read_text(encoding="utf-8")))
    return [(page, text) for page, text in shown if re.search(r"^cadet = 1", text, re.MULTILINE)]


def test_the_readme_shows_a_target_file() -> None:
    assert "README.md" in {page for page, _ in examples()}


@pytest.mark.parametrize(("page", "text"), examples())
def test_every_target_file_that_is_shown_loads(page: str, text: str, tmp_path: Path) -> None:
    target = from_document(tomllib.loads(text), tmp_path)
    assert target.objectives


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_fragments_are_toml(page: Path) -> None:
    for text in _TOML.findall(page.read_text(encoding="utf-8")):
        tomllib.loads(text)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_command_lines_that_are_shown_are_understood(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, line
        command = found
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"} <= known


def test_options_of_debug_are_documented_as_they_are() -> None:
    debug = cli.get_command(click.Context(cli), "debug")
    assert debug is not None
    known = {name for parameter in debug.params for name in parameter.opts}
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = page.partition("## Arguments of `cadet debug`")[2].partition("\n## ")[0]
    shown = {name for row in section.splitlines() for name in re.findall(r"`(--[a-z-]+)", row.partition(" | ")[0])}
    assert shown
    assert shown <= known


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert not [name for name in COMMANDS if f"cadet {name}" not in page]


def test_the_readme_has_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/cadet demo" in text
    assert "python3 -m venv .venv && .venv/bin/pip install -q '.[test]' && .venv/bin/pytest" in text
