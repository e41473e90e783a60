"""A process that runs sessions: one JSON line asks, one answers; it ends when nobody asks any more.

    python -m cadet.bench.worker

A process of its own kind, not one of `multiprocessing`: it needs no guarded main module, and dies with its parent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict

from cadet.bench.plan import Cell, System
from cadet.bench.results import Record
from cadet.bench.session import records_of
from cadet.errors import MeasurementError

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Worker:
    """A running process, seen from its parent."""

    def __init__(self) -> None:
        one = dict.fromkeys(_THREADS, "1")
        self._process = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, env={**os.environ, **one},
                                         start_new_session=True)  # fmt: skip

    def ask(self, cell: Cell, strategies: tuple[str, ...]) -> list[Record]:
        """Return the records of a cell; raises MeasurementError where the process died of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"cell": asdict(cell), "strategies": strategies}) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except (BrokenPipeError, ValueError):
            answer = ""
        if not answer:
            raise MeasurementError(f"a process of the benchmark ended in {cell.key(','.join(strategies))}; "
                                   "what it said is above, what finished is kept")  # fmt: skip
        records: list[Record] = json.loads(answer)
        return records

    def close(self) -> None:
        """End the process at once; safe to call twice."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(BrokenPipeError):  # a question that nobody was there to read
                if pipe is not None:
                    pipe.close()


def main() -> None:
    """Answer until the input ends. What a strategy prints goes to stderr: stdout belongs to the answers."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        cell = Cell(**{**asked["cell"], "system": System(**asked["cell"]["system"])})
        answers.write(json.dumps(records_of(cell, asked["strategies"]), allow_nan=False) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
