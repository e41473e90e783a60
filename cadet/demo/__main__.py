"""Runs the deployment once: `python -m cadet.demo journal_mode=wal rows_per_transaction=100`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from cadet.demo import ingest, prepare
from cadet.demo.prepare import deployed
from cadet.errors import UsageError, nearest


def main(arguments: Sequence[str]) -> None:
    """Run with `option=value` arguments on top of the deployed configuration; print the counters as JSON."""
    settings = deployed()
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name not in settings:
            raise UsageError(f"unknown option {name!r}{nearest(name, settings)}")
        settings[name] = value
    print(json.dumps(ingest.run(settings, prepare().directory)))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
