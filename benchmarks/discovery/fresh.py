"""What only a new process can tell: the first use with nothing compiled, and the peak of memory.

    python -m benchmarks.discovery.fresh first-use
    python -m benchmarks.discovery.fresh memory skeleton|fci P N CAPS

Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time


def first_use() -> dict[str, float]:
    """Return CPU seconds to import, of the first skeleton and FCI, and of the second ones."""
    begin = time.process_time()
    from benchmarks.discovery.engines import Cadet, Caps
    from benchmarks.discovery.tables import random_table

    imported = time.process_time() - begin
    table, engine = random_table(20, 1000), Cadet(Caps())
    seconds = {"import": imported}
    for which in ("first", "second"):
        seconds[f"{which} skeleton"] = engine.skeleton(table).cpu
        seconds[f"{which} fci"] = engine.fci(table).cpu
    return seconds


def memory(what: str, p: str, n: str, caps: str) -> dict[str, float]:
    """Return the peak resident bytes before and after one run, its seconds and what the cap left."""
    from benchmarks.discovery.engines import Cadet, Caps
    from benchmarks.discovery.tables import random_table

    table, small, engine = random_table(int(p), int(n)), random_table(20, 100), Cadet(Caps(*json.loads(caps)))
    ask = getattr(engine, what)
    ask(small)
    before = _peak()
    answer = ask(table)
    return {"before": before, "peak": _peak(), "seconds": answer.seconds, "cpu": answer.cpu,
            "edges": len(answer.pairs), "capped": answer.capped}  # fmt: skip


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    asked, *arguments = sys.argv[1:]
    print(json.dumps(first_use() if asked == "first-use" else memory(*arguments)))
