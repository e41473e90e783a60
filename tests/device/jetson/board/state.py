"""The board's state: clocks, cores, power mode, load and heat, moved on whenever somebody looks."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .clocks import Clock
from .silicon import AMBIENT_C, DETECTORS, Clocks, power, warmed
from .spec import Cluster, Mode, Spec

_FRAME_SCATTER = 0.01  # relative standard deviation of a frame's time; a real board is not exact either


@dataclass
class Board:
    """A board that is on. `clock` tells seconds; `rng` scatters the times of frames."""

    spec: Spec
    clock: Callable[[], float] = time.monotonic
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    def __post_init__(self) -> None:
        spec = self.spec
        self.cpu = {cluster.clock.name: Clock(cluster.clock, spec.strict) for cluster in spec.clusters}
        self.gpu, self.emc = Clock(spec.gpu, spec.strict), Clock(spec.emc, spec.strict)
        self.online = {core for cluster in spec.clusters for core in cluster.cores}
        self.mode = spec.default_mode
        self.emc_cap, self.emc_locked, self.emc_rate = 0, False, spec.emc.high
        self.fan, self.idle_disabled = 80, dict.fromkeys(self.online, 0)
        self.faults: set[str] = set()
        self._workers, self._since = 0, 0.0
        self._boot(spec.modes[spec.default_mode])
        self._celsius, self._looked = AMBIENT_C + 10, self.clock()

    def _boot(self, mode: Mode) -> None:
        """Set the default mode, as the service does that starts nvpmodel."""
        self.online = set(mode.online)
        for cluster in self.spec.clusters:
            clock = self.cpu[cluster.clock.name]
            clock.low = max(mode.cpu_min.get(cluster.label, 0), clock.domain.low)
            clock.high = mode.cpu_max.get(cluster.label) or clock.domain.high
        self.gpu.high = mode.gpu_max or self.spec.gpu.high
        self.emc_cap = mode.emc_cap

    def worked(self) -> None:
        """A workload begins; heat up to now is accounted for with the clocks before."""
        self._look()
        self._workers += 1
        if self._workers == 1:
            self._since = self.clock()

    def rested(self) -> None:
        """A workload ends, or its process died."""
        self._look()
        self._workers -= 1

    @property
    def busy_s(self) -> float | None:
        """Seconds since the load began; None without load."""
        return self.clock() - self._since if self._workers else None

    def running(self) -> Clocks:
        """Return what the governors let run now."""
        busy = self.busy_s
        speeds = {name: (clock.current(busy), clock.domain.high) for name, clock in self.cpu.items()}
        cores = tuple(speeds[c.clock.name] for c in self.spec.clusters for core in c.cores if core in self.online)
        return Clocks(cores, self.gpu.current(busy), self.emc_now(), busy is not None)

    def emc_now(self) -> int:
        """Return the memory clock: locked, else with the load up to the cap."""
        if self.emc_locked:
            return self.emc_rate
        ceiling = self.emc.step(self.emc_cap or self.spec.emc.high)
        return min(self.emc.current(self.busy_s), ceiling)

    def watts(self) -> dict[str, float]:
        """Return the power of cpu, gpu, emc and rest now."""
        return power(self.spec, self.running())

    def celsius(self) -> float:
        """Return the temperature now."""
        self._look()
        return self._celsius

    def frame_s(self) -> float:
        """Return how long the detector takes for a frame begun now."""
        exact = DETECTORS[self.spec.name].frame_s(self.spec, self.running())
        return exact * self.rng.lognormvariate(0.0, _FRAME_SCATTER)

    def lock_emc(self, locked: bool) -> None:
        """Hold the memory clock at the requested rate, or let it follow the load."""
        self._look()
        self.emc_locked = locked

    def set_emc_rate(self, hertz: int) -> None:
        """Ask for a memory clock; it holds while locked. Rounded down to what memory can run at."""
        self._look()
        self.emc_rate = self.emc.step(min(max(hertz, self.spec.emc.low), self.spec.emc.high))

    def set_online(self, core: int, on: bool) -> None:
        """Plug a core; raises EBUSY for the one that the kernel keeps."""
        self._look()
        if core == 0 and not on:
            raise OSError(errno.EBUSY, "the kernel keeps cpu0")
        (self.online.add if on else self.online.discard)(core)

    def cluster_on(self, cluster: Cluster) -> bool:
        """Tell whether any core of the cluster is online; else its clock does not answer."""
        return any(core in self.online for core in cluster.cores)

    def change(self, setter: Callable[[int], None]) -> Callable[[int], None]:
        """Return `setter` with the heat up to now accounted for first."""

        def changed(value: int) -> None:
            self._look()
            setter(value)

        return changed

    def _look(self) -> None:
        now = self.clock()
        self._celsius = warmed(self._celsius, sum(self.watts().values()), now - self._looked)
        self._looked = now
