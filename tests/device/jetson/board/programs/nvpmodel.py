"""The simulated board's nvpmodel: sets a power mode by writing the files that /etc/nvpmodel.conf names.

Own code for the tests; options and wording as far as other programs read them: -q, -m ID, -p --verbose.
"""

import re
import sys
from pathlib import Path

CONF, MODE, FAULTS = (
    Path("/etc/nvpmodel.conf"),
    Path("/sys/kernel/simulation/mode"),
    Path("/sys/kernel/simulation/faults"),
)
_MAX = {"GPU": str(2**62)}


def parsed():
    """Return the files by parameter, the modes by number (name, lines) and the default mode."""
    files, modes, here, default = {}, {}, None, 0
    for line in CONF.read_text().splitlines():
        section = re.match(r"< (\w+) (.*) >", line)
        if section and section[1] == "PM_CONFIG":
            default = int(section[2].partition("=")[2])
        elif section:
            here = dict(part.split("=") for part in section[2].split())
            if section[1] == "POWER_MODEL":
                here = modes.setdefault(int(here["ID"]), (here["NAME"], []))
        elif line and isinstance(here, tuple):
            here[1].append(line.split())
        elif line:
            name, path = line.split()
            files[here["NAME"], name] = Path(path)
    return files, modes, default


def mask(mode):
    """Return the power gating mask of a mode."""
    return next(value for group, _, value in mode[1] if group == "TPC_POWER_GATING")


def set_mode(number):
    """Write every file of the mode; a mode that needs a reboot is only set by somebody who types YES."""
    files, modes, _ = parsed()
    if number not in modes:
        sys.exit(f"NVPM ERROR: invalid mode {number}")
    faults = FAULTS.read_text()
    if "chroot" in faults:  # seen in containers: says so and succeeds
        print("Running in chroot, ignoring request")
        return
    if mask(modes[number]) != mask(modes[int(MODE.read_text())]) and input("Reboot required, type YES: ") != "YES":
        sys.exit("NVPM ERROR: reboot required to change the power gating mask")
    for group, name, value in modes[number][1]:
        if (group, name) in files:
            files[group, name].write_text(_MAX.get(group, str(2**31 - 1)) if value == "-1" else value)
    MODE.write_text(str(number))


def main(arguments):
    """Query, list or set."""
    _, modes, default = parsed()
    if "-m" in arguments:
        set_mode(int(arguments[arguments.index("-m") + 1]))
    elif "-p" in arguments:
        print(f"NVPM VERB: PM_CONFIG: DEFAULT={modes[default][0]}({default})")
        for number, (name, lines) in modes.items():
            print(f"NVPM VERB: POWER_MODEL: ID={number} NAME={name}")
            for line in lines:
                print("NVPM VERB:", *line)
    else:
        number = int(MODE.read_text())
        print(f"NV Power Mode: {modes[number][0]}\n{number}")


try:
    main(sys.argv[1:])
except (EOFError, OSError) as error:
    sys.exit(f"NVPM ERROR: {error}")
