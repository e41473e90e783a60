"""Every chart of a report as a file: SVG text by name, and PNG where the converter is installed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cadet.errors import CapabilityMissing
from cadet.protocols import Story
from cadet.report import chart, evidence, graph_chart, graph_view, quality, tradeoff
from cadet.report.cause_chart import cause_charts
from cadet.report.figure import Figure, standalone
from cadet.report.tradeoff_chart import tradeoff_chart

ZOOM = 2  # pixels of a PNG for each unit of the SVG
_UNFIT = re.compile(r"[^\w.=-]+")
_LONGEST = 80


def charts(story: Story) -> tuple[Figure, ...]:
    """Return the charts of a story besides its graph, in the order of the report."""
    return (
        *cause_charts(story),
        *map(chart.proof_chart, evidence.proofs(story)),
        *map(chart.search_chart, evidence.searches(story)),
        *map(tradeoff_chart, tradeoff.tradeoffs(story)),
        *map(chart.repetitions_chart, quality.repetitions(story)),
    )


def figures(story: Story) -> Mapping[str, str]:
    """Return every chart as an SVG file, by a name that is fit for a file."""
    drawn = {_name(figure.name): standalone(figure) for figure in charts(story)}
    view = graph_view.view(story)
    if view is None or not view.edges:
        return drawn
    part = graph_view.relevant(view, story)
    return drawn | {"graph": graph_chart.graph_file(part), "graph-everything": graph_chart.graph_file(view)}


def png(drawing: str) -> bytes:
    """Return an SVG file as PNG; raises CapabilityMissing where the converter is not installed."""
    try:
        from resvg_py import svg_to_bytes
    except ModuleNotFoundError:
        raise CapabilityMissing("PNG files need resvg-py", remedy="pip install 'cadet[figures]'") from None
    return bytes(svg_to_bytes(svg_string=drawing, zoom=ZOOM))


def _name(label: str) -> str:
    return _UNFIT.sub("-", label).strip("-.")[:_LONGEST]
