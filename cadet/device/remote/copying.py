"""The files beside a target file, as they go to a board: what there is, and in which pieces."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from cadet.errors import UsageError

LEFT_OUT = (".cadet", ".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
BATCH_BYTES = 4 * 2**20  # sent at once, and answered
_MOST_FILES, _MOST_BYTES = 5_000, 2**30  # beyond it somebody's home folder is about to be copied
_CHUNK = 2**20


@dataclass(frozen=True)
class Listed:
    """A file: its path below the folder, its permissions, size and SHA-256."""

    path: str
    mode: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Piece:
    """A part of a file; the last one ends at `total`."""

    path: str
    mode: int
    offset: int
    size: int
    total: int


@dataclass(frozen=True)
class Folder:
    """The files and folders below `root`, by path."""

    root: Path
    folders: tuple[str, ...]
    files: tuple[Listed, ...]

    def batches(self, wanted: Sequence[str]) -> Iterator[tuple[list[Piece], bytes]]:
        """Yield the wanted files in pieces, as many at once as fit into a batch, with their bytes."""
        pieces: list[Piece] = []
        body = bytearray()
        for piece, content in self._pieces(set(wanted)):
            if pieces and len(body) + len(content) > BATCH_BYTES:
                yield pieces, bytes(body)
                pieces, body = [], bytearray()
            pieces.append(piece)
            body += content
        if pieces:
            yield pieces, bytes(body)

    def _pieces(self, wanted: set[str]) -> Iterator[tuple[Piece, bytes]]:
        for listed in self.files:
            if listed.path not in wanted:
                continue
            with _opened(self.root / listed.path) as file:
                for offset in range(0, max(listed.size, 1), BATCH_BYTES):
                    content = file.read(min(BATCH_BYTES, listed.size - offset))
                    if len(content) != min(BATCH_BYTES, listed.size - offset):
                        raise UsageError(f"device: {self.root / listed.path} changed while it was copied; try again")
                    yield Piece(listed.path, listed.mode, offset, len(content), listed.size), content


def listed(root: Path, exclude: Sequence[str] = ()) -> Folder:
    """Return what is below `root` without studies, caches and what `exclude` names; links are followed.

    Raises UsageError for what cannot be read, and for more than anybody means to copy.
    """
    folders: list[str] = []
    files: list[Listed] = []
    left = _MOST_BYTES
    for path in _walked(root, (*LEFT_OUT, *exclude)):
        name = path.relative_to(root).as_posix()
        if path.is_dir():
            folders.append(name)
            continue
        files.append(_listed(path, name))
        left -= files[-1].size
        if left < 0 or len(files) > _MOST_FILES:
            raise UsageError(f"device: more than {_MOST_FILES} files or {_MOST_BYTES // 2**20} MiB lie beside the "
                             f"target file and would be copied to the board, such as {name}; put the target into a "
                             'folder of its own, or name what stays here: [device] exclude = ["data/*"]')  # fmt: skip
    return Folder(root, tuple(folders), tuple(files))


def _walked(root: Path, exclude: Sequence[str]) -> Iterator[Path]:
    """Yield files and folders, a folder before what it holds; a link that leads back above itself ends there."""
    waiting, seen = [root], {root.resolve()}
    while waiting:
        for entry in sorted(_entries(waiting.pop())):
            if _left_out(entry, root, exclude):
                continue
            if entry.is_dir():
                if entry.resolve() in seen:
                    continue
                seen.add(entry.resolve())
                waiting.append(entry)
            elif not entry.is_file():
                continue  # a socket, a pipe, a link to nothing: no content to copy
            yield entry


def _left_out(entry: Path, root: Path, exclude: Sequence[str]) -> bool:
    name = entry.relative_to(root).as_posix()
    return any(fnmatchcase(entry.name, pattern) or fnmatchcase(name, pattern) for pattern in exclude)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise UsageError(f"device: cannot copy {folder} to the board: {error.strerror}") from None


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"device: cannot copy {path} to the board: {error.strerror}") from None


def _listed(path: Path, name: str) -> Listed:
    digest, size = hashlib.sha256(), 0
    with _opened(path) as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Listed(name, mode, size, digest.hexdigest())
