"""The doctor says whether a target can be measured here, and runs nothing of it to find out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cadet.device.doctor import Finding
from cadet.device.needs import needs
from cadet.device.target import from_document
from tests.device.documents import document

MARK = "open('imported', 'w').close()\n"


def found(folder: Path, **sections: Any) -> dict[str, Finding]:
    return {finding.name: finding for finding in needs(from_document(document(**sections), folder))}


def function(folder: Path, reference: str) -> Finding:
    return found(folder, workload={"function": reference})[f"workload.function: {reference}"]


def test_what_is_there_works_and_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text(MARK)
    (tmp_path / "pack" / "deployment.py").write_text(MARK + "def run(c):\n    return {}\n")
    assert function(tmp_path, "pack.deployment:run").state == "works"
    assert not (tmp_path / "imported").exists()


def test_a_function_may_be_installed_or_come_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "names.py").write_text("from json import dumps as run\nclass Board:\n    pass\n")
    (tmp_path / "all.py").write_text("from json import *\n")
    assert function(tmp_path, "names:run").state == "works"
    assert function(tmp_path, "all:dumps").state == "works"
    assert function(tmp_path, "names:Board.run").state == "works"
    assert function(tmp_path, "json:dumps").state == "works"
    assert function(tmp_path, "math:sin").state == "works"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("deploymnt:run", "no module 'deploymnt'"),
        ("deployment:rnu", "defines no 'rnu'"),
        ("deployment.inner:run", "no module 'deployment.inner'"),
        ("broken:run", "cannot be read"),
    ],
)
def test_a_function_that_cannot_be_found_is_missing(tmp_path: Path, reference: str, said: str) -> None:
    (tmp_path / "deployment.py").write_text("def run(c):\n    return {}\n")
    (tmp_path / "broken.py").write_text("def run(:\n")
    finding = function(tmp_path, reference)
    assert finding.state == "missing"
    assert said in finding.detail
    assert finding.remedy


def test_a_program_is_looked_for_where_it_would_be_started(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    tool = tmp_path / "inner" / "tool"
    tool.write_text("#!/bin/sh\n")
    workload = {"command": ["./tool", "{pace}"], "workdir": "inner"}
    assert found(tmp_path, workload=workload)["workload.command: ./tool"].state == "missing"  # not executable
    tool.chmod(0o755)
    assert found(tmp_path, workload=workload)["workload.command: ./tool"].state == "works"
    assert found(tmp_path, workload={**workload, "workdir": "."})["workload.command: ./tool"].state == "missing"


def test_programs_of_services_and_hooks_are_looked_for(tmp_path: Path) -> None:
    nothing = "no-such-program"
    service = {"start": [nothing, "{pace}"], "ready": {"command": [nothing]}, "stop": [nothing]}
    hooks = {"prepare": [["true"], [nothing]], "cleanup": [[nothing]], "setup": [[nothing]]}
    findings = found(tmp_path, workload={"command": ["true", "{pace}"], **hooks}, service=service)
    missing = {name.partition(":")[0] for name, finding in findings.items() if finding.state == "missing"}
    assert missing == {"service.start", "service.ready.command", "service.stop", "workload.setup[0]",
                       "workload.prepare[1]", "workload.cleanup[0]"}  # fmt: skip


def test_a_program_that_setup_may_build_is_not_missing(tmp_path: Path) -> None:
    workload = {"command": ["./tool", "{pace}"], "setup": [["make", "tool"]]}
    assert found(tmp_path, workload=workload)["workload.command: ./tool"].state == "not there yet"
