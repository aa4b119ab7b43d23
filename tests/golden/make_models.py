"""Makes tests/golden/models: what timm's ResNets are called inside and what they answer.

Run from the project's root: python tests/golden/make_models.py   (needs torch, timm and numpy)

keys_NAME.txt   one line per parameter and buffer: name, then its sizes
NAME.json       loss, gradients and statistics of one training step in fp64, on weights, pictures and
                labels that tests/support/hashed_values.h makes as this file does, so that only the
                answers are stored
"""

import json
import pathlib

import numpy
import timm
import torch
from timm.models.resnet import BasicBlock, Bottleneck, ResNet

FOLDER = pathlib.Path(__file__).parent / "models"
MASK = (1 << 64) - 1
VARIANTS = {"b": {}, "c": {"stem_type": "deep", "stem_width": 32},
            "d": {"stem_type": "deep", "stem_width": 32, "avg_down": True}}
CLASSES = 10
SMOOTHING = 0.1


def fnv1a(text: str) -> int:
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def hashed(name: str, count: int) -> numpy.ndarray:
    """Values in [-1, 1): splitmix64 of the name's FNV-1a hash plus the index, 53 bits."""
    with numpy.errstate(over="ignore"):
        x = numpy.uint64(fnv1a(name)) + (numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(1)) * numpy.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        x = x ^ (x >> numpy.uint64(31))
    return (x >> numpy.uint64(11)).astype(numpy.float64) * 2.0**-52 - 1.0


def hashed_state(name: str, tensor: torch.Tensor) -> torch.Tensor:
    values = torch.from_numpy(hashed(name, tensor.numel())).reshape(tensor.shape)
    if tensor.dim() > 1:
        return values * float(numpy.sqrt(6.0 / (tensor.numel() // tensor.shape[0])))
    if name.endswith(("running_var", "weight")):
        return 1.0 + 0.5 * values
    return 0.25 * values


def fill(model: torch.nn.Module) -> None:
    state = {name: value if value.dtype == torch.long else hashed_state(name, value)
             for name, value in model.state_dict().items()}
    model.load_state_dict(state)


def samples(tensor: torch.Tensor) -> list[float]:
    flat = tensor.detach().reshape(-1)
    count = flat.numel()
    return [float(flat[i]) for i in (0, count // 3, count // 2, count - 1)]


def answers(model: torch.nn.Module, height: int, width: int) -> dict:
    batch = 4
    model = model.double()
    fill(model)
    images = torch.from_numpy(hashed("images", batch * 3 * height * width)).reshape(batch, 3, height, width)
    labels = torch.tensor([(3 * i + 1) % CLASSES for i in range(batch)])
    model.eval()
    with torch.no_grad():
        logits = model(images)
    model.train()
    loss = torch.nn.functional.cross_entropy(model(images), labels, label_smoothing=SMOOTHING)
    loss.backward()
    gradients = {name: {"norm": float(p.grad.norm()), "samples": samples(p.grad)}
                 for name, p in model.named_parameters()}
    statistics = {name: {"norm": float(b.norm()), "samples": samples(b)}
                  for name, b in model.named_buffers() if b.dtype != torch.long}
    return {"batch": batch, "height": height, "width": width, "classes": CLASSES,
            "label_smoothing": SMOOTHING, "eval_logits": logits.reshape(-1).tolist(),
            "loss": float(loss), "gradients": gradients, "statistics": statistics}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, timm_name in {"resnet18v1_b": "resnet18", "resnet18v1_d": "resnet18d",
                            "resnet50v1_b": "resnet50", "resnet50v1_c": "resnet50c",
                            "resnet50v1_d": "resnet50d"}.items():
        state = timm.create_model(timm_name).state_dict()
        lines = [" ".join([key, *map(str, value.shape)]) for key, value in state.items()]
        (FOLDER / f"keys_{name}.txt").write_text("\n".join(lines) + "\n")
    models = {f"basic_{v}": (BasicBlock, [2, 2, 2, 2], VARIANTS[v]) for v in "bd"}
    models |= {f"bottleneck_{v}": (Bottleneck, [2, 1, 1, 1], VARIANTS[v]) for v in "bcd"}
    for name, (block, depths, variant) in models.items():
        model = ResNet(block, depths, num_classes=CLASSES, **variant)
        # Odd sizes where the shortcut averages: its last window is cut off.
        height, width = (65, 49) if variant.get("avg_down") else (32, 32)
        (FOLDER / f"{name}.json").write_text(json.dumps(answers(model, height, width), indent=0) + "\n")


if __name__ == "__main__":
    main()
