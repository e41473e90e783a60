"""Write a short clip as raw video (YUV4MPEG2): a camera pans over a plain, things cross it, the sensor is noisy."""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

WIDTH, HEIGHT, FRAMES = 320, 192, 24
PLAIN_WIDTH, PLAIN_HEIGHT = 512, 320
GREY = bytes([128]) * (WIDTH * HEIGHT // 2)  # both colour planes, at half the resolution
NOISE_BITS = 0x03  # of every pixel


def main() -> None:
    """Write the same clip every time to the path that is given."""
    chance = random.Random(1)
    plain = [_row(y, chance) for y in range(PLAIN_HEIGHT)]
    things = [bytes(chance.choices(range(30, 226), k=24)) for _ in range(24)]
    with Path(sys.argv[1]).open("wb") as clip:
        clip.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F25:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            clip.write(b"FRAME\n" + _noisy(_frame(plain, things, number), chance) + GREY)


def _row(y: int, chance: random.Random) -> bytes:
    waves = (110 + 40 * math.sin(x / 9 + y / 17) + 30 * math.sin(x * y / 900) for x in range(PLAIN_WIDTH))
    return bytes(int(wave) + chance.randrange(30) for wave in waves)


def _frame(plain: list[bytes], things: list[bytes], number: int) -> bytes:
    """Return the brightness of a frame: where the camera is, and two things that cross its picture."""
    left, top = 5 * number, round(40 + 30 * math.sin(number / 4))
    rows = [bytearray(plain[top + y][left : left + WIDTH]) for y in range(HEIGHT)]
    for x, y in ((11 * number, 30 + 3 * number), (WIDTH - 24 - 9 * number, 120 - 2 * number)):
        for line, thing in enumerate(things):
            rows[y + line][x : x + len(thing)] = thing
    return b"".join(rows)


def _noisy(picture: bytes, chance: random.Random) -> bytes:
    kept = int.from_bytes(picture, "big") & int.from_bytes(bytes([0xFF ^ NOISE_BITS]) * len(picture), "big")
    noise = chance.getrandbits(8 * len(picture)) & int.from_bytes(bytes([NOISE_BITS]) * len(picture), "big")
    return (kept | noise).to_bytes(len(picture), "big")


if __name__ == "__main__":
    main()
