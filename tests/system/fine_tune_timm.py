"""Fine-tunes weights that timm initialised and Python wrote.

Usage: fine_tune_timm.py TRAIN_BACKBONE   (needs timm, safetensors and dataset-fashion-mnist)

timm's resnet50 with 1000 classes, and one tensor that no network has, go into a safetensors file;
train_backbone begins with it, for ten classes, and trains 100 steps at 32 pixels. Both lists that
it prints must be exact, all other tensors must have been taken (a frozen stem is still timm's
afterwards), and timm must take the result with strict=True.
"""

import gzip
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import timm
import torch
from safetensors.torch import load_file, save_file

PROGRAM = sys.argv[1]
FASHION_MNIST = pathlib.Path("/usr/share/datasets/fashion-mnist")
NEW = "fc.bias, fc.weight"


def run(*arguments) -> tuple[str, str]:
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout, done.stderr


def rest_of_line(text: str, begin: str) -> str:
    return next((line.split(begin, 1)[1] for line in text.splitlines() if begin in line), "")


def expect(what: str, got, wanted) -> None:
    if got != wanted:
        sys.exit(f"{what}: {got!r} instead of {wanted!r}")


def write_some(folder: pathlib.Path, set_name: str, count: int) -> None:
    """The first pictures of a set, and their labels, as IDX files."""
    folder.mkdir(exist_ok=True)
    for kind, header, size in (("images-idx3", (0x803, count, 28, 28), 28 * 28), ("labels-idx1", (0x801, count), 1)):
        source = gzip.decompress((FASHION_MNIST / f"{set_name}-{kind}-ubyte.gz").read_bytes())
        begin = 4 * len(header)
        (folder / f"{set_name}-{kind}-ubyte").write_bytes(
            struct.pack(f">{len(header)}I", *header) + source[begin:begin + count * size])


def check_frozen(folder: pathlib.Path, written: dict[str, torch.Tensor]) -> None:
    trained = load_file(folder / "run/weights/last.safetensors")
    for name, tensor in trained.items():
        if name in ("fc.weight", "fc.bias"):
            expect(f"classes of {name}", tensor.shape[0], 10)
        elif name.startswith(("conv1.", "bn1.")):
            expect(f"{name} is timm's", torch.equal(tensor, written[name]), True)
    timm.create_model("resnet50", num_classes=10).load_state_dict(trained, strict=True)


def main() -> None:
    torch.manual_seed(4)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        state = dict(timm.create_model("resnet50", num_classes=1000).state_dict())
        state["neck.weight"] = torch.zeros(3)
        save_file(state, folder / "timm.safetensors")
        for split, set_name, count in (("train", "train", 1700), ("validation", "t10k", 200)):
            write_some(folder / "pictures", set_name, count)
            run("prepare", "--input", folder / "pictures", "--split", split, "--output", folder / split)
        output, errors = run(
            "train", "--train_data_dir", folder / "train", "--validation_data_dir",
            folder / "validation", "--model", "resnet50v1_b", "--model_dir", folder / "run",
            "--num_classes", 10, "--train_image_size", 32, "--batch_size", 16, "--num_epochs", 1,
            "--warmup_epochs", 0, "--compute_threads", 1, "--mixup_alpha", 0, "--max_steps", 100, "--freeze", "stem",
            "--fine_tune", folder / "timm.safetensors")
        expect("unused", rest_of_line(errors, "keys of the file not used "),
               f"3: {NEW}, neck.weight")
        expect("new", rest_of_line(errors, "tensors of the model not in the file or new "),
               f"2: {NEW}")
        expect("steps", json.loads(output.splitlines()[-1])["steps"], 100)
        check_frozen(folder, state)
    print("fine-tuned timm's resnet50 for 100 steps; 3 keys not used and 2 tensors new, as listed")


if __name__ == "__main__":
    main()
