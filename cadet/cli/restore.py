"""`cadet restore`: put a device back as it was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT
from cadet.cli.console import telling

if TYPE_CHECKING:
    from cadet.device.restoration import Restoration


@click.command("restore", short_help="put a device back as it was found")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@FORMAT
def command(target: Path | None, format_: str) -> None:
    """Put this machine back as a session found it that could not do so itself, and look whether it took everything.

    With a TARGET that names a board ([device] ssh), that board. Without a journal of such a session there is nothing to
    do. Exit code 5 when something still differs.
    """
    from cadet.device.place import place
    from cadet.device.state.restore import not_restored
    from cadet.device.target import remote_of
    from cadet.errors import DeviceNotRestored

    restored = place(remote_of(target) if target is not None else None).restore()
    with telling():
        _as_json(restored) if format_ == "json" else _as_text(restored)
    if restored.differences:
        raise DeviceNotRestored(not_restored(restored.differences))


def _as_text(restored: Restoration) -> None:
    if restored.target is None:
        click.echo("Nothing to restore: no session left this machine changed.")
        return
    gone = len(restored.rebooted)
    if gone:
        click.echo(f"The machine was started anew since: {gone} knobs went back by themselves.")
    if not restored.differences:
        click.echo(f"The machine is as the session of {restored.target!r} found it: "
                   f"{len(restored.entries) - gone} knobs put back and read back.")  # fmt: skip
    for entry in restored.unverifiable:
        click.echo(f"{entry.knob.kind} {entry.knob.address} was reset; the device does not show its value.")


def _as_json(restored: Restoration) -> None:
    import json

    click.echo(json.dumps({
        "schema": "cadet.restore/1",
        "found": restored.target is not None,
        "target": restored.target,
        "knobs": [{"kind": e.knob.kind, "address": e.knob.address, "was": e.was} for e in restored.entries],
        "rebooted_since": bool(restored.rebooted),
        "differences": [{"kind": d.knob.kind, "address": d.knob.address, "was": d.wanted, "reports": d.shown,
                         "reason": d.reason} for d in restored.differences],
    }, indent=2))  # fmt: skip
