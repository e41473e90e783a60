"""Ask a redis server for SETs, then for GETs, one at a time, and say what the median took; standard library only."""

from __future__ import annotations

import json
import random
import socket
import statistics
import sys
import time
from typing import BinaryIO

SETS, GETS, KEYS, BYTES = 50, 2000, 50, 256


def main() -> None:
    """Print seconds per request and what the server counted, as one JSON object."""
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection.makefile("rb") as replies:
            order = random.Random(1)
            value = "x" * BYTES
            sets = [_seconds(connection, replies, "SET", _key(order), value) for _ in range(SETS)]
            gets = [_seconds(connection, replies, "GET", _key(order)) for _ in range(GETS)]
    print(json.dumps({"set_s": statistics.median(sets), "get_s": statistics.median(gets)}))


def _key(order: random.Random) -> str:
    return f"key:{order.randrange(KEYS)}"


def _seconds(connection: socket.socket, replies: BinaryIO, *words: str) -> float:
    began = time.perf_counter()
    _ask(connection, replies, *words)
    return time.perf_counter() - began


def _ask(connection: socket.socket, replies: BinaryIO, *words: str) -> bytes:
    """Send a command and return its reply, in the protocol that redis calls RESP."""
    parts = [f"*{len(words)}", *(part for word in words for part in (f"${len(word)}", word)), ""]
    connection.sendall("\r\n".join(parts).encode())
    first = replies.readline()
    if first[:1] == b"-":
        raise SystemExit(f"redis refuses {words[0]}: {first[1:].decode().strip()}")
    if first[:1] != b"$" or first[1:3] == b"-1":
        return first
    return replies.read(int(first[1:]) + 2)


if __name__ == "__main__":
    main()
