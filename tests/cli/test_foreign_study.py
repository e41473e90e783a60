"""A study from somebody else: looking at it runs nothing, whatever its target says, and no text of it is code."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cadet.model.measurement import Planned, Purpose, Run, Status
from cadet.model.option import Configuration
from cadet.study.store import Store
from tests.cli.conftest import Cadet

# Runs commands in one interpreter, as `cadet` does each, and tells how each ended and every step towards another
# program: a process that was started, a connection, a module of the study. Python reports them whoever takes them.
WATCHED = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
DOORS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
         "pty.spawn", "socket.connect", "socket.getaddrinfo", "socket.bind", "sqlite3.load_extension")
steps = []
def watch(event, arguments):
    if event in DOORS or (event == "import" and arguments[0] == "hostile"):
        steps.append([event, repr(arguments)[:200]])
sys.addaudithook(watch)
from cadet.cli import main
told = []
for words in json.loads(sys.argv[1]):
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    steps.clear()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code or 0
    said.flush()
    told.append([code, list(steps), said.buffer.getvalue().decode()])
print(json.dumps(told))
"""
TRAPS = ["$(touch CANARY)", "`touch CANARY`", "; touch CANARY ;", "| touch CANARY", "&& touch CANARY",
         "a\ntouch CANARY", "'; touch CANARY; '", '"; touch CANARY; "', "--help", "\x1b]0;CANARY\x07",
         "[link=file:CANARY]x[/link]"]  # fmt: skip
WORDS = ["wary", *TRAPS]


def target_of(folder: Path, **changed: Any) -> dict[str, Any]:
    """A target in which every place that can name a program names one that leaves a trace."""
    touch = [sys.executable, "-c", f"open({str(folder / 'CANARY')!r}, 'w')"]
    knob = {"command": {"set": [*touch, "{value}"], "get": touch}}
    content = {
        "cadet": 1,
        "name": "gift",
        "workload": {"command": [*touch, "{word}", "{pace}"], "setup": [touch], "prepare": [touch], "cleanup": [touch]},
        "service": {"start": [*touch, "{word}"], "ready": {"command": touch}, "stop": touch},
        "options": {
            "word": {"values": WORDS, "default": "wary"},
            "pace": {"values": [1, 2, 3], "default": 1},
            "knob": {"values": ["a", "b"], "default": "a", "actuator": knob, "layer": "kernel"},
        },
        "events": {"perf": ["sched:sched_switch"], "sensors": ["proc"]},
        "objectives": {"latency": {"from": "wall", "unit": "s", "slo": 1.5}},
        **changed,
    }
    return {key: value for key, value in content.items() if value is not None}


KINDS: Mapping[str, dict[str, Any]] = {
    "command": {},
    "function": {"workload": {"function": "hostile:run"}, "service": None},
    "ssh": {"device": {"ssh": "somebody@board.invalid", "identity": "key"}},
}
LOOKING = (
    "study list .",
    "study show {study}",
    "study show {study} --format json",
    "study export {study} out.csv",
    "study upgrade {study}",
    "learn {study} --subsamples 2",
    "diagnose {study} --report diagnosis.html --json diagnosis.json",
    "diagnose {study} --fault worst --format json",
    "fix {study}",
    "whatif {study} --set pace=3",
    "compare {study} {study}",
    "report {study} -o report.html --figures figures",
    "report {study} --format markdown -o -",
    "report {study} --format json -o -",
    "report {study} --format dot -o -",
)


def gift(folder: Path, document: Mapping[str, Any]) -> Path:
    """A study that came from elsewhere, every text of it hostile, with a module of its name beside it."""
    path = folder / ".cadet/gift.db"
    path.parent.mkdir()
    (folder / "hostile.py").write_text(f"open({str(folder / 'CANARY')!r}, 'w')\ndef run(configuration): return {{}}\n")
    (folder / "knob.in").write_text("{knob}")
    with Store.create(path, "gift", document, "digest") as store:
        for i, slot in enumerate(_slots()):
            store.plan([slot])
            store.record(_run(slot, i))
    return path


def _slots() -> Iterator[Planned]:
    for i, word in enumerate(WORDS):
        for pace in (1, 2, 3):
            yield Planned(f"design/{i}-{pace}", Configuration({"word": word, "pace": pace, "knob": "ab"[i % 2]}),
                          purpose=Purpose.FAULT if (word, pace) == ("wary", 1) else Purpose.DESIGN)  # fmt: skip


def _run(slot: Planned, i: int) -> Run:
    latency = 3 / float(str(slot.configuration["pace"])) * (1 + i % 5 / 20)
    return Run(slot.configuration, Status.OK, {"latency": latency}, slot.level, slot.purpose, slot=slot.slot,
               sequence=i, started_at=1e9 + i, seconds=latency, message=TRAPS[i % len(TRAPS)],
               environment={"host": "$(touch CANARY)", "kernel": "\x1b]0;CANARY\x07"})  # fmt: skip


def watched(folder: Path, commands: Sequence[str]) -> list[tuple[int, list[list[str]], str]]:
    """Run commands; return how each ended, its steps towards another program, and what it said."""
    words = [command.format(study=folder / ".cadet/gift.db").split() for command in commands]
    done = subprocess.run([sys.executable, "-c", WATCHED, json.dumps(words)], cwd=folder, capture_output=True,
                          text=True, timeout=600, check=True)  # fmt: skip
    return [tuple(each) for each in json.loads(done.stdout)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_looking_at_a_study_starts_no_program_and_reaches_out_to_nobody(kind: str, tmp_path: Path) -> None:
    gift(tmp_path, target_of(tmp_path, **KINDS[kind]))
    for command, (code, steps, said) in zip(LOOKING, watched(tmp_path, LOOKING), strict=True):
        assert code in (0, 1), (command, said)
        assert not steps, (command, steps)
        assert "Traceback" not in said
        assert "\x1b]" not in said, command  # a terminal would obey it
    assert not (tmp_path / "CANARY").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_today_s_configuration_is_not_asked_of_a_device_that_a_study_names(kind: str, tmp_path: Path) -> None:
    gift(tmp_path, target_of(tmp_path, **KINDS[kind]))
    commands = [
        f"{each} --fault current" for each in ("diagnose {study}", "fix {study}", "whatif {study} --set pace=3")
    ]
    for code, steps, said in watched(tmp_path, commands):
        assert code in (2, 6), said
        assert not steps
    assert not (tmp_path / "CANARY").exists()


SHELL = {"command": {"set": ["sh", "-c", "{value}"], "get": ["true"]}}
REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "a shell behind a knob": (
        {"options": {"knob": {"values": ["a", "b"], "default": "a", "actuator": SHELL}}},
        "a shell is never run",
    ),
    "an option of ssh": ({"device": {"ssh": "-oProxyCommand=touch CANARY"}}, "not of the form user@host"),
    "a blank and a command": ({"device": {"ssh": "board touch CANARY"}}, "not of the form user@host"),
    "an interpreter that is an option": ({"device": {"ssh": "board", "python": "-c"}}, "is no path"),
    "code in a constraint": ({"constraints": [{"expr": "__import__('os').system('touch CANARY')"}]}, "not allowed"),
    "a power tower": ({"constraints": [{"expr": "9 ** 9 ** 9 ** 9 > pace"}]}, "not allowed"),
    "an attribute": ({"constraints": [{"expr": "(0).__class__ == pace"}]}, "not allowed"),
    "code in a guard": ({"guards": {"abort_if": ["open('CANARY', 'w')"]}}, "not allowed"),
    "a name that leads away": ({"name": "../../gift"}, "cannot name a study"),
    "a file that leads away": (
        {
            "options": {
                "knob": {
                    "values": ["a", "b"],
                    "default": "a",
                    "actuator": {"file": "../CANARY", "template": "knob.in"},
                }
            }
        },
        "leads out of the folder",
    ),
    "an actuator that is a module": (
        {"options": {"knob": {"values": ["a", "b"], "default": "a", "actuator": {"hostile:run": "x"}}}},
        "hostile:run",
    ),
    "a sensor that is a module": ({"events": {"sensors": ["hostile:run"]}}, "hostile:run"),
}


@pytest.mark.parametrize(("changed", "said"), REFUSED.values(), ids=REFUSED)
def test_a_study_whose_target_no_file_could_hold_is_not_opened(
    cadet: Cadet, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    options = {"word": {"values": WORDS, "default": "wary"}, "pace": {"values": [1, 2, 3], "default": 1}}
    changed = {**changed, "options": {**options, **changed["options"]}} if "options" in changed else changed
    study = gift(tmp_path, target_of(tmp_path, **changed))
    for command in (("study", "show"), ("diagnose",), ("report",)):
        ended = cadet(*command, study)
        assert ended.code == 2
        assert said in ended.err
        assert not (tmp_path / "CANARY").exists()


class Bomb:
    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self._trace), "w")


def test_a_table_is_not_unpickled(cadet: Cadet, board: Path, tmp_path: Path) -> None:
    """Columns of a Parquet file may claim a type that older Arrow made by unpickling (CVE-2023-47248)."""
    trace = tmp_path / "CANARY"
    rows = [line.split(",") for line in (tmp_path / "recorded.csv").read_text().splitlines()]
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    bomb = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickle.dumps(Bomb(trace))}
    schema = pa.schema([pa.field(name, pa.string(), metadata=bomb) for name in columns])
    table = pa.table([pa.array(cells, pa.string()) for cells in columns.values()], schema=schema)
    pq.write_table(table, tmp_path / "recorded.parquet")
    board.write_text(board.read_text().replace("recorded.csv", "recorded.parquet"))
    ended = cadet("import", tmp_path / "recorded.parquet", "--target", board)
    assert ended.code == 0, ended
    assert not trace.exists()
