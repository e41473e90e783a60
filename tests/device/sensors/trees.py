"""Simulated sysfs trees: files as the kernel would show them, built below a folder. No hardware is behind them."""

from __future__ import annotations

from pathlib import Path

from cadet.device.sensors.sysfs import Sysfs


def write(root: Path, files: dict[str, object]) -> Sysfs:
    """Write `files` (path below sys/: content) and return the tree."""
    for place, content in files.items():
        path = root / "sys" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}")
        fresh.write_text(f"{content}\n")
        fresh.replace(path)  # whoever samples meanwhile sees the old file or the new one
    return Sysfs(root / "sys")


def zone(number: int, kind: str, millidegrees: int) -> dict[str, object]:
    return {f"class/thermal/thermal_zone{number}/type": kind, f"class/thermal/thermal_zone{number}/temp": millidegrees}


def rapl(folder: str, name: str, energy_uj: int, range_uj: int = 262_143_328_850) -> dict[str, object]:
    place = f"class/powercap/{folder}"
    return {f"{place}/name": name, f"{place}/energy_uj": energy_uj, f"{place}/max_energy_range_uj": range_uj}


def ina3221(number: int, rails: dict[str, tuple[int, int]], interval_ms: int = 1) -> dict[str, object]:
    """A hwmon chip with rails of (millivolts, milliamperes), as on an Orin board."""
    place = f"class/hwmon/hwmon{number}"
    files: dict[str, object] = {f"{place}/name": "ina3221", f"{place}/update_interval": interval_ms}
    for index, (label, (millivolts, milliamperes)) in enumerate(rails.items(), start=1):
        files |= {
            f"{place}/in{index}_label": label,
            f"{place}/in{index}_input": millivolts,
            f"{place}/curr{index}_input": milliamperes,
        }
    return files
