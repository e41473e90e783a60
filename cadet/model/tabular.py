"""Results as tables: for pandas, and for notebooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class Tabular(ABC):
    """A result that is a table when one looks at it."""

    @abstractmethod
    def rows(self) -> list[dict[str, object]]:
        """Return the rows of the table, each by column."""

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))
