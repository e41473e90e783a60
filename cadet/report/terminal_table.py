"""The one look of tables in a terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text


def table(title: str, *columns: str) -> Table:
    """Return an empty table; cells fold rather than being cut."""
    grid = Table(box=box.SIMPLE_HEAD, title=Text(title, style="bold"), title_justify="left", show_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    return grid
