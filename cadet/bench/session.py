"""One session: a strategy debugs one case, and its claim is scored."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cadet.bench.baselines.by_name import named
from cadet.bench.case import Case
from cadet.bench.counting import NOTHING, Counting
from cadet.bench.plan import Cell, case_of
from cadet.bench.results import Record
from cadet.bench.score import score
from cadet.bench.strategy import Claim, Strategy
from cadet.errors import CadetError, CapabilityMissing


def records_of(cell: Cell, strategies: Sequence[str]) -> list[Record]:
    """Return one record for each strategy; none where the device has no such fault."""
    case = case_of(cell.system, cell.goal, cell.fault, cell.split)
    if case is None:
        return [{"key": cell.key(s), "absent": True} for s in strategies]
    return [_record(cell, case, name) for name in strategies]


def _record(cell: Cell, case: Case, name: str) -> Record:
    strategy = named(name)
    inner = case.oracle.laboratory(np.random.default_rng([*cell.entropy, 1]), cell.repeats)
    laboratory = Counting(inner, case.question, case.earlier)
    began = time.process_time()
    claim, error = _claim(strategy, laboratory, case, np.random.default_rng(cell.entropy))
    seconds = time.process_time() - began
    space = case.oracle.space
    return {
        "key": cell.key(name),
        "strategy": name,
        "family": cell.system.label,
        "system": case.oracle.name,
        "goal": cell.goal,
        "case": case.name,
        "seed": cell.seed,
        "options": len(space.options),
        "events": _events(case),
        "error": error,
        "seconds": seconds,
        **score(case, claim, laboratory),
    }


def _claim(strategy: Strategy, laboratory: Counting, case: Case, rng: np.random.Generator) -> tuple[Claim, str | None]:
    """Return the claim; a strategy that fails has claimed nothing, and the record says why.

    Raises CapabilityMissing: what is not installed has not failed.
    """
    try:
        return strategy(laboratory, case.question, rng), None
    except CapabilityMissing:
        raise
    except (CadetError, ArithmeticError, LookupError, ValueError, RuntimeError) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return NOTHING, f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"


def _events(case: Case) -> int | None:
    """Return how many events are recorded, where the graph is known."""
    graph, space = case.oracle.graph, case.oracle.space
    others = len(space.options) + len(space.context) + len(case.oracle.objectives)
    return len(graph.nodes) - others if graph else None
