"""`cadet bench`: how good is it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cadet.cli.arguments import FORMAT


def _words(ctx: click.Context, parameter: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(w.strip() for w in text.split(",") if w.strip())


@click.command("bench", short_help="how good is it: worlds with known truth, recorded devices, baselines")
@click.option(
    "--strategies",
    callback=_words,
    help="Comma-separated; default: `cadet` (the engine) and NAME+dd+verified of every baseline: minimised, verified.",
)
@click.option("--families", callback=_words, help="Families of worlds, comma-separated, or none; default: all.")
@click.option("--devices", callback=_words, help="Recorded devices, or none; default: all that are here.")
@click.option("--worlds", type=click.IntRange(1, 1000), default=5, show_default=True, help="Worlds of each family.")
@click.option("--faults", type=click.IntRange(1, 10), default=10, show_default=True, help="Faults of each device.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="Sessions of each fault.")
@click.option("--split", type=click.Choice(["dev", "report"]), default="dev", show_default=True,
              help="Which worlds: those to develop on, or fresh ones to report.")  # fmt: skip
@click.option("--goal", type=click.Choice(["median", "p10", "both"]), default="both", show_default=True,
              help="What the best half of all configurations reach, or the best tenth.")  # fmt: skip
@click.option("--repeats", type=click.IntRange(1), default=1, show_default=True, help="Runs of each measurement.")
@click.option("--warm", callback=_words, help="Give strategies 150 runs of a related system: how far worlds are "
              "shifted (same, small, large; comma-separated); recorded devices come in their pairs.")  # fmt: skip
@click.option("--subset", type=click.Choice(["ci"]), help="A small, stated subset instead: minutes, not hours.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("bench"), show_default=True,
              help="Where results are kept; the same call continues.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1), default=None, help="Processes; default: one per core.")
@click.option("--by-family", is_flag=True, help="One row for each family and device as well.")
@FORMAT
def command(
    strategies: tuple[str, ...] | None,
    families: tuple[str, ...] | None,
    devices: tuple[str, ...] | None,
    worlds: int,
    faults: int,
    seeds: int,
    split: str,
    goal: str,
    repeats: int,
    warm: tuple[str, ...] | None,
    subset: str | None,
    out: Path,
    jobs: int | None,
    by_family: bool,
    format_: str,
) -> None:
    """Debug faults whose right answer is known, with the engine and with baselines, and compare.

    Running it again continues where it stopped; results are in OUT/results.jsonl, the table also in OUT/table.md and
    OUT/table.json.
    """
    from cadet.bench.run import run
    from cadet.bench.subsets import SUBSETS, plan_of
    from cadet.cli.console import note, progress

    goals = ("median", "p10") if goal == "both" else (goal,)
    remarks: tuple[str, ...] = ()
    plan = SUBSETS.get(subset or "")
    if plan is None:
        plan, remarks = plan_of(strategies, families, devices, goals=goals, worlds=worlds, faults=faults, seeds=seeds,
                                split=split, repeats=repeats, warm=warm or ())  # fmt: skip
    for remark in remarks:
        note(remark)
    with progress() as told:
        records = run(plan, out, jobs=jobs or os.cpu_count() or 1, progress=told)
    _tell(records, out, by_family, format_)


def _tell(records: list[dict[str, object]], out: Path, by_family: bool, format_: str) -> None:
    import json

    from rich.table import Table

    from cadet.bench.table import document, report, text
    from cadet.cli.console import note, stdout, telling

    told = json.dumps(document(records), indent=1)
    (out / "table.json").write_text(told + "\n", encoding="utf-8")
    (out / "table.md").write_text(report(records), encoding="utf-8")
    failed = sum(bool(r.get("error")) for r in records)
    if failed:
        note(f"{failed} sessions ended with an error and count as nothing found; see {out / 'table.json'}")
    with telling():
        if format_ == "json":
            click.echo(told)
            return
        for split_up in (False, True) if by_family else (False,):
            header, lines = text(records, by_family=split_up)
            table = Table()
            for name in header:
                table.add_column(name, no_wrap=name in ("strategy", "family"))
            for line in lines:
                table.add_row(*line)
            stdout().print(table)
        click.echo(f"means; intervals, other metrics and differences: {out / 'table.md'}, {out / 'table.json'}")
