"""Values of kernel parameters that are refused before anything is written, though the kernel would take them.

The kernel refuses what is impossible; these are possible and take the machine away from everybody on it.

Source: Documentation/admin-guide/sysctl/vm.rst and fs.rst of the kernel.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from cadet.device.actuators.pseudofile import number, read_text
from cadet.errors import CapabilityMissing, Refused

MOST_RESERVED = 0.05  # of memory that may be kept free for the kernel; more "will OOM your machine instantly"
MOST_HUGE = 0.5  # of memory that may be set aside as huge pages, which nothing else can use
Rule = Callable[[float, float], str]  # value, memory in kB -> why it is refused, "" where it is not


def _free(value: float, memory_kb: float) -> str:
    if value < 1024:
        return "below 1024 kB the kernel deadlocks under load"
    most = MOST_RESERVED * memory_kb
    return f"beyond {most:.0f} kB, {MOST_RESERVED:.0%} of memory, programs are killed" if value > most else ""


def _overcommit(value: float, memory_kb: float) -> str:
    return "programs that are running may fail to get memory at once" if value not in (0, 1) else ""


def _watermark(value: float, memory_kb: float) -> str:
    return "beyond 1000 a tenth of memory cannot be used" if not 0 < value <= 1000 else ""


def _at_least(least: int, why: str) -> Rule:
    return lambda value, memory_kb: f"below {least} {why}" if value < least else ""


def _never(why: str) -> Rule:
    return lambda value, memory_kb: why


_RULES: dict[str, Rule] = {
    "vm.min_free_kbytes": _free,
    "vm.overcommit_memory": _overcommit,
    "vm.overcommit_ratio": _never("where overcommitment is forbidden, running programs may fail to get memory at once"),
    "vm.overcommit_kbytes": _never(
        "where overcommitment is forbidden, running programs may fail to get memory at once"
    ),
    "vm.watermark_scale_factor": _watermark,
    "vm.lowmem_reserve_ratio": _never("a zone of memory that is kept back ends programs that have no other"),
    "vm.max_map_count": _at_least(65530, "(the kernel's default) running programs may fail to map memory"),
    "vm.admin_reserve_kbytes": _at_least(8192, "root may not be able to log in and end a program"),
    "vm.dirty_writeback_centisecs": _at_least(1, "what is written may never reach the disk"),
    "fs.file-max": _at_least(65536, "running programs may fail to open files"),
}
_HUGE = re.compile(r"/sys/kernel/mm/hugepages/hugepages-(\d+)kB/nr_hugepages")


def refuse_sysctl(address: str, value: str, root: Path) -> None:
    """Raise Refused for a value of this parameter that is known to be dangerous on this machine."""
    if address in ("vm.nr_hugepages", "vm.nr_hugepages_mempolicy"):
        _refuse_huge(f"sysctl {address}", value, _meminfo(root, "Hugepagesize"), root)
        return
    rule = _RULES.get(address)
    for word in value.split() if rule is not None else ():
        asked = number(word)
        reason = rule(asked, _meminfo(root, "MemTotal")) if rule is not None and asked is not None else ""
        if reason:
            raise Refused(f"sysctl {address} = {value} is never set: {reason}")


def refuse_sysfs(address: str, value: str, root: Path) -> None:
    """Raise Refused for a value of this file that is known to be dangerous on this machine."""
    pages = _HUGE.fullmatch(address)
    if pages is not None:
        _refuse_huge(address, value, float(pages[1]), root)


def _refuse_huge(what: str, value: str, page_kb: float, root: Path) -> None:
    asked = number(value)
    most = MOST_HUGE * _meminfo(root, "MemTotal") / page_kb
    if asked is not None and asked > most:
        raise Refused(f"{what} = {value} is never set: {most:.0f} huge pages are half of memory, which no other "
                      "program can use")  # fmt: skip


def _meminfo(root: Path, key: str) -> float:
    """Return an entry of /proc/meminfo in kB."""
    for line in read_text(root / "proc/meminfo").splitlines():
        name, _, rest = line.partition(":")
        if name == key:
            return float(rest.split()[0])
    raise CapabilityMissing(f"{root / 'proc/meminfo'} tells no {key}")
