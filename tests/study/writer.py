"""A writer that gets killed: plans in three parts, records, and says what it has recorded after each commit.

Run as `python -m tests.study.writer STUDY RUNS`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cadet.study.store import Store
from tests.study.studies import create, planned, run_for


def main(path: Path, runs: int) -> None:
    print("starting", flush=True)
    with Store.open(path, writer=True) if path.exists() else create(path) as store:
        for end in (runs // 3, 2 * runs // 3, runs):
            store.plan(planned(end))
            for slot in store.pending():
                store.record(run_for(slot))
                print(slot.slot, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
