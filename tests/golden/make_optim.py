"""Makes tests/golden/optim: learning rates and SGD updates as Python torch computes them.

Run from the project's root: python tests/golden/make_optim.py   (needs torch and numpy)

schedules.json  rates per step of torch's LinearLR, CosineAnnealingLR and MultiStepLR
sgd.json        a few weights after steps of torch.optim.SGD on hashed values (see make_models.py)
"""

import json
import pathlib
import warnings

import torch
from make_models import hashed
from torch.optim import lr_scheduler

FOLDER = pathlib.Path(__file__).parent / "optim"
PEAK, FACTOR = 0.8, 0.125


def rates(warmup: int, total: int, make_main) -> list[float]:
    warnings.simplefilter("ignore")  # torch wants optimizer.step() first; no weights matter here
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=PEAK)
    main = make_main(optimizer)
    scheduler = main
    if warmup:
        linear = lr_scheduler.LinearLR(optimizer, start_factor=FACTOR, total_iters=warmup)
        scheduler = lr_scheduler.SequentialLR(optimizer, [linear, main], milestones=[warmup])
    result = []
    for _ in range(total):
        result.append(optimizer.param_groups[0]["lr"])
        scheduler.step()
    return result


def schedules() -> list[dict]:
    def cosine(period):
        return lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=period)

    def steps(boundaries, per_epoch):
        return lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [b * per_epoch for b in boundaries], gamma=0.1)

    cases = []

    def add(name, warmup, per_epoch, total, make_main, compat=False):
        cases.append({"name": name, "peak": PEAK, "warmup_factor": FACTOR, "warmup_steps": warmup,
                      "steps_per_epoch": per_epoch, "total_steps": total, "compat_aws": compat,
                      "num_epochs": total / per_epoch, "rates": rates(warmup, total, make_main)})

    add("cosine", 8, 4, 60, cosine(52))
    add("cosine", 0, 4, 40, cosine(40))
    add("cosine", 8, 4, 60, cosine(60), compat=True)
    add("piecewise_short", 6, 2, 240, steps((25, 55, 75, 100), 2))
    add("piecewise_long", 5, 1, 190, steps((55, 115, 175), 1))
    return cases


def sgd() -> dict:
    shapes = {"conv": (8, 4, 3, 3), "scale": (37,), "dense": (5, 11), "bias": (5,)}
    parameters = {}
    for name, shape in shapes.items():
        count = int(torch.tensor(shape).prod())
        values = torch.from_numpy(hashed(name, count)).float().reshape(shape)
        parameters[name] = torch.nn.Parameter(values)
    decay, momentum = 0.05, 0.9
    groups = [{"params": [p for p in parameters.values() if p.dim() > 1], "weight_decay": decay},
              {"params": [p for p in parameters.values() if p.dim() == 1], "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=1.0, momentum=momentum, nesterov=True)
    learning_rates = [0.5, 0.3, 0.3, 0.1, 0.02]
    for step, rate in enumerate(learning_rates):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for name, p in parameters.items():
            p.grad = torch.from_numpy(hashed(f"{name}/{step}", p.numel())).float().reshape(p.shape)
        optimizer.step()
    result = {name: {"shape": list(p.shape), "values": p.detach().reshape(-1)[:64].tolist(),
                     "norm": float(p.detach().double().norm())} for name, p in parameters.items()}
    return {"momentum": momentum, "weight_decay": decay, "learning_rates": learning_rates,
            "parameters": result}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "schedules.json").write_text(json.dumps(schedules()) + "\n")
    (FOLDER / "sgd.json").write_text(json.dumps(sgd()) + "\n")


if __name__ == "__main__":
    main()
