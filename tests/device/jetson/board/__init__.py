"""A simulated Jetson board: a sysfs that answers writes as a kernel does, with a model of clocks, power and heat."""
