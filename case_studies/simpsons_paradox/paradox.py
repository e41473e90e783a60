"""More memory, slower frames? The association, the graph, the effect once the graph is heeded: python paradox.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from cadet.causal.effects import Identification, identify, minimal_adjustment_set, slope
from cadet.causal.interop import to_text
from cadet.model.effect import Estimate
from cadet.model.graph import CausalGraph
from cadet.report.association import Association, columns
from cadet.study import Study

HERE = Path(__file__).parent
CAUSE, EFFECT = "memory_growth", "latency"
SUBSAMPLES = 20  # how stable the edges are is not the point here


@dataclass(frozen=True)
class Paradox:
    """What the table shows, what the graph says, and what follows; slopes are seconds per whole GPU memory."""

    association: Association
    unadjusted: Estimate
    graph: CausalGraph
    identified: Identification
    adjustment: frozenset[str]
    adjusted: Estimate


def paradox(table: Path = HERE / "measurements.csv", *, seed: int = 1) -> Paradox:
    """Import a table into a study of its own, learn the graph from it, and estimate the effect with and without it."""
    with TemporaryDirectory() as folder, Study.create(HERE / "target.toml", Path(folder) / "study.db") as study:
        study.import_table(table).learn(seed=seed, subsamples=SUBSAMPLES)
        data, graph = study.dataset, study.graph
    seen = columns(data).association(CAUSE, EFFECT)
    assert seen is not None
    adjustment = minimal_adjustment_set(graph.admg, CAUSE, EFFECT)
    numbers = {name: np.asarray(data.frame[name], float) for name in data.names()}
    return Paradox(
        association=seen,
        unadjusted=slope(numbers, CAUSE, EFFECT, ()),
        graph=graph,
        identified=identify(graph.admg, CAUSE, EFFECT),
        adjustment=adjustment,
        adjusted=slope(numbers, CAUSE, EFFECT, adjustment),
    )


def within(table: pd.DataFrame, swap: int) -> Estimate:
    """Return the slope among the boards with this much swap."""
    some = table[table.swap_gb == swap]
    return slope({name: some[name] for name in (CAUSE, EFFECT)}, CAUSE, EFFECT, ())


def main() -> None:
    """Tell the story."""
    found, table = paradox(), pd.read_csv(HERE / "measurements.csv")
    print(f"{found.association.kind} of {CAUSE} and {EFFECT}: {_told(found.association.value, 1, '')}")
    print(f"slope, nothing held:         {_ms(found.unadjusted)}")
    for swap in sorted(table.swap_gb.unique()):
        print(f"slope with {swap} GiB of swap:    {_ms(within(table, swap))}")
    print(f"\n{to_text(found.graph.pag)}\n\n{found.identified}")
    print(f"slope, {', '.join(sorted(found.adjustment))} held:         {_ms(found.adjusted)}")


def _ms(slope_s: Estimate) -> str:
    return _told(slope_s, 1000, " ms per whole memory")


def _told(value: Estimate, scale: float, unit: str) -> str:
    assert value.estimate is not None and value.low is not None and value.high is not None
    return f"{scale * value.estimate:+.3g} ({scale * value.low:+.3g} to {scale * value.high:+.3g}){unit}"


if __name__ == "__main__":
    main()
