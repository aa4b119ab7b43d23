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

LARGE = 40000  # values that take long to look at 64 times
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


def check_histograms(run: pathlib.Path, steps: list[int], weights: pathlib.Path) -> int:
    """Those of the last step are of the weights that were saved with it."""
    events = EventAccumulator(str(run / "tensorboard"), size_guidance={"histograms": 0})
    events.Reload()
    tags = events.Tags()["histograms"]
    saved = values_of(weights)
    assert {tag.removeprefix("weights/") for tag in tags} <= set(saved), tags
    for tag in tags:
        values = saved[tag.removeprefix("weights/")]
        found = events.Histograms(tag)
        assert [event.step for event in found] == steps, (tag, found)
        histogram = found[-1].histogram_value
        assert histogram.num == len(values) == sum(histogram.bucket), tag
        assert histogram.min == min(values) and histogram.max == max(values), tag
        assert math.isclose(histogram.sum, math.fsum(values), rel_tol=1e-9, abs_tol=1e-9), tag
        squares = math.fsum(value * value for value in values)
        assert math.isclose(histogram.sum_squares, squares, rel_tol=1e-9), tag
        if len(values) > LARGE:
            continue
        below, edge = 0, histogram.min
        for limit, count in zip(histogram.bucket_limit, histogram.bucket):
            assert limit >= edge, tag
            below, edge = below + count, limit
            # A value on the edge may count on either side.
            sure = sum(value < edge for value in values)
            assert sure <= below <= sum(value <= edge for value in values), (tag, edge)
    return len(tags)


def values_of(path: pathlib.Path) -> dict[str, tuple[float, ...]]:
    content = path.read_bytes()
    size = 8 + struct.unpack("<Q", content[:8])[0]
    values = {}
    for name, tensor in json.loads(content[8:size]).items():
        if name == "__metadata__" or tensor["dtype"] != "F32":
            continue
        begin, end = tensor["data_offsets"]
        values[name] = struct.unpack(f"<{(end - begin) // 4}f", content[size + begin:size + end])
    return values


def train(program: str, shards: list[str], run: pathlib.Path, *more: str) -> None:
    subprocess.run([program, "train", *shards, "--model_dir", run, "--model", "resnet18v1_b",
                    "--num_classes", "10", "--train_image_size", "16", "--batch_size", "16",
                    "--warmup_epochs", "0.5", "--log_every_steps", "2",
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
        epochs = ["--num_epochs", "3"]
        train(program, shards, run, *epochs, "--max_steps", "9", "--checkpoint_every_steps", "5")
        first = check(run)
        files = sorted((run / "tensorboard").iterdir())
        # Steps 7 to 9 are done again.
        shutil.rmtree(run / "checkpoints/step-00000009")
        train(program, shards, run, *epochs, "--resume_from",
              str(run / "checkpoints/step-00000006"))
        numbers = check(run)
        assert len(list((run / "tensorboard").iterdir())) == len(files) + 1
        train(program, shards, work / "without", *epochs, "--tensorboard", "false", "--max_steps",
              "2")
        assert not (work / "without/tensorboard").exists()
        train(program, shards, work / "histograms", "--num_epochs", "4",
              "--histograms_every_epochs", "2", "--eval_every_epochs", "0")
        tensors = check_histograms(work / "histograms", [12, 24],
                                   work / "histograms/weights/last.safetensors")
        assert tensors == 62, tensors
    print(f"{first} and {numbers} numbers of metrics.jsonl are those that TensorBoard reads, and "
          f"so are histograms of {tensors} parameters")


if __name__ == "__main__":
    main()
