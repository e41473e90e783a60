"""Charts as files: each stands alone, none is missing, and a missing converter is named with its remedy."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import pytest

from cadet.errors import CapabilityMissing
from cadet.report.figures import figures, png
from cadet.report.html import html
from tests.report import stories


@pytest.mark.parametrize("name", sorted(stories.EVERY))
def test_every_figure_is_an_svg_file_of_its_own(name: str) -> None:
    for file, drawing in figures(stories.EVERY[name]()).items():
        root = ElementTree.fromstring(drawing)
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and float(root.attrib["height"]) > 50
        assert "var(" not in drawing and "nan" not in drawing.lower().replace("nanosecond", "")
        assert file and all(c.isalnum() or c in "._=-" for c in file)


def test_every_chart_of_the_page_is_a_file() -> None:
    story = stories.several_objectives()
    drawn = figures(story)
    assert len([n for n in drawn if n.startswith(("proof", "search", "tradeoff", "repetitions"))]) == html(story).count(
        '<div class="chart">'
    )
    assert {"graph", "graph-everything"} <= set(drawn)
    assert {"ablation-latency", "effect-latency"} <= set(figures(stories.story()))


def test_a_png_has_twice_the_size_of_its_drawing() -> None:
    drawing = figures(stories.story())["proof-latency"]
    picture = png(drawing)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 2 * float(ElementTree.fromstring(drawing).attrib["width"])


def test_a_missing_converter_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(CapabilityMissing, match=r"resvg-py.*pip install 'cadet\[figures\]'"):
        png("<svg/>")
