#!/usr/bin/env python3
"""What --dry_run says of a run, and that the time it measures is that of the run.

Usage: dry_run_test.py PROGRAM [TEST...]
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tiny_shards  # noqa: E402

MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
RECORDS = 640
LONGEST = 120
START = 60  # seconds that a program may take beside measuring, on a busy machine
MEASURED = r"measured in ([\d.]+) s here: (\d+) steps? of (\d+) made-up pictures on each rank"

program = ""
work = pathlib.Path()


class DryRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shards = tiny_shards.make(program, work / "data", RECORDS, 16)

    def ask(self, *more: str, launcher=(), run="run") -> tuple[str, dict]:
        command = [*launcher, program, "train", *self.shards, "--model_dir", str(work / run),
                   "--num_classes", "10", "--warmup_epochs", "0.5", "--compute_threads", "1",
                   "--workers", "1", *more]
        done = subprocess.run(command, env=os.environ | MPI, capture_output=True, text=True,
                              check=False, timeout=LONGEST)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout, json.loads(done.stdout.splitlines()[-1])

    def assert_consistent(self, text: str, result: dict, steps: int, batch: int, ranks: str):
        self.assertEqual(result["steps"], steps)
        self.assertAlmostEqual(result["images_per_second"] * result["seconds_per_step"], batch, 3)
        self.assertAlmostEqual(result["seconds_per_epoch"],
                               RECORDS / batch * result["seconds_per_step"], 6)
        self.assertAlmostEqual(result["seconds"], steps * result["seconds_per_step"], 6)
        line = re.search(r"(?m)^time +about (\S+) per epoch, (\S+) for the run: (\S+) s per step, "
                         rf"(\S+) img/s on {ranks}$", text)
        self.assertTrue(line, text)
        for clock, name in ((line[1], "seconds_per_epoch"), (line[2], "seconds")):
            hours, minutes, seconds = map(int, clock.split(":"))
            self.assertAlmostEqual(3600 * hours + 60 * minutes + seconds, result[name], delta=0.51)
        self.assertAlmostEqual(float(line[3]) / result["seconds_per_step"], 1, 3)
        self.assertAlmostEqual(float(line[4]) / result["images_per_second"], 1, 3)
        self.assertIn("reading pictures, all-reduce, validation, saving not counted", text)
        self.assertFalse((work / "run").exists())

    def test_the_time_is_that_of_the_run(self):
        options = ["--model", "resnet18v1_b", "--train_image_size", "32", "--batch_size", "8",
                   "--num_epochs", "3"]
        text, result = self.ask("--dry_run", *options)
        self.assert_consistent(text, result, 240, 8, "1 rank")
        measured = re.search(MEASURED, text)
        self.assertTrue(measured, text)
        if 6 * result["seconds_per_step"] < 3:  # else there may be no time for all of it
            self.assertEqual((measured[2], measured[3]), ("5", "8"))
            self.assertNotIn("taken to grow", text)
        _, run = self.ask(*options, "--max_steps", "60", "--eval_every_epochs", "0",
                          run="real")
        # Other tests may keep the machine busy for a part of the time, and the run also decodes.
        told = [result["images_per_second"], self.ask("--dry_run", *options)[1]["images_per_second"]]
        print(f"    told {told[0]:.1f} and {told[1]:.1f} img/s, were "
              f"{run['images_per_second']:.1f}", flush=True)
        self.assertLess(run["images_per_second"], 2 * max(told))
        self.assertGreater(run["images_per_second"], min(told) / 3)

    def test_a_smaller_batch_is_measured_where_whole_ones_take_too_long(self):
        begin = time.monotonic()
        text, result = self.ask("--dry_run", "--model", "hrnet_w32c", "--train_image_size", "128",
                                "--batch_size", "640", "--num_epochs", "3")
        self.assertLess(time.monotonic() - begin, 10 + START)
        self.assert_consistent(text, result, 3, 640, "1 rank")
        measured = re.search(MEASURED + r", taken to grow in proportion to 640\n", text)
        self.assertTrue(measured, text)
        self.assertLess(float(measured[1]), 30)
        self.assertLess(int(measured[3]), 640)
        # Whole batches would have taken longer by far.
        self.assertGreater(6 * result["seconds_per_step"], 10 + START)

    def test_passes_of_a_step_and_ranks_are_counted(self):
        text, result = self.ask("--dry_run", "--model", "resnet18v1_b", "--train_image_size", "16",
                                "--batch_size", "16", "--accumulate_steps", "2", "--num_epochs",
                                "2", launcher=["mpirun", "-np", "2", "--oversubscribe",
                                               "--bind-to", "none"])
        self.assert_consistent(text, result, 20, 64, "2 ranks")
        self.assertRegex(text, MEASURED)
        # What is known without a measurement comes first: memory may not suffice for a step.
        self.assertLess(text.index("\nmemory "), text.index("\nlearning rate"))
        self.assertLess(text.index("\nlearning rate"), text.index("\ntime "))


def main() -> None:
    global program, work
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv.pop(1)).resolve())
    with tempfile.TemporaryDirectory(prefix="train_backbone_dry_run_") as folder:
        work = pathlib.Path(folder)
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
