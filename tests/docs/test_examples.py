"""What the guides show is run: the notebook, the plugin with its conformance suite, the gate of the CI workflow."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cadet.errors import NotApplied, Refused
from cadet.testing.actuators import LAWS

DOCS = Path(__file__).parent.parent.parent / "docs"
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run_cells(path: Path) -> list[object]:
    """Run the code of a notebook, one cell after the other, in one namespace; return what each shows."""
    shown: list[object] = []
    namespace: dict[str, object] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, path.name, "exec"), namespace)
            if isinstance(last, ast.Expr):
                shown.append(eval(compile(ast.Expression(last.value), path.name, "eval"), namespace))
    return shown


def test_the_notebook_runs_and_shows_what_it_says() -> None:
    shown = run_cells(DOCS / "notebooks" / "api.ipynb")
    causes, mechanisms = shown[1], shown[-2]
    assert isinstance(causes, list)
    assert causes[0][0] == "batch == 1"
    verdict, changes, gain = shown[-3]  # type: ignore[misc]
    assert verdict == "confirmed"
    assert changes
    assert gain.low > 0
    assert isinstance(mechanisms, list)
    assert ("latency", True) in [(node, changed) for node, changed, _ in mechanisms]


def test_results_are_tables_and_documents() -> None:
    results = [r for r in run_cells(DOCS / "notebooks" / "api.ipynb") if type(r).__module__.startswith("cadet.")]
    assert len(results) == 2
    for result in results:
        assert "<table" in result._repr_html_()  # type: ignore[attr-defined]
        assert len(result.to_frame())  # type: ignore[attr-defined]
        assert json.dumps(result.to_dict(), default=float)  # type: ignore[attr-defined]
        with pytest.raises(AttributeError):
            result.anything = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_actuator_of_the_guide_keeps_the_promises(law: object, tmp_path: Path) -> None:
    blocks = PYTHON.findall((DOCS / "howto" / "plugin.md").read_text(encoding="utf-8"))
    namespace: dict[str, object] = {}
    exec(blocks[0], namespace)
    fan = namespace["Fan"]
    fan.home = tmp_path  # type: ignore[attr-defined]
    (tmp_path / "speed").write_text("30")
    law(fan, "speed", ("40", "80"))  # type: ignore[operator]


def test_the_actuator_of_the_guide_fails_as_it_should(tmp_path: Path) -> None:
    namespace: dict[str, object] = {}
    exec(PYTHON.findall((DOCS / "howto" / "plugin.md").read_text(encoding="utf-8"))[0], namespace)
    fan = namespace["Fan"]()  # type: ignore[operator]
    with pytest.raises(Refused):
        fan.check("../brightness")
    fan.home = tmp_path / "gone"
    with pytest.raises(NotApplied):
        fan.write("speed", "40")


TARGET = """
cadet = 1
name = "service"

[workload]
function = "service:run"

[run]
quiet = { max_other_cpu = 1.0, max_wait_s = 0 }

[options.batch]
values = [1, 4, 16, 64]
default = DEFAULT

[options.cache]
values = [64, 1024, 4096]
default = 64

[options.threads]
values = [1, 2, 4]
default = 1

[objectives.latency]
from = "output:latency"
unit = "s"
"""
SERVICE = """
import random

chance = random.Random(1)

def run(c):
    return {"latency": (0.2 + 1.6 / c["batch"]) * (1 + 0.02 * chance.random())}
"""


def gate_script() -> str:
    """The shell of the step `gate` in the example workflow."""
    text = (DOCS / "examples" / "performance-gate.yml").read_text(encoding="utf-8")
    step = text.partition("- name: gate\n")[2].partition("      - name:")[0]
    lines = step.partition("run: |\n")[2].splitlines()
    return "\n".join(line.removeprefix(" " * 10) for line in lines)


def gate(folder: Path, default: int) -> tuple[int, str]:
    (folder / "target.toml").write_text(TARGET.replace("DEFAULT", str(default)))
    (folder / "service.py").write_text(SERVICE)
    program = folder / "bin" / "cadet"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cadet "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(program.parent), str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(["bash", "-e", "-c", gate_script()], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "PATH": path}, check=False)  # fmt: skip
    return done.returncode, done.stdout


def test_the_gate_lets_a_fast_deployment_through(tmp_path: Path) -> None:
    code, said = gate(tmp_path, 64)
    assert code == 0, said
    assert json.loads((tmp_path / "answer.json").read_text())["verdict"] == "no_fault"
    assert (tmp_path / "report.html").exists()


def test_the_gate_stops_a_slow_deployment_and_leaves_the_report(tmp_path: Path) -> None:
    code, said = gate(tmp_path, 1)
    assert code == 1
    assert "misses the SLO" in said
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer["verdict"] == "confirmed"
    assert list(answer["fixes"][0]["changes"]) == ["batch"]
    assert "<html" in (tmp_path / "report.html").read_text()


def test_the_gate_tells_a_broken_target_from_a_slow_one(tmp_path: Path) -> None:
    code, said = gate(tmp_path, 3)  # 3 is not among the values
    assert code == 2
    assert "not measured (exit code 2)" in said
