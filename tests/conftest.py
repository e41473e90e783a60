"""What holds for every test."""

from __future__ import annotations

import signal

# A job in the background of a script ignores Ctrl-C, and so does whatever it starts; tests of interruption need it.
signal.signal(signal.SIGINT, signal.default_int_handler)
