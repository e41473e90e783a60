"""The command line: arguments, progress, exit codes; what the commands do lives in the rooms behind them.

Commands are imported when they are called, so that `cadet --help` is instant.
"""

from __future__ import annotations

import shlex
import signal
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from cadet.errors import CadetError, DeviceNotRestored, nearest

COMMANDS = {
    "demo": "the main job on this machine with nothing but Python: a real, slow SQLite deployment",
    "doctor": "what can be measured and set here, what cannot, and the exact remedy",
    "init": "write a target file to start from",
    "measure": "design, run, store; resumes where it stopped",
    "import": "bring your own measurements (CSV, Parquet)",
    "learn": "the causal graph, with edge stability",
    "diagnose": "root causes and ranked paths for a fault",
    "whatif": "the counterfactual: what would have happened",
    "fix": "ranked fixes; --apply verifies them on the device",
    "debug": "all of it: measure, learn, diagnose, fix, verify, minimise, report",
    "compare": "what changed between two studies of one system",
    "report": "one self-contained HTML file; also markdown, JSON and DOT",
    "restore": "put a device back as it was found",
    "study": "list, show, export and upgrade studies",
    "bench": "how good is it: worlds with known truth, recorded devices, baselines",
}
_MODULES = {"import": "import_table"}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a session, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"cadet.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Resolve as click does, but name the nearest command when there is none."""
        if args and args[0] not in COMMANDS:
            ctx.fail(f"no command {args[0]!r}{nearest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cadet")
def cli() -> None:
    """Find out why a deployment is slow, fix it with the fewest changes, and prove the fix on the device.

    Start with `cadet demo`, then `cadet init` for your own system.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with the code that the outcome earns."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        typed = shlex.join(["cadet", *(sys.argv[1:] if arguments is None else arguments)])
        code = cli.main(args=arguments, standalone_mode=False, obj=typed)
    except (click.exceptions.Abort, KeyboardInterrupt) as error:
        code = _interrupted(error)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except CadetError as error:
        code = _fail(str(error), error.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def _interrupted(error: BaseException) -> int:
    """Return 130, or what earned 5 before somebody lost patience: that the device is not as it was."""
    earlier: BaseException | None = error
    while earlier is not None:
        if isinstance(earlier, DeviceNotRestored):
            return _fail(str(earlier), earlier.exit_code)
        earlier = earlier.__context__
    return _fail("interrupted; what was measured is kept, the same command continues", 130)


def _fail(message: str, code: int) -> int:
    from cadet.report.visible import visible

    click.echo(visible(f"cadet: {message}"), err=True)
    return code
