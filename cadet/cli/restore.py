"""`cadet restore`: put a device back as it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cadet.cli.arguments import FORMAT
from cadet.cli.console import telling

if TYPE_CHECKING:
    from cadet.device.state import Difference, Journal


@click.command("restore", short_help="put a device back as it was found")
@FORMAT
def command(format_: str) -> None:
    """Put this machine back as a session found it that could not do so itself, and look whether it took everything.

    Without a journal of such a session there is nothing to do. Exit code 5 when something still differs.
    """
    from cadet.device.state.restore import not_restored, restore_left_behind
    from cadet.errors import DeviceNotRestored

    journal, differences = restore_left_behind()
    with telling():
        _as_json(journal, differences) if format_ == "json" else _as_text(journal, differences)
    if differences:
        raise DeviceNotRestored(not_restored(differences))


def _as_text(journal: Journal | None, differences: tuple[Difference, ...]) -> None:
    from cadet.device.state.restore import after_reboot, unverifiable

    if journal is None:
        click.echo("Nothing to restore: no session left this machine changed.")
        return
    gone = after_reboot(journal)
    if gone:
        click.echo(f"The machine was started anew since: {len(gone)} knobs went back by themselves.")
    if not differences:
        click.echo(f"The machine is as the session of {journal.target!r} found it: "
                   f"{len(journal.entries) - len(gone)} knobs put back and read back.")  # fmt: skip
    for entry in unverifiable(journal):
        click.echo(f"{entry.knob.kind} {entry.knob.address} was reset; the device does not show its value.")


def _as_json(journal: Journal | None, differences: tuple[Difference, ...]) -> None:
    import json

    from cadet.device.state.restore import after_reboot

    click.echo(json.dumps({
        "schema": "cadet.restore/1",
        "found": journal is not None,
        "target": journal.target if journal else None,
        "knobs": [{"kind": e.knob.kind, "address": e.knob.address, "was": e.was} for e in journal.entries] if journal
                 else [],
        "rebooted_since": bool(journal and after_reboot(journal)),
        "differences": [{"kind": d.knob.kind, "address": d.knob.address, "was": d.wanted, "reports": d.shown,
                         "reason": d.reason} for d in differences],
    }, indent=2))  # fmt: skip
