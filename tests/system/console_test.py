#!/usr/bin/env python3
"""What a run writes to a terminal of 80 columns, to a pipe, and under mpirun with tagged output.

Usage: console_test.py PROGRAM [TEST...]
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tiny_shards  # noqa: E402

COLUMNS = 80
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LONGEST = 300
TRIES = 3

program = ""
work = pathlib.Path()


def seconds(clock: str) -> int:
    hours, minutes, rest = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + int(rest)


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shards = tiny_shards.make(program, work / "data", 640, 64)

    def command(self, *more: str, epochs=1, size=16) -> list[str]:
        run = work / self.id().rsplit(".", 1)[-1]
        return [program, "train", *self.shards, "--model_dir", str(run), "--model", "resnet18v1_b",
                "--num_classes", "10", "--train_image_size", str(size), "--global_batch_size",
                "16", "--num_epochs", str(epochs), "--warmup_epochs", "0.1", "--compute_threads",
                "1", "--workers", "1", *more]

    def in_terminal(self, command: list[str], **more: str) -> str:
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        with subprocess.Popen(command, stdin=follower, stdout=follower,
                              stderr=subprocess.DEVNULL, env=environment | more) as process:
            os.close(follower)
            output = b""
            end = time.monotonic() + LONGEST
            while time.monotonic() < end:
                if not select.select([leader], [], [], 1)[0]:
                    continue
                try:
                    output += os.read(leader, 65536)
                except OSError:  # the last writer is gone
                    break
            self.assertEqual(process.wait(), 0)
        os.close(leader)
        return output.decode().replace("\r\n", "\n")

    def in_pipe(self, command: list[str]) -> str:
        done = subprocess.run(command, env=os.environ | MPI, capture_output=True, text=True,
                              check=False, timeout=LONGEST)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_terminals_line_is_rewritten_and_never_wraps(self):
        text = self.in_terminal(self.command())
        rewritten = re.findall(r"\r\x1b\[K(\[[^\r\n]*)\r", text)
        self.assertGreater(len(rewritten), 3, text)
        for line in rewritten:
            self.assertLess(len(line), COLUMNS)
            self.assertNotIn("\x1b", line)
            # Whole numbers, or none: three of four may be seen, never a part of one.
            self.assertRegex(line, r"^\[[= ]{10}\] \d+ % \S+ left, loss \d\.\d{4}, [\d.]+ img/s, "
                                   r"data wait \d+ %(, epoch \d\.\d\d/1 \S+ left)?$")
        self.assertIn("\x1b[1mepoch 1/1, step 40\x1b[0m: loss", text)
        self.assertTrue(text.rstrip().splitlines()[-1].startswith("{"), text[-300:])
        for line in ESCAPE.sub("", text).split("\n"):
            for row in line.split("\r"):
                if not row.startswith("{") and str(work) not in row:
                    self.assertLessEqual(len(row), COLUMNS)
        # Nothing of a rewritten line is left in front of one that stays.
        for line in text.split("\n"):
            last = line.rsplit("\x1b[K", 1)[-1]
            self.assertNotRegex(last, r"left, loss.*epoch 1/1, step")

    def test_no_color_and_quiet(self):
        text = self.in_terminal(self.command("--overwrite"), NO_COLOR="1")
        self.assertEqual(set(ESCAPE.findall(text)), {"\x1b[K"})
        quiet = self.in_terminal(self.command("--overwrite", "--quiet"))
        self.assertEqual(len(quiet.strip().splitlines()), 1, quiet)
        self.assertNotIn("\x1b", quiet)

    def test_a_pipe_gets_plain_whole_lines(self):
        text = self.in_pipe(self.command("--print_every_seconds", "0"))
        self.assertNotIn("\r", text)
        self.assertNotIn("\x1b", text)
        steps = re.findall(r"(?m)^step (\d+)/40 \(.*, loss .*, lr .* img/s, data wait \d+ %, epoch "
                           r"\d:\d\d:\d\d left, run \d:\d\d:\d\d left$", text)
        self.assertEqual([int(step) for step in steps], list(range(1, 41)))
        few = self.in_pipe(self.command("--overwrite", "--print_every_seconds", "100"))
        self.assertNotRegex(few, r"(?m)^step ")

    def test_under_mpirun_only_the_first_rank_tells(self):
        text = self.in_pipe(["mpirun", "-np", "4", "--oversubscribe", "--bind-to", "none",
                             "--tag-output", *self.command("--print_every_seconds", "0")])
        lines = [line for line in text.splitlines() if "<stdout>:" in line]
        self.assertGreater(len(lines), 40)
        for line in lines:
            self.assertRegex(line, r"^\[1,0\]<stdout>:")
            self.assertEqual(line.count("<stdout>:"), 1)
        self.assertNotIn("\x1b", text)
        self.assertRegex(text, r"<stdout>:step 40/40 .* img/s \([0-9.]+ per rank\)")

    def time_left_after_a_tenth(self) -> tuple[float, float]:
        """What was told, and what was."""
        begin = time.monotonic()
        told = None
        with subprocess.Popen(
                self.command("--overwrite", "--print_every_seconds", "0", epochs=10, size=32),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                found = re.match(r"step 40/400 .* run (\S+) left$", line)
                if found:
                    told, begin = seconds(found[1]), time.monotonic()
                last = re.match(r"epoch 10/10", line)
                if last:
                    left = time.monotonic() - begin
            errors = process.stderr.read()
        self.assertEqual(process.returncode, 0, errors)
        self.assertIsNotNone(told)
        print(f"    told {told} s, were {left:.1f} s", flush=True)
        return told, left

    def test_time_left_is_right_after_a_tenth(self):
        # Nobody can tell of other programs that come or go meanwhile: then once more.
        for _ in range(TRIES):
            told, left = self.time_left_after_a_tenth()
            if abs(told - left) < 0.2 * left + 1:
                return
        self.fail(f"told {told} s, were {left:.1f} s")


def main() -> None:
    global program, work
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv.pop(1)).resolve())
    with tempfile.TemporaryDirectory(prefix="train_backbone_console_") as folder:
        work = pathlib.Path(folder)
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
