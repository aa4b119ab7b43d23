#!/usr/bin/env python3
"""Runs over two and three hosts (tests/support/hosts.py): the same bits as on one, and an end when
a link is cut.

Usage: hosts_test.py PROGRAM [TEST...]
Exit code 77, with the reason, where this machine does not let it make namespaces.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import hosts  # noqa: E402
import tiny_shards  # noqa: E402

HEARTBEAT = 3
GRACE = 30  # on a busy machine; tests/acceptance/lost_ranks.py holds the promise of 5
NAMES = ["alpha", "beta", "gamma"]
TWO_ON_EACH = ["alpha", "alpha", "beta", "beta", "gamma", "gamma"]
RANKS = 6
PICTURES, BATCH = 96, 12
STEPS = 8
ENDLESS = {"steps": 200, "heartbeat": HEARTBEAT}  # longer than the time-out
LONGEST = 120

program = ""
work = pathlib.Path()


class SeveralHosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hosts = hosts.Hosts(NAMES, work / "hosts")
        cls.shards = tiny_shards.make(program, work / "data", PICTURES, 13)
        cls.run_on("one_host", {"alpha": RANKS})
        cls.whole = cls.weights("one_host")

    @classmethod
    def tearDownClass(cls):
        cls.hosts.remove()

    @classmethod
    def command(cls, run: str, steps: int = STEPS, heartbeat: int = 30) -> list[str]:
        epochs = -(-steps * BATCH // PICTURES)
        return [program, "train", *cls.shards, "--model_dir", str(work / run), "--model",
                "resnet18v1_b", "--num_classes", "10", "--train_image_size", "32",
                "--eval_image_size", "32", "--warmup_epochs", "0.5", "--learning_rate", "0.2",
                "--num_epochs", str(epochs), "--global_batch_size", str(BATCH), "--max_steps",
                str(steps), "--log_every_steps", "1", "--compute_threads", "1", "--workers", "1",
                "--heartbeat_timeout", str(heartbeat)]

    @classmethod
    def start(cls, command: list[str], name: str, more: dict[str, str] | None = None):
        log = work / f"{name}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(command, env=os.environ | hosts.MPI | (more or {}),
                                       stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        return process, log

    @classmethod
    def run_on(cls, run: str, slots: dict[str, int]) -> str:
        process, log = cls.start(cls.hosts.mpirun(slots, cls.command(run)), run)
        code = process.wait(LONGEST)
        if code != 0:
            raise AssertionError(f"{run} ended with {code}:\n{log.read_text()}")
        return log.read_text()

    @staticmethod
    def weights(run: str) -> bytes:
        return (work / run / "weights/last.safetensors").read_bytes()

    def await_step(self, run: str, step: int, process: subprocess.Popen,
                   log: pathlib.Path) -> None:
        metrics = work / run / "metrics.jsonl"
        while not metrics.exists() or metrics.read_text().count('"interval"') < step:
            self.assertIsNone(process.poll(), f"{run} ended too early:\n{log.read_text()}")
            time.sleep(0.01)

    def start_by_variables(self, run: str, placed: list[str], **settings: int):
        """A rank on each of the hosts, as torchrun starts them."""
        return [self.start([*self.hosts.on(host), *self.command(run, **settings)], f"{run}{rank}",
                           {"RANK": str(rank), "WORLD_SIZE": str(len(placed)), "LOCAL_RANK": "0",
                            "MASTER_ADDR": "10.77.0.1", "MASTER_PORT": "29500"})
                for rank, host in enumerate(placed)]

    def test_two_hosts_compute_the_bits_of_one(self):
        text = self.run_on("two_hosts", {"alpha": 3, "beta": 3})
        self.assertIn("6 ranks by Open MPI on alpha, beta", text)
        self.assertTrue(self.weights("two_hosts") == self.whole, "other weights")

    def test_three_hosts_compute_the_bits_of_one(self):
        text = self.run_on("three_hosts", {"alpha": 2, "beta": 2, "gamma": 2})
        self.assertIn("6 ranks by Open MPI on alpha, beta, gamma", text)
        self.assertTrue(self.weights("three_hosts") == self.whole, "other weights")

    def test_ranks_by_variables_compute_the_same_bits(self):
        started = self.start_by_variables("variables", TWO_ON_EACH)
        for process, log in started:
            self.assertEqual(process.wait(LONGEST), 0, log.read_text())
        self.assertTrue(self.weights("variables") == self.whole, "other weights")

    # On Debian, 127.0.1.1 is what a host's own name means there.
    def test_ranks_meet_by_a_name_that_each_host_reads_in_its_own_way(self):
        names = {"alpha": {"alpha": ["127.0.1.1"]},
                 "beta": {"alpha": ["10.77.0.3", "10.77.0.1"]},
                 "gamma": {"alpha": ["10.77.0.1", "10.77.0.2"]}}
        placed = ["alpha", "alpha", "beta", "gamma"]
        started = [self.start([*self.hosts.on_with_names(host, names[host]), program, "benchmark",
                               "allreduce", "--seconds", "0.01"], f"names{rank}",
                              {"RANK": str(rank), "WORLD_SIZE": str(len(placed)),
                               "LOCAL_RANK": "0", "MASTER_ADDR": "alpha", "MASTER_PORT": "29500"})
                   for rank, host in enumerate(placed)]
        for process, log in started:
            self.assertEqual(process.wait(LONGEST), 0, log.read_text())
        self.assertIn("4 ranks by torchrun on alpha, beta, gamma", started[0][1].read_text())

    def cut_while_training(self, run: str, started: list, name: str) -> None:
        self.await_step(run, 2, *started[0])
        self.hosts.cut(name)
        try:
            seconds = hosts.gone_within(program, HEARTBEAT + GRACE)
            self.assertIsNotNone(seconds, f"ranks left: {hosts.processes_of(program)}")
            print(f"{run}: all ranks gone {seconds:.1f} s after the cut", flush=True)
        finally:
            self.hosts.mend(name)
        for process, _ in started:  # mpirun's keepalive: 10 s and three probes
            self.assertNotEqual(process.wait(LONGEST), 0)

    def test_a_cut_link_ends_the_ranks_of_two_hosts(self):
        started = self.start(self.hosts.mpirun(
            {"alpha": 3, "beta": 3}, self.command("cut_two", **ENDLESS)), "cut_two")
        self.cut_while_training("cut_two", [started], "beta")
        self.assertRegex(started[1].read_text(), r"rank [345] \(beta\) has been silent .* while training")

    def test_a_cut_link_ends_the_ranks_of_three_hosts(self):
        started = self.start(self.hosts.mpirun(
            {"alpha": 2, "beta": 2, "gamma": 2}, self.command("cut_three", **ENDLESS)), "cut_three")
        self.cut_while_training("cut_three", [started], "gamma")
        self.assertRegex(started[1].read_text(), r"rank [45] \(gamma\) has been silent .* while training")

    def test_a_cut_link_ends_ranks_by_variables_on_both_sides(self):
        started = self.start_by_variables("cut_variables", TWO_ON_EACH, **ENDLESS)
        self.cut_while_training("cut_variables", started, "beta")
        self.assertEqual([process.returncode for process, _ in started], [4] * RANKS)
        first, across = started[0][1].read_text(), started[2][1].read_text()
        self.assertRegex(first, r"rank [23] \(beta\) has been silent .* while training")
        self.assertRegex(across, r"rank 0 \(alpha\) has been silent .* while training")

    # Not under mpirun: its keepalive gives up a dead link on its own.
    def test_a_link_that_comes_back_in_time_costs_only_time(self):
        started = self.start_by_variables("mended", TWO_ON_EACH, heartbeat=20)
        self.await_step("mended", 2, *started[0])
        self.hosts.cut("beta")
        time.sleep(5)
        self.hosts.mend("beta")
        for process, log in started:
            self.assertEqual(process.wait(LONGEST), 0, log.read_text())
        self.assertTrue(self.weights("mended") == self.whole, "other weights")


def main() -> None:
    global program, work
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(__doc__)
    hosts.enter_own_namespaces()
    program = str(pathlib.Path(sys.argv[1]).resolve())
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="hosts_", dir=memory) as folder:
        work = pathlib.Path(folder)
        unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])


if __name__ == "__main__":
    main()
