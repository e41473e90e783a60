"""Target files as plain data, small and valid, for tests to change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cadet.device.target import Target, from_document

ANSWER = "import json, sys; print(json.dumps(dict(speed=float(sys.argv[1]), hits=7)))"


def document(**sections: Any) -> dict[str, Any]:
    """A command with one option, `pace`, whose run answers its value as `speed`."""
    return {
        "cadet": 1,
        "name": "example",
        "workload": {"command": python(ANSWER, "{pace}"), "timeout_s": 20},
        "run": {"warmup": 0, "quiet": {"max_wait_s": 0}},
        "options": {"pace": {"values": [1, 2, 3], "default": 1}},
        "events": {"output": ["hits"]},
        "objectives": {"speed": {"from": "output:speed"}},
        **sections,
    }


def target(directory: Path, **sections: Any) -> Target:
    return from_document(document(**sections), directory)


def python(code: str, *arguments: str) -> list[str]:
    """argv of a Python that starts fast and runs `code`."""
    return [sys.executable, "-I", "-S", "-c", code.replace("{", "{{").replace("}", "}}"), *arguments]


def function(**sections: Any) -> dict[str, Any]:
    """The document with the function `deployment:run` as its workload."""
    return document(workload={"function": "deployment:run", "timeout_s": 20}, **sections)
