"""What is never written, whoever asks: what may hang, damage, unlock or reboot a machine that somebody needs.

The allow-list of each kind comes first; this list stands behind it, for the day when an allow-list is too wide.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from cadet.errors import Refused

_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("the first core stays online", ("/sys/devices/system/cpu/cpu0/online", "/sys/devices/system/cpu/cpu0/hotplug/*",
                                     "/sys/devices/system/cpu/smt/*")),
    ("it reboots, halts or suspends", ("/proc/sysrq-trigger", "/proc/sys/kernel/sysrq", "/sys/power/*", "*reboot*",
                                       "/proc/sys/kernel/panic*", "/proc/sys/kernel/*panic*", "/proc/sys/vm/panic*",
                                       "/proc/sys/kernel/ctrl-alt-del", "/proc/sys/kernel/poweroff*", "/dev/watchdog*",
                                       "/sys/class/watchdog/*", "*/watchdog*/*", "/sys/kernel/kexec*",
                                       "/proc/sys/kernel/kexec*", "*/rtc*/*")),
    ("it runs programs as root", ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/core_pipe*",
                                  "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug", "*uevent*",
                                  "/proc/sys/kernel/usermodehelper/*", "*/release_agent", "*/notify_on_release",
                                  "/proc/sys/fs/binfmt_misc/*")),
    ("it cannot be taken back", ("/proc/sys/kernel/modules_disabled", "/proc/sys/kernel/yama/*",
                                 "/proc/sys/kernel/unprivileged_bpf_disabled", "/proc/sys/vm/drop_caches",
                                 "/proc/sys/vm/compact_memory", "/proc/sys/vm/memfd_noexec")),
    ("it weakens the protection of the system", (
        "/proc/sys/kernel/randomize_va_space", "/proc/sys/kernel/kptr_restrict", "/proc/sys/kernel/dmesg_restrict",
        "/proc/sys/kernel/perf_event_*", "/proc/sys/fs/protected_*", "/proc/sys/fs/suid_dumpable",
        "/proc/sys/vm/mmap_min_addr", "/proc/sys/vm/mmap_rnd*", "/proc/sys/vm/unprivileged_userfaultfd",
        "/proc/sys/vm/hugetlb_shm_group",
        "/proc/sys/vm/legacy_va_layout", "/proc/sys/net/core/bpf_jit*", "/proc/sys/net/*/conf/*",
        "/proc/sys/net/*/ip_forward", "/sys/kernel/security/*", "/sys/fs/selinux/*", "/sys/fs/bpf/*",
        "/sys/devices/system/cpu/vulnerabilities/*", "/proc/sys/user/*", "/proc/sys/crypto/*")),
    ("it changes temperatures at which the hardware protects itself", ("*trip_point*", "*/emul_temp", "*/thermal/*",
                                                                       "*/thermal_zone*/*", "*_crit*", "*/cur_state")),
    ("it drives the fan", ("*/pwm[0-9]*", "*/fan[0-9]*", "*pwm-fan*", "*/target_pwm", "*/hwmon*/*")),
    ("it changes voltages", ("*volt*", "*/regulator*/*", "*undervolt*", "*/in[0-9]*_input")),
    ("it writes processor registers or memory", ("/dev/cpu/*", "/dev/mem", "/dev/kmem", "/dev/port", "*/msr", "*/msr/*",
                                                 "/proc/kcore", "/proc/*/mem", "/proc/self/*", "/proc/[0-9]*")),
    ("it changes firmware", ("/sys/firmware/*", "*/efivars/*", "*/flash*", "*/bios*", "/sys/class/firmware/*")),
    ("it takes a device away", ("*/unbind", "*/bind", "*/remove", "*/rescan", "*/delete", "*/new_id", "*/remove_id",
                                "*/driver_override", "*/drivers_probe", "*/reset", "*/ro", "*/authorized*",
                                "/sys/bus/*")),
    ("without it nothing can stop a program that spins in real time, and nothing can put the machine back",
     ("/proc/sys/kernel/sched_rt_*",)),
    ("it lies about what is on the disk", ("*/queue/write_cache", "*/queue/fua", "*/queue/zoned", "*/cache_type")),
    ("it is an interface for debugging the kernel", ("/sys/kernel/debug/*", "/sys/kernel/tracing/*",
                                                     "/sys/kernel/livepatch/*", "/proc/sys/kernel/ftrace*")),
    ("it is a device or a file of the system", ("/dev/*", "/etc/*", "/usr/*", "/boot/*", "/bin/*", "/sbin/*")),
)  # fmt: skip
_SYSTEM = ("proc", "sys", "dev", "etc", "usr", "boot", "bin", "sbin", "lib", "lib32", "lib64", "run", "efi")


def refuse_denied(*paths: Path | str) -> None:
    """Raise Refused when one of these spellings of a path is on the deny-list; case does not matter."""
    for path in paths:
        text = str(path).casefold()
        for reason, patterns in _RULES:
            if _matches(text, patterns):
                raise Refused(f"{path} is never set: {reason}")


def refuse_system(*paths: Path | str) -> None:
    """Raise Refused for a file in a folder that belongs to the system rather than to a deployment."""
    for path in paths:
        if len(Path(path).parts) < 2 or Path(path).parts[1].casefold() in _SYSTEM:
            raise Refused(f"{path} is never set: it is a file of the system")


def refuse_tricks(address: str) -> None:
    """Raise Refused for an address that does not say plainly where it leads."""
    if not address or any(not c.isprintable() or c.isspace() or c in "\\*?[]~$%" for c in address):
        raise Refused(f"{address!r} is no address of a knob: only plain printable characters")
    if not address.isascii():
        raise Refused(f"{address!r} is no address of a knob: only ASCII letters, which cannot be mistaken for others")
    parts = address.removeprefix("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise Refused(f"{address!r} leads astray: write the path without '..', '.' and '//'")


def refuse_where_it_leads(path: Path, root: Path, inside: str) -> None:
    """Raise Refused when `path` is a link, or really lies outside the folder `inside` of `root` or on the deny-list."""
    if path.is_symlink():
        raise Refused(f"{path} is a symbolic link; write the path of the file itself")
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(root / inside)):
        raise Refused(f"{path} leads out of {root / inside}, to {real}")
    refuse_denied("/" / real.relative_to(os.path.realpath(root)))


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(text, pattern) or text == pattern.removesuffix("/*") for pattern in patterns)
