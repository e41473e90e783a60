"""The folder of a target on the board: a copy of the host's that lives on as if it had been written here.

What the host changed since the last copy is copied again. What changed here (made by a setup, written by a run, left by
a fix that was kept) stays, as it would beside a target file of this machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from cadet.device.remote.copying import Listed, Piece
from cadet.errors import MeasurementError

_OURS = ".cadet"  # no file of a target is called so
_COPIED = "copied.json"
_READY = "set-up"  # there: `setup` has been run in this folder
_UNFINISHED = ".cadet-new"


class BoardFolder:
    """Where the files are kept; made where it is missing. Raises MeasurementError where that cannot be done."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._ours = root / _OURS
        with _writing(root):
            self._ours.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._copied = self._read()

    def expect(self, folders: Sequence[str], files: Sequence[Listed]) -> list[str]:
        """Make the folders, remove what the host has no more, and return the paths of the files to send."""
        there = {file.path: file for file in files}
        with _writing(self.root):
            for path, sha256 in self._copied.items():
                if path not in there and sha256:
                    self._remove(self._place(path))
            for name in folders:
                self._place(name).mkdir(parents=True, exist_ok=True)
        self._copied = {path: sha256 for path, sha256 in self._copied.items() if path in there}
        wanted = [f.path for f in files if not self._place(f.path).exists() or self._copied.get(f.path) != f.sha256]
        self._note(dict.fromkeys(wanted, ""))  # until it has come: an interrupted copy is made again
        self._expected = there
        return wanted

    def take(self, pieces: Sequence[Piece], body: bytes) -> None:
        """Write these pieces of files; a file is there whole or as it was."""
        done: dict[str, str] = {}
        with _writing(self.root):
            for piece in pieces:
                content, body = body[: piece.size], body[piece.size :]
                if self._written(piece, content):
                    done[piece.path] = self._expected[piece.path].sha256
        self._note(done)

    @property
    def set_up(self) -> bool:
        """Whether `setup` has been run here."""
        return (self._ours / _READY).exists()

    def note_set_up(self) -> None:
        """Remember that `setup` has been run here."""
        with _writing(self.root):
            (self._ours / _READY).touch()

    def _written(self, piece: Piece, content: bytes) -> bool:
        """Write a piece; tell whether its file is complete."""
        path = self._place(piece.path)
        draft = path.with_name(path.name + _UNFINISHED)
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("ab" if piece.offset else "wb") as file:
            file.write(content)
        if piece.offset + piece.size < piece.total:
            return False
        draft.chmod(piece.mode | 0o600)
        draft.replace(path)
        return True

    def _remove(self, path: Path) -> None:
        """Remove a file, and the folders that are empty without it."""
        path.unlink(missing_ok=True)
        with suppress(OSError):  # the first that is not empty
            for folder in path.parents:
                if folder == self.root:
                    return
                folder.rmdir()

    def _place(self, name: str) -> Path:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or path.parts[:1] == (_OURS,) or "\0" in name or not path.parts:
            raise MeasurementError(f"{name!r} is no path below the folder of a target")
        return self.root / path

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads((self._ours / _COPIED).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise MeasurementError(f"{self._ours / _COPIED} is damaged ({error}); remove the folder {self.root}, "
                                   "it is a copy") from None  # fmt: skip
        return {str(path): str(sha256) for path, sha256 in found.items()}

    def _note(self, copied: dict[str, str]) -> None:
        if not copied:
            return
        self._copied |= copied
        draft = self._ours / f"{_COPIED}.new"
        with _writing(self.root):
            draft.write_text(json.dumps(self._copied), encoding="utf-8")
            os.replace(draft, self._ours / _COPIED)  # noqa: PTH105


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Tell a full disk or a missing permission as trouble of this folder."""
    try:
        yield
    except OSError as error:
        raise MeasurementError(f"cannot keep the files of the target in {root}: {error.strerror or error}") from None
