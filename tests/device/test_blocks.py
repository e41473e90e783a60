from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cadet.device.blocks import complete_blocks
from cadet.model.option import Configuration

some = st.integers(1, 6)


@given(configurations=some, levels=st.integers(1, 3), repeats=some, seed=st.integers(0, 2**32))
def test_every_block_holds_every_cell_once(configurations: int, levels: int, repeats: int, seed: int) -> None:
    tried = [Configuration({"a": i}) for i in range(configurations)]
    given_ = [Configuration({"rows": i}) for i in range(levels)]
    slots = list(complete_blocks(tried, given_, repeats, np.random.default_rng(seed)))
    assert [slot.block for slot in slots] == sorted(slot.block for slot in slots)
    counted = Counter((slot.block, slot.configuration, slot.level) for slot in slots)
    assert set(counted.values()) == {1}
    assert len(counted) == configurations * levels * repeats


def test_blocks_differ_in_order_and_the_seed_decides() -> None:
    tried = [Configuration({"a": i}) for i in range(8)]
    none = [Configuration({})]
    slots = [list(complete_blocks(tried, none, 2, np.random.default_rng(seed))) for seed in (1, 1, 2)]
    assert slots[0] == slots[1] != slots[2]
    assert [s.configuration for s in slots[0][:8]] != [s.configuration for s in slots[0][8:]]
