"""The demo works on a disk or says why it cannot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cadet.demo.place import Mount, fsync_seconds, in_memory, place, read_mounts
from cadet.errors import CapabilityMissing

MOUNTINFO = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
30 25 0:25 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684096k
31 27 0:26 / /srv/with\040space rw - tmpfs tmpfs rw
32 27 254:16 / /data rw - xfs /dev/vdb rw
33 32 0:27 / /data/fast rw - ramfs none rw
40 27 0:30 / /merged rw - overlay overlay rw,lowerdir=/a,upperdir=/dev/shm,workdir=/w
41 27 0:31 / /solid rw - overlay overlay rw,lowerdir=/a,upperdir=/,workdir=/w
42 27 0:32 / /hasty rw - overlay overlay rw,lowerdir=/a,upperdir=/,workdir=/w,volatile
43 27 0:33 / /foreign rw - overlay overlay rw,lowerdir=/a,upperdir=/no/such/path/of/the/host,workdir=/w
44 27 252:0 / /swift rw - ext4 /dev/zram0 rw
50 27 0:40 / /twice rw - tmpfs tmpfs rw
51 50 254:32 / /twice rw - ext4 /dev/vdc rw
"""


@pytest.fixture
def mounts(tmp_path: Path) -> tuple[Mount, ...]:
    source = tmp_path / "mountinfo"
    source.write_text(MOUNTINFO.lstrip(), encoding="utf-8")
    return read_mounts(source)


@pytest.mark.parametrize(
    ("directory", "reason"),
    [
        ("/home/me", ""),
        ("/data/db", ""),
        ("/dev/shm/x", "tmpfs"),
        ("/srv/with space/x", "tmpfs"),
        ("/srv/without", ""),
        ("/data/fast/db", "ramfs"),
        ("/merged/x", "tmpfs"),
        ("/solid/x", ""),
        ("/hasty/x", "volatile"),
        ("/foreign/x", ""),
        ("/swift/x", "zram0"),
        ("/twice/x", ""),
    ],
)
def test_files_in_memory_are_recognised(mounts: tuple[Mount, ...], directory: str, reason: str) -> None:
    found = in_memory(Path(directory), mounts)
    assert reason in found if reason else not found


def test_without_proc_there_are_no_mounts_and_the_probe_decides(tmp_path: Path) -> None:
    mounts = read_mounts(tmp_path / "absent")
    assert mounts == ()
    assert in_memory(tmp_path, mounts) == ""


def test_an_fsync_takes_time_and_leaves_nothing_behind(tmp_path: Path) -> None:
    assert fsync_seconds(tmp_path) > 0
    assert list(tmp_path.iterdir()) == []


def test_the_first_directory_on_a_disk_is_taken_and_the_refused_are_named(disk: Path) -> None:
    chosen = place([Path("/proc/self/fdinfo/cadet"), disk / "a", disk / "b"])
    assert chosen.directory == disk / "a"
    assert "/proc/self/fdinfo/cadet" in chosen.note
    assert str(disk / "a") in chosen.note
    assert not (disk / "b").exists()


def test_a_memory_file_system_is_refused_by_name(disk: Path) -> None:
    memory = Path("/dev/shm")
    if not in_memory(memory, read_mounts()):
        pytest.skip("/dev/shm is no memory file system here")
    chosen = place([memory / "cadet-test", disk])
    assert chosen.directory == disk
    assert "in memory" in chosen.note
    assert not (memory / "cadet-test").exists()


def test_an_fsync_that_does_nothing_is_noticed(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # as under eatmydata
    with pytest.raises(CapabilityMissing, match="reaches no disk"):
        place([disk])


def test_no_disk_at_all_is_explained_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(CapabilityMissing, match=r"(?s)cannot be created.*--dir") as caught:
        place([file / "below"])
    assert caught.value.exit_code == 6


def test_no_candidate_is_an_error_too() -> None:
    with pytest.raises(CapabilityMissing):
        place([])
