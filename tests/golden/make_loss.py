"""Makes tests/golden/train/loss.json: mixed and smoothed cross-entropy as Python torch computes it.

Run from the project's root: python tests/golden/make_loss.py   (needs torch and numpy)

Per case: the loss in fp64 and its gradient with respect to the logits, which are 4 x hashed values
(see make_models.py) under the case's name.
"""

import json
import pathlib

import torch
from make_models import hashed
from torch.nn import functional

FOLDER = pathlib.Path(__file__).parent / "train"


def case(name: str, samples: int, classes: int, smoothing: float, mixed: bool) -> dict:
    logits = 4 * torch.from_numpy(hashed(name, samples * classes)).reshape(samples, classes)
    logits.requires_grad_()
    labels = torch.tensor([(7 * i + 3) % classes for i in range(samples)])
    partners = torch.tensor([(5 * i + 1) % classes for i in range(samples)])
    weight = 0.75 + 0.25 * torch.from_numpy(hashed(name + "/weight", samples))
    if not mixed:
        weight = torch.ones_like(weight)

    def entropy(target: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(logits, target, label_smoothing=smoothing, reduction="none")

    loss = (weight * entropy(labels) + (1 - weight) * entropy(partners)).mean()
    loss.backward()
    return {"name": name, "samples": samples, "classes": classes, "smoothing": smoothing,
            "mixed": mixed, "labels": labels.tolist(), "partners": partners.tolist(),
            "weight": weight.tolist(), "loss": loss.item(),
            "gradient": logits.grad.flatten().tolist()}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases = [case("plain", 6, 10, 0.0, False), case("smoothed", 6, 10, 0.1, False),
             case("mixed", 6, 10, 0.0, True), case("mixed and smoothed", 7, 10, 0.1, True),
             case("two classes", 4, 2, 0.3, True), case("one sample", 1, 13, 0.1, False)]
    (FOLDER / "loss.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
