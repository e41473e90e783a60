"""The folder on the board is a copy that lives on: what changes here goes there, what changes there stays there."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadet.device.remote import copying
from cadet.device.remote.copying import Listed, Piece, listed
from cadet.device.remote.folder import BoardFolder
from cadet.errors import MeasurementError, UsageError


def copied(host: Path, board: Path, exclude: tuple[str, ...] = ()) -> list[str]:
    """Copy as host and agent do, and return which files went over."""
    folder = listed(host, exclude)
    there = BoardFolder(board)
    wanted = there.expect(folder.folders, folder.files)
    for pieces, body in folder.batches(wanted):
        there.take(pieces, body)
    return wanted


def tree(root: Path) -> dict[str, tuple[bytes | None, int]]:
    return {
        path.relative_to(root).as_posix(): (None, 0) if path.is_dir() else (path.read_bytes(), path.stat().st_mode)
        for path in root.rglob("*")
        if ".cadet" not in path.parts
    }


@pytest.fixture
def host(tmp_path: Path) -> Path:
    root = tmp_path / "host"
    (root / "data" / "empty").mkdir(parents=True)
    (root / ".cadet").mkdir()
    (root / ".cadet" / "study.db").write_bytes(b"study")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "data" / "model.bin").write_bytes(random.Random(1).randbytes(100_000))
    (root / "nothing").touch()
    return root


def test_the_copy_is_the_folder(host: Path, tmp_path: Path) -> None:
    assert copied(host, tmp_path / "board") == ["nothing", "run.sh", "data/model.bin"]
    assert tree(tmp_path / "board") == tree(host)


def test_a_second_copy_sends_nothing(host: Path, tmp_path: Path) -> None:
    copied(host, tmp_path / "board")
    assert copied(host, tmp_path / "board") == []


def test_what_changed_here_goes_over_and_what_is_gone_here_goes_there(host: Path, tmp_path: Path) -> None:
    copied(host, tmp_path / "board")
    (host / "run.sh").write_text("#!/bin/sh\ntrue\n")
    (host / "nothing").unlink()
    assert copied(host, tmp_path / "board") == ["run.sh"]
    assert tree(tmp_path / "board") == tree(host)


def test_what_was_made_or_changed_there_stays(host: Path, tmp_path: Path) -> None:
    """Input that `setup` made, and a configuration file in which a fix was kept."""
    board = tmp_path / "board"
    copied(host, board)
    (board / "input.db").write_text("made by setup")
    (board / "run.sh").write_text("as the fix left it")
    assert copied(host, board) == []
    assert (board / "input.db").read_text() == "made by setup"
    assert (board / "run.sh").read_text() == "as the fix left it"
    (host / "run.sh").write_text("edited since")
    assert copied(host, board) == ["run.sh"]
    assert (board / "run.sh").read_text() == "edited since"


def test_large_files_go_in_pieces(host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BATCH_BYTES", 999)
    copied(host, tmp_path / "board")
    assert tree(tmp_path / "board") == tree(host)
    assert all(len(body) <= 999 for _, body in listed(host).batches(["data/model.bin", "run.sh"]))


@pytest.mark.parametrize("after", [0, 1, 5])
def test_a_copy_that_was_cut_short_is_made_again(
    host: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(copying, "BATCH_BYTES", 10_000)
    folder, there = listed(host), BoardFolder(tmp_path / "board")
    wanted = there.expect(folder.folders, folder.files)
    for (pieces, body), _ in zip(folder.batches(wanted), range(after), strict=False):
        there.take(pieces, body)
    assert "data/model.bin" in copied(host, tmp_path / "board")
    left = {name: seen for name, seen in tree(tmp_path / "board").items() if not name.endswith(".cadet-new")}
    assert left == tree(host)


def test_what_is_excluded_stays_here(host: Path, tmp_path: Path) -> None:
    assert copied(host, tmp_path / "board", ("*.bin",)) == ["nothing", "run.sh"]
    assert copied(host, tmp_path / "other", ("data",)) == ["nothing", "run.sh"]
    assert not (tmp_path / "other" / "data").exists()


def test_links_are_followed_and_end_where_they_lead_back(host: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "weights").write_text("w")
    (host / "models").symlink_to(tmp_path / "elsewhere")
    (host / "loop").symlink_to(host)
    (host / "gone").symlink_to(tmp_path / "nowhere")
    copied(host, tmp_path / "board")
    assert (tmp_path / "board" / "models" / "weights").read_text() == "w"
    assert not (tmp_path / "board" / "models").is_symlink()
    assert not (tmp_path / "board" / "loop").exists()


def test_somebodys_home_folder_is_not_copied(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_MOST_BYTES", 50_000)
    with pytest.raises(UsageError, match="exclude"):
        listed(host)
    assert listed(host, ("*.bin",)).files


HOSTILE = ("/etc/passwd", "../x", "a/../../x", ".cadet/copied.json", "", "a\0b", "..", ".")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    board = BoardFolder(tmp_path / "board")
    with pytest.raises(MeasurementError, match="no path below"):
        board.expect([], [Listed(name, 0o644, 1, "0" * 64)])
    with pytest.raises(MeasurementError, match="no path below"):
        board.expect([name], [])
    board.expect([], [])
    with pytest.raises(MeasurementError, match="no path below"):
        board.take([Piece(name, 0o644, 0, 1, 1)], b"x")
    assert sorted(p.name for p in tmp_path.rglob("*")) == [".cadet", "board"]


FILES = st.dictionaries(st.sampled_from(["a", "b/c", "b/d", "e"]), st.binary(max_size=40))
TURNED = st.dictionaries(st.sampled_from(["a/c", "b", "e"]), st.binary(max_size=40))  # files into folders and back


@settings(deadline=None, max_examples=30)  # the disk of a busy machine
@given(FILES | TURNED, FILES | TURNED)
def test_after_any_change_the_copy_is_the_folder(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("copy")
    for files in (before, after):
        host = root / f"host-{len(list(root.iterdir()))}"
        for name, content in files.items():
            (host / name).parent.mkdir(parents=True, exist_ok=True)
            (host / name).write_bytes(content)
        host.mkdir(exist_ok=True)
        copied(host, root / "board")
    there = {name: seen for name, (seen, _) in tree(root / "board").items() if seen is not None}
    assert there == after


def test_a_full_or_closed_folder_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MeasurementError, match="cannot keep the files"):
        BoardFolder(tmp_path / "file" / "board")
