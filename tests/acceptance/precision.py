#!/usr/bin/env python3
"""Trains a small ResNet on real pictures in fp32 and in bf16 and compares the curves.

Both runs see the same samples from the same first weights. The mean training loss of the last steps
in bf16 must be within the tolerance of that in fp32; and the two must not be equal, which would mean
that the option did nothing.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tiny_shards  # noqa: E402

BATCH = 64
LAST = 50  # steps whose mean is compared
TOLERANCE = 0.02


def parse_arguments() -> argparse.Namespace:
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/cpu/train_backbone"))
    parser.add_argument("--model", default="resnet18v1_b")
    parser.add_argument("--steps", type=int, default=300)
    return parser.parse_args()


def losses(given: argparse.Namespace, precision: str, shards: list[str],
           work: pathlib.Path) -> list[float]:
    run = work / precision
    command = [given.program, "train", *shards, "--model_dir", str(run), "--model", given.model,
               "--num_classes", "10", "--train_image_size", "32", "--eval_image_size", "32",
               "--batch_size", str(BATCH), "--num_epochs", "1", "--warmup_epochs", "0.1",
               "--learning_rate", "0.2", "--mixup_alpha", "0", "--log_every_steps", "1",
               "--precision", precision, "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["train_loss"] for line in lines if line["kind"] == "interval"]


def main() -> None:
    given = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="precision_") as folder:
        work = pathlib.Path(folder)
        shards = tiny_shards.make(given.program, work / "data", BATCH * given.steps, 200)
        curves = {name: losses(given, name, shards, work) for name in ("fp32", "bf16")}
    if {len(curve) for curve in curves.values()} != {given.steps}:
        sys.exit(f"error: steps logged: { {name: len(curve) for name, curve in curves.items()} }")
    ends = {name: statistics.mean(curve[-LAST:]) for name, curve in curves.items()}
    difference = ends["bf16"] / ends["fp32"] - 1
    print(f"{given.model}, {given.steps} steps of {BATCH}: first loss {curves['fp32'][0]:.4f}, mean "
          f"of the last {LAST}: fp32 {ends['fp32']:.4f}, bf16 {ends['bf16']:.4f} "
          f"({100 * difference:+.2f} %)")
    if curves["fp32"] == curves["bf16"]:
        sys.exit("error: both curves are equal: --precision has no effect")
    if ends["fp32"] > 0.9 * curves["fp32"][0]:
        sys.exit("error: nothing was learned, so the comparison says nothing")
    if abs(difference) > TOLERANCE:
        sys.exit(f"error: the curves end more than {100 * TOLERANCE:g} % apart")


if __name__ == "__main__":
    main()
