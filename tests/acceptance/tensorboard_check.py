#!/usr/bin/env python3
"""The event files of a run, opened by TensorBoard's own EventAccumulator, hold the numbers of
metrics.jsonl, also where the run was resumed from a checkpoint in the past.

Usage: tensorboard_check.py PROGRAM
Needs the Python package tensorboard; without it exit code 77.
"""

import json
import math
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tiny_shards  # noqa: E402

SKIPPED = 77
try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("skipped: this Python has no package tensorboard")
    sys.exit(SKIPPED)

NOT_SCALARS = ("kind", "step", "bottleneck")


def tag_of(kind: str, name: str) -> str:
    """As RunTensorBoard names them."""
    group = {"interval": "train", "epoch": "validation"}[kind]
    if name.startswith(group + "_"):
        return f"{group}/{name[len(group) + 1:]}"
    return f"{'train' if kind == 'interval' else 'epoch'}/{name}"


def as_float(value: float) -> float:
    return struct.unpack("f", struct.pack("f", value))[0]


def expected(metrics: pathlib.Path) -> dict[tuple[str, int], float]:
    values = {}
    for line in metrics.read_text().splitlines():
        row = json.loads(line)
        for name, value in row.items():
            if name in NOT_SCALARS:
                continue
            values[tag_of(row["kind"], name), row["step"]] = (
                math.nan if value is None else as_float(value))
    return values


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def check(run: pathlib.Path) -> int:
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    found = {(tag, event.step): event.value for tag in events.Tags()["scalars"]
             for event in events.Scalars(tag)}
    wanted = expected(run / "metrics.jsonl")
    assert set(found) == set(wanted), sorted(set(found) ^ set(wanted))[:10]
    for place, value in wanted.items():
        assert same(found[place], value), (place, found[place], value)
    pictures = events.Images("input/augmented")
    assert len(pictures) == 1 and pictures[0].step == 0
    assert pictures[0].encoded_image_string.startswith(b"\x89PNG")
    assert pictures[0].width == pictures[0].height == 4 * 16, pictures[0].width
    text = events.Tensors("configuration")[0].tensor_proto.string_val[0].decode()
    assert "learning_rate = " in text, text
    return len(wanted)


def train(program: str, shards: list[str], run: pathlib.Path, *more: str) -> None:
    subprocess.run([program, "train", *shards, "--model_dir", run, "--model", "resnet18v1_b",
                    "--num_classes", "10", "--train_image_size", "16", "--batch_size", "16",
                    "--num_epochs", "3", "--warmup_epochs", "0.5", "--log_every_steps", "2",
                    "--compute_threads", "1", "--workers", "1", "--quiet", *more],
                   check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    program = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="train_backbone_tensorboard_") as folder:
        work = pathlib.Path(folder)
        shards = tiny_shards.make(program, work / "data", 96, 13)
        run = work / "run"
        train(program, shards, run, "--max_steps", "9", "--checkpoint_every_steps", "5")
        first = check(run)
        files = sorted((run / "tensorboard").iterdir())
        # Steps 7 to 9 are done again.
        shutil.rmtree(run / "checkpoints/step-00000009")
        train(program, shards, run, "--resume_from", str(run / "checkpoints/step-00000006"))
        numbers = check(run)
        assert len(list((run / "tensorboard").iterdir())) == len(files) + 1
        train(program, shards, work / "without", "--tensorboard", "false", "--max_steps", "2")
        assert not (work / "without/tensorboard").exists()
    print(f"{first} and {numbers} numbers of metrics.jsonl are those that TensorBoard reads")


if __name__ == "__main__":
    main()
