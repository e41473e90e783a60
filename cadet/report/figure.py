"""A chart as a picture: fluid in width for a page (places are percentages), or a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from cadet.report import palette, svg

HEIGHT = 230.0  # of the plot alone, in pixels
RIM = 16.0  # room above and below for marks of runs without a value
WIDTH = 860.0  # of a file
_RULER = 64.0  # width of the axis in a file
_EDGE = 18.0
_LINE = 22.0
_LETTER = 6.6
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Key:
    """An entry of a legend: a drawing of at most 34 x 16 pixels, and what it stands for."""

    drawing: str
    says: str


@dataclass(frozen=True)
class Figure:
    """A drawn chart. `plot` and `ruler` are markup whose horizontal places are percentages, `says` is its text.

    name: of the file. footer: the name of the horizontal axis, where it has one.
    """

    name: str
    title: str
    axis_name: str
    says: str
    ruler: str
    plot: str
    keys: tuple[Key, ...] = ()
    footer: str = ""
    height: float = HEIGHT


def fluid(figure: Figure) -> str:
    """Return the chart for a page: the axis has a fixed width, the plot takes the rest."""
    ruler = svg.element("svg", figure.ruler, class_="ruler", width="100%", height=figure.height, aria_hidden="true")
    plot = svg.element("svg", figure.plot, class_="plot", role="img", aria_label=figure.says, width="100%",
                       height=figure.height)  # fmt: skip
    footer = svg.element("p", escape(figure.footer), class_="axis-name below") if figure.footer else ""
    name = svg.element("p", escape(figure.axis_name), class_="axis-name")
    return f'<div class="chart">{name}{ruler}{plot}{footer}</div>{legend(figure.keys)}'


def legend(keys: Sequence[Key]) -> str:
    """Return the legend of a chart for a page."""
    items = (f'<li><svg width="34" height="16" aria-hidden="true">{k.drawing}</svg>{escape(k.says)}</li>' for k in keys)
    return f'<ul class="legend" aria-label="legend">{"".join(items)}</ul>' if keys else ""


def standalone(figure: Figure) -> str:
    """Return the chart as an SVG file with its title, axis names and legend, in light colours."""
    plot_width, top = WIDTH - _RULER - 3 * _EDGE, 3 * _LINE
    below = top + figure.height + (_LINE if figure.footer else 4)
    rows = _rows(figure.keys)
    parts = [
        svg.text(figure.title, _EDGE, 28, "figure-title"),
        svg.text(figure.axis_name, _EDGE, 50, "tick"),
        svg.element("svg", figure.ruler, x=_EDGE, y=top, width=_RULER, height=figure.height),
        svg.element("svg", figure.plot, x=_EDGE + _RULER + 8, y=top, width=plot_width, height=figure.height,
                    overflow="visible"),
        svg.text(figure.footer, WIDTH - _EDGE, below - 2, "tick", "end") if figure.footer else "",
        *(_entry(key, x, below + 14 + row * _LINE) for row, entries in enumerate(rows) for x, key in entries),
    ]  # fmt: skip
    return document("".join(parts), WIDTH, below + 16 + len(rows) * _LINE)


def document(inside: str, width: float, height: float) -> str:
    """Return markup as an SVG file on a white ground, with the style sheet of the charts in it."""
    style = f"text {{ font-family: {_FONT}; }} {palette.resolved(stylesheet())}"
    ground = svg.element("rect", width="100%", height="100%", class_="ground")
    return svg.element("svg", f"<style>{style}</style>", ground, inside, xmlns="http://www.w3.org/2000/svg",
                       width=width, height=height, viewBox=f"0 0 {width:g} {height:g}", font_family=_FONT)  # fmt: skip


def stylesheet() -> str:
    """Return the style of what is inside a chart; colours are `var(--name)` of the palette."""
    return files("cadet.report").joinpath("templates/chart.css").read_text(encoding="utf-8")


def _rows(keys: Sequence[Key]) -> list[list[tuple[float, Key]]]:
    """Return the legend in rows of (x, entry) that fit the width."""
    rows: list[list[tuple[float, Key]]] = []
    x = WIDTH
    for key in keys:
        width = 40 + _LETTER * len(key.says) + 18
        if x + width > WIDTH - _EDGE:
            rows.append([])
            x = _EDGE
        rows[-1].append((x, key))
        x += width
    return rows


def _entry(key: Key, x: float, y: float) -> str:
    drawing = svg.element("g", key.drawing, transform=f"translate({x:g} {y - 12:g})")
    return drawing + svg.text(key.says, x + 40, y, "tick")
