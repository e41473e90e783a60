"""What README and docs show works: every target file in them loads, every link leads somewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from cadet.cli import COMMANDS
from cadet.device.target import from_document

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
_TOML = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
_COMMAND = re.compile(r"(?:^|`|/)cadet ([a-z]+)\b", re.MULTILINE)
_FENCE = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


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


def test_commands_that_are_shown_exist() -> None:
    fences = "\n".join(block for page in PAGES for block in _FENCE.findall(page.read_text(encoding="utf-8")))
    shown = set(_COMMAND.findall(fences))
    assert shown
    assert shown <= set(COMMANDS)


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert not [name for name in COMMANDS if f"cadet {name}" not in page]


def test_the_readme_has_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/cadet demo" in text
    assert "python3 -m venv .venv && .venv/bin/pip install -q '.[test]' && .venv/bin/pytest" in text
