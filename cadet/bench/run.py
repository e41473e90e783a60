"""Run a plan: cells in parallel processes, records appended as they come, finished ones are not run again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from cadet.bench.plan import Cell, Plan
from cadet.bench.results import Record, append, read
from cadet.bench.session import records_of
from cadet.bench.worker import Worker
from cadet.protocols import Progress


def run(plan: Plan, folder: Path, *, jobs: int, progress: Progress) -> list[Record]:
    """Return the records of every cell of the plan, running those that are not in `folder` yet."""
    known = read(folder)
    open_cells = [(cell, missing) for cell in plan.cells()
                  if (missing := tuple(s for s in plan.strategies if cell.key(s) not in known))]  # fmt: skip
    total = sum(len(missing) for _, missing in open_cells)
    done = 0
    progress("bench", done, total, f"{len(known)} sessions known")
    for records in _computed(open_cells, jobs):
        append(folder, records)
        known |= {str(r["key"]): r for r in records}
        done += len(records)
        progress("bench", done, total, str(records[-1]["key"]) if records else "")
    return [known[key] for cell in plan.cells() for s in plan.strategies if (key := cell.key(s)) in known]


def _computed(cells: Sequence[tuple[Cell, tuple[str, ...]]], jobs: int) -> Iterator[list[Record]]:
    """Yield the records of each cell as they come; each process is fed by a thread of its own."""
    if jobs <= 1 or len(cells) <= 1:
        with threadpool_limits(1):
            yield from (records_of(cell, strategies) for cell, strategies in cells)
        return
    workers = [Worker() for _ in range(min(jobs, len(cells)))]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)
    try:
        with ThreadPoolExecutor(len(workers)) as threads:
            futures = [threads.submit(_ask, idle, cell, strategies) for cell, strategies in cells]
            try:
                yield from (future.result() for future in as_completed(futures))
            finally:
                for future in futures:
                    future.cancel()
                for worker in workers:
                    worker.close()
    finally:
        for worker in workers:
            worker.close()


def _ask(idle: SimpleQueue[Worker], cell: Cell, strategies: tuple[str, ...]) -> list[Record]:
    worker = idle.get()
    try:
        return worker.ask(cell, strategies)
    finally:
        idle.put(worker)
