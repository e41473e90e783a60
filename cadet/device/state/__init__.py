"""Device state as a transaction: written down before it is changed, put back afterwards, whatever happens."""

from __future__ import annotations

from cadet.device.state.journal import Difference, Entry, Journal
from cadet.device.state.transaction import DeviceState

__all__ = ["DeviceState", "Difference", "Entry", "Journal"]
