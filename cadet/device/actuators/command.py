"""A pair of programs that set and show a value, for what has no file: argv, never a shell."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from cadet.device.actuators import programs
from cadet.device.actuators.pseudofile import equal
from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.protocols import Knob

_TIMEOUT_S = 30.0
_SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "busybox", "ash",
                     "toybox", "rbash", "mksh", "ksh93", "yash", "pwsh"))  # fmt: skip


def address_of(set_argv: Sequence[str], get_argv: Sequence[str], folder: str = "/") -> str:
    """Return the address of the pair, which is JSON; `folder` is where the programs run."""
    return json.dumps({"set": list(set_argv), "get": list(get_argv), "folder": folder})


class Command:
    """Addresses are JSON, `{"set": [argv with {value}], "get": [argv], "folder": path}`; `get` prints the value."""

    kind = "command"
    volatile = False  # nobody knows what the program writes

    def check(self, address: str) -> None:
        """Raise Refused for what is no pair of argv, and for a shell, which would read a value as a program."""
        pair = _pair(address)
        for argv in (pair.set, pair.get):
            words = (word for argument in argv for word in argument.split())  # env -S splits, too
            if any(word.rpartition("/")[2] in _SHELLS for word in words):  # also behind env, sudo, nice
                raise Refused(f"command {shlex.join(argv)}: a shell is never run; name the program itself")
        if not any("{value}" in argument for argument in pair.set[1:]):
            raise Refused(f"command {shlex.join(pair.set)}: no argument holds {{value}}, so it would set nothing")

    def system(self, address: str) -> bool:
        """Nobody knows who feels it."""
        return True

    def read(self, address: str) -> str:
        """Return what `get` prints."""
        pair = _pair(address)
        printed, trouble = _run(pair.get, pair.folder)
        if trouble:
            raise CapabilityMissing(trouble)
        return printed

    def write(self, address: str, value: str) -> None:
        """Run `set` with the value."""
        pair = _pair(address)
        _, trouble = _run([argument.replace("{value}", value) for argument in pair.set], pair.folder)
        if trouble:
            raise NotApplied(trouble)

    def reset(self, address: str) -> None:
        """There is always a value to write back."""
        raise NotApplied("a command is restored by the value that it showed")

    def twins(self, address: str) -> Sequence[Knob]:
        """Nobody knows them."""
        return ()

    def available(self, address: str) -> Sequence[str]:
        """Nothing is run to find out: a target is read without running anything of it."""
        return ()

    def same(self, address: str, asked: str, shown: str) -> bool:
        """Tell whether both are one value."""
        return equal(asked, shown)


@dataclass(frozen=True)
class _Pair:
    set: list[str]
    get: list[str]
    folder: str


def _pair(address: str) -> _Pair:
    try:
        given = json.loads(address)
        pair = _Pair(given["set"], given["get"], given.get("folder", "/"))
        whole = isinstance(pair.folder, str) and all(map(_is_argv, (pair.set, pair.get)))
    except (ValueError, TypeError, KeyError, AttributeError):
        whole = False
    if not whole:
        raise Refused(f'command {address!r}: needs {{ set = ["program", "{{value}}"], get = ["program"] }}')
    return pair


def _is_argv(argv: object) -> bool:
    return isinstance(argv, list) and bool(argv) and all(isinstance(word, str) for word in argv)


def _run(argv: Sequence[str], folder: str) -> tuple[str, str]:
    """Return what the program printed and what went wrong, empty where nothing did."""
    try:
        done = programs.run(argv, timeout_s=_TIMEOUT_S, folder=folder)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", f"command {shlex.join(argv)}: {error}"
    if done.returncode:
        return "", f"command {shlex.join(argv)}: exit code {done.returncode}: {done.stderr.strip()}"
    return done.stdout.strip(), ""
