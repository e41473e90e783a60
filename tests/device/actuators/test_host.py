"""Each kind reads what it wrote, knows what its writes change beside, and says how it is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cadet.device.actuators.block import BlockQueue
from cadet.device.actuators.cgroup import ControlGroup
from cadet.device.actuators.command import Command, address_of
from cadet.device.actuators.cpufreq import CpuFrequency
from cadet.device.actuators.file import File, content
from cadet.device.actuators.hugepages import HugePages
from cadet.device.actuators.jetson_mode import run_program
from cadet.device.actuators.sysctl import Sysctl
from cadet.device.actuators.sysfs import Sysfs
from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.protocols import Actuator, Knob
from tests.device.actuators.trees import BLOCK, CPUFREQ, EMPTY_V2, HYBRID, V1, V2, tree
from tests.device.documents import python


def test_a_value_written_is_the_value_read(tmp_path: Path) -> None:
    root = tree(tmp_path, {"proc/sys/vm/dirty_ratio": "20", "sys/kernel/mm/ksm/run": "0", **BLOCK, **CPUFREQ})
    cases: list[tuple[Actuator, str, str]] = [
        (Sysctl(root), "vm.dirty_ratio", "30"),
        (Sysfs(root), "/sys/kernel/mm/ksm/run", "1"),
        (BlockQueue(root), "vda/nr_requests", "64"),
        (CpuFrequency(root), "governor", "powersave"),
        (CpuFrequency(root), "max_khz", "1000000"),
    ]
    for actuator, address, value in cases:
        actuator.check(address)
        actuator.write(address, value)
        shown = actuator.read(address)
        assert shown is not None
        assert actuator.same(address, value, shown)


def test_the_selected_word_is_the_value_and_all_words_are_offered(tmp_path: Path) -> None:
    tree(tmp_path, {**BLOCK, "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never"})
    assert BlockQueue(tmp_path).read("vda/scheduler") == "mq-deadline"
    assert BlockQueue(tmp_path).available("vda/scheduler") == ("none", "mq-deadline", "kyber")
    assert HugePages(tmp_path).read("enabled") == "madvise"
    assert HugePages(tmp_path).available("enabled") == ("always", "madvise", "never")


def test_side_effects_are_declared(tmp_path: Path) -> None:
    tree(tmp_path, BLOCK)
    assert Sysctl().twins("vm.dirty_ratio") == (Knob("sysctl", "vm.dirty_bytes"),)
    assert Sysctl().twins("vm.dirty_bytes") == (Knob("sysctl", "vm.dirty_ratio"),)
    assert BlockQueue(tmp_path).twins("vda/scheduler") == (Knob("block", "vda/nr_requests"),)
    assert Sysfs(tmp_path).twins("/sys/block/vda/queue/scheduler") == (Knob("block", "vda/nr_requests"),)
    assert HugePages().twins("enabled") == (Knob("sysctl", "vm.min_free_kbytes"),)


def test_what_a_scheduler_was_told_is_forgotten_with_it(tmp_path: Path) -> None:
    own = {name: f"/sys/block/vda/queue/iosched/{name}" for name in ("async_depth", "read_expire")}
    tree(tmp_path, {**BLOCK, own["async_depth"][1:]: "192", own["read_expire"][1:]: "500"})
    expected = (Knob("block", "vda/nr_requests"), *(Knob("sysfs", path) for path in own.values()))
    assert BlockQueue(tmp_path).twins("vda/scheduler") == expected
    assert BlockQueue(tmp_path).twins("vda/nr_requests") == (Knob("sysfs", own["async_depth"]),)
    for twin in expected[1:]:
        Sysfs(tmp_path).check(twin.address)


def test_rounding_is_known_where_the_device_rounds_and_nowhere_else() -> None:
    assert BlockQueue().same("vda/read_ahead_kb", "130", "128")
    assert not BlockQueue().same("vda/read_ahead_kb", "128", "132")
    assert not BlockQueue().same("vda/nr_requests", "130", "128")
    assert not Sysctl().same("vm.dirty_ratio", "30", "29")
    assert Sysctl().same("net.ipv4.tcp_rmem", "4096 131072 6291456", "4096\t131072\t6291456")


def test_clocks_between_two_steps_become_one_of_them(tmp_path: Path) -> None:
    clocks = CpuFrequency(tree(tmp_path, CPUFREQ))
    assert clocks.available("max_khz") == ("400000", "1000000", "1400000")
    assert clocks.same("max_khz", "1200000", "1000000")
    assert clocks.same("max_khz", "1200000", "1400000")
    assert not clocks.same("max_khz", "1200000", "400000")
    assert not clocks.same("max_khz", "1000000", "1400000")


def test_policies_that_differ_are_restored_each_to_its_own(tmp_path: Path) -> None:
    clocks = CpuFrequency(tree(tmp_path, CPUFREQ))
    was = clocks.read("governor")
    assert was == "policy0=schedutil policy4=performance"
    clocks.write("governor", "powersave")
    assert clocks.read("governor") == "powersave"
    clocks.write("governor", was)
    assert clocks.read("governor") == was


def test_what_is_not_there_is_missing_with_its_place(tmp_path: Path) -> None:
    tree(tmp_path, {"proc/mounts": "", "sys/": ""})
    for actuator, address in (
        (Sysctl(tmp_path), "vm.dirty_ratio"),
        (Sysfs(tmp_path), "/sys/kernel/mm/ksm/run"),
        (CpuFrequency(tmp_path), "governor"),
        (ControlGroup(tmp_path), "cpu.quota"),
    ):
        with pytest.raises(CapabilityMissing, match=r"no|No"):
            actuator.read(address)


def test_the_kernels_refusal_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotApplied, match="dirty_ratio does not take '30': No such file"):
        Sysctl(tmp_path).write("vm.dirty_ratio", "30")


# ── control groups ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("layout", [V1, V2], ids=["v1", "v2"])
def test_limits_need_their_group_and_before_it_is_there_nothing_is_limited(
    tmp_path: Path, layout: dict[str, str]
) -> None:
    groups = ControlGroup(tree(tmp_path, layout))
    for address in ("cpu.quota", "memory.limit", "io.write_iops@254:0"):
        assert groups.read(address) == "max"
        for knob, value in groups.needs(address):
            groups.check(knob.address)
            assert groups.read(knob.address) in ("absent", "present")
            assert value == "present"
    assert groups.read("cpuset.cpus") == "0-3"


def test_version_2_hands_the_controller_down_only_where_it_is_not_yet(tmp_path: Path) -> None:
    groups = ControlGroup(tree(tmp_path, V2))
    assert [knob.address for knob, _ in groups.needs("cpu.quota")] == ["controllers/cpu", "group/cpu"]
    assert groups.read("controllers/memory") == "present"
    assert groups.read("controllers/cpu") == "absent"
    groups.write("controllers/cpu", "present")
    assert (tmp_path / "sys/fs/cgroup/cgroup.subtree_control").read_text() == "+cpu"
    groups.write("controllers/cpu", "absent")
    assert (tmp_path / "sys/fs/cgroup/cgroup.subtree_control").read_text() == "-cpu"


def test_both_versions_at_once_serve_each_controller_where_it_is(tmp_path: Path) -> None:
    groups = ControlGroup(tree(tmp_path, HYBRID))
    assert groups.members("cpu.quota") == tmp_path / "sys/fs/cgroup/cpu,cpuacct/cadet/tasks"
    assert groups.members("memory.limit") == tmp_path / "sys/fs/cgroup/unified/cadet/cgroup.procs"
    with pytest.raises(CapabilityMissing, match="no control groups for 'cpuset'"):
        groups.read("cpuset.cpus")


def test_version_2_without_controllers_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CapabilityMissing, match="unified without it"):
        ControlGroup(tree(tmp_path, EMPTY_V2)).read("cpu.quota")


def test_limits_in_the_words_of_each_version(tmp_path: Path) -> None:
    first = tree(tmp_path / "1", {
        **V1,
        "sys/fs/cgroup/cpu/cadet/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/cadet/cpu.cfs_period_us": "100000",
        "sys/fs/cgroup/memory/cadet/memory.limit_in_bytes": "9223372036854771712",
        "sys/fs/cgroup/blkio/cadet/blkio.throttle.write_iops_device": "",
    })  # fmt: skip
    second = tree(tmp_path / "2", {
        **V2, "sys/fs/cgroup/cadet/cpu.max": "max 100000", "sys/fs/cgroup/cadet/memory.max": "max",
        "sys/fs/cgroup/cadet/io.max": "",
    })  # fmt: skip
    for root in (first, second):
        groups = ControlGroup(root)
        assert [groups.read(a) for a in ("cpu.quota", "memory.limit", "io.write_iops@254:0")] == ["max"] * 3
        groups.write("cpu.quota", "0.5")
        groups.write("memory.limit", "1048576")
        groups.write("io.write_iops@254:0", "200")
        assert groups.read("cpu.quota") == "0.5"
        assert groups.read("memory.limit") == "1048576"
        assert groups.read("io.write_iops@254:0") in ("200", "max")  # the kernel answers in its own words
    assert (first / "sys/fs/cgroup/cpu/cadet/cpu.cfs_quota_us").read_text().strip() == "50000"
    assert (first / "sys/fs/cgroup/blkio/cadet/blkio.throttle.write_iops_device").read_text() == "254:0 200"
    assert (second / "sys/fs/cgroup/cadet/cpu.max").read_text() == "50000 100000"
    assert (second / "sys/fs/cgroup/cadet/io.max").read_text() == "254:0 wiops=200"


def test_a_share_that_is_no_share_is_refused(tmp_path: Path) -> None:
    root = tree(tmp_path, {**V1, "sys/fs/cgroup/cpu/cadet/cpu.cfs_quota_us": "-1"})
    for value in ("none", "0", "-1"):
        with pytest.raises(NotApplied, match=r"cpu\.quota"):
            ControlGroup(root).write("cpu.quota", value)


# ── files and programs ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_comes_back_with_content_and_permissions(tmp_path: Path) -> None:
    path = tmp_path / "server.conf"
    path.write_bytes(b"a = \xff\n")
    path.chmod(0o640)
    address = f"{tmp_path}//server.conf"
    was = File().read(address)
    File().write(address, content("a = 2\n"))
    assert path.read_text() == "a = 2\n"
    assert path.stat().st_mode & 0o777 == 0o640
    File().write(address, was)
    assert path.read_bytes() == b"a = \xff\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["server.conf"]


def test_a_file_that_was_not_there_goes_away(tmp_path: Path) -> None:
    address = f"{tmp_path}//server.conf"
    was = File().read(address)
    File().write(address, content("x"))
    assert File().read(address) == content("x")
    File().write(address, was)
    assert not list(tmp_path.iterdir())


def test_a_link_that_waits_where_the_draft_will_be_is_not_followed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("precious")
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / ".server.conf.cadet").symlink_to(theirs)
    File().write(f"{folder}//server.conf", content("x"))
    assert theirs.read_text() == "precious"
    assert (folder / "server.conf").read_text() == "x"
    assert not (folder / "server.conf").is_symlink()


def test_a_file_is_never_more_readable_than_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.conf"
    path.write_text("x")
    path.chmod(0o640)
    modes: list[int] = []
    chown = os.fchown

    def watched(descriptor: int, user: int, group: int) -> None:
        modes.append(os.fstat(descriptor).st_mode & 0o777)
        chown(descriptor, user, group)

    monkeypatch.setattr(os, "fchown", watched)
    File().write(f"{tmp_path}//secret.conf", content("y"))
    assert modes == [0o600]
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_is_written_back_is_on_the_disk_before_a_journal_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").read_bytes())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    File().write(f"{tmp_path}//server.conf", content("x = 1"))
    assert synced == [b"x = 1"]


def test_files_of_others_are_not_reached(tmp_path: Path) -> None:
    folder, other = tmp_path / "target", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (other / "theirs").write_text("x")
    (folder / "link").symlink_to(other / "theirs")
    (folder / "door").symlink_to(other)
    (folder / "twin").hardlink_to(other / "theirs")
    (folder / "deep").mkdir()
    for name in ("link", "door/theirs", "twin", "../other/theirs", "deep", "/etc/hostname"):
        with pytest.raises(Refused):
            File().check(f"{folder}//{name}")


def test_a_command_gets_its_value_as_one_argument_and_no_shell(tmp_path: Path) -> None:
    note = tmp_path / "note"
    write = python("import sys; open(sys.argv[1], 'w').write(sys.argv[2])", str(note))
    address = address_of([*write, "{value}"], python("import sys; print(open(sys.argv[1]).read())", str(note)))
    Command().check(address)
    value = f"$(touch {tmp_path}/pwned); `touch {tmp_path}/pwned` & x"
    Command().write(address, value)
    assert Command().read(address) == value
    assert not (tmp_path / "pwned").exists()


def test_a_command_that_fails_says_what_it_said(tmp_path: Path) -> None:
    fails = python("import sys; sys.exit('no such mode')")
    address = address_of([*fails, "{value}"], fails)
    with pytest.raises(NotApplied, match=r"exit code 1: no such mode"):
        Command().write(address, "x")
    with pytest.raises(CapabilityMissing, match=r"exit code 1: no such mode"):
        Command().read(address)


def test_a_ctrl_c_at_the_terminal_does_not_reach_a_program_that_restores() -> None:
    leads = python("import os; print(os.getsid(0) == os.getpid())")
    assert run_program(leads) == "True"
    assert Command().read(address_of([*leads, "{value}"], leads)) == "True"
