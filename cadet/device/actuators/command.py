"""A pair of programs that set and show a value, for what has no file: argv, never a shell."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Sequence

from cadet.device.actuators.pseudofile import equal
from cadet.errors import CapabilityMissing, NotApplied, Refused
from cadet.protocols import Knob

_TIMEOUT_S = 30.0
_SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "busybox", "ash"))


def address_of(set_argv: Sequence[str], get_argv: Sequence[str]) -> str:
    """Return the address of the pair, which is JSON."""
    return json.dumps({"set": list(set_argv), "get": list(get_argv)})


class Command:
    """Addresses are JSON, `{"set": [argv with {value}], "get": [argv]}`; `get` prints the value."""

    kind = "command"
    volatile = False  # nobody knows what the program writes

    def check(self, address: str) -> None:
        """Raise Refused for what is no pair of argv, and for a shell, which would read a value as a program."""
        pair = _pair(address)
        for argv in (pair["set"], pair["get"]):
            if argv[0].rpartition("/")[2] in _SHELLS:
                raise Refused(f"command {shlex.join(argv)}: a shell is never run; name the program itself")
        if not any("{value}" in argument for argument in pair["set"][1:]):
            raise Refused(f"command {shlex.join(pair['set'])}: no argument holds {{value}}, so it would set nothing")

    def system(self, address: str) -> bool:
        """Nobody knows who feels it."""
        return True

    def read(self, address: str) -> str:
        """Return what `get` prints."""
        argv = _pair(address)["get"]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False,
                                  stdin=subprocess.DEVNULL)  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CapabilityMissing(f"command {shlex.join(argv)}: {error}") from None
        if done.returncode:
            raise CapabilityMissing(f"command {shlex.join(argv)}: exit code {done.returncode}: {done.stderr.strip()}")
        return done.stdout.strip()

    def write(self, address: str, value: str) -> None:
        """Run `set` with the value."""
        argv = [argument.replace("{value}", value) for argument in _pair(address)["set"]]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False,
                                  stdin=subprocess.DEVNULL)  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotApplied(f"command {shlex.join(argv)}: {error}") from None
        if done.returncode:
            raise NotApplied(f"command {shlex.join(argv)}: exit code {done.returncode}: {done.stderr.strip()}")

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


def _pair(address: str) -> dict[str, list[str]]:
    try:
        pair = json.loads(address)
        whole = set(pair) == {"set", "get"} and all(isinstance(a, list) and a and all(isinstance(w, str) for w in a)
                                                    for a in pair.values())  # fmt: skip
    except (ValueError, TypeError):
        whole = False
    if not whole:
        raise Refused(f'command {address!r}: needs {{ set = ["program", "{{value}}"], get = ["program"] }}')
    read: dict[str, list[str]] = pair
    return read
