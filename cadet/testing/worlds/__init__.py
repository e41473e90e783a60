"""Worlds with known truth: systems whose causes, effects and noise are written down, to recover them."""

from cadet.testing.worlds.families import families, world
from cadet.testing.worlds.frozen import frozen_families, frozen_world
from cadet.testing.worlds.shift import shifted
from cadet.testing.worlds.world import World

__all__ = ["World", "families", "frozen_families", "frozen_world", "shifted", "world"]
