"""Machine code that is kept is never older than any source it was made of, and is made once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cadet
from cadet.causal.compiled import compiled, subroutine

PROGRAM = """
import numpy as np
from cadet.causal.discovery.fci import fci
from cadet.causal.independence import FisherZ
from cadet.model.knowledge import Knowledge
rng = np.random.default_rng(0)
cause = rng.normal(size=50)
print(fci(FisherZ({"a": cause, "b": cause + rng.normal(size=50)}), Knowledge(), 0.05))
"""


@subroutine
def twice(value: int) -> int:
    return 2 * value


@compiled
def twice_and_six(value: int) -> int:
    return twice(value) + twice(3)


class Sealed:
    """Of a numba whose functions cannot be given another step of compiling."""

    __slots__ = ()

    def compile(self, kinds: object) -> object:
        return kinds


class Other:
    """Of a numba that says in another way what is to be compiled."""

    def compile(self, kinds: object, *, whole: bool) -> tuple[object, bool]:
        return kinds, whole


def test_a_constant_argument_is_not_compiled_for_itself() -> None:
    made: Any = twice_and_six
    assert made(4) == 14
    made.recompile()  # what an earlier run of the tests kept says nothing
    assert made(4) == 14
    assert len(vars(twice)["overloads"]) == 1


def test_another_numba_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_numba(made: object) -> Any:
        monkeypatch.setattr("cadet.causal.compiled.njit", lambda function, **options: made)
        return compiled(abs)

    sealed, plain = Sealed(), len
    assert with_numba(sealed) is sealed
    assert with_numba(plain) is plain
    assert with_numba(Other()).compile("(int64,)", whole=True) == ("(int64,)", True)


def test_the_answer_is_the_same_where_nothing_is_compiled() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "a o-o b\n"


def test_a_change_in_a_function_that_another_file_calls_is_seen(tmp_path: Path) -> None:
    shutil.copytree(Path(cadet.__file__).parent, tmp_path / "cadet", ignore=shutil.ignore_patterns("__pycache__"))
    blocks = tmp_path / "cadet" / "causal" / "independence" / "blocks.py"

    def answer() -> str:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert answer() == answer() == "a o-o b\n"
    source = blocks.read_text()
    changed = source.replace("DETERMINED = 1e-6", "DETERMINED = 2.0")
    assert changed != source
    blocks.write_text(changed)
    assert answer() == "\n", "every variable counts as determined now, also in the files that only import the constant"
