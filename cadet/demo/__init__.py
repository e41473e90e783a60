"""The demonstration: a real, slow SQLite deployment that CADET debugs on the machine it runs on."""

from cadet.demo.prepare import Demo, clean, prepare

__all__ = ["Demo", "clean", "prepare"]
