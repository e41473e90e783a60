"""The simulated board's jetson_clocks: holds every clock at its maximum, stores and restores what was before.

Own code for the tests; options and wording as far as other programs read them: --show, --store, --restore.
"""

import sys
from pathlib import Path

CPU, EMC = Path("/sys/devices/system/cpu"), Path("/sys/kernel/debug/bpmp/debug/clk/emc")
GPU = next(p for p in Path("/sys/class/devfreq").iterdir())
CAP = Path("/sys/kernel/nvpmodel_emc_cap/emc_iso_cap")
FAULTS = Path("/sys/kernel/simulation/faults")


def read(path):
    """Return the text of a file without its newline."""
    return path.read_text().strip()


def policies():
    """Return the frequency policies of clusters that have a core online."""
    return [p for p in sorted((CPU / "cpufreq").iterdir()) if read(p / "affected_cpus")]


def knobs():
    """Return every file that holding the clocks may change."""
    clocks = [p / f"scaling_{end}_freq" for p in policies() for end in ("min", "max")]
    idle = sorted(CPU.glob("cpu[0-9]*/cpuidle/state*/disable"))
    return [*clocks, GPU / "min_freq", GPU / "max_freq", *idle, EMC / "mrq_rate_locked"]


def hold():
    """Raise every minimum to its maximum, lock memory at its cap, let no core idle."""
    if "no-clocks" in read(FAULTS):
        return
    for policy in policies():
        (policy / "scaling_min_freq").write_text(read(policy / "scaling_max_freq"))
    (GPU / "min_freq").write_text(read(GPU / "max_freq"))
    (EMC / "mrq_rate_locked").write_text("1")
    (EMC / "rate").write_text(read(CAP) if read(CAP) != "0" else read(EMC / "max_rate"))
    for idle in CPU.glob("cpu[0-9]*/cpuidle/state*/disable"):
        idle.write_text("1")


def show():
    """Print the clocks, a line per core and unit."""
    print("SOC family:simulated  Machine:simulated")
    for core in sorted(CPU.glob("cpu[0-9]*")):
        if read(core / "online") == "1":
            low, high, now = (read(core / "cpufreq" / f"scaling_{end}_freq") for end in ("min", "max", "cur"))
            print(
                f"{core.name}: Online=1 Governor=schedutil MinFreq={low} MaxFreq={high} CurrentFreq={now} "
                f"IdleStates: WFI={read(core / 'cpuidle/state0/disable')} "
            )
    low, high, now = (read(GPU / f"{end}_freq") for end in ("min", "max", "cur"))
    print(f"GPU MinFreq={low} MaxFreq={high} CurrentFreq={now} ")
    print(
        f"EMC MinFreq={read(EMC / 'min_rate')} MaxFreq={read(EMC / 'max_rate')} "
        f"CurrentFreq={read(EMC / 'rate')} FreqOverride={read(EMC / 'mrq_rate_locked')} "
    )


def store(path):
    """Write down every knob; refuses to overwrite."""
    if path.exists():
        sys.exit(f"Error: {path} exists")
    path.write_text("".join(f"{knob}:{read(knob)}\n" for knob in knobs()))
    print(f"stored {path}")


def restore(path):
    """Write back what was stored; minima first go down so that no order is refused."""
    wanted = [line.rpartition(":") for line in path.read_text().splitlines()]
    for knob, _, value in [w for w in wanted if "min_freq" in w[0]]:
        if int(read(Path(knob))) > int(value):
            Path(knob).write_text(value)
    for knob, _, value in wanted:
        Path(knob).write_text(value)
    for knob, _, value in wanted:
        Path(knob).write_text(value)


arguments = sys.argv[1:]
try:
    if "--show" in arguments:
        show()
    elif "--store" in arguments:
        store(Path(arguments[arguments.index("--store") + 1]))
    elif "--restore" in arguments:
        restore(Path(arguments[arguments.index("--restore") + 1]))
    else:
        hold()
except OSError as error:
    sys.exit(f"Error: {error}")
