"""Writes what torchvision makes of the boxes in augment/boxes.txt, into augment/.

    python tests/golden/make_augment_torchvision.py        after make_augment_tf.py

Needs torch, torchvision and Pillow 11. Pillow 13 resizes some pictures along y first, which differs
by 1 here and there; Pillow 11 and torchvision's tensors go along x first.

pillow.rgb              Pillow's decode, crop, resize to SIDE x SIDE (BILINEAR), flip: the samples of
                        boxes.txt but those of CMYK pictures, one after the other, which Pillow turns
                        to RGB otherwise. Tolerance of --augment_semantics torchvision: 0
tensor.rgb              the same with tensors and antialias=True. Tolerance: 1
evaluated_pillow.rgb    wide.jpg and tall.jpg: Resize(64), CenterCrop(56) of the Pillow image. 0
evaluated_tensor.rgb    the same with tensors. 1
torchvision_boxes.txt   histograms of 100,000 draws of RandomResizedCrop.get_params
"""

import pathlib

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import CenterCrop, InterpolationMode, RandomResizedCrop, Resize
from torchvision.transforms import functional as F

from augment_histograms import SIZES, histogram_lines

HERE = pathlib.Path(__file__).parent
OUT = HERE / "augment"
SIDE = 24
DRAWS = 100_000


def opened(name):
    return Image.open(HERE / "image" / name).convert("RGB")


def as_tensor(image):
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)


def tensor_bytes(tensor):
    return tensor.permute(1, 2, 0).contiguous().numpy().tobytes()


def write_boxes():
    pillow, tensor = b"", b""
    for line in (OUT / "boxes.txt").read_text().splitlines():
        name, *numbers = line.split()
        if name.startswith("cmyk"):
            continue
        top, left, height, width, flipped = map(int, numbers)
        image = F.resized_crop(opened(name), top, left, height, width, [SIDE, SIDE])
        resized = F.resized_crop(as_tensor(opened(name)), top, left, height, width, [SIDE, SIDE],
                                 InterpolationMode.BILINEAR, antialias=True)
        pillow += (F.hflip(image) if flipped else image).tobytes()
        tensor += tensor_bytes(F.hflip(resized) if flipped else resized)
    (OUT / "pillow.rgb").write_bytes(pillow)
    (OUT / "tensor.rgb").write_bytes(tensor)


def write_evaluated():
    pillow, tensor = b"", b""
    for name in ["wide.jpg", "tall.jpg"]:
        pillow += CenterCrop(56)(Resize(64)(opened(name))).tobytes()
        tensor += tensor_bytes(CenterCrop(56)(Resize(64, antialias=True)(as_tensor(opened(name)))))
    (OUT / "evaluated_pillow.rgb").write_bytes(pillow)
    (OUT / "evaluated_tensor.rgb").write_bytes(tensor)


def draw_boxes(height, width):
    torch.manual_seed(height)
    picture = torch.empty(3, height, width, dtype=torch.uint8)
    return [RandomResizedCrop.get_params(picture, [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(DRAWS)]


def main():
    write_boxes()
    write_evaluated()
    lines = []
    for height, width in SIZES:
        lines += histogram_lines(height, width, draw_boxes(height, width))
    (OUT / "torchvision_boxes.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
