#!/usr/bin/env python3
"""`doctor` on this machine as it is, on one with a fault of each kind, and between ranks.

Usage: doctor_test.py PROGRAM [TEST...]
The faults are real: a small /dev/shm and a read-only folder in mount namespaces, limits, a binding,
a missing shard, a date in the future. Exit code 77, with the reason, where this machine does not
let the script make namespaces.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tiny_shards  # noqa: E402

SKIPPED = 77
UNSHARE = ["unshare", "--mount", "--propagation", "private"]
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
ERROR_OF_DATA = 3
ERROR_OF_MACHINE = 4

program = ""
work = pathlib.Path()


class Doctor(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=work))
        self.data = self.folder / "data"
        shutil.copytree(work / "data", self.data)
        self.options = ["--train_data_dir", str(self.data / "train"), "--validation_data_dir",
                        str(self.data / "validation"), "--model_dir", str(self.folder / "run"),
                        "--model", "resnet18v1_b", "--disk_seconds", "0.1"]

    def ask(self, prefix=(), shell="", options=()) -> tuple[int, dict, str]:
        """Exit code, findings that are not ok by check, and all that was printed."""
        command = [program, "doctor", *self.options, *options]
        if shell:
            command = ["sh", "-c", shell + ' && exec "$@"', "sh", *command]
        done = subprocess.run([*prefix, *command], env=os.environ | MPI | {"XDG_CACHE_HOME":
                              str(self.folder / "cache")}, capture_output=True, text=True,
                              check=False, timeout=120)
        self.assertTrue(done.stdout, done.stderr)
        result = json.loads(done.stdout.splitlines()[-1])
        bad = {row["check"]: row for row in result["findings"] if row["level"] != "ok"}
        return done.returncode, bad, done.stdout

    def assert_named(self, answer, check: str, level: str, part: str, code: int):
        self.assertEqual(answer[0], code, answer[2])
        self.assertIn(check, answer[1], answer[2])
        self.assertEqual(answer[1][check]["level"], level, answer[2])
        self.assertIn(part, answer[1][check]["text"])
        self.assertTrue(answer[1][check]["advice"])
        self.assertEqual(set(answer[1]) - self.known, {check}, answer[2])

    @classmethod
    def setUpClass(cls):
        # What this machine itself lacks is no failure of the test.
        cls.known = set()
        case = cls()
        case.setUp()
        cls.known = set(case.ask()[1]) & {"shm", "memlock", "cores", "space", "device"}
        if cls.known:
            print("this machine's own findings:", ", ".join(sorted(cls.known)))
        cls.known.add("disk")  # its speed is another one each time that others use it

    def test_names_every_check_and_finds_the_data_good(self):
        code, bad, text = self.ask()
        self.assertEqual(set(bad) - self.known, set(), text)
        if not self.known - {"disk"}:
            self.assertEqual(code, 0, text)
        for check in ("device", "shm", "memlock", "files", "cores", "records", "index", "disk",
                      "clock", "space"):
            self.assertRegex(text, rf"(?m)^(ok|warning|error) +{check} ")
        self.assertIn("96 records", text)
        self.assertIn("LibTorch", text)

    def test_tiny_shared_memory(self):
        answer = self.ask(UNSHARE, "mount -t tmpfs -o size=16m tmpfs /dev/shm")
        self.assert_named(answer, "shm", "warning", "16 MiB", 0)

    def test_little_locked_memory(self):
        self.assert_named(self.ask((), "ulimit -l 64"), "memlock", "warning", "64 KiB", 0)

    def test_read_only_data(self):
        mount = f"mount --bind {self.data} {self.data} && mount -o remount,ro,bind {self.data}"
        answer = self.ask(UNSHARE, mount)
        self.assert_named(answer, "index", "warning", "read-only", 0)

    def test_missing_shard(self):
        shard = self.data / "train/train-00000-of-00001"
        shard.rename(shard.with_name("train-00000-of-00002"))
        answer = self.ask()
        self.assert_named(answer, "shards", "error", "00001-of-00002", ERROR_OF_DATA)

    @unittest.skipIf(os.cpu_count() == 1, "this machine has one core")
    def test_binding_to_one_core(self):
        core = str(min(os.sched_getaffinity(0)))
        answer = self.ask(["taskset", "-c", core])
        self.assert_named(answer, "cores", "warning", "bound to one", 0)

    def test_file_from_the_future(self):
        shard = self.data / "train/train-00000-of-00001"
        os.utime(shard, (time.time() + 7200, time.time() + 7200))
        answer = self.ask()
        self.assert_named(answer, "clock", "warning", "in the future", 0)

    def test_too_few_open_files(self):
        answer = self.ask((), "ulimit -n 100")
        self.assert_named(answer, "files", "error", "100 allowed", ERROR_OF_MACHINE)

    def test_damaged_record(self):
        shard = self.data / "train/train-00000-of-00001"
        content = bytearray(shard.read_bytes())
        content[len(content) // 2] ^= 1
        shard.write_bytes(content)
        answer = self.ask()
        self.assert_named(answer, "records", "error", "1 of 96 checked", ERROR_OF_DATA)

    def test_ranks_add_up_and_tell_of_each_other(self):
        mpirun = ["mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none"]
        code, bad, text = self.ask(mpirun)
        self.assertEqual(set(bad) - self.known - {"cores"}, set(), text)
        self.assertRegex(text, r"(?m)^ok +ranks +2 ranks by Open MPI .* sums of 16 MiB")
        self.assertEqual(text.count("LibTorch"), 2, text)  # the first rank's line, and in JSON

    def test_a_gpu_that_is_not_there_is_told_once(self):
        mpirun = ["mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none"]
        code, bad, text = self.ask(mpirun, options=["--device", "cuda"])
        self.assertEqual(code, ERROR_OF_MACHINE, text)
        self.assertEqual(bad["device"]["level"], "error", text)
        self.assertNotIn("ranks", bad, text)
        code, bad, text = self.ask(options=["--device", "cpu"])
        self.assertNotIn("device", bad, text)

    def test_a_run_with_too_little_memory_and_too_many_classes_is_warned_of(self):
        """Not doctor's, but in need of the same namespaces."""
        (self.folder / "meminfo").write_text("MemTotal: 200000 kB\nMemAvailable: 100000 kB\n")
        done = subprocess.run(
            [*UNSHARE, "sh", "-c", f"mount --bind {self.folder}/meminfo /proc/meminfo && "
             'exec "$@"', "sh", program, "train", *self.options[:4], "--model", "resnet18v1_b",
             "--num_classes", "12", "--train_image_size", "32", "-b", "32", "--max_steps", "1",
             "--model_dir", str(self.folder / "run")],
            env=os.environ | {"XDG_CACHE_HOME": str(self.folder / "cache")}, capture_output=True,
            text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"--num_classes 12: \S+ names 10 classes, .*--num_classes 10")
        self.assertRegex(done.stderr, r"this run needs about 0\.\d GiB of memory, and 0\.1 GiB are")

    def test_one_rank_that_is_bound_is_named(self):
        if os.cpu_count() == 1:
            return
        core = str(min(os.sched_getaffinity(0)))
        first = ["mpirun", "-np", "1", "--bind-to", "none", program, "doctor", *self.options, ":",
                 "-np", "1", "taskset", "-c", core]
        code, bad, text = self.ask(first)
        self.assertIn("rank 1 (", bad["cores"].get("where", ""), text)


def main() -> None:
    global program, work
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv.pop(1)).resolve())
    tried = subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"], check=False,
                           capture_output=True, text=True)
    if tried.returncode != 0:
        print("skipped: mount namespaces need root (CAP_SYS_ADMIN):", tried.stderr.strip())
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="train_backbone_doctor_") as folder:
        work = pathlib.Path(folder)
        tiny_shards.make(program, work / "data", 96, 13)
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
