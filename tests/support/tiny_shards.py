"""Shards of a few Fashion-MNIST pictures, for scripts that start whole runs."""

import gzip
import pathlib
import struct
import subprocess
import sys

PICTURES = pathlib.Path("/usr/share/datasets/fashion-mnist")
SIDE = 28


def _write_idx_subset(prefix: str, count: int, folder: pathlib.Path) -> None:
    for kind, item in (("images-idx3", SIDE * SIDE), ("labels-idx1", 1)):
        name = f"{prefix}-{kind}-ubyte"
        with gzip.open(PICTURES / f"{name}.gz") as source:
            head = source.read(16 if item > 1 else 8)
            (folder / name).write_bytes(head[:4] + struct.pack(">I", count) + head[8:] +
                                        source.read(count * item))


def make(program: str, folder: pathlib.Path, training: int, validation: int) -> list[str]:
    """Makes the shards and returns the options that name them."""
    if not PICTURES.is_dir():
        sys.exit(f"error: {PICTURES} is missing: apt-get install dataset-fashion-mnist")
    idx = folder / "idx"
    idx.mkdir(parents=True)
    _write_idx_subset("train", training, idx)
    _write_idx_subset("t10k", validation, idx)
    for split in ("train", "validation"):
        subprocess.run([program, "prepare", "--input", idx, "--split", split,
                        "--output", folder / split, "--quiet"], check=True, capture_output=True)
    return ["--train_data_dir", str(folder / "train"),
            "--validation_data_dir", str(folder / "validation")]
