"""The files of the board: the part of /sys that nvpmodel, jetson_clocks, jetson-stats and CADET look at."""

from __future__ import annotations

import errno
from collections.abc import Callable

from .clocks import Clock
from .fuse import Attribute, Directory, Link
from .spec import Cluster, Rail, Spec
from .state import Board

_CPU = "devices/system/cpu"
_EMC = "kernel/debug/bpmp/debug/clk/emc"
_INT_MAX = 2**31 - 1


def build_tree(board: Board) -> Directory:
    """Return the root of the board's /sys."""
    root = Directory()
    for place in ("fs/cgroup", "class/power_supply", "class/block", "class/net", "module"):
        root.add(f"{place}/.simulated", _constant("1"))
    _identity(root, board.spec)
    _cores(root, board)
    for cluster in board.spec.clusters:
        _policy(root, board, cluster)
    _gpu(root, board)
    _memory(root, board)
    (_rails_iio if board.spec.iio else _rails_hwmon)(root, board)
    _heat(root, board)
    _simulation(root, board)
    return root


def _constant(text: str) -> Attribute:
    return Attribute(lambda: text)


def _number(get: Callable[[], float], put: Callable[[int], None] | None = None) -> Attribute:
    return Attribute(lambda: str(round(get())), None if put is None else lambda text: put(_parsed(text)))


def _parsed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise OSError(errno.EINVAL, text) from None


def _identity(root: Directory, spec: Spec) -> None:
    base = "firmware/devicetree/base"
    root.add(f"{base}/model", Attribute(lambda: spec.model + "\0"))
    root.add(f"{base}/compatible", Attribute(lambda: spec.compatible + "\0"))
    root.add(f"{base}/serial-number", _constant("0000000000000"))
    root.add("devices/virtual/dmi/id/product_name", _constant(spec.model))  # where jetson-stats looks on x86-64


def _cores(root: Directory, board: Board) -> None:
    cores = sorted(core for cluster in board.spec.clusters for core in cluster.cores)
    everything = f"0-{cores[-1]}"
    root.add(f"{_CPU}/online", Attribute(lambda: ",".join(map(str, sorted(board.online)))))
    root.add(f"{_CPU}/possible", _constant(everything))
    root.add(f"{_CPU}/present", _constant(everything))
    for cluster in board.spec.clusters:
        for core in cluster.cores:
            _core(root, board, core, cluster.clock.name.removeprefix("cpu"))


def _core(root: Directory, board: Board, core: int, policy: str) -> None:
    def plug(value: int) -> None:
        if value not in (0, 1):
            raise OSError(errno.EINVAL, str(value))
        board.set_online(core, value == 1)

    here = f"{_CPU}/cpu{core}"
    root.add(f"{here}/online", _number(lambda: core in board.online, plug))
    root.add(f"{here}/cpufreq", Link(f"../cpufreq/policy{policy}"))
    for state, name in enumerate(("WFI", "c7")):
        root.add(f"{here}/cpuidle/state{state}/name", _constant(name))
        root.add(f"{here}/cpuidle/state{state}/disable", _idle(board, core))


def _idle(board: Board, core: int) -> Attribute:
    return _number(lambda: board.idle_disabled[core], lambda v: board.idle_disabled.__setitem__(core, int(bool(v))))


def _policy(root: Directory, board: Board, cluster: Cluster) -> None:
    clock = board.cpu[cluster.clock.name]
    here = f"{_CPU}/cpufreq/policy{cluster.cores[0]}"

    def answering(attribute: Attribute) -> Attribute:
        def get() -> str:
            _alive(board, cluster)
            return attribute.get()

        def put(text: str) -> None:
            _alive(board, cluster)
            assert attribute.put is not None
            attribute.put(text)

        return Attribute(get, None if attribute.put is None else put)

    def limit(get: Callable[[], int], put: Callable[[int], None]) -> Attribute:
        def scaled(khz: int) -> None:  # nvpmodel writes INT_MAX for "no limit"
            _ignored(board, "cpu") or put(khz * 1000 if 0 <= khz < _INT_MAX else clock.domain.high)

        return answering(_number(lambda: get() / 1000, board.change(scaled)))

    table = " ".join(str(f // 1000) for f in clock.domain.table)
    root.add(f"{here}/scaling_available_frequencies", answering(_constant(table)))
    root.add(f"{here}/affected_cpus", Attribute(lambda: " ".join(str(c) for c in cluster.cores if c in board.online)))
    root.add(f"{here}/related_cpus", _constant(" ".join(map(str, cluster.cores))))
    root.add(f"{here}/scaling_governor", answering(Attribute(lambda: "schedutil", lambda text: None)))
    root.add(f"{here}/scaling_min_freq", limit(lambda: clock.shown_low, clock.set_low))
    root.add(f"{here}/scaling_max_freq", limit(lambda: clock.high, clock.set_high))
    root.add(f"{here}/scaling_cur_freq", answering(_number(lambda: clock.current(board.busy_s) / 1000)))
    root.add(f"{here}/cpuinfo_min_freq", answering(_number(lambda: clock.domain.low / 1000)))
    root.add(f"{here}/cpuinfo_max_freq", answering(_number(lambda: clock.domain.high / 1000)))
    root.add(f"{here}/cpuinfo_cur_freq", answering(_number(lambda: clock.current(board.busy_s) / 1000)))


def _alive(board: Board, cluster: Cluster) -> None:
    if not board.cluster_on(cluster):
        raise OSError(errno.EBUSY, "every core of the cluster is offline")


def _ignored(board: Board, unit: str) -> bool:
    """Tell whether writes to this unit are swallowed: an injected fault, as when firmware holds the clock."""
    return f"ignore-{unit}" in board.faults


def _gpu(root: Directory, board: Board) -> None:
    spec, clock = board.spec, board.gpu
    device = f"devices/{spec.gpu_path}"
    here = f"{device}/devfreq/{spec.gpu_node}"
    up = "../" * 2
    root.add(f"class/devfreq/{spec.gpu_node}", Link(f"{up}{here}"))
    root.add(f"{here}/device", Link("../.."))
    root.add(f"{device}/of_node/name", _constant(spec.gpu_node.partition(".")[2]))
    root.add(f"{device}/load", _number(lambda: 950 if board.running().busy else 0))
    root.add(f"{device}/railgate_enable", _constant("1"))
    root.add(f"{device}/power/control", _constant("auto"))
    root.add(f"{here}/governor", _constant("nvhost_podgov"))
    root.add(f"{here}/available_governors", _constant("performance nvhost_podgov"))
    root.add(f"{here}/available_frequencies", _constant(" ".join(map(str, clock.domain.table))))
    root.add(f"{here}/cur_freq", _number(lambda: clock.current(board.busy_s)))
    root.add(f"{here}/min_freq", _limit(board, lambda: clock.shown_low, clock, clock.set_low))
    root.add(f"{here}/max_freq", _limit(board, lambda: clock.high, clock, clock.set_high))


def _limit(board: Board, get: Callable[[], int], clock: Clock, put: Callable[[int], None]) -> Attribute:
    def kept(hertz: int) -> None:
        _ignored(board, "gpu") or put(hertz if 0 <= hertz < 2**62 else clock.domain.high)

    return _number(get, board.change(kept))


def _memory(root: Directory, board: Board) -> None:
    def cap(hertz: int) -> None:
        board.emc_cap = hertz

    root.add(f"{_EMC}/rate", _number(board.emc_now, board.set_emc_rate))
    root.add(f"{_EMC}/min_rate", _number(lambda: board.spec.emc.low))
    root.add(f"{_EMC}/max_rate", _number(lambda: board.spec.emc.high))
    root.add(
        "kernel/debug/bpmp/debug/emc/possible_rates", _constant(" ".join(str(f // 1000) for f in board.spec.emc.table))
    )
    root.add(f"{_EMC}/mrq_rate_locked", _number(lambda: board.emc_locked, lambda v: board.lock_emc(bool(v))))
    root.add(f"{_EMC}/state", Attribute(lambda: "1", lambda text: None))
    busy = _number(lambda: 400 if board.running().busy else 10)
    root.add("kernel/debug/bpmp/debug/actmon/mc_all_avg_activity", busy)
    node = _number(lambda: board.emc_cap, board.change(cap))
    for place in {board.spec.cap_node, "nvpmodel_emc_cap/emc_iso_cap"}:  # jetson-stats knows only the second
        root.add(f"kernel/{place}", node)


def _rails_hwmon(root: Directory, board: Board) -> None:
    here = "devices/platform/bus@0/c240000.i2c/i2c-1/1-0040"
    root.add("bus/i2c/devices/1-0040", Link(f"../../../{here}"))
    root.add("class/hwmon/hwmon1", Link(f"../../{here}/hwmon/hwmon1"))
    root.add(f"{here}/name", _constant("ina3221"))
    root.add(f"{here}/hwmon/hwmon1/name", _constant("ina3221"))
    for channel, rail in enumerate(board.spec.rails, start=1):
        chip = f"{here}/hwmon/hwmon1"
        root.add(f"{chip}/in{channel}_label", _constant(rail.label))
        root.add(f"{chip}/in{channel}_input", _number(lambda rail=rail: rail.volt * 1000))
        root.add(f"{chip}/curr{channel}_input", _number(_milliamperes(board, rail)))


def _rails_iio(root: Directory, board: Board) -> None:
    here = "devices/3160000.i2c/i2c-0/0-0041"
    root.add("bus/i2c/devices/0-0041", Link(f"../../../{here}"))
    root.add(f"{here}/name", _constant("ina3221x"))
    chip = f"{here}/iio:device1"
    root.add(f"{chip}/name", _constant("ina3221x"))
    for channel, rail in enumerate(board.spec.rails):
        milliamperes = _milliamperes(board, rail)
        root.add(f"{chip}/rail_name_{channel}", _constant(rail.label))
        root.add(f"{chip}/in_voltage{channel}_input", _number(lambda rail=rail: rail.volt * 1000))
        root.add(f"{chip}/in_current{channel}_input", _number(milliamperes))
        root.add(f"{chip}/in_power{channel}_input", _number(lambda rail=rail, ma=milliamperes: rail.volt * ma()))


def _milliamperes(board: Board, rail: Rail) -> Callable[[], float]:
    return lambda: 1000 * sum(watts for unit, watts in board.watts().items() if unit in rail.feeds) / rail.volt


def _heat(root: Directory, board: Board) -> None:
    for number, zone in enumerate(board.spec.zones):
        here = f"devices/virtual/thermal/thermal_zone{number}"
        root.add(f"class/thermal/thermal_zone{number}", Link(f"../../{here}"))
        root.add(f"{here}/type", _constant(zone))
        root.add(f"{here}/temp", _number(lambda: board.celsius() * 1000))
        root.add(f"{here}/trip_point_0_temp", _constant("99000"))
    root.add("class/hwmon/hwmon0", Link("../../devices/platform/pwm-fan/hwmon/hwmon0"))
    root.add("devices/platform/pwm-fan/hwmon/hwmon0/name", _constant("pwmfan"))
    root.add("devices/platform/pwm-fan/hwmon/hwmon0/pwm1", _number(lambda: board.fan, _fan(board)))


def _fan(board: Board) -> Callable[[int], None]:
    def put(value: int) -> None:
        if not 0 <= value <= 255:
            raise OSError(errno.EINVAL, str(value))
        board.fan = value

    return put


def _simulation(root: Directory, board: Board) -> None:
    """What a real board has elsewhere or not at all: nvpmodel's own memory, the workload's door, injected faults."""

    def mode(number: int) -> None:
        board.mode = number

    def faults(text: str) -> None:
        board.faults = set(text.split(",")) - {""}

    root.add("kernel/simulation/mode", _number(lambda: board.mode, mode))
    root.add("kernel/simulation/frame_s",
             Attribute(lambda: f"{board.frame_s():.9f}", None, board.worked, board.rested))  # fmt: skip
    root.add("kernel/simulation/faults", Attribute(lambda: ",".join(sorted(board.faults)), faults))
    root.add("kernel/simulation/watts", Attribute(lambda: f"{sum(board.watts().values()):.6f}"))
    root.add("kernel/simulation/board", _constant(board.spec.name))
