#!/usr/bin/env python3
"""Writes python_shuffle.txt: orders that Python 3's random.shuffle gives, exact (no tolerance).

Each line is "SEED COUNT : ORDER". Needs nothing but Python 3.
"""

import pathlib
import random

CASES = [(0, 1), (0, 2), (0, 17), (0, 1300), (12345, 1024), (2**40 + 7, 65)]


def main():
    lines = []
    for seed, count in CASES:
        order = list(range(count))
        random.seed(seed)
        random.shuffle(order)
        lines.append(f"{seed} {count} : {' '.join(map(str, order))}\n")
    pathlib.Path(__file__).with_name("python_shuffle.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
