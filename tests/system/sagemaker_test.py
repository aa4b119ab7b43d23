#!/usr/bin/env python3
"""Plays SageMaker: lays the files of a training job, starts the program as `train`, stops it, starts
it again, and looks at what it leaves.

Usage: sagemaker_test.py PROGRAM [TEST...]
The job on two hosts needs network namespaces (tests/support/hosts.py); exit code 77, with the
reason, where this machine does not let the script make them.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import hosts  # noqa: E402
import tiny_shards  # noqa: E402

GONE_WITHIN = 60  # seconds after SIGTERM, on a busy machine; SageMaker kills after 120
LONGEST = 120
ADDRESSES = {"algo-1": "10.77.0.1", "algo-2": "10.77.0.2"}

program = ""
work = pathlib.Path()


class Job:
    """One host's view of a training job: what SageMaker mounts at /opt/ml."""

    def __init__(self, name: str, host: str = "algo-1", all_hosts=("algo-1",), **parameters):
        self.folder = work / name / host
        config = self.folder / "input/config"
        config.mkdir(parents=True)
        # As the SDK does: every value a text, and JSON in it.
        given = {"model": "resnet18v1_b", "num-classes": 10, "train_image_size": 16,
                 "batch_size": 8, "num_epochs": 2, "warmup_epochs": 0.5, "compute_threads": 1,
                 "workers": 1, "log_every_steps": 1} | parameters
        (config / "hyperparameters.json").write_text(json.dumps(
            {"sagemaker_container_log_level": "20"} |
            {key: json.dumps(value) for key, value in given.items()}))
        (config / "resourceconfig.json").write_text(json.dumps(
            {"current_host": host, "hosts": list(all_hosts), "network_interface_name": "eth0"}))
        for channel in ("train", "validation"):
            shutil.copytree(work / "data" / channel, self.folder / "input/data" / channel)

    def start(self, *prefix: str) -> subprocess.Popen:
        """As the container's entry point is."""
        return subprocess.Popen([*prefix, program, "train"], text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=os.environ |
                                {"TRAIN_BACKBONE_SAGEMAKER_DIR": str(self.folder)})

    def run(self) -> tuple[int, str, str]:
        process = self.start()
        output, errors = process.communicate(timeout=LONGEST)
        return process.returncode, output, errors

    def steps(self) -> int:
        metrics = self.folder / "checkpoints/metrics.jsonl"
        return metrics.read_text().count('"interval"') if metrics.exists() else 0

    def stop_at(self, step: int, process: subprocess.Popen) -> float:
        """Sends SIGTERM once so many steps are done; returns how long the end takes."""
        while self.steps() < step:
            if process.poll() is not None:
                raise AssertionError(f"ended too early: {process.communicate()}")
            time.sleep(0.02)
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST)
        return time.monotonic() - begin

    def weights(self, name: str = "last") -> bytes:
        return (self.folder / f"model/{name}.safetensors").read_bytes()

    def failure(self) -> str:
        path = self.folder / "output/failure"
        return path.read_text() if path.exists() else ""


class SageMaker(unittest.TestCase):
    def test_exports_that_fail_do_not_fail_what_is_trained(self):
        job = Job("no_exports", num_epochs=1)
        (job.folder / "model").mkdir(parents=True)
        (job.folder / "model/exports").write_text("in the way")
        code, output, errors = job.run()
        self.assertEqual(code, 0, errors)
        self.assertEqual(job.failure(), "")
        self.assertIn("the training is complete, its exports for other programs are not", errors)
        self.assertTrue(job.weights())
        self.assertEqual(json.loads(output.splitlines()[-1])["epochs"], 1)

    def test_a_job_leaves_its_model_and_its_metrics(self):
        job = Job("whole")
        code, output, errors = job.run()
        self.assertEqual(code, 0, errors)
        self.assertEqual(job.failure(), "")
        for name in ("best.safetensors", "last.safetensors", "run.toml", "metrics.jsonl",
                     "report.html"):
            self.assertTrue((job.folder / "model" / name).exists(), name)
        exports = job.folder / "model/exports"
        self.assertEqual({path.name for path in exports.iterdir()},
                         {f"{name}.{ending}" for name in ("torchvision", "mmdet", "detectron2")
                          for ending in ("pth", "txt")})
        self.assertIn("checkpoint='mmdet.pth'", (exports / "mmdet.txt").read_text())
        toml = (job.folder / "model/run.toml").read_text()
        self.assertRegex(toml, r"(?m)^num_classes = 10  # hyperparameters$")
        self.assertRegex(toml, r'(?m)^resume_from = "auto"  # job$')
        definitions = json.loads(subprocess.run(
            [program, "train", "--print_metric_definitions"], check=True, text=True,
            capture_output=True).stdout)
        found = {}
        for definition in definitions:
            values = re.findall(definition["Regex"], output)
            self.assertEqual(len(values), 2, (definition, output))
            found[definition["Name"]] = float(values[-1])
        epoch = [json.loads(line) for line in
                 (job.folder / "model/metrics.jsonl").read_text().splitlines()][-1]
        self.assertAlmostEqual(found["validation:top1"], epoch["validation_top1"], 2)
        self.assertAlmostEqual(found["train:loss"], epoch["train_loss"], 4)
        self.assertEqual(found["epoch"], 2)

    def test_the_hyperparameter_gpus_makes_one_host_several_ranks(self):
        job = Job("ranks", device="cpu", gpus=2, num_epochs=1, job_exports="none")
        code, output, errors = job.run()
        self.assertEqual(code, 0, errors)
        self.assertIn("starting 2 ranks on this machine", errors)
        self.assertRegex(output, r"(?m)^ranks .*2 ranks by --gpus")
        self.assertEqual(job.failure(), "")
        self.assertTrue(job.weights())
        # -b is per rank: 100 pictures in steps of 16.
        self.assertEqual(json.loads(output.splitlines()[-1])["steps"], 100 // 16)

    def test_a_job_that_is_stopped_goes_on_to_the_same_bits(self):
        whole = Job("uninterrupted")
        self.assertEqual(whole.run()[0], 0)
        job = Job("stopped", job_exports="none")
        process = job.start()
        self.assertLess(job.stop_at(3, process), GONE_WITHIN)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertEqual(job.failure(), "")
        self.assertFalse((job.folder / "model").exists())
        code, _, errors = job.run()
        self.assertEqual(code, 0, errors)
        self.assertIn("going on from", errors)
        self.assertFalse((job.folder / "model/exports").exists())
        for name in ("last", "best"):
            self.assertEqual(job.weights(name), whole.weights(name))

    def assert_fails(self, job: Job, code: int, *parts: str):
        found, _, errors = job.run()
        self.assertEqual(found, code, errors)
        sentence = job.failure()
        self.assertLessEqual(len(sentence.encode()), 1024)
        self.assertEqual(len(sentence.splitlines()), 1, sentence)
        for part in parts:
            self.assertIn(part, sentence)

    def test_a_hyperparameter_that_nobody_knows_is_the_failure(self):
        self.assert_fails(Job("unknown", batch_sise=8), 2, "unknown hyperparameter 'batch_sise'",
                          "'batch_size'")

    def test_an_export_that_cannot_be_is_the_failure_before_anything_is_trained(self):
        job = Job("export", job_exports="mmdet,darknet")
        self.assert_fails(job, 2, "--job_exports darknet: it has no resnet18v1_b")
        self.assertEqual(job.steps(), 0)

    def test_damaged_data_are_the_failure(self):
        job = Job("damaged")
        shard = job.folder / "input/data/train/train-00000-of-00001"
        content = bytearray(shard.read_bytes())
        content[len(content) // 2] ^= 1
        shard.write_bytes(content)
        self.assert_fails(job, 3, "train-00000-of-00001 at byte", "--on_bad_record skip")

    def test_a_channel_that_is_missing_is_the_failure(self):
        job = Job("missing")
        shutil.rmtree(job.folder / "input/data/train")
        shutil.rmtree(job.folder / "input/data/validation")
        self.assert_fails(job, 2, "--train_data_dir is needed")

    def test_two_hosts_are_stopped_and_go_on_to_the_same_bits(self):
        names = list(ADDRESSES)
        two = hosts.Hosts(names, work / "hosts")
        try:
            weights = []
            for name, stop in (("two_whole", None), ("two_stopped", 3)):
                jobs = [Job(name, host, names, heartbeat_timeout=20) for host in names]
                if stop:
                    started = [job.start(*two.on(host)) for job, host in zip(jobs, names)]
                    # SageMaker stops all hosts; the second one notices it from the first.
                    self.assertLess(jobs[0].stop_at(stop, started[0]), GONE_WITHIN)
                    self.assertLess(jobs[1].stop_at(0, started[1]), GONE_WITHIN)
                started = [job.start(*two.on(host)) for job, host in zip(jobs, names)]
                for process in started:
                    _, errors = process.communicate(timeout=LONGEST)
                    self.assertEqual(process.returncode, 0, errors)
                self.assertFalse((jobs[1].folder / "model").exists())
                weights.append(jobs[0].weights())
            self.assertEqual(weights[0], weights[1])
        finally:
            two.remove()


def main() -> None:
    global program, work
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    hosts.enter_own_namespaces()
    program = str(pathlib.Path(sys.argv.pop(1)).resolve())
    with tempfile.TemporaryDirectory(prefix="train_backbone_sagemaker_") as folder:
        work = pathlib.Path(folder)
        tiny_shards.make(program, work / "data", 100, 13)
        # SageMaker's hosts know each other by name; seen in this script's namespace alone.
        names = work / "names"
        names.write_text("127.0.0.1 localhost\n" + "".join(
            f"{address} {name}\n" for name, address in ADDRESSES.items()))
        subprocess.run(["mount", "--bind", names, "/etc/hosts"], check=True)
        hosts.run("ip", "link", "set", "lo", "up")  # where the ranks of one host meet
        try:
            failed = not unittest.main(verbosity=2, exit=False).result.wasSuccessful()
        finally:
            subprocess.run(["umount", "/etc/hosts"], check=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
