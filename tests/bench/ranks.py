#!/usr/bin/env python3
"""What a second rank costs: 2 ranks with a compute thread each against 1 rank with two threads.

Both train the same global batch for the same steps on two cores; they run in turns, and the ratios
of the times of a step are printed per round and as median. Needs two cores that nothing else uses.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import hosts  # noqa: E402
import tiny_shards  # noqa: E402


def parse_arguments() -> argparse.Namespace:
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/cpu/train_backbone"))
    parser.add_argument("--model", default="resnet50v1_b")
    parser.add_argument("--global_batch_size", type=int, default=256)
    parser.add_argument("--image_size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("options", nargs="*", help="more options of the program, behind --")
    return parser.parse_args()


def images_per_second(given: argparse.Namespace, launcher: list[str], threads: int,
                      shards: list[str], run: pathlib.Path) -> float:
    command = [*launcher, given.program, "train", *shards, "--model_dir", str(run), "--model",
               given.model, "--num_classes", "10", "--train_image_size", str(given.image_size),
               "--eval_image_size", "32", "--global_batch_size", str(given.global_batch_size),
               "--num_epochs", "1", "--warmup_epochs", "0.5", "--max_steps", str(given.steps),
               "--log_every_steps", "1", "--compute_threads", str(threads), "--workers", "1",
               "--augment", "none", "--overwrite", "--quiet", *given.options]
    ended = subprocess.run(command, env=os.environ | hosts.MPI, capture_output=True, text=True,
                           check=False, stdin=subprocess.DEVNULL)
    if ended.returncode != 0:
        sys.exit(f"error: {' '.join(command)} ended with {ended.returncode}:\n{ended.stderr}")
    moments = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    rates = [line["images_per_second"] for line in moments if line["kind"] == "interval"]
    return statistics.median(rates[1:])  # the first step pays for what is made once


def main() -> None:
    given = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="ranks_") as folder:
        work = pathlib.Path(folder)
        shards = tiny_shards.make(given.program, work / "data",
                                  given.global_batch_size * (given.steps + 1), 2)
        mpirun = ["mpirun", "-np", "2", "--oversubscribe", "--bind-to", "none"]
        ratios = []
        for number in range(given.rounds):
            one = images_per_second(given, [], 2, shards, work / "one")
            two = images_per_second(given, mpirun, 1, shards, work / "two")
            ratios.append(two / one)
            print(f"round {number + 1}: 1 rank x 2 threads {one:.1f}, 2 ranks x 1 thread {two:.1f} "
                  f"images/s, ratio {ratios[-1]:.3f}", flush=True)
        print(f"median ratio {statistics.median(ratios):.3f} (of {given.rounds} rounds, "
              f"{min(ratios):.3f} to {max(ratios):.3f}): {given.model}, {given.image_size} px, "
              f"global batch {given.global_batch_size}")


if __name__ == "__main__":
    main()
