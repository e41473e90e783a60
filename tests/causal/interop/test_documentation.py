"""The page on graphs shows what really happens."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from cadet.causal import interop
from cadet.plugins import names

PAGE = Path(__file__).parents[3] / "docs" / "graphs.md"


def test_what_the_page_shows_happens() -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    examples = doctest.DocTestParser().get_doctest(shown, {}, PAGE.name, str(PAGE), 0)
    ended = doctest.DocTestRunner().run(examples)
    assert ended.attempted > 10 and ended.failed == 0


def test_every_format_and_every_engine_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert not [name for name in (*interop.__all__, *names("engine")) if f"`{name}`" not in text]
