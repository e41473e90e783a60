"""The JSON contract `cadet.diagnosis/1`, strict: every number is finite, what is missing is null with its reason."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from cadet.protocols import Story
from cadet.report.numbers import NO_REASON


def to_json(story: Story) -> str:
    """Return the diagnosis as JSON text that any strict parser reads."""
    return json.dumps(strict(story.diagnosis.to_dict()), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def strict(data: object) -> object:
    """Return `data` with infinite and undefined numbers as null, and a reason beside every null estimate."""
    if isinstance(data, Mapping):
        return _with_reason({str(key): strict(value) for key, value in data.items()})
    if isinstance(data, list | tuple):
        return [strict(item) for item in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    item = getattr(data, "item", None)  # a numpy scalar
    return strict(item()) if callable(item) else data


def _with_reason(data: dict[str, object]) -> dict[str, object]:
    is_estimate = data.keys() >= {"estimate", "low", "high"}
    if is_estimate and None in (data["estimate"], data["low"], data["high"]) and not data.get("reason"):
        return data | {"reason": NO_REASON}
    return data
