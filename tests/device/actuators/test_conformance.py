"""Every kind of the host keeps what actuators promise, and every registered one refuses what is no knob."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cadet.device.actuators.block import BlockQueue
from cadet.device.actuators.cgroup import ControlGroup
from cadet.device.actuators.command import Command, address_of
from cadet.device.actuators.cpufreq import CpuFrequency
from cadet.device.actuators.file import File
from cadet.device.actuators.hugepages import HugePages
from cadet.device.actuators.sysctl import Sysctl
from cadet.device.actuators.sysfs import Sysfs
from cadet.plugins import load, names
from cadet.protocols import Actuator
from cadet.testing.actuators import LAWS, hostile_addresses_are_refused
from tests.device.actuators.trees import BLOCK, CPUFREQ, V1, tree
from tests.device.documents import python
from tests.device.state.toy import Toy

ROOTED: dict[str, tuple[Callable[[Path], Actuator], str, tuple[str, str]]] = {
    "sysctl": (Sysctl, "vm.dirty_ratio", ("10", "30")),
    "sysfs": (Sysfs, "/sys/kernel/mm/ksm/run", ("1", "2")),
    "block": (BlockQueue, "vda/read_ahead_kb", ("256", "64")),
    "hugepages": (HugePages, "defrag", ("never", "always")),
    "cpufreq": (CpuFrequency, "governor", ("powersave", "performance")),
    "cgroup": (ControlGroup, "cpu.quota", ("0.5", "2")),
}
FILES = {
    "proc/sys/vm/dirty_ratio": "20",
    "sys/kernel/mm/ksm/run": "0",
    "sys/kernel/mm/transparent_hugepage/defrag": "madvise",
    "sys/fs/cgroup/cpu/cadet/cpu.cfs_quota_us": "-1",
    "sys/fs/cgroup/cpu/cadet/cpu.cfs_period_us": "100000",
    **BLOCK,
    **CPUFREQ,
    **V1,
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("kind", ROOTED)
def test_kinds_with_a_file_conform(tmp_path: Path, kind: str, law: Callable[..., None]) -> None:
    root = tree(tmp_path, FILES)
    make, address, values = ROOTED[kind]
    law(lambda: make(root), address, values)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_files_conform(tmp_path: Path, law: Callable[..., None]) -> None:
    (tmp_path / "server.conf").write_text("by hand")
    law(File, f"{tmp_path}//server.conf", ("text:a", "text:b"))


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_commands_conform(tmp_path: Path, law: Callable[..., None]) -> None:
    (tmp_path / "note").write_text("by hand")
    write, show = "import sys; open('note', 'w').write(sys.argv[1])", "print(open('note').read())"
    law(Command, address_of([*python(write), "{value}"], python(show), str(tmp_path)), ("one", "two"))


@pytest.mark.parametrize("kind", names("actuator"))
def test_every_registered_kind_refuses_what_is_no_knob(kind: str) -> None:
    hostile_addresses_are_refused(load("actuator", kind), "", ("", ""))


@pytest.mark.parametrize(
    ("law", "address"),
    [("hostile_addresses_are_refused", "plain"), ("what_is_written_is_read", "deaf")],
)
def test_an_actuator_that_breaks_a_law_is_caught(law: str, address: str) -> None:
    toy = Toy()
    with pytest.raises(AssertionError, match=r"is not refused|wrote '7', reads '5'"):
        LAWS[law](lambda: toy, address, ("7", "8"))
