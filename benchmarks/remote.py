"""What a board behind ssh adds to a run, and that it adds nothing to what is measured.

    python benchmarks/remote.py TARGET [PAIRS]

TARGET names a board in [device]. Its default configuration runs there and here in turns; with a board on the loopback
interface both are the same machine. Printed: medians of the objective and of the time that a run takes besides.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path
from statistics import median

from cadet.device.place import place_of
from cadet.device.target import Target, from_document, load
from cadet.protocols import Runs


def here(target: Target) -> Target:
    document = {key: value for key, value in target.document.items() if key != "device"}
    return from_document(document, target.directory, target.path)


def timed(runs: Runs, target: Target) -> tuple[float, float]:
    """Return the first objective, and the seconds that the caller waited beyond those on the device."""
    start = time.perf_counter()
    run = runs.run(target.space.default)
    waited = time.perf_counter() - start
    return run.values[target.objectives[0].name], waited - run.seconds


def main(path: Path, pairs: int) -> None:
    there = load(path)
    local = here(there)
    begun = time.perf_counter()
    with place_of(there).runner(there, allow_system_writes=True) as far:
        opened = time.perf_counter() - begun
        with place_of(local).runner(dataclasses.replace(local, settings=()), allow_system_writes=True) as near:
            seen = [(timed(far, there), timed(near, local)) for _ in range(pairs)]
    for name, place in (("behind ssh", 0), ("here", 1)):
        values, besides = zip(*(pair[place] for pair in seen), strict=True)
        print(f"{name:>10}: {there.objectives[0].name} {median(values):.6g}, besides {1e3 * median(besides):.2f} ms")
    ratio = median(pair[0][0] / pair[1][0] for pair in seen)
    print(f"median ratio of pairs {ratio:.3f}; opening the session {opened:.2f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
