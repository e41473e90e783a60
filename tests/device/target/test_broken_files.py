"""Every mistake in a target file is one clear message with the file, the place and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cadet.device.target import load
from cadet.errors import TargetError

HEAD = """
cadet = 1
name = "x"
[workload]
command = ["sh", "{mode}", "{batch}"]
"""
OPTIONS = """
[options.mode]
values = ["slow", "fast"]
default = "slow"
[options.batch]
range = [1, 64]
default = 1
"""
OBJECTIVES = """
[objectives.latency]
from = "wall"
"""
GOOD = HEAD + OPTIONS + OBJECTIVES


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


BROKEN = {
    "no TOML": ("cadet = = 1", "line 1"),
    "not a version": (changed("cadet = 1", "cadet = 2"), "cadet: 2 is not a version"),
    "no version": (changed("cadet = 1", ""), "cadet: is missing"),
    "version is no number": (changed("cadet = 1", "cadet = true"), "cadet: True is not a version"),
    "no name": (changed('name = "x"', ""), "name: is missing"),
    "empty name": (changed('name = "x"', 'name = ""'), "name: '' must not be empty"),
    "name is a number": (changed('name = "x"', "name = 3"), "name: 3 is not text; write it in quotes"),
    "unknown section": (GOOD + "[optoins]", "optoins: unknown key; did you mean 'options'?"),
    "unknown key": (changed("values =", "vales ="), "options.mode.vales: unknown key; did you mean 'values'?"),
    "unknown key deep": (GOOD + "[run]\nquiet = { max_cpu = 1 }", "run.quiet.max_cpu: unknown key"),
    "name with an unquoted dot": (
        changed("[options.batch]", "[options.vm.ratio]"),
        'an option name with a dot is quoted: [options."vm.ratio"]',
    ),
    "a shell line": (
        changed('["sh", "{mode}", "{batch}"]', '"sh {mode}"'),
        "workload.command: 'sh {mode}' is not a list",
    ),
    "argument is a number": (changed('"sh", ', '"sh", 5, '), "workload.command[1]: 5 is not text; write it in quotes"),
    "empty command": (
        changed('["sh", "{mode}", "{batch}"]', "[]"),
        "workload.command: List should have at least 1 item",
    ),
    "no workload": (changed('command = ["sh", "{mode}", "{batch}"]', ""), "give exactly one of command, function"),
    "two workloads": (changed("[workload]", '[workload]\nfunction = "a:b"'), "got command and function"),
    "function without colon": (
        changed('command = ["sh", "{mode}", "{batch}"]', 'function = "module.run"'),
        "'module.run' is not of the form 'module:callable'",
    ),
    "placeholder names nothing": (
        changed("{mode}", "{mod}"),
        "workload.command: {mod} names no option or context; did you mean 'mode'?",
    ),
    "lone brace": (changed('"{mode}"', '"{mode"'), "workload.command[1]: lone '{' in '{mode'; write '{{'"),
    "flag without table": (changed("{mode}", "{flag:mode}"), "{flag:mode} needs a table"),
    "flag inside an argument": (
        changed('"{mode}"', '"x{flag:mode}"'),
        "workload.command[1]: {flag:mode} must be an argument of its own",
    ),
    "flag of an unknown value": (
        changed("{mode}", "{flag:mode}").replace(
            'default = "slow"', 'default = "slow"\nflag = { slow = [], quick = [] }'
        ),
        "options.mode.flag.quick: 'quick' is not one of 'slow', 'fast'",
    ),
    "flag that forgets a value": (
        changed("{mode}", "{flag:mode}").replace('default = "slow"', 'default = "slow"\nflag = { slow = [] }'),
        "options.mode.flag: no arguments for 'fast'",
    ),
    "flag that no command holds": (
        changed('default = "slow"', 'default = "slow"\nflag = { slow = [], fast = [] }'),
        "options.mode.flag: no command holds {flag:mode}",
    ),
    "option reaches nothing": (changed(', "{batch}"', ""), "options.batch: reaches the workload nowhere"),
    "context reaches nothing": (GOOD + "[context.rows]\nvalues = [1]", "context.rows: reaches the workload nowhere"),
    "setup with an option": (
        changed("[workload]", '[workload]\nsetup = [["echo", "{mode}"]]'),
        "workload.setup[0]: {mode}: setup runs once per study",
    ),
    "no options": (changed(', "{mode}", "{batch}"', "").replace(OPTIONS, ""), "options: is missing"),
    "one value": (changed('["slow", "fast"]', '["slow"]'), "options.mode.values: ['slow'] leaves nothing to choose"),
    "no values": (changed('["slow", "fast"]', "[]"), "leaves nothing to choose"),
    "neither values nor range": (changed('values = ["slow", "fast"]', ""), "options.mode: give either values or range"),
    "a value twice": (
        changed('["slow", "fast"]', '["slow", "fast", "slow"]'),
        "options.mode.values: 'slow' is there twice",
    ),
    "a number twice": (changed('["slow", "fast"]', "[1, 1.0]"), "options.mode.values: 1.0 is there twice, once as 1"),
    "booleans and numbers": (changed('["slow", "fast"]', "[true, 5]"), "mixes true/false with numbers"),
    "a list as a value": (
        changed('["slow", "fast"]', '["slow", ["fast"]]'),
        "options.mode.values[1]: ['fast'] is neither true/false",
    ),
    "not a number": (changed('["slow", "fast"]', "[1.0, nan]"), "options.mode.values[1]: nan"),
    "a date": (
        changed('["slow", "fast"]', "[2020-01-01, 1]"),
        "options.mode.values[0]: datetime.date(2020, 1, 1) is neither",
    ),
    "no default": (changed('default = "slow"', ""), "options.mode.default: is missing"),
    "default outside": (
        changed('default = "slow"', 'default = "slo"'),
        "options.mode.default: 'slo' is not one of 'slow', 'fast'",
    ),
    "default outside the range": (
        changed("default = 1", "default = 65"),
        "options.batch.default: 65 is not a whole number from 1 to 64",
    ),
    "range upside down": (changed("[1, 64]", "[64, 1]"), "options.batch.range: low 64 is not below high 1"),
    "range of three": (changed("[1, 64]", "[1, 2, 3]"), "options.batch.range: List should have at most 2 items"),
    "log from zero": (
        changed("range = [1, 64]", 'range = [0, 64]\nscale = "log"'),
        "options.batch.range: a log scale starts above 0, got 0",
    ),
    "scale of a list": (
        changed('default = "slow"', 'default = "slow"\nscale = "log"'),
        "options.mode.scale: belongs to a range",
    ),
    "unknown scale": (
        changed("range = [1, 64]", 'range = [1, 64]\nscale = "logg"'),
        "options.batch.scale: should be 'linear' or 'log', got 'logg'",
    ),
    "unknown layer": (
        changed('default = "slow"', 'default = "slow"\nlayer = "os"'),
        "options.mode.layer: should be 'application'",
    ),
    "consent for no value": (
        changed('default = "slow"', 'default = "slow"\nconsent = { fst = "quality" }'),
        "options.mode.consent.fst: 'fst' is not one of",
    ),
    "constraint with an unknown name": (
        GOOD + '[[constraints]]\nexpr = "btch > 3"',
        "constraints[0].expr: 'btch > 3' names 'btch', which is no option; did you mean 'batch'?",
    ),
    "constraint that calls": (
        GOOD + '[[constraints]]\nexpr = "open(mode)"',
        "constraints[0].expr: 'open(mode)': Call is not allowed",
    ),
    "constraint that is no expression": (
        GOOD + '[[constraints]]\nexpr = "mode =="',
        "constraints[0].expr: 'mode ==' is no expression",
    ),
    "default breaks a constraint": (
        GOOD + '[[constraints]]\nexpr = "batch > 3"\nreason = "too small"',
        "constraints: the defaults break 'batch > 3' (too small)",
    ),
    "consent without cost": (GOOD + "[[consent]]\nexpr = \"mode == 'fast'\"", "consent[0].cost: is missing"),
    "when in a circle": (
        changed('default = "slow"', 'default = "slow"\nwhen = "batch > 1"').replace(
            "default = 1\n", "default = 1\nwhen = \"mode == 'fast'\"\n"
        ),
        "exists only if it exists: mode -> batch -> mode",
    ),
    "when with an unknown name": (
        changed('default = "slow"', 'default = "slow"\nwhen = "x > 1"'),
        "options.mode.when: 'x > 1' names 'x'",
    ),
    "no objectives": (changed(OBJECTIVES, ""), "objectives: is missing"),
    "no source": (changed('from = "wall"', 'unit = "s"'), "objectives.latency.from: is missing"),
    "wall time in milliseconds": (
        changed('"wall"', '"wall"\nunit = "ms"'),
        "objectives.latency.unit: 'wall' is measured in seconds, not 'ms'; write unit = \"s\"",
    ),
    "unknown source": (changed('"wall"', '"wal"'), "objectives.latency.from: 'wal' is no source; did you mean 'wall'?"),
    "source without a key": (changed('"wall"', '"output:"'), "'output:' names nothing after the colon"),
    "column of a command": (changed('"wall"', '"column:x"'), "objectives.latency.from: a command has no 'column'"),
    "broken pattern": (changed('"wall"', "'regex:(\\d'"), "is no regular expression"),
    "pattern without a group": (changed('"wall"', "'regex:\\d+'"), "has no group"),
    "wrong goal": (
        changed('"wall"', '"wall"\ngoal = "low"'),
        "objectives.latency.goal: should be 'min' or 'max', got 'low'",
    ),
    "infinite slo": (changed('"wall"', '"wall"\nslo = inf'), "objectives.latency.slo: inf is not a finite number"),
    "event called like an objective": (GOOD + '[events]\noutput = ["latency"]', "two columns of one name: 'latency'"),
    "event called like an option": (GOOD + '[events]\noutput = ["mode"]', "two columns of one name: 'mode'"),
    "event that is the objective": (
        changed('"wall"', '"output:p99"') + '[events]\noutput = ["p99"]',
        "events: 'p99' is already the objective 'latency'",
    ),
    "columns of a command": (
        GOOD + '[events]\ncolumns = ["a"]',
        "events.columns: a command has none; it belongs to replay",
    ),
    "no time": (
        changed("[workload]", "[workload]\ntimeout_s = 0"),
        "workload.timeout_s: should be greater than 0, got 0",
    ),
    "time is text": (changed("[workload]", '[workload]\ntimeout_s = "5"'), "workload.timeout_s: '5' is not a number"),
    "workdir is not there": (
        changed("[workload]", '[workload]\nworkdir = "nowhere"'),
        "workload.workdir: 'nowhere' is no folder",
    ),
    "no repeats": (GOOD + "[run]\nrepeats = 0", "run.repeats: should be greater than or equal to 1, got 0"),
    "service of a function": (
        changed('command = ["sh", "{mode}", "{batch}"]', 'function = "a:b"')
        + '[service]\nstart = ["x"]\nready = { tcp = "a:1" }',
        "service: needs workload.command as its load, not a function",
    ),
    "service without ready": (GOOD + '[service]\nstart = ["x"]', "service.ready: is missing"),
    "two ways to be ready": (
        GOOD + '[service]\nstart = ["x"]\nready = { tcp = "a:1", http = "http://a" }',
        "service.ready: give exactly one of tcp, http, command",
    ),
    "address without port": (
        GOOD + '[service]\nstart = ["x"]\nready = { tcp = "localhost" }',
        "is not of the form 'host:port'",
    ),
    "restart on nothing known": (
        GOOD + '[service]\nstart = ["x"]\nready = { tcp = "a:1" }\nrestart_on = ["mod"]',
        "service.restart_on: 'mod' is no option; did you mean 'mode'?",
    ),
    "perf event": (GOOD + '[events]\nperf = ["-o/etc/passwd"]', "events.perf[0]: '-o/etc/passwd' is no event"),
    "unknown sensor": (GOOD + '[events]\nsensors = ["trermal"]', "no sensor 'trermal'; did you mean 'thermal'?"),
    "guards of a world": (
        'cadet = 1\nname = "x"\n[workload]\nsimulated = { world = "chain" }\n[guards]\nabort_if = ["a > 1"]',
        "guards.abort_if: a simulated runs nothing on this machine",
    ),
    "sysctl": (
        changed('default = "slow"', 'default = "slow"\nactuator = { sysctl = "kernel.sysrq" }'),
        "options.mode.actuator.sysctl: /proc/sys/kernel/sysrq is never set: it reboots",
    ),
    "values of the device": (
        changed('values = ["slow", "fast"]', 'values_from = "device"'),
        "options.mode.values_from: needs an actuator that can be asked",
    ),
    "fifo over quotas": (
        changed('default = "slow"', 'default = "slow"').replace(
            'values = ["slow", "fast"]\ndefault = "slow"',
            'values = ["0", "5"]\ndefault = "0"\nactuator = { process = "nice" }',
        )
        + '[run]\nisolation = "fifo"',
        "run.isolation: 'fifo' passes over nice values, shares and quotas, but options.mode sets one",
    ),
    "isolation": (GOOD + '[run]\nisolation = "fif"', "run.isolation: "),
    "settle without temperature": (GOOD + "[run.settle]\nbelow_c = 5", "run.settle.temperature: is missing"),
    "guard": (GOOD + '[guards]\nabort_if = ["a >"]', "guards.abort_if[0]: 'a >' is no expression"),
    "guard of nothing": (GOOD + '[guards]\nabort_if = ["1 > 0"]', "guards.abort_if[0]: '1 > 0' watches nothing"),
    "energy of nothing": (changed('"wall"', '"energy:a b"'), "objectives.latency.from: 'energy:a b' names no rail"),
    "energy in other units": (
        changed('"wall"', '"energy:gpu0"\nunit = "Wh"'),
        "objectives.latency.unit: 'energy:gpu0' is measured in joules, not 'Wh'",
    ),
    "unknown actuator": (
        changed('default = "slow"', 'default = "slow"\nactuator = { evn = "X" }'),
        "options.mode.actuator.evn: unknown key; did you mean 'env'?",
    ),
    "unknown world": (
        'cadet = 1\nname = "x"\n[workload]\nsimulated = { world = "chian" }',
        "workload.simulated.world: no world 'chian'; did you mean 'chain'?",
    ),
    "options of a world": (
        'cadet = 1\nname = "x"\n[workload]\nsimulated = { world = "chain" }' + OPTIONS,
        "options: a world brings its own",
    ),
}


def test_the_unbroken_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text(GOOD)
    assert load(path).space.names == ("mode", "batch")


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_mistake_is_named_with_file_and_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "target.toml"
    path.write_text(text)
    with pytest.raises(TargetError) as caught:
        load(path)
    said = str(caught.value)
    assert message in said
    assert all(line.startswith(f"{path}: ") for line in said.splitlines())
    assert len(said.splitlines()) <= 2
    assert caught.value.exit_code == 2


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(GOOD)
    with pytest.raises(TargetError, match=r"no such file; did you mean 'target\.toml'\?"):
        load(tmp_path / "taget.toml")


def test_a_folder_is_no_target_file(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_binary_file_is_no_target_file(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_bytes(b"cadet = \xff")
    with pytest.raises(TargetError, match="is not UTF-8 text"):
        load(tmp_path / "target.toml")
