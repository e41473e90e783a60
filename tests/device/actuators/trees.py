"""Small trees of pseudo files, as kernels lay them out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """Write `files` below `root`; a name that ends with a slash is an empty folder."""
    for name, text in files.items():
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


V1 = {
    "proc/mounts": "\n".join(
        f"cgroup /sys/fs/cgroup/{name} cgroup rw,relatime,{name} 0 0" for name in ("cpu", "cpuset", "memory", "blkio")
    ),
    "sys/fs/cgroup/cpuset/cpuset.cpus": "0-3",
    "sys/fs/cgroup/cpuset/cpuset.mems": "0",
    "sys/fs/cgroup/cpu/tasks": "",
    "sys/fs/cgroup/memory/tasks": "",
    "sys/fs/cgroup/blkio/tasks": "",
}
V2 = {
    "proc/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0",
    "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids",
    "sys/fs/cgroup/cgroup.subtree_control": "memory",
    "sys/fs/cgroup/cpuset.cpus.effective": "0-3",
}
HYBRID = {
    "proc/mounts": "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0",
    "sys/fs/cgroup/unified/cgroup.controllers": "memory io",
    "sys/fs/cgroup/unified/cgroup.subtree_control": "",
    "sys/fs/cgroup/cpu,cpuacct/tasks": "",
}
EMPTY_V2 = {
    "proc/mounts": "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
    "sys/fs/cgroup/unified/cgroup.controllers": "",
}
CPUFREQ = {
    f"sys/devices/system/cpu/cpufreq/policy{number}/{name}": value
    for number, governor in ((0, "schedutil"), (4, "performance"))
    for name, value in {
        "scaling_governor": governor,
        "scaling_available_governors": "performance schedutil powersave",
        "scaling_min_freq": "400000",
        "scaling_max_freq": "1400000",
        "scaling_available_frequencies": "400000 1000000 1400000",
    }.items()
}
BLOCK = {
    "sys/block/vda/queue/scheduler": "none [mq-deadline] kyber",
    "sys/block/vda/queue/nr_requests": "256",
    "sys/block/vda/queue/read_ahead_kb": "128",
}
