"""From a dataset to a causal graph: usable columns, tests, FCI, stability, one ADMG, and notes on what was not done."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from cadet.causal.discovery.columns import finite, twins, unusable
from cadet.causal.discovery.entropic import criterion
from cadet.causal.discovery.knowledge import knowledge_of
from cadet.causal.discovery.resolve import Resolved, resolve
from cadet.causal.discovery.stability import stability
from cadet.causal.independence.by_name import MakeTest
from cadet.causal.independence.rows import Rows, averaged, one_per_plot
from cadet.errors import UsageError, nearest
from cadet.model.dataset import Dataset, LeftOut
from cadet.model.graph import PAG, CausalGraph
from cadet.model.knowledge import Knowledge
from cadet.plugins import load, names
from cadet.protocols import Discovery, DiscoveryEngine, Evidence, Progress

ALPHA = 0.05
OURS = "cadet"
SUBSAMPLES = 200  # of our engine, which takes milliseconds; others are resampled only when asked to
MOST_TOLD = 3  # of the marks that contradict others
MAX_CONDITIONING = 4  # tests with more conditions than that have little power at the rows we can afford to measure


def learn(
    dataset: Dataset,
    rng: np.random.Generator,
    *,
    alpha: float = ALPHA,
    subsamples: int | None = None,
    engine: str = OURS,
    test: str = "degenerate-gaussian",
    max_conditioning: int | None = MAX_CONDITIONING,
    also: Knowledge | None = None,
    progress: Progress | None = None,
) -> CausalGraph:
    """Learn the PAG of a dataset, how stable it is, and one ADMG; every variable of the dataset is a node.

    Repetitions are averaged; columns that cannot take part have no edge. `engine` is a name of that kind in
    `cadet.plugins`. Without `subsamples` our engine is resampled 200 times, others not at all. `also` adds tiers,
    forbidden and required edges to what the roles of the variables say. Raises UsageError for an unknown test or engine
    and for knowledge of variables that are not there, CapabilityMissing for an engine that is not installed.
    """
    if test not in names("independence"):
        raise UsageError(f"unknown independence test {test!r}{nearest(test, names('independence'))}")
    make: MakeTest = load("independence", test)
    discover: DiscoveryEngine = load("engine", engine)
    if subsamples is None:
        subsamples = SUBSAMPLES if engine == OURS else 0
    dataset, wild = finite(dataset)
    out = unusable(dataset.frame, dataset.variables, ~dataset.censored)
    usable = _without(dataset, out)
    knowledge, rows = knowledge_of(dataset, also), averaged(usable)
    same = twins(usable.frame, usable.variables)
    if progress is not None:
        progress("learning", 0, 1, f"{len(usable.variables)} variables, {len(rows)} rows")

    def graph_of(some: Rows) -> Discovery:
        evidence = Evidence(usable, some.places, make(usable, some), knowledge, alpha, max_conditioning)
        found = discover(evidence)
        return replace(found, pag=_apart(found.pag, same))

    def relearn(units: npt.NDArray[np.int64]) -> PAG:
        return graph_of(rows.of(units)).pag

    with threadpool_limits(1, user_api="blas"):  # on several threads sums round differently; holds for all subsamples
        learned = graph_of(rows)
        if progress is not None:
            progress("learning", 1, 1, f"{learned.tests} independence tests")
        stable = stability(rows.units, relearn, rng, subsamples=subsamples, progress=progress)
    pag = PAG(dataset.names(), learned.pag.marks)
    entropic = criterion(one_per_plot(rows).places, rng)
    resolved = resolve(pag, knowledge, stable, learned.effects, criterion=entropic, ambiguous=learned.ambiguous)
    notes = (
        *wild,
        *same.values(),
        *_about_columns(out, usable),
        *_about_rows(rows),
        *learned.notes,
        *_about_contradictions(resolved),
        *([] if subsamples else ["nothing was resampled, so how stable the edges are is not known"]),
    )
    return CausalGraph(pag, resolved.admg, stable, resolved.resolutions, notes, learned.ambiguous)


def _without(dataset: Dataset, out: tuple[LeftOut, ...]) -> Dataset:
    gone = {column.column for column in out}
    kept = tuple(v for v in dataset.variables if v.name not in gone)
    return replace(dataset, frame=dataset.frame[[v.name for v in kept]], variables=kept)


def _apart(pag: PAG, pairs: Container[frozenset[str]]) -> PAG:
    """Take the edges between some pairs away."""
    return PAG(pag.nodes, {pair: mark for pair, mark in pag.marks.items() if frozenset(pair) not in pairs})


def _about_contradictions(resolved: Resolved) -> list[str]:
    if resolved.member:
        return []
    lost, more = resolved.given_up[:MOST_TOLD], len(resolved.given_up) - MOST_TOLD
    told = "; ".join(lost) + (f"; and {more} more" if more > 0 else "")
    return [f"no causal graph was found that agrees with all of this{f'; given up: {told}' if told else ''}"]


def _about_columns(out: tuple[LeftOut, ...], usable: Dataset) -> list[str]:
    notes = [f"{column.column} is left out: {column.reason}" for column in out]
    seen = usable.frame.notna().sum()
    runs = len(usable.frame)
    notes += [
        f"{n} was observed in {seen[n]} of {runs} runs; tests use those" for n in usable.names() if seen[n] < runs
    ]
    if usable.censored.any():
        notes.append(f"{usable.censored.sum()} runs reached their time limit; their time enters as at least that")
    return notes


def _about_rows(rows: Rows) -> list[str]:
    notes = [f"repetitions are averaged: {len(rows)} rows of {len(np.unique(rows.configuration))} configurations"]
    if rows.plots is not None:
        notes.append(
            f"the design is crossed: settings that are constant within plots have {len(rows.plots)} independent "
            f"values, not {len(rows)}"
        )
    return notes
