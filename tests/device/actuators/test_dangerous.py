"""What a kernel would take, and what would take the machine away from everybody on it, is refused with its reason."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from cadet.device.actuators.file import File
from cadet.device.actuators.sysctl import Sysctl
from cadet.device.actuators.sysfs import Sysfs
from cadet.device.runner import Runner
from cadet.device.state.plan import plan
from cadet.device.target import load
from cadet.errors import Refused, TargetError
from tests.device.actuators.trees import tree

MEMORY = {"proc/meminfo": "MemTotal: 16000000 kB\nMemFree: 1 kB\nHugepagesize: 2048 kB"}
DANGEROUS = (
    ("vm.min_free_kbytes", "512", "deadlocks"), ("vm.min_free_kbytes", "900000", "programs are killed"),
    ("vm.overcommit_memory", "2", "may fail to get memory"), ("vm.overcommit_ratio", "1", "may fail to get memory"),
    ("vm.overcommit_kbytes", "1", "may fail to get memory"), ("vm.watermark_scale_factor", "3000", "cannot be used"),
    ("vm.lowmem_reserve_ratio", "1 1 1", "kept back"), ("vm.max_map_count", "100", "fail to map"),
    ("vm.admin_reserve_kbytes", "0", "log in"), ("vm.dirty_writeback_centisecs", "0", "never reach the disk"),
    ("fs.file-max", "100", "open files"), ("vm.nr_hugepages", "5000", "half of memory"),
)  # fmt: skip
HARMLESS = (
    ("vm.min_free_kbytes", "67584"), ("vm.min_free_kbytes", "800000"), ("vm.overcommit_memory", "1"),
    ("vm.swappiness", "100"), ("vm.dirty_ratio", "90"), ("vm.watermark_scale_factor", "200"),
    ("vm.max_map_count", "262144"), ("vm.nr_hugepages", "1000"), ("vm.dirty_writeback_centisecs", "500"),
)  # fmt: skip
PAGES = "/sys/kernel/mm/hugepages/hugepages-{}kB/nr_hugepages"


@pytest.mark.parametrize(("address", "value", "said"), DANGEROUS)
def test_a_dangerous_value_is_refused_with_its_reason(tmp_path: Path, address: str, value: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        Sysctl(tree(tmp_path, MEMORY)).refuse(address, value)
    assert f"{address} = {value} is never set" in str(refused.value)


@pytest.mark.parametrize(("address", "value"), HARMLESS)
def test_a_value_that_is_in_use_everywhere_is_not_refused(tmp_path: Path, address: str, value: str) -> None:
    Sysctl(tree(tmp_path, MEMORY)).refuse(address, value)


def test_huge_pages_are_refused_by_what_they_take_from_memory(tmp_path: Path) -> None:
    sysfs = Sysfs(tree(tmp_path, MEMORY))
    sysfs.refuse(PAGES.format(2048), "3000")
    with pytest.raises(Refused, match="half of memory"):
        sysfs.refuse(PAGES.format(1048576), "3000")


TARGET = """
cadet = 1
name = "t"
[workload]
command = ["true"]
[objectives.latency]
from = "wall"
"""


def written(folder: Path, options: Mapping[str, tuple[str, str]]) -> Path:
    sections = (
        f"[options.{name}]\nvalues = {values}\ndefault = {json.loads(values)[0]!r}\nactuator = {{ {actuator} }}\n"
        for name, (actuator, values) in options.items()
    )
    path = folder / "target.toml"
    path.write_text(TARGET + "".join(sections))
    return path


def test_a_session_refuses_a_dangerous_value_before_anything_is_written(tmp_path: Path) -> None:
    before = Path("/proc/sys/vm/min_free_kbytes").read_text()
    path = written(tmp_path, {"reserve": ('sysctl = "vm.min_free_kbytes"', "[67584, 999999999]")})
    target = load(path)
    with (
        pytest.raises(Refused, match=r"options\.reserve: .*999999999 is never set"),
        Runner(target, allow_system_writes=True),
    ):
        pytest.fail("it was opened")
    assert Path("/proc/sys/vm/min_free_kbytes").read_text() == before
    assert "never set" in plan(target)[0].trouble


def test_what_a_machine_had_is_restored_even_where_nobody_may_ask_for_it(tmp_path: Path) -> None:
    root = tree(tmp_path, {**MEMORY, "proc/sys/vm/overcommit_memory": "2"})
    Sysctl(root).write("vm.overcommit_memory", "2")
    assert Sysctl(root).read("vm.overcommit_memory") == "2"


# ── one file by two names ───────────────────────────────────────────────────────────────────────────────────────────

PAGES_ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled"


@pytest.mark.skipif(not Path(PAGES_ENABLED).exists(), reason="this kernel has no transparent huge pages")
def test_one_file_under_two_kinds_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"pages": ('hugepages = "enabled"', '["always", "never"]'),
                              "again": (f'sysfs = "{PAGES_ENABLED}"', '["always", "never"]')})  # fmt: skip
    with pytest.raises(TargetError, match=r"options\.again\.actuator\.sysfs: 'pages' sets the same file"):
        load(path)


def test_one_file_by_two_spellings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.in").write_text("{one}")
    (tmp_path / "b.in").write_text("{two}")
    path = written(tmp_path, {"one": ('file = "server.conf", template = "a.in"', "[1, 2]"),
                              "two": ('file = "./server.conf", template = "b.in"', "[1, 2]")})  # fmt: skip
    with pytest.raises(TargetError, match=r"options\.two\.actuator\.file: 'one' sets the same file"):
        load(path)


# ── folders in which others may write ───────────────────────────────────────────────────────────────────────────────


def test_root_writes_no_file_where_others_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", str(os.getuid()))
    folder = tmp_path / "above" / "folder"
    folder.mkdir(parents=True)
    File().check(f"{folder}//server.conf")
    for place in (folder, folder.parent):
        was = place.stat().st_mode
        place.chmod(0o777)
        with pytest.raises(Refused, match=f"{place} can be written to by others.*chmod go-w"):
            File().check(f"{folder}//server.conf")
        place.chmod(was)
    folder.parent.chmod(0o1777)  # as /tmp: others may add to it, and not replace what is ours
    File().check(f"{folder}//server.conf")


def test_everybody_else_may_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    tmp_path.chmod(0o775)
    File().check(f"{tmp_path}//server.conf")


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a folder away needs root")
def test_root_writes_no_file_into_somebody_elses_folder_except_with_sudo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    monkeypatch.delenv("SUDO_UID", raising=False)
    with pytest.raises(Refused, match="belongs to user 12345"):
        File().check(f"{folder}//server.conf")
    monkeypatch.setenv("SUDO_UID", "12345")
    File().check(f"{folder}//server.conf")
