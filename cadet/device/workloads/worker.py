"""The worker process of a `function` workload. Standard library only: it runs without importing CADET.

argv: reference, descriptor to read requests from, descriptor to write answers to, folders for the import path...
It ends when the requests end.
One JSON object per line in each direction; what the function prints goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

_COUNTS = {
    "minor_faults": "ru_minflt",
    "major_faults": "ru_majflt",
    "voluntary_switches": "ru_nvcsw",
    "involuntary_switches": "ru_nivcsw",
    "user_s": "ru_utime",
    "system_s": "ru_stime",
    "blocks_in": "ru_inblock",
    "blocks_out": "ru_oublock",
}


def _counted() -> dict[str, float]:
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {name: float(sum(getattr(r, field) for r in both)) for name, field in _COUNTS.items()}


def _forget_peak() -> bool:
    try:
        with open("/proc/self/clear_refs", "w") as file:  # noqa: PTH123
            file.write("5")
    except OSError:
        return False
    return True


def _peak_bytes() -> float | None:
    with open("/proc/self/status") as file:  # noqa: PTH123
        return next((float(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:")), None)


def _plain(value: Any) -> float | str:
    try:
        return float(value)  # numpy and decimal numbers
    except (TypeError, ValueError):
        return repr(value)


def _call(function: Callable[[dict[str, Any]], Any], values: dict[str, Any]) -> dict[str, Any]:
    fresh = _forget_peak()
    before, start = _counted(), time.perf_counter()
    try:
        answer = function(values)
    except BaseException as error:  # noqa: BLE001  (whatever the function raises is the answer)
        return {
            "error": "".join(traceback.format_exception_only(type(error), error)).strip(),
            "trace": traceback.format_exc(),
        }
    wall = time.perf_counter() - start
    usage: dict[str, float | None] = {name: now - before[name] for name, now in _counted().items()}
    if fresh:
        usage["max_rss_bytes"] = _peak_bytes()
    if not isinstance(answer, dict):
        return {"error": f"returned {type(answer).__name__} {answer!r:.60}, not a dict of numbers"}
    return {"answer": {str(key): value for key, value in answer.items()}, "wall": wall, "usage": usage}


def _function(reference: str) -> Callable[[dict[str, Any]], Any]:
    module, _, attribute = reference.partition(":")
    found: Any = importlib.import_module(module)
    for name in attribute.split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{reference} is {type(found).__name__}, not callable")
    accepted: Callable[[dict[str, Any]], Any] = found
    return accepted


def _main() -> None:
    reference, requests, answers, *folders = sys.argv[1:]
    os.set_inheritable(int(requests), False)
    os.set_inheritable(int(answers), False)
    sys.path[:0] = folders
    with os.fdopen(int(requests)) as source, os.fdopen(int(answers), "w", buffering=1) as sink:
        try:
            function = _function(reference)
        except BaseException as error:  # noqa: BLE001  (told to the parent, which raises it)
            sink.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")
            return
        sink.write(json.dumps({"ready": True}) + "\n")
        for line in source:
            sink.write(json.dumps(_call(function, json.loads(line)), default=_plain) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _main()
