"""Write the tables of `docs/benchmark.md` anew, from the stored sessions in `benchmarks/bench`.

    python benchmarks/tables.py [--check]

Each table follows a comment `<!-- table: NAME -->`. With `--check` nothing is written, and it ends with 1 where the
page says something else than the sessions do.
"""

from __future__ import annotations

import argparse
import lzma
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cadet.bench import table
from cadet.bench.results import Record, parsed, present
from cadet.bench.subsets import COMPARED, ENGINE

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmark.md"
BESIDE = {"smac": (ENGINE, "forest", "smac", "unicorn"), "wide": (ENGINE, "forest", "tree", "unicorn")}
EXPLAINED = ("met", "minimal", "f1", "small", "measurements", "path_precision", "path_recall")
WARM = ("met", "minimal", "f1", "false", "first_of_all", "small_of_all", "total")


def stored(name: str) -> list[Record]:
    """Return the sessions of a file that took place; baselines, all of the compared form, by their short names."""
    text = lzma.decompress((HERE / "bench" / f"{name}.jsonl.xz").read_bytes()).decode()
    return [r | {"strategy": str(r["strategy"]).removesuffix(COMPARED)} for r in present(list(parsed(text).values()))]


def tables() -> Mapping[str, Callable[[], str]]:
    """Return what makes each table of the page."""
    every = stored("report")
    main = [r for r in every if r["strategy"] != "smac"]
    usual = [r for r in main if r["family"] != "wide"]
    engine = _of(every, (ENGINE,))
    return {
        "main": lambda: table.markdown(usual),
        "smac": lambda: table.markdown(
            _of(_cases_of("smac", [r for r in every if r["family"] != "wide"]), BESIDE["smac"])
        ),
        "wide": lambda: table.markdown([r for r in _of(main, BESIDE["wide"]) if r["family"] == "wide"]),
        "decidable": lambda: table.markdown(table.decidable(usual)),
        "differences": lambda: table.difference_table(every),
        "behind": lambda: table.behind_table(every),
        "families": lambda: table.markdown(engine, by_family=True),
        "calibration": lambda: table.calibration_table(engine),
        "coverage": lambda: table.coverage_table(engine),
        "explained": lambda: table.markdown(stored("explained"), EXPLAINED),
        "warm": lambda: table.markdown([r | {"family": _shift(r)} for r in stored("warm")], WARM, by_family=True),
    }


def _of(records: Sequence[Record], strategies: Sequence[str]) -> list[Record]:
    return [r for r in records if r["strategy"] in strategies]


def _cases_of(strategy: str, records: Sequence[Record]) -> list[Record]:
    """Return the sessions of the cases that a strategy was run on."""
    cases = {(r["case"], r["seed"]) for r in records if r["strategy"] == strategy}
    return [r for r in records if (r["case"], r["seed"]) in cases]


def _shift(record: Record) -> str:
    """Return what a session was given beforehand: a shift of worlds, or the recording of another device."""
    earlier = str(record["family"]).partition("<")[2]
    return f"{earlier} shift" if earlier in ("small", "large") else "recorded pair"


def written(page: str) -> str:
    """Return the page with every table made anew."""
    for name, make in tables().items():
        mark = f"<!-- table: {name} -->\n\n"
        parts = re.split(re.escape(mark) + r"(?:.+\n)+", page)
        if len(parts) != 2:
            raise SystemExit(f"{PAGE.name}: {len(parts) - 1} tables are called {name!r}, one is wanted")
        page = (mark + make()).join(parts)
    return page


def main() -> int:
    """Write the page, or tell whether it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where the page says something else")
    asked = parser.parse_args()
    before = PAGE.read_text(encoding="utf-8")
    after = written(before)
    if not asked.check:
        PAGE.write_text(after, encoding="utf-8")
    elif after != before:
        print(f"{PAGE.name} is not what the sessions say: python benchmarks/tables.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
