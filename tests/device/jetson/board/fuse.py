"""Serve a tree of attributes as a file system, so that a write can be refused and a read can depend on the moment.

The kernel's FUSE protocol, version 7.31 (include/uapi/linux/fuse.h), as far as sysfs needs it; no library.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_IN, _OUT = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
_ATTR = struct.Struct("<QQQQQQIIIIIIIIII")
_BUFFER = 1 << 20
_MAX_WRITE = 1 << 16
_DIRECT_IO = 1  # every read asks us: nothing is cached, sizes do not matter
_PAGE = 4096  # the size that sysfs shows for every attribute
_NO_ANSWER = {2, 36, 42}  # forget, interrupt, batch forget


@dataclass(eq=False)
class Attribute:
    """A file: `get` answers reads; `put` takes writes and raises OSError as the kernel would; None: read only."""

    get: Callable[[], str]
    put: Callable[[str], None] | None = None
    opened: Callable[[], None] = lambda: None
    released: Callable[[], None] = lambda: None

    @property
    def mode(self) -> int:
        """Type and permissions."""
        return stat.S_IFREG | (0o444 if self.put is None else 0o644)


@dataclass(eq=False)
class Link:
    """A symbolic link."""

    target: str
    mode: int = stat.S_IFLNK | 0o777


@dataclass(eq=False)
class Directory:
    """A directory by name of its entries."""

    entries: dict[str, Attribute | Link | Directory] = field(default_factory=dict)
    mode: int = stat.S_IFDIR | 0o755

    def add(self, path: str, node: Attribute | Link) -> None:
        """Put `node` at `path`, with the directories above it."""
        *above, name = path.strip("/").split("/")
        here = self
        for part in above:
            child = here.entries.setdefault(part, Directory())
            if not isinstance(child, Directory):
                raise ValueError(f"{path}: {part} is no directory")
            here = child
        here.entries[name] = node


Node = Attribute | Link | Directory


class Server:
    """Mounts `tree` at `place` and answers until it is unmounted."""

    def __init__(self, tree: Directory, place: Path) -> None:
        self._nodes: dict[int, Node] = {1: tree}
        self._numbers: dict[int, int] = {id(tree): 1}
        self._open: dict[int, tuple[Attribute, str]] = {}
        self._last = 0
        self._fd = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self._fd},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
        _mount("board", place, "fuse.board", options)

    def serve(self) -> None:
        """Answer requests, one at a time, until the file system is gone."""
        while True:
            try:
                request = os.read(self._fd, _BUFFER)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.ENOENT):
                    continue
                if error.errno == errno.ENODEV:
                    return
                raise
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        _, opcode, unique, number, *_ = _IN.unpack_from(request)
        if opcode in _NO_ANSWER:
            return
        try:
            body, code = self._reply(opcode, self._nodes[number] if number else self._nodes[1], request[_IN.size :]), 0
        except OSError as error:
            body, code = b"", -(error.errno or errno.EIO)
        os.write(self._fd, _OUT.pack(_OUT.size + len(body), code, unique) + body)

    def _reply(self, opcode: int, node: Node, body: bytes) -> bytes:
        if opcode == 26:  # init
            return struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 8, 8, _MAX_WRITE, 1, 16, 0, 0)
        if opcode == 1:
            return self._looked_up(node, body.rstrip(b"\0").decode())
        if opcode in (3, 4):  # getattr; setattr is the truncation of open(..., "w"), which sysfs ignores
            return struct.pack("<QII", 0, 0, 0) + self._attributes(node)
        if opcode == 5 and isinstance(node, Link):
            return node.target.encode()
        if opcode in (14, 27):
            return self._opened(node, *struct.unpack_from("<I", body))
        if opcode == 15:
            return self._read(*struct.unpack_from("<QQI", body))
        if opcode == 16:
            return self._written(body)
        if opcode == 28 and isinstance(node, Directory):
            return self._listed(node, *struct.unpack_from("<QQI", body))
        if opcode == 17:  # statfs
            return bytes(80)
        if opcode in (18, 29):
            self._released(*struct.unpack_from("<Q", body))
            return b""
        if opcode in (20, 25, 34, 38):  # fsync, flush, access, destroy
            return b""
        raise OSError(errno.ENOSYS, "not served")

    def _number(self, node: Node) -> int:
        number = self._numbers.setdefault(id(node), len(self._numbers) + 1)
        self._nodes[number] = node
        return number

    def _looked_up(self, node: Node, name: str) -> bytes:
        child = node.entries.get(name) if isinstance(node, Directory) else None
        if child is None:
            raise FileNotFoundError(errno.ENOENT, name)
        return struct.pack("<QQQQII", self._number(child), 0, 0, 0, 0, 0) + self._attributes(child)

    def _attributes(self, node: Node) -> bytes:
        size = len(node.target) if isinstance(node, Link) else _PAGE
        links = 2 if isinstance(node, Directory) else 1
        who = (os.getuid(), os.getgid())
        return _ATTR.pack(self._number(node), size, 8, 0, 0, 0, 0, 0, 0, node.mode, links, *who, 0, _PAGE, 0)

    def _opened(self, node: Node, flags: int) -> bytes:
        self._last += 1
        if isinstance(node, Attribute):
            if node.put is None and flags & os.O_ACCMODE != os.O_RDONLY:
                raise PermissionError(errno.EACCES, "read only")
            node.opened()
            self._open[self._last] = (node, "")
        return struct.pack("<QII", self._last, _DIRECT_IO, 0)

    def _read(self, handle: int, offset: int, size: int) -> bytes:
        node, text = self._open[handle]
        if offset == 0:
            text = node.get() + "\n"
            self._open[handle] = (node, text)
        return text.encode()[offset : offset + size]

    def _written(self, body: bytes) -> bytes:
        handle, _, size = struct.unpack_from("<QQI", body)
        node, _ = self._open[handle]
        if node.put is None:
            raise PermissionError(errno.EACCES, "read only")
        node.put(body[40 : 40 + size].decode().strip())
        return struct.pack("<II", size, 0)

    def _released(self, handle: int) -> None:
        node, _ = self._open.pop(handle, (None, ""))
        if node is not None:
            node.released()

    def _listed(self, node: Directory, _: int, offset: int, size: int) -> bytes:
        listing = b""
        for entry in list(self._entries(node))[offset:]:
            if len(listing) + len(entry) > size:
                break
            listing += entry
        return listing

    def _entries(self, node: Directory) -> Iterator[bytes]:
        for place, (name, child) in enumerate(node.entries.items(), start=1):
            text = name.encode()
            head = struct.pack("<QQII", self._number(child), place, len(text), stat.S_IFMT(child.mode) >> 12)
            yield (head + text).ljust((len(head) + len(text) + 7) // 8 * 8, b"\0")


def _mount(source: str, place: Path, kind: str, options: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    flags = 2 | 4  # nosuid, nodev
    if libc.mount(source.encode(), str(place).encode(), kind.encode(), flags, options.encode()):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(place))
