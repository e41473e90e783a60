"""A changed target file is refused with the difference, unless its measurements stay valid."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cadet.errors import StudyError
from cadet.study.identity import changes
from cadet.study.store import Store
from tests.study.studies import DOCUMENT, create

Edit = Callable[[dict[str, Any]], object]

TARGET: dict[str, Any] = {
    **DOCUMENT,
    "workload": {"command": ["ingest", "--batch", "{batch}"], "timeout_s": 20},
    "run": {"repeats": 3, "warmup": 1, "quiet": {"max_other_cpu": 0.15}},
    "constraints": [{"expr": "batch > 0", "reason": "no empty batch"}],
    "consent": [{"expr": "batch > 512", "cost": "durability"}],
}

REFUSED: dict[str, Edit] = {
    "options.batch.range: [1, 1024] → [1, 512]": lambda t: t["options"]["batch"].update(range=[1, 512]),
    "options.mmap.values: [false, true] → [0, 1]": lambda t: t["options"]["mmap"].update(values=[0, 1]),
    'options.mmap: {"values": [false, true], "default": false} → (absent)': lambda t: t["options"].pop("mmap"),
    'options.sync: (absent) → {"values": ["on", "off"]}': lambda t: t["options"].update(sync={"values": ["on", "off"]}),
    'workload.command: ["ingest", "--batch", "{batch}"] → ["other"]': lambda t: t["workload"].update(command=["other"]),
    'objectives.latency.from: "wall" → "cpu"': lambda t: t["objectives"]["latency"].update({"from": "cpu"}),
    'objectives.latency.unit: "s" → "ms"': lambda t: t["objectives"]["latency"].update(unit="ms"),
    'constraints[1].expr: "batch > 0" → "batch > 1"': lambda t: t["constraints"][0].update(expr="batch > 1"),
    'constraints[2]: (absent) → {"expr": "mmap"}': lambda t: t["constraints"].append({"expr": "mmap"}),
    "run.warmup: 1 → 5": lambda t: t["run"].update(warmup=5),
    'name: "ingest" → "export"': lambda t: t.update(name="export"),
}

ACCEPTED: dict[str, Edit] = {
    "slo": lambda t: t["objectives"]["latency"].update(slo=0.1),
    "no slo": lambda t: t["objectives"]["latency"].pop("slo"),
    "goal": lambda t: t["objectives"]["latency"].update(goal="max"),
    "repeats": lambda t: t["run"].update(repeats=9),
    "quiet": lambda t: t["run"]["quiet"].update(max_wait_s=60),
    "no quiet": lambda t: t["run"].pop("quiet"),
    "cost": lambda t: t["options"]["batch"].update(cost_s=1.0),
    "layer": lambda t: t["options"]["batch"].update(layer="kernel"),
    "consent of a value": lambda t: t["options"]["mmap"].update(consent={"true": "security"}),
    "consent of a combination": lambda t: t["consent"][0].update(cost="quality"),
    "another consent": lambda t: t["consent"].append({"expr": "mmap", "cost": "quality"}),
    "no consent": lambda t: t.pop("consent"),
    "timeout": lambda t: t["workload"].update(timeout_s=60),
    "reason": lambda t: t["constraints"][0].update(reason="because"),
    "guards": lambda t: t.update(guards={"abort_if": ["temperature > 95"]}),
    "order": lambda t: t.update(options=dict(reversed(t["options"].items()))),
}


def edited(edit: Edit) -> dict[str, Any]:
    target = copy.deepcopy(TARGET)
    edit(target)
    return target


@pytest.mark.parametrize("line", REFUSED)
def test_a_change_of_what_was_measured_is_named(line: str) -> None:
    assert changes(TARGET, edited(REFUSED[line])) == [line]


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_change_of_how_it_is_judged_is_no_change(name: str) -> None:
    assert changes(TARGET, edited(ACCEPTED[name])) == []


def test_every_difference_is_listed_with_the_way_out(tmp_path: Path) -> None:
    changed = copy.deepcopy(DOCUMENT)
    changed["options"]["batch"] = {"range": [1, 512], "default": 2}  # type: ignore[index]
    with create(tmp_path / "study.db") as store:
        with pytest.raises(StudyError) as refused:
            store.verify_target(changed, "digest-2")
        assert store.document == DOCUMENT
    for part in ("options.batch.range: [1, 1024] → [1, 512]", "options.batch.default: 1 → 2", "--fresh", "restore"):
        assert part in str(refused.value)


def test_an_accepted_change_becomes_the_document(tmp_path: Path) -> None:
    changed = copy.deepcopy(DOCUMENT)
    changed["objectives"]["latency"]["slo"] = 0.1  # type: ignore[index]
    with create(tmp_path / "study.db") as store:
        store.verify_target(DOCUMENT, "digest-1")
        store.verify_target(changed, "digest-2")
    with Store.open(tmp_path / "study.db") as store:
        assert (store.document, store.digest) == (changed, "digest-2")
