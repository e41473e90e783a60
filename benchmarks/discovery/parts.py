"""The parts of the benchmark; each writes to the log and can be asked for by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.discovery.engines import Answer, Cadet, Caps, CausalLearn, Engine, timed
from benchmarks.discovery.log import Log, Timing
from benchmarks.discovery.plots import GROWTH_N, GROWTH_P
from benchmarks.discovery.race import Race
from benchmarks.discovery.tables import Table, board, random_table
from benchmarks.discovery.tetrad import Tetrad

ROWS = 1_000
LARGE = (500, 2_000)
SUBSAMPLED = 80
SUBSAMPLES = 200
HUGE = (1_000, 2_000)
DENSITIES = (2.0, 3.0, 4.0, 5.0)  # mean neighbours in the DAG
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Plan:
    """What to run, how often and how long; `recorded` and `tetrad` may be missing."""

    log: Log
    sizes: Sequence[int]
    repetitions: int
    limit: float
    caps: Caps
    recorded: Path | None
    tetrad: Tetrad | None

    @property
    def ours(self) -> Cadet:
        return Cadet(self.caps)

    @property
    def peers(self) -> list[Engine]:
        return [CausalLearn(), *([self.tetrad] if self.tetrad else [])]

    def tables(self) -> Iterator[Table]:
        """Yield the random tables by size, then the board where it is."""
        yield from (random_table(p, ROWS) for p in self.sizes)
        if self.recorded is not None:
            yield board(self.recorded)

    def race(self, part: str, ask: Callable[[Engine, Table], Answer], peers: Sequence[Engine] | None = None) -> Race:
        return Race(self.log, part, ask, self.ours, self.peers if peers is None else peers, self.limit)


def _skeleton(engine: Engine, table: Table) -> Answer:
    return engine.skeleton(table)


def _fci(engine: Engine, table: Table) -> Answer:
    return engine.fci(table)


def skeleton(plan: Plan) -> None:
    race = plan.race("skeleton", _skeleton)
    for table in plan.tables():
        race.run(table, plan.repetitions)


def fci(plan: Plan) -> None:
    race = plan.race("fci", _fci)
    for table in plan.tables():
        race.run(table, plan.repetitions)


def density(plan: Plan) -> None:
    """The skeleton again on sparser and denser worlds: causal-learn tries every set, also after one has separated."""
    race = plan.race("density", _skeleton, [CausalLearn()])
    for degree in DENSITIES:
        race.run(random_table(SUBSAMPLED, ROWS, degree=degree), plan.repetitions)


def large(plan: Plan) -> None:
    for part, ask in (("large skeleton", _skeleton), ("large fci", _fci)):
        plan.race(part, ask, []).run(random_table(*LARGE), plan.repetitions)


def growth(plan: Plan) -> None:
    tables = [random_table(p, ROWS) for p in GROWTH_P] + [random_table(SUBSAMPLED, n) for n in GROWTH_N if n != ROWS]
    for part, ask in (("growth skeleton", _skeleton), ("growth fci", _fci)):
        for table in tables:
            plan.race(part, ask, []).run(table, 1)


def subsamples(plan: Plan) -> None:
    """200 graphs of random halves of the rows, against one graph of all rows by causal-learn."""
    table = random_table(SUBSAMPLED, ROWS)
    for what in ("skeleton", "fci"):
        part, ours, peer = f"subsamples {what}", Halves(plan.caps), CausalLearn()
        for repetition in range(plan.repetitions):
            if not plan.log.has(part, table.name, repetition):
                made = [_time(part, e, what, table, repetition, run) for run, e in enumerate((ours, peer, ours))]
                plan.log.add(made)


class Halves:
    """Learns from 200 random halves of the rows, one after the other."""

    name = "cadet, 200 halves"

    def __init__(self, caps: Caps):
        """Keep the caps of FCI."""
        self._engine = Cadet(caps)

    def skeleton(self, table: Table) -> Answer:
        return self._each(self._engine.skeleton, table)

    def fci(self, table: Table) -> Answer:
        return self._each(self._engine.fci, table)

    @staticmethod
    def _each(ask: Callable[[Table], Answer], table: Table) -> Answer:
        rng, rows = np.random.default_rng(1), len(table.values)
        halves = (np.sort(rng.choice(rows, size=rows // 2, replace=False)) for _ in range(SUBSAMPLES))
        answers, *seconds = timed(lambda: [ask(table.rows(half)) for half in halves])
        return Answer(*seconds, frozenset().union(*(answer.pairs for answer in answers)))


def _time(part: str, engine: Engine, what: str, table: Table, repetition: int, run: int) -> Timing:
    answer = getattr(engine, what)(table)
    return Timing(part, table.name, engine.name, repetition, run, answer.seconds, answer.cpu, len(answer.pairs))


def first_use(plan: Plan) -> None:
    """A new process with nothing compiled, and one after it that finds the compiled code on disk."""
    for repetition in range(min(plan.repetitions, 3)):
        if plan.log.has("first use", "", repetition):
            continue
        with tempfile.TemporaryDirectory() as cache:
            runs = [_fresh(["first-use"], {"NUMBA_CACHE_DIR": cache}) for _ in range(2)]
        plan.log.add(
            Timing("first use", "", "cadet", repetition, run, None, None, details=seen) for run, seen in enumerate(runs)
        )


def memory(plan: Plan) -> None:
    p, n = HUGE
    _fresh(["first-use"], {})  # so that what is compiled is on disk: compiling takes memory too
    for what in ("skeleton", "fci"):
        if not plan.log.has(f"memory {what}", f"p = {p}, n = {n}", 0):
            seen = _fresh(["memory", what, str(p), str(n), json.dumps(plan.caps)], {})
            row = (f"memory {what}", f"p = {p}, n = {n}", "cadet", 0, 0, seen["seconds"], seen["cpu"])
            plan.log.add([Timing(*row, int(seen["edges"]), int(seen["capped"]), details=seen)])


def _fresh(arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.discovery.fresh", *arguments]
    merged = {**os.environ, **environment}
    done = subprocess.run(command, cwd=ROOT, env=merged, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


PARTS: dict[str, Callable[[Plan], None]] = {
    "first-use": first_use,
    "skeleton": skeleton,
    "fci": fci,
    "density": density,
    "large": large,
    "subsamples": subsamples,
    "memory": memory,
    "growth": growth,
}
