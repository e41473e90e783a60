"""What must never be set is refused, by whatever name, before anything is read, written or run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cadet.device.actuators import actuator
from cadet.device.state import DeviceState
from cadet.device.target import load
from cadet.device.target.setting import Setting
from cadet.errors import Refused, TargetError
from cadet.protocols import Knob

CPU = "/sys/devices/system/cpu"
NEVER = [
    # what reboots, halts or takes the machine apart
    ("sysfs", f"{CPU}/cpu0/online"),
    ("sysfs", f"{CPU}/smt/control"),
    ("sysfs", "/sys/power/state"),
    ("sysfs", "/sys/power/mem_sleep"),
    ("sysfs", "/sys/kernel/reboot/mode"),
    ("sysfs", "/proc/sysrq-trigger"),
    ("sysfs", "/sys/bus/pci/rescan"),
    ("sysfs", "/sys/bus/pci/devices/0000:00:01.0/remove"),
    ("sysfs", "/sys/bus/pci/drivers/virtio-pci/unbind"),
    ("sysfs", "/sys/block/vda/device/delete"),
    ("sysfs", "/sys/block/vda/ro"),
    ("sysfs", "/dev/watchdog"),
    ("sysctl", "kernel.sysrq"),
    ("sysctl", "kernel.panic"),
    ("sysctl", "kernel.hung_task_panic"),
    ("sysctl", "vm.panic_on_oom"),
    ("sysctl", "kernel.ctrl-alt-del"),
    # what protects the hardware
    ("sysfs", "/sys/class/thermal/thermal_zone0/trip_point_0_temp"),
    ("sysfs", "/sys/class/thermal/thermal_zone0/mode"),
    ("sysfs", "/sys/class/thermal/thermal_zone0/emul_temp"),
    ("sysfs", "/sys/class/thermal/cooling_device0/cur_state"),
    ("sysfs", "/sys/class/hwmon/hwmon0/pwm1"),
    ("sysfs", "/sys/class/hwmon/hwmon0/pwm1_enable"),
    ("sysfs", "/sys/class/hwmon/hwmon0/temp1_crit"),
    ("sysfs", "/sys/devices/pwm-fan/target_pwm"),
    ("sysfs", "/sys/class/regulator/regulator.1/microvolts"),
    ("sysfs", f"{CPU}/cpufreq/policy0/scaling_voltage"),
    ("sysfs", "/dev/cpu/0/msr"),
    ("sysfs", "/dev/mem"),
    ("sysfs", "/sys/firmware/efi/efivars/Boot0000"),
    # what runs programs, or weakens the system
    ("sysctl", "kernel.core_pattern"),
    ("sysctl", "kernel.modprobe"),
    ("sysctl", "kernel.modules_disabled"),
    ("sysctl", "kernel.randomize_va_space"),
    ("sysctl", "kernel.yama.ptrace_scope"),
    ("sysctl", "kernel.unprivileged_bpf_disabled"),
    ("sysctl", "fs.protected_symlinks"),
    ("sysctl", "fs.suid_dumpable"),
    ("sysctl", "vm.mmap_min_addr"),
    ("sysctl", "vm.hugetlb_shm_group"),
    ("sysctl", "kernel.sched_rt_runtime_us"),
    ("sysctl", "kernel.sched_rt_period_us"),
    ("sysctl", "vm.drop_caches"),
    ("sysctl", "net.ipv4.ip_forward"),
    ("sysctl", "net.core.bpf_jit_harden"),
    ("sysfs", "/sys/kernel/uevent_helper"),
    ("sysfs", "/sys/fs/cgroup/cpu/release_agent"),
    ("sysfs", "/sys/kernel/debug/sched/features"),
    ("sysfs", "/sys/kernel/mm/transparent_hugepage/uevent"),
    ("sysfs", "/sys/block/vda/queue/write_cache"),
    ("sysfs", "/sys/module/kvm/parameters/halt_poll_ns"),
    # other ways to say the same
    ("sysfs", f"{CPU}/cpu1/../cpu0/online"),
    ("sysfs", f"{CPU}/./cpu0/online"),
    ("sysfs", f"{CPU}//cpu0/online"),
    ("sysfs", f"{CPU}/CPU0/Online"),
    ("sysfs", f"{CPU}/cpu0/online "),
    ("sysfs", f"{CPU}/cpu0/online\n"),
    ("sysfs", f"{CPU}/cpu0/online\0"),
    ("sysfs", f"{CPU}/cpu*/online"),
    ("sysfs", f"{CPU}/cpu0\\/online"),
    ("sysfs", "sys/devices/system/cpu/cpu0/online"),
    ("sysfs", "/sys/kernel/mm/ksm/../../../power/state"),
    ("sysfs", "/sys/kernel/mm/ksm/../../../../etc/passwd"),
    ("sysfs", f"{CPU}/cpu\N{FULLWIDTH DIGIT ZERO}/online"),
    ("sysfs", "/etc/passwd"),
    ("sysctl", "kernel/sysrq"),
    ("sysctl", "vm.dirty_ratio/../../kernel/sysrq"),
    ("sysctl", "vm..dirty_ratio"),
    ("sysctl", ".vm.dirty_ratio"),
    ("sysctl", "Kernel.SysRq"),
    ("sysctl", ""),
    ("block", "vda/write_cache"),
    ("block", "../vda/scheduler"),
    ("block", "vda/../../power/state"),
    ("block", "vda/queue/scheduler"),
    ("hugepages", "../ksm/run"),
    ("cpufreq", "scaling_governor"),
    ("cgroup", "release_agent"),
    ("cgroup", "group/../../etc"),
    ("cgroup", "cpu.quota@/srv"),
    ("cgroup", "io.write_iops"),
    ("cgroup", "io.write_iops@254:0 rbps=1"),
    ("cgroup", "io.write_iops@254:0\n8:0"),
    ("file", "/tmp//../etc/passwd"),
    ("file", "/etc//passwd"),
    ("file", "/proc/sys/kernel//sysrq"),
    ("file", "relative//name"),
    ("command", '{"set": ["sh", "-c", "{value}"], "get": ["true"]}'),
    ("command", '{"set": ["/bin/bash", "-c", "{value}"], "get": ["true"]}'),
    ("command", '{"set": ["env", "sh", "-c", "{value}"], "get": ["true"]}'),
    ("command", '{"set": ["env", "-S", "sh -c {value}"], "get": ["true"]}'),
    ("command", '{"set": ["rbash", "-c", "{value}"], "get": ["true"]}'),
    ("command", '{"set": ["set-it", "{value}"], "get": ["/usr/bin/dash", "-c", "id"]}'),
    ("command", '{"set": ["{value}"], "get": ["get-it"]}'),
    ("command", '{"set": ["set-it"], "get": ["get-it"]}'),
    ("command", '{"set": "set-it {value}", "get": ["get-it"]}'),
    ("command", "set-it {value}"),
]


@pytest.mark.parametrize(("kind", "address"), NEVER)
def test_what_is_never_set_is_refused_before_anything_happens(
    kind: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADET_STATE_DIR", str(tmp_path / "state"))
    opened: list[object] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest, **more: (opened.append(path), real(path, *rest, **more))[1])
    with pytest.raises(Refused), DeviceState([Setting(Knob(kind, address), ("x",))]):
        pytest.fail("it was opened")
    assert not opened
    assert not (tmp_path / "state").exists()


def test_the_list_is_long_enough() -> None:
    assert len(set(NEVER)) >= 40


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("sysctl", "vm.dirty_ratio"),
        ("sysctl", "kernel.sched_autogroup_enabled"),
        ("sysctl", "net.ipv4.tcp_rmem"),
        ("sysfs", "/sys/kernel/mm/ksm/run"),
        ("sysfs", f"{CPU}/cpu1/online"),
        ("sysfs", f"{CPU}/cpu11/online"),
        ("block", "nvme0n1/read_ahead_kb"),
        ("hugepages", "enabled"),
        ("cpufreq", "governor"),
        ("cgroup", "cpu.quota"),
        ("cgroup", "io.write_iops@254:0"),
        ("command", '{"set": ["set-it", "{value}"], "get": ["get-it"]}'),
    ],
)
def test_what_shapes_performance_is_not_refused(kind: str, address: str) -> None:
    actuator(kind).check(address)


def test_a_link_out_of_sysfs_is_refused(tmp_path: Path) -> None:
    from cadet.device.actuators.sysfs import Sysfs

    ksm = tmp_path / "sys/kernel/mm/ksm"
    ksm.parent.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "run").write_text("0")
    ksm.symlink_to(elsewhere)
    with pytest.raises(Refused, match="leads out of"):
        Sysfs(tmp_path).check("/sys/kernel/mm/ksm/run")


def test_a_link_onto_the_deny_list_is_refused(tmp_path: Path) -> None:
    from cadet.device.actuators.sysfs import Sysfs

    first = tmp_path / "sys/devices/system/cpu/cpu0"
    first.mkdir(parents=True)
    (first / "online").write_text("1")
    (tmp_path / "sys/devices/system/cpu/cpu7").symlink_to(first)
    with pytest.raises(Refused, match="first core"):
        Sysfs(tmp_path).check(f"{CPU}/cpu7/online")


def test_a_knob_that_is_a_link_itself_is_refused(tmp_path: Path) -> None:
    from cadet.device.actuators.sysfs import Sysfs

    ksm = tmp_path / "sys/kernel/mm/ksm"
    ksm.mkdir(parents=True)
    (ksm / "other").write_text("0")
    (ksm / "run").symlink_to(ksm / "other")
    with pytest.raises(Refused, match="symbolic link"):
        Sysfs(tmp_path).check("/sys/kernel/mm/ksm/run")


def test_a_target_file_says_which_option_asked_for_it(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text("""
cadet = 1
name = "x"
[workload]
command = ["true"]
[options.core]
values = [0, 1]
default = 1
actuator = { sysfs = "/sys/devices/system/cpu/cpu0/online" }
[objectives.latency]
from = "wall"
""")
    with pytest.raises(
        TargetError, match=r"options\.core\.actuator\.sysfs: .*cpu0/online is never set: the first core"
    ):
        load(path)
