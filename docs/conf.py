"""The documentation as a site: `sphinx-build -W -b html docs OUT`. Nothing in it is loaded from the network."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import generated  # noqa: E402  (the module beside this file)

project = "CADET"
author = "the CADET authors"
release = version = next(
    line.split('"')[1]
    for line in (HERE.parent / "pyproject.toml").read_text().splitlines()
    if line.startswith("version = ")
)
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
nitpicky = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

autosummary_generate = True
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = f"CADET {release}"
html_static_path = ["_static"]
html_extra_path = [generated.BESIDE]
html_css_files = ["wide.css"]
html_js_files = ["keyboard.js"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
smartquotes = False  # `--fresh` in a help text is no dash


_PAGE = re.compile(r"\[([^\]]*)\]\(((?:\.\./)+[^)#\s]+\.md)(#[^)]*)?\)")


def inside(app: object, name: str, source: list[str]) -> None:
    """Let links to pages beside the documentation lead to their copies in the site; others stay text."""
    folder = (HERE / name).parent
    source[0] = _PAGE.sub(lambda m: _within(folder, *m.groups("")), source[0])


def _within(folder: Path, text: str, link: str, anchor: str) -> str:
    page = (folder / link).resolve()
    if page.is_relative_to(HERE):
        return f"[{text}]({link}{anchor})"
    copy = generated.copy_of(page.relative_to(HERE.parent))
    return f"[{text}]({os.path.relpath(HERE / copy, folder)}{anchor})" if copy else text


def setup(app: Any) -> None:
    """Write the generated pages before the sources are read."""
    generated.write(HERE)
    app.connect("source-read", inside)
