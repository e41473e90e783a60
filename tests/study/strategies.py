"""Hypothesis strategies for what a study keeps."""

from __future__ import annotations

from hypothesis import strategies as st

from cadet.model.measurement import Purpose, Run, Status, Tag
from cadet.model.option import Configuration

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**62), 2**62)
VALUES = st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(st.none() | VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)
CONFIGURATIONS = st.dictionaries(st.text(), VALUES, max_size=4).map(Configuration)
RUNS = st.builds(
    Run,
    configuration=CONFIGURATIONS,
    status=st.sampled_from(Status),
    values=st.dictionaries(st.text(), NUMBERS, max_size=4),
    level=CONFIGURATIONS,
    purpose=st.sampled_from(Purpose),
    tags=st.frozensets(st.sampled_from(Tag)),
    sequence=st.integers(0, 2**31 - 1),
    started_at=st.floats(0, 1e10),
    seconds=st.floats(0, 1e6),
    timeout_s=st.none() | st.floats(0, 1e6),
    message=st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    environment=st.dictionaries(st.text(), JSON, max_size=4),
)
