"""Where the PAGs of causal-learn and Tetrad differ from the truth and from ours when no test errs.

    python -m benchmarks.discovery.differences OUT [--graphs 250] [--tetrad PYTHON] [--hash-seeds 0,1,2]

OUT keeps every graph (graphs.jsonl) and gets differences.md; the same command goes on where it was stopped. The first
hash seed asks all engines about everything; the others ask causal-learn about the random graphs again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.discovery.cases import SETTINGS, Case
from benchmarks.discovery.classified import Row, markdown
from benchmarks.discovery.oracles import Said, cadet, causal_learn, tetrad
from benchmarks.discovery.race import Late, limited
from benchmarks.discovery.tetrad import Tetrad
from cadet.model.graph import PAG, Mark
from tests.causal.discovery.graphs import Truth

LIMIT = 60.0  # seconds for one graph
AGAIN = ("random, no knowledge", "random, tiers")  # asked again with other hash seeds,
AGAIN_GRAPHS = 100  # as many of them
FILE = "graphs.jsonl"

Ask = Callable[[Truth], Said]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discovery.differences")
    parser.add_argument("out", type=Path)
    parser.add_argument("--graphs", type=int, default=250)
    parser.add_argument("--tetrad", type=Path, help="interpreter that has Tetrad")
    parser.add_argument("--hash-seeds", default="0,1,2", help="values of PYTHONHASHSEED")
    parser.add_argument("--now", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.now is None:
        for seed in asked.hash_seeds.split(","):
            subprocess.run(
                [sys.executable, "-m", "benchmarks.discovery.differences", *sys.argv[1:], "--now", seed],
                env={**os.environ, "PYTHONHASHSEED": seed},
                check=True,
            )
        (asked.out / "differences.md").write_text(markdown(judged(asked)), encoding="utf-8")
        return
    again = asked.now != asked.hash_seeds.split(",")[0]
    server = Tetrad(asked.tetrad) if asked.tetrad and not again else None
    engines: dict[str, Ask] = {"causal-learn": causal_learn}
    if not again:
        engines["cadet"] = cadet
    if server:
        engines["tetrad"] = lambda truth: tetrad(server, truth)
    try:
        if again:
            ask_all(asked.out, min(AGAIN_GRAPHS, asked.graphs), engines, asked.now, AGAIN)
        else:
            ask_all(asked.out, asked.graphs, engines, asked.now, tuple(SETTINGS))
    finally:
        if server:
            server.stop()


def ask_all(out: Path, graphs: int, engines: dict[str, Ask], seed: str, settings: tuple[str, ...]) -> None:
    """Append what the engines say to the file, but what it holds already."""
    known = {(row["setting"], row["case"], row["engine"], row["hash seed"]) for row in kept(out)}
    with (out / FILE).open("a", encoding="utf-8") as file:
        for setting in settings:
            for case in SETTINGS[setting](graphs):
                for name, ask in engines.items():
                    if (setting, case.name, name, seed) not in known:
                        row = {"setting": setting, "case": case.name, "engine": name, "hash seed": seed}
                        file.write(json.dumps(row | said(ask, case)) + "\n")
            print(setting, seed, flush=True)


def said(ask: Ask, case: Case) -> dict[str, object]:
    """Return the edges (a, b, mark at a, mark at b, who put them), or why there are none."""
    try:
        with limited(LIMIT):
            pag, by = ask(case.truth)
            edges = [[a, b, x.value, y.value, by.get((b, a), ""), by.get((a, b), "")] for a, b, x, y in pag.edges()]
            return {"edges": edges}
    except Late:
        return {"failed": f"over {LIMIT:g} s"}
    except Exception as error:  # noqa: BLE001  # whatever another library raises is part of the finding
        return {"failed": repr(error)}


def kept(out: Path) -> list[dict[str, object]]:
    """Return the rows of the file."""
    file = out / FILE
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def judged(asked: argparse.Namespace) -> Iterator[Row]:
    """Yield what each engine said beside the case it was asked about."""
    by_case: dict[tuple[object, object], list[dict[str, object]]] = {}
    for row in kept(asked.out):
        by_case.setdefault((row["setting"], row["case"]), []).append(row)
    for setting, cases in SETTINGS.items():
        for case in cases(asked.graphs):
            for row in by_case.get((setting, case.name), ()):
                yield Row(setting, case, str(row["engine"]), str(row["hash seed"]), read(case, row))


def read(case: Case, row: dict[str, object]) -> Said | None:
    """Return what the engine said, None where it failed."""
    edges = row.get("edges")
    if not isinstance(edges, list):
        return None
    marks, by = {}, {}
    for a, b, at_a, at_b, by_a, by_b in edges:
        marks[b, a], marks[a, b] = Mark(at_a), Mark(at_b)
        by[b, a], by[a, b] = by_a, by_b
    return Said(PAG(case.truth.observed, marks), by)


if __name__ == "__main__":
    main()
