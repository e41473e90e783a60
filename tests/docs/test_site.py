"""The documentation as a site: every page in a browser, wide and narrow, light and dark."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report.browser import Browser, axe, opened

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[2] / "docs"
WIDE, NARROW = 1280, 390


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    yield from opened(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx", reason="no sphinx: pip install 'cadet[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-d", str(folder / "doctrees"), "-b", "html", str(DOCS)]
    subprocess.run([*command, str(folder / "html")], check=True)
    return folder / "html"


def pages(site: Path) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    assert len(found) > 40
    return found


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_page_is_quiet_asks_for_nothing_and_cuts_nothing(browser: Browser, site: Path, width: int) -> None:
    wrong: list[object] = []
    for page in pages(site):
        browser.open(page, width)
        browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        over = browser.run("const root = document.documentElement; return root.scrollWidth - root.clientWidth")
        asked = [url for url in browser.requests() if not url.startswith((site.as_uri(), "data:"))]
        said = browser.complaints()
        wrong += [(page.relative_to(site), over, asked, said)] if over or asked or said else []
    assert wrong == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_axe_finds_nothing_serious_on_any_page(browser: Browser, site: Path, width: int, dark: bool) -> None:
    axe()
    wrong = {}
    for page in pages(site):
        browser.open(page, width, dark=dark)
        if found := browser.violations():
            wrong[str(page.relative_to(site))] = found
    assert wrong == {}
