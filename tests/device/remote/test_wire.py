"""What is said is what is heard, and nothing of a target file becomes an option of ssh or a word of a shell."""

from __future__ import annotations

import inspect
import json
import shlex
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadet import errors
from cadet.device.remote import wire
from cadet.device.remote.ssh import AGENT, argv, command
from cadet.device.restoration import Restoration
from cadet.device.state.journal import Difference, Entry
from cadet.device.target import from_document, json_schema
from cadet.device.target.target import Remote
from cadet.errors import CadetError, CapabilityMissing, TargetError
from cadet.model.measurement import Purpose, Run, Status, Tag
from cadet.model.option import Configuration
from cadet.protocols import Knob
from tests.device.documents import document

RUNS = st.builds(
    Run,
    st.just(Configuration({"a": 1, "b": "x"})),
    st.sampled_from(Status),
    st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.floats(allow_nan=False)), max_size=4),
    level=st.just(Configuration({"rows": 10})),
    purpose=st.sampled_from(Purpose),
    tags=st.frozensets(st.sampled_from(Tag)),
    slot=st.just("slot"),
    sequence=st.just(7),
    seconds=st.floats(0, 1e6),
    timeout_s=st.none() | st.floats(0.1, 1e6),
    message=st.text(max_size=20),
    environment=st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8), max_size=3),
)


def through(message: dict[str, Any]) -> dict[str, Any]:
    """Return the message as it arrives: the last line that is one."""
    lines = wire.spelled(message).split(b"\n")
    (found,) = [heard for heard in map(wire.heard, lines) if heard is not None]
    return found


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure


@UNHURRIED
@given(RUNS)
def test_a_run_arrives_as_it_was_made(run: Run) -> None:
    sent = through(wire.run_message(Run(**{**vars(run), "started_at": time.time() - 3.0})))
    back = wire.run_of(sent, run.configuration, run.level, run.purpose, run.slot, run.sequence)
    assert Run(**{**vars(back), "started_at": run.started_at}) == run
    assert back.started_at == pytest.approx(time.time() - 3.0, abs=1.0)


@pytest.mark.parametrize(
    "kind", [e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, CadetError)]
)
def test_every_error_keeps_its_kind_and_its_exit_code(kind: type[CadetError]) -> None:
    back = wire.error_of(through(wire.error_message(kind("what, where, way out"))), "user@board")
    assert type(back) is kind
    assert back.exit_code == kind.exit_code
    assert str(back) == "on user@board: what, where, way out"


def test_a_remedy_arrives() -> None:
    back = wire.error_of(through(wire.error_message(CapabilityMissing("no perf", remedy="sudo", denied=True))), "b")
    assert isinstance(back, CapabilityMissing)
    assert (back.reason, back.remedy, back.denied) == ("on b: no perf", "sudo", True)


def test_a_restoration_arrives() -> None:
    entry = Entry(Knob("sysctl", "vm.x"), "1", None, True)
    restoration = Restoration("t", (entry,), (entry,), (), (Difference(entry.knob, "1", None, "gone"),))
    assert wire.restoration_of(through(wire.restoration_message(restoration))) == restoration


@UNHURRIED
@given(st.binary(max_size=60))
def test_a_line_that_was_cut_short_spoils_no_other(noise: bytes) -> None:
    cut = wire.spelled({"id": 1, "answer": {"x": "y" * 20}})[:-5]
    lines = (noise.replace(b"{", b"") + cut + wire.spelled({"id": 2})).split(b"\n")
    assert [m for m in map(wire.heard, lines) if m is not None] == [{"id": 2}]


HOSTILE = (
    "-oProxyCommand=reboot",
    "a b",
    "a;reboot",
    "$(reboot)",
    "u@-oX",
    "",
    "@b",
    "u@",
    "a\nb",
    "`x`",
    "a'b",
    "a/b",
)


def test_the_published_schema_says_the_same(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid(document(device={"ssh": "user@board", "port": 22, "exclude": ["*.mp4"]}))
    for text in HOSTILE:
        assert not validator.is_valid(document(device={"ssh": text})), text
    assert not validator.is_valid(document(device={"ssh": "b", "options": "-oProxyCommand=reboot"}))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_destination_is_never_an_option_of_ssh(tmp_path: Path, text: str) -> None:
    with pytest.raises(TargetError, match=r"device\.ssh"):
        from_document(document(device={"ssh": text}), tmp_path)


@pytest.mark.parametrize(
    "text", ["board", "user@board", "root@10.0.0.7", "jetson-nano.local", "user@fe80::1%eth0", "::1"]
)
def test_what_ssh_takes_is_taken(tmp_path: Path, text: str) -> None:
    remote = from_document(document(device={"ssh": text}), tmp_path).remote
    assert remote is not None
    assert argv(remote)[-3:] == ["--", text, f"python3 -m {AGENT}"]


@UNHURRIED
@given(st.text())
def test_an_interpreter_is_one_word_of_the_shell(python: str) -> None:
    words = shlex.split(command(Remote("board", python=python)))
    assert words == [python.removeprefix("~/"), "-m", AGENT]


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ({"ssh": "b", "pythn": "x"}, "device.pythn: unknown key; did you mean 'python'?"),
        ({"ssh": "b", "port": 0}, "device.port"),
        ({"ssh": 3}, "device.ssh"),
        ({}, "device.ssh: is missing"),
        ({"ssh": "b", "python": "-c"}, "device.python"),
        ({"ssh": "b", "workdir": "a\nb"}, "device.workdir"),
    ],
)
def test_what_is_wrong_in_the_section_is_told_by_its_place(tmp_path: Path, section: Any, place: str) -> None:
    with pytest.raises(TargetError) as wrong:
        from_document(document(device=section), tmp_path)
    assert place in str(wrong.value)


def test_a_recorded_device_is_nowhere(tmp_path: Path) -> None:
    world = {"cadet": 1, "name": "w", "workload": {"simulated": {"world": "chain"}}, "device": {"ssh": "b"}}
    with pytest.raises(TargetError, match="runs on no device"):
        from_document(world, tmp_path)


def test_nothing_of_the_board_is_looked_for_here(tmp_path: Path) -> None:
    """Its folders, disks and templates are on the board; a target file is read without them, as a study is."""
    there = document(
        device={"ssh": "board"},
        workload={"command": ["/opt/app/run", "{pace}"], "workdir": "/opt/app"},
        options={
            "pace": {"values": [1, 2], "default": 1},
            "disk": {"values": ["none", "bfq"], "default": "none", "actuator": {"block": "mmcblk9/scheduler"}},
            "conf": {"values": [1, 2], "default": 1, "actuator": {"file": "missing.conf"}},
        },
    )
    assert json.dumps(from_document(there, tmp_path).document)
