"""The house keeps its rooms apart: imports point inwards, modules stay small, the command line starts at once."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

import cadet

PACKAGE = Path(cadet.__file__).parent
LONGEST_MODULE = 400  # lines

# What each room may import besides itself. The order is the order of the data, from the nouns to the command line.
ALLOWED = {
    "errors": set(),
    "model": {"errors"},
    "protocols": {"errors", "model"},
    "plugins": {"errors", "protocols"},
    "testing": {"errors", "model", "protocols"},
    "device": {"errors", "model", "protocols", "plugins", "testing"},  # testing: the worlds of `simulated` targets
    "causal": {"errors", "model", "protocols", "plugins"},
    "debugging": {"errors", "model", "protocols", "plugins", "causal"},
    "report": {"errors", "model", "protocols"},
    "demo": {"errors", "model"},
    "study": {"errors", "model", "protocols", "plugins", "device", "causal", "debugging", "report"},
    "bench": {"errors", "model", "protocols", "plugins", "device", "causal", "debugging", "study", "testing"},
    "cli": {
        "errors",
        "model",
        "protocols",
        "plugins",
        "device",
        "causal",
        "debugging",
        "report",
        "study",
        "demo",
        "bench",
    },
    "__main__": {"cli"},
    "__init__": {"errors", "model", "study", "device", "report"},  # the Python API, each name imported on first use
}
HEAVY = ("numpy", "scipy", "pandas", "sklearn", "pyarrow", "sqlalchemy", "pydantic", "networkx", "rich", "jinja2")

Node = TypeVar("Node", bound=ast.AST)
MODULES = sorted(PACKAGE.rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, absolute module) of every import, also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}:{node.lineno} imports relatively; write the full name"
            module = node.module or ""
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def nodes(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    """Yield (place, node) for every node of `kind` in the package."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kind):
                yield f"{named(path)}:{getattr(node, 'lineno', 0)}", node


def rooms_used(path: Path) -> Iterator[tuple[int, str]]:
    for line, module in imports(path):
        if module.startswith("cadet."):
            yield line, module.split(".")[1]


def test_every_room_has_its_rule() -> None:
    assert {room(path) for path in MODULES} <= set(ALLOWED)


def test_imports_point_inwards() -> None:
    wrong = [
        f"{named(path)}:{line} imports cadet.{used}"
        for path in MODULES
        for line, used in rooms_used(path)
        if used not in ALLOWED[room(path)] | {room(path)}
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rules_have_no_cycle() -> None:
    done: set[str] = set()
    while len(done) < len(ALLOWED):
        ready = {name for name, needs in ALLOWED.items() if name not in done and needs <= done}
        assert ready, f"a cycle among {sorted(set(ALLOWED) - done)}"
        done |= ready


def test_modules_stay_small() -> None:
    lines = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert not {name: count for name, count in lines.items() if count > LONGEST_MODULE}


def test_nothing_is_executed_from_text() -> None:
    """No eval, no exec, no shell: option values come from files that other people write."""
    forbidden = {"eval", "exec", "os.system", "os.popen"}
    wrong = [place for place, call in nodes(ast.Call) if ast.unparse(call.func) in forbidden or _runs_shell(call)]
    assert not wrong, "\n".join(wrong)


def test_randomness_is_an_argument() -> None:
    """No global seed and no global generator of numpy: the same arguments give the same answer."""
    used = ((place, ast.unparse(attribute)) for place, attribute in nodes(ast.Attribute))
    wrong = [f"{place} {text}" for place, text in used if _is_global_randomness(text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("statement", ["import cadet", "import cadet.cli", "import cadet.demo.ingest"])
def test_imports_stay_light(statement: str) -> None:
    loaded = _loaded_after(statement)
    assert not loaded & set(HEAVY), f"{statement} loads {sorted(loaded & set(HEAVY))}"


def test_help_imports_nothing_heavy() -> None:
    statement = "from cadet.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    assert not _loaded_after(statement) & set(HEAVY)


def _loaded_after(statement: str) -> set[str]:
    program = f"{statement}\nimport sys\nprint('\\n@' + ' '.join(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in ended.stdout.rpartition("@")[2].split()}


def _runs_shell(call: ast.Call) -> bool:
    return any(
        k.arg == "shell" and not (isinstance(k.value, ast.Constant) and not k.value.value) for k in call.keywords
    )


def _is_global_randomness(text: str) -> bool:
    if text == "random.seed":
        return True
    name = text.removeprefix("np.random.").removeprefix("numpy.random.")
    return name != text and name.islower() and name != "default_rng"
