"""How the time grows with the number of variables and of rows."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

from benchmarks.discovery.log import Log

FILE = "growth.svg"
GROWTH_P = (20, 40, 80, 160, 320, 640)
GROWTH_N = (100, 300, 1_000, 3_000, 10_000, 30_000)
SERIES = (("growth skeleton", "cadet"), ("growth fci", "cadet"), ("skeleton", "causal-learn"), ("fci", "causal-learn"),
          ("skeleton", "tetrad"), ("fci", "tetrad"))  # fmt: skip
COLOURS = {"cadet": "#1b6ca8", "causal-learn": "#c8553d", "tetrad": "#588157"}

Point = tuple[int, int, float]


def points(log: Log, part: str, engine: str) -> list[Point]:
    """Return (p, n, median CPU seconds) of the random tables, sorted."""
    seen: dict[tuple[int, int], list[float]] = {}
    for timing in log.of(part, engine=engine):
        size = re.fullmatch(r"p = (\d+), n = (\d+)", timing.table)
        if size and timing.cpu is not None:
            seen.setdefault((int(size[1]), int(size[2])), []).append(timing.cpu)
    return sorted((p, n, median(seconds)) for (p, n), seconds in seen.items())


def draw(log: Log, folder: Path) -> None:
    """Write growth.svg where there is something to draw; matplotlib comes with causal-learn."""
    if not log.of("growth skeleton"):
        return
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "cadet"
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
    for part, engine in SERIES:
        of = points(log, part, engine)
        style = {"color": COLOURS[engine], "marker": "o", "markersize": 4, "label": _label(part, engine)}
        line = "--" if part.endswith("fci") else "-"
        across = [(p, s) for p, n, s in of if n == 1_000]
        panels[0].plot(*zip(*across, strict=True), line, **style) if across else None
        if engine == "cadet":
            panels[1].plot(*zip(*[(n, s) for p, n, s in of if p == 80], strict=True), line, **style)
    for panel, label in zip(panels, ("variables (n = 1,000 rows)", "rows (p = 80 variables)"), strict=True):
        panel.set(xscale="log", yscale="log", xlabel=label)
        panel.grid(which="major", alpha=0.3)
    panels[0].set_xticks(GROWTH_P, [str(p) for p in GROWTH_P])
    panels[0].minorticks_off()
    panels[0].set_ylabel("CPU seconds, one thread")
    panels[0].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    figure.savefig(folder / FILE, metadata={"Date": None})
    plt.close(figure)


def _label(part: str, engine: str) -> str:
    return f"{engine}, {'FCI' if part.endswith('fci') else 'skeleton'}"
