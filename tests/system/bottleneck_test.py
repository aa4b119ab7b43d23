#!/usr/bin/env python3
"""Runs that are made slow on purpose, by disk, decoding, computation or the link between two hosts:
the console and metrics.jsonl name the right one.

Usage: bottleneck_test.py PROGRAM SLOW_READ_LIBRARY [TEST...]
The link is one between network namespaces (tests/support/hosts.py); exit code 77, with the reason,
where this machine does not let the script make them.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import hosts  # noqa: E402
import tiny_shards  # noqa: E402

LONGEST = 300
program = ""
slow_read = ""
work = pathlib.Path()


def noise_shards(folder: pathlib.Path, count: int, side: int) -> list[str]:
    """Large pictures without any structure: nothing is harder to decode."""
    idx = folder / "idx"
    idx.mkdir(parents=True)
    for name in ("train", "t10k"):
        (idx / f"{name}-images-idx3-ubyte").write_bytes(
            struct.pack(">IIII", 0x803, count, side, side) + os.urandom(count * side * side))
        (idx / f"{name}-labels-idx1-ubyte").write_bytes(
            struct.pack(">II", 0x801, count) + bytes(i % 10 for i in range(count)))
    for split in ("train", "validation"):
        subprocess.run([program, "prepare", "--input", idx, "--split", split, "--output",
                        folder / split, "--quiet"], check=True, capture_output=True)
    return ["--train_data_dir", str(folder / "train"), "--validation_data_dir",
            str(folder / "validation")]


class Bottleneck(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.small = tiny_shards.make(program, work / "small", 40, 8)

    def command(self, shards: list[str], size: int, *more: str) -> list[str]:
        self.run_folder = work / self.id().rsplit(".", 1)[-1]
        return [program, "train", *shards, "--model_dir", str(self.run_folder), "--model",
                "resnet18v1_b", "--num_classes", "10", "--train_image_size", str(size),
                "--global_batch_size", "8", "--num_epochs", "1", "--warmup_epochs", "0.5",
                "--compute_threads", "1", "--workers", "1", *more]

    def verdict(self, command: list[str], **more: str) -> tuple[str, str]:
        """What the last epoch's line of metrics says, and the console's last verdict."""
        done = subprocess.run(command, env=os.environ | hosts.MPI | more, capture_output=True,
                              text=True, check=False, timeout=LONGEST)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in
                 (self.run_folder / "metrics.jsonl").read_text().splitlines()]
        told = [line for line in done.stdout.splitlines() if "bottleneck: " in line]
        self.assertEqual(len(told), 1, done.stdout)
        print("   ", told[-1].strip(), flush=True)
        return [line for line in lines if line["kind"] == "epoch"][-1]["bottleneck"], told[-1]

    def test_a_slow_disk(self):
        name, told = self.verdict(self.command(self.small, 8), LD_PRELOAD=slow_read,
                                  SLOW_READ_MS="400")
        self.assertEqual(name, "disk")
        self.assertIn("--shuffle block", told)

    def test_pictures_that_are_hard_to_decode(self):
        shards = noise_shards(work / "noise", 24, 3600)
        name, told = self.verdict(self.command(shards, 8))
        self.assertEqual(name, "decode")
        self.assertRegex(told, r"1 loader thread made \d+ img/s and compute takes \d+")

    def test_a_network_that_is_hard_to_compute(self):
        name, told = self.verdict(self.command(self.small, 96))
        self.assertEqual(name, "compute")
        self.assertRegex(told, r"compute takes \d+ img/s, the loader could make \d+")

    def test_a_slow_link(self):
        two = hosts.Hosts(["alpha", "beta"], work / "hosts")
        try:
            two.limit_rate("beta", "100mbit")
            name, told = self.verdict(
                two.mpirun({"alpha": 1, "beta": 1}, self.command(self.small, 16)))
        finally:
            two.remove()
        self.assertEqual(name, "all-reduce")
        self.assertIn("--wire_dtype bf16", told)


def main() -> None:
    global program, slow_read, work
    if len(sys.argv) < 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    hosts.enter_own_namespaces()
    program, slow_read = (str(pathlib.Path(sys.argv.pop(1)).resolve()) for _ in range(2))
    with tempfile.TemporaryDirectory(prefix="train_backbone_bottleneck_") as folder:
        work = pathlib.Path(folder)
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
