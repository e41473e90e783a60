"""A causal path drawn in text: `journal_mode ─0.92 sd, 97 %─▶ block_rq_issue ─▶ latency`."""

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
