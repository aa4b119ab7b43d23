#!/usr/bin/env python3
"""How much of the ranks' communication hides behind the backward pass.

Two hosts (tests/support/hosts.py) with one rank and one compute thread each, joined by a link that
is slowed (tc tbf) until averaging the gradients takes half as long as a backward pass. Measures the
wall-clock of a training step
  alone     both hosts train alone at the same time: the computation, on shared cores as ever
  inline    one bucket for all gradients: they are averaged after the backward pass
  overlap   buckets of --bucket_mb, averaged while it runs
in turns, and prints per round and as median (inline - overlap) / (inline - alone): 1 when all
communication is hidden. Needs root, and cores that nothing else uses.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import hosts  # noqa: E402
import tiny_shards  # noqa: E402

NAMES = ["alpha", "beta"]
ONE_BUCKET_MB = 10000
BACKWARD_SHARE = 2 / 3  # of a step's computation
LONGEST = 600
WANTED_SHARE = 0.5  # of a backward pass, that communication takes


def parse_arguments() -> argparse.Namespace:
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/cpu/train_backbone"))
    parser.add_argument("--model", default="resnet18v1_b")
    parser.add_argument("--batch_size", type=int, default=64, help="of each rank")
    parser.add_argument("--image_size", type=int, default=128)
    parser.add_argument("--bucket_mb", type=float, default=25)
    parser.add_argument("--steps", type=int, default=5, help="of a run; the first is not counted")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--launcher", choices=("mpirun", "variables"), default="mpirun")
    return parser.parse_args()


class Bench:
    def __init__(self, arguments: argparse.Namespace, work: pathlib.Path):
        self.arguments = arguments
        self.work = work
        self.hosts = hosts.Hosts(NAMES, work / "hosts")
        pictures = 2 * arguments.batch_size * (arguments.steps + 1)
        self.shards = tiny_shards.make(arguments.program, work / "data", pictures, 2)
        self.runs = 0

    def command(self, run: pathlib.Path, bucket_mb: float) -> list[str]:
        given = self.arguments
        return [given.program, "train", *self.shards, "--model_dir", str(run), "--model",
                given.model, "--num_classes", "10", "--train_image_size", str(given.image_size),
                "--eval_image_size", "32", "--batch_size", str(given.batch_size), "--num_epochs",
                "1", "--warmup_epochs", "0.5", "--max_steps", str(given.steps), "--augment", "none",
                "--log_every_steps", "1", "--compute_threads", "1", "--workers", "1", "--bucket_mb",
                str(bucket_mb), "--check_replicas_every", "0"]

    def start(self, command: list[str], more: dict[str, str] | None = None) -> subprocess.Popen:
        with open(self.work / "log", "ab") as log:
            return subprocess.Popen(command, env=os.environ | hosts.MPI | (more or {}), stdout=log,
                                    stderr=log, stdin=subprocess.DEVNULL)

    def step_seconds(self, run: pathlib.Path, processes: list[subprocess.Popen]) -> float:
        """Median time between the lines that the first rank writes after each step."""
        metrics = run / "metrics.jsonl"
        moments: list[float] = []
        end = time.monotonic() + LONGEST
        while any(process.poll() is None for process in processes) and time.monotonic() < end:
            done = metrics.read_text().count('"kind":"interval"') if metrics.exists() else 0
            moments += [time.monotonic()] * (done - len(moments))
            time.sleep(0.002)
        codes = [process.poll() for process in processes]
        if any(codes) or len(moments) != self.arguments.steps:
            sys.exit(f"error: exit codes {codes}:\n" + (self.work / "log").read_text()[-3000:])
        return statistics.median(b - a for a, b in zip(moments, moments[1:]))

    def new_run(self) -> pathlib.Path:
        self.runs += 1
        return self.work / f"run{self.runs}"

    def alone(self) -> float:
        runs = [self.new_run() for _ in NAMES]
        processes = [self.start([*self.hosts.on(name), *self.command(run, 25)])
                     for name, run in zip(NAMES, runs)]
        return self.step_seconds(runs[0], processes)

    def together(self, bucket_mb: float) -> float:
        run = self.new_run()
        command = self.command(run, bucket_mb)
        if self.arguments.launcher == "mpirun":
            processes = [self.start(self.hosts.mpirun({name: 1 for name in NAMES}, command))]
        else:
            processes = [self.start([*self.hosts.on(name), *command], {
                "RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "10.77.0.1",
                "MASTER_PORT": "29500"}) for rank, name in enumerate(NAMES)]
        return self.step_seconds(run, processes)

    def gradient_bytes(self) -> int:
        return (self.work / "run1/weights/last.safetensors").stat().st_size


def wanted_rate(bench: Bench) -> float:
    """Bytes per second of the link with which communication takes half of a backward pass."""
    alone = min(bench.alone() for _ in range(2))
    unlimited = min(bench.together(ONE_BUCKET_MB) for _ in range(2)) - alone
    wanted = alone * BACKWARD_SHARE * WANTED_SHARE
    if unlimited > wanted / 2:
        sys.exit(f"error: even without a limit communication takes {unlimited:.2f} s, and half of a "
                 f"backward pass is {wanted:.2f} s: take a larger --batch_size")
    # With two ranks each sends as many bytes as there are gradients.
    return bench.gradient_bytes() / (wanted - max(unlimited, 0))


def limit(bench: Bench, rate: float) -> None:
    bench.hosts.limit_rate("beta", f"{rate * 8 / 1e6:.1f}mbit", "256kb")


def share_of_backward(alone: float, inline: float) -> float:
    return (inline - alone) / (alone * BACKWARD_SHARE)


def tuned_rate(bench: Bench) -> float:
    """wanted_rate() again, from what the limited link shows: bytes are not all that takes time."""
    rate = wanted_rate(bench)
    for _ in range(4):
        limit(bench, rate)
        share = share_of_backward(bench.alone(), bench.together(ONE_BUCKET_MB))
        if abs(share - WANTED_SHARE) < 0.05:
            break
        rate *= min(max(share / WANTED_SHARE, 0.5), 2)
    return rate


def measure(bench: Bench) -> None:
    given = bench.arguments
    rate = tuned_rate(bench)
    limit(bench, rate)
    print(f"{given.model}, {given.batch_size} x {given.image_size} px per rank, {given.launcher}, "
          f"buckets of {given.bucket_mb:g} MiB; {bench.gradient_bytes() / 1e6:.1f} MB of gradients "
          f"over {rate / 1e6:.1f} MB/s", flush=True)
    hidden = []
    for number in range(given.rounds):
        alone = bench.alone()
        inline = bench.together(ONE_BUCKET_MB)
        overlap = bench.together(given.bucket_mb)
        hidden.append((inline - overlap) / (inline - alone))
        share = share_of_backward(alone, inline)
        print(f"round {number + 1}: alone {alone:.3f} s, inline {inline:.3f} s, overlap "
              f"{overlap:.3f} s a step; communication {share:.2f} of backward, "
              f"hidden {hidden[-1]:.2f}", flush=True)
    print(f"median hidden {statistics.median(hidden):.2f} (of {given.rounds} rounds, "
          f"{min(hidden):.2f} to {max(hidden):.2f})")


def main() -> None:
    arguments = parse_arguments()
    hosts.enter_own_namespaces()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="overlap_", dir=memory) as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        try:
            measure(bench)
        finally:
            bench.hosts.remove()


if __name__ == "__main__":
    main()
