"""What acts only together, drawn: a hexagon between its options and what it acts on, its links dotted."""

from __future__ import annotations

from collections.abc import Sequence

from cadet.model.graph import Mark
from cadet.report import svg
from cadet.report.graph_layout import LINE, SLANT, Box, Point, label
from cadet.report.joint import Joint
from cadet.report.stroke import curve, end


def joint_node(joint: Joint, box: Box) -> str:
    """Draw a hexagon with a line for each option value."""
    tip, middle = SLANT - 5, box.height / 2
    outline = f"M{box.x:.1f} {box.y + middle:.1f}l{tip:g} {-middle:.1f}h{box.width - 2 * tip:.1f}l{tip:g} {middle:.1f}"
    outline += f"l{-tip:g} {middle:.1f}h{2 * tip - box.width:.1f}z"
    first = box.y + middle + 4 - LINE * (len(joint.lines) - 1) / 2
    texts = (svg.text(label(line), box.x + box.width / 2, first + LINE * i, anchor="middle")
             for i, line in enumerate(joint.lines))  # fmt: skip
    return svg.element("g", svg.title(f"{joint.name} (only together)"), svg.element("path", d=outline), *texts,
                       class_="node joint", data_node=joint.name)  # fmt: skip


def joint_link(joint: Joint, pair: tuple[str, str], route: Sequence[Point]) -> str:
    """Draw a link of what acts together: an arrow where it acts, none where an option enters."""
    mark = end(Mark.ARROW if pair[0] == joint.name else Mark.TAIL, route[-1], -1.0)
    d = curve(route)
    return svg.element("g", svg.title(joint.name), svg.element("path", d=d, class_="hit"),
                       svg.element("path", d=d, class_="line"), mark, class_="edge joint", data_a=pair[0],
                       data_b=pair[1])  # fmt: skip
