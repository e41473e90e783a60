"""A headless Chromium that opens reports, and tells what went wrong in them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

AXE = "CADET_AXE"  # the path of axe.min.js
PATIENCE = 180  # seconds for one script: axe on the longest page of the documentation, beside other load
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
         "--host-resolver-rules=MAP * ~NOTFOUND")  # fmt: skip


class Browser:
    """One page at a time."""

    def __init__(self, driver: Chrome, folder: Path) -> None:
        self.driver = driver
        self._folder = self._page = folder

    def show(self, source: str, width: int = 1280, *, dark: bool = False, height: int = 900) -> None:
        """Open a report."""
        page = self._folder / "report.html"
        page.write_text(source, encoding="utf-8")
        self.open(page, width, dark=dark, height=height)

    def open(self, page: Path, width: int = 1280, *, dark: bool = False, height: int = 900) -> None:
        """Open a file."""
        self._emulate("setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self._emulate("setEmulatedMedia", media="", features=[scheme, still])
        self._page = page
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)  # forgets what the page before said
        self.driver.get(page.as_uri())

    def run(self, script: str, *arguments: object) -> Any:
        """Return what a function body returns."""
        return self.driver.execute_script(script, *arguments)

    def complaints(self) -> list[str]:
        """Return the errors and warnings of the console since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return every address that the page asked for, itself excluded."""
        sent = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        urls = [m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if url != self._page.as_uri()]

    def violations(self) -> list[str]:
        """Return what axe-core calls serious or critical; skips where it is not there."""
        self.run(axe())
        found = self.driver.execute_async_script(
            "axe.run(document).then(arguments[0], e => arguments[0]({error: `${e}`}))"
        )
        assert "error" not in found, found
        return [f"{v['id']}: {v['help']}: {[node['html'][:160] for node in v['nodes'][:4]]}"
                for v in found["violations"] if v["impact"] in ("serious", "critical")]  # fmt: skip

    def _emulate(self, what: str, **parameters: object) -> None:
        self.driver.execute_cdp_cmd(f"Emulation.{what}", parameters)


def axe() -> str:
    """Return the source of axe-core."""
    path = Path(os.environ.get(AXE, ""))
    if not path.is_file():
        pytest.skip(f"no axe-core: npm install axe-core, and name axe.min.js in {AXE}")
    return path.read_text(encoding="utf-8")


def opened(folder: Path) -> Iterator[Browser]:
    """Yield a browser; skips where none is installed."""
    selenium = pytest.importorskip("selenium.webdriver", reason="no selenium: pip install 'cadet[browser]'")
    chromium, chromedriver = (shutil.which(name) for name in ("chromium", "chromedriver"))
    if chromium is None or chromedriver is None:
        pytest.skip("no chromium and chromedriver: apt-get install chromium chromium-driver")
    from selenium.webdriver.chrome.service import Service

    options = selenium.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = selenium.Chrome(options=options, service=Service(chromedriver))
    driver.set_script_timeout(PATIENCE)
    try:
        yield Browser(driver, folder)
    finally:
        driver.quit()
