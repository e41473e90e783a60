"""Programs around the runs: setup, prepare, cleanup."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence

from cadet.device.process import run_group
from cadet.device.target import Target
from cadet.device.target.placeholders import render
from cadet.device.target.target import Argv
from cadet.device.watchdog import Watchdog
from cadet.errors import SetupFailed
from cadet.model.domain import Value

TIMEOUT_S = 3600.0  # a setup may compile or download; what takes longer hangs


def run_hooks(
    kind: str,
    programs: Sequence[Argv],
    target: Target,
    watchdog: Watchdog,
    values: Mapping[str, Value] | None = None,
    active: Collection[str] = (),
) -> None:
    """Run `programs` one after the other; raises SetupFailed with the command line, its end and its stderr."""
    for program in programs:
        argv = render(program, values or {}, target.flags, active)
        try:
            ended = run_group(argv, cwd=target.workdir, env=None, timeout_s=TIMEOUT_S, watchdog=watchdog)
        except OSError as error:
            raise SetupFailed(f"{kind}: cannot start {shlex.join(argv)}: {error.strerror}") from None
        if ended.timed_out:
            raise SetupFailed(f"{kind}: {shlex.join(argv)} did not end within {TIMEOUT_S:g} s")
        if ended.exit_code != 0:
            raise SetupFailed(f"{kind}: {shlex.join(argv)} failed, {ended.reason}")
