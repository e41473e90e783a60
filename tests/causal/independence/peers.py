"""Where causal-learn is not installed, its tests are skipped and say so."""

from __future__ import annotations

import pytest


def needs_peers() -> None:
    pytest.importorskip("causallearn", reason="causal-learn is not installed: pip install 'cadet[peers]'")
