"""A causal path drawn in text: `journal_mode ─0.92 sd, 97 %─▶ block_rq_issue ─▶ latency`; values that act together."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from cadet.report.edge_evidence import Step

SURE = 0.5  # stability below which an arrow is drawn dotted


def drawn(steps: Sequence[Step]) -> Text:
    """Return the path with the strength and the stability of each arrow, breakable after every arrow."""
    line = Text(steps[0].a if steps else "", style="bold")
    for place, step in enumerate(steps, 1):
        shaft = "╌" if not step.found or (step.stability is not None and step.stability < SURE) else "─"
        told = (
            step.numbers.replace(" · ", ", ")
            .replace(" %", "\N{NO-BREAK SPACE}%")
            .replace(" sd", "\N{NO-BREAK SPACE}sd")
        )
        line.append(f" {shaft}{told}{shaft}▶ " if told else f" {shaft}{shaft}▶ ", style="dim")
        line.append(step.b, style="bold" if place == len(steps) else "cyan")
    return line


def bracket(lines: Sequence[str], into: Sequence[str]) -> Text:
    """Return option values that act only together, one below the other, joined by a bracket into what they act on."""
    wide = max(map(len, lines))
    drawing = Text()
    for place, line in enumerate(lines):
        corner = "┐" if place == 0 else "┤" if place < len(lines) - 1 else "┴"
        drawing.append(line, style="bold").append(f" {'╌' * (wide - len(line) + 1)}{corner}", style="dim")
        drawing.append("\n" if place < len(lines) - 1 else "")
    return drawing.append("▶ ", style="dim").append(", ".join(into), style="cyan")
