"""Compares timm's or torchvision's answers with those that `validate --dump_inputs` wrote.

Usage: python_parity.py timm|torchvision MODEL WEIGHTS.safetensors INPUTS.safetensors
(called by tests/acceptance/python_parity)
"""

import functools
import sys

import timm
import torch
import torchvision
from safetensors.torch import load_file

MARGIN = 1e-4        # between the best two logits: below, the class is a matter of rounding
LOGITS = 1e-4        # largest difference of a logit, of the largest logit
LEAST_DECIDED = 0.9  # of the pictures; fewer would prove little
LEAST_CLASSES = 3    # that are predicted at all


def timm_model(name: str, classes: int) -> torch.nn.Module:
    if name == "darknet53":
        leaky = functools.partial(torch.nn.LeakyReLU, negative_slope=0.1)
        return timm.create_model(name, num_classes=classes, act_layer=leaky)
    if name.startswith("hrnet"):
        return timm.create_model(name.removesuffix("c"), num_classes=classes)
    depth, variant = name.removeprefix("resnet").split("v1_")
    if variant == "c" and depth in ("18", "34"):  # timm names no such model
        return timm.create_model(f"resnet{depth}", num_classes=classes, stem_type="deep", stem_width=32)
    return timm.create_model(f"resnet{depth}{'' if variant == 'b' else variant}", num_classes=classes)


def answers(model: torch.nn.Module, weights: dict, inputs: torch.Tensor) -> torch.Tensor:
    model.load_state_dict(weights, strict=True)
    model.eval()
    with torch.inference_mode():
        return torch.cat([model(part) for part in inputs.split(100)])


def compare(label: str, here: torch.Tensor, there: torch.Tensor) -> bool:
    best = here.topk(2, dim=1)
    decided = best.values[:, 0] - best.values[:, 1] > MARGIN
    other = int((decided & (here.argmax(1) != there.argmax(1))).sum())
    difference = float((here - there).abs().max() / here.abs().max())
    share = float(decided.float().mean())
    classes = len(best.indices[:, 0].unique())
    print(f"{label}: {len(here)} pictures, {100 * share:.1f} % decided, {classes} classes predicted, "
          f"{other} classified otherwise, largest difference of a logit {difference:.2e}")
    return other == 0 and difference <= LOGITS and share >= LEAST_DECIDED and classes >= LEAST_CLASSES


def make(library: str, name: str, classes: int) -> torch.nn.Module:
    if library == "timm":
        return timm_model(name, classes)
    return getattr(torchvision.models, name.removesuffix("v1_b"))(num_classes=classes)


def main() -> int:
    library, name, weight_file, input_file = sys.argv[1:]
    dump = load_file(input_file)
    inputs, here = dump["inputs"], dump["logits"]
    there = answers(make(library, name, here.shape[1]), load_file(weight_file), inputs)
    good = compare(f"{name} in {library}", here, there)
    return 0 if good and len(inputs) == 2000 else 1


if __name__ == "__main__":
    sys.exit(main())
