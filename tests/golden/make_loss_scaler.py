"""Makes tests/golden/optim/loss_scaler.json: what Python torch's GradScaler does, step by step.

Run from the project's root: python tests/golden/make_loss_scaler.py   (needs torch)

Each case is a script of gradients: "." finite, "i" infinite, "n" NaN. Of each step stand there the
scale and the count of good steps after it, and the weight, from which SGD at rate 0.5 takes the
unscaled gradient unless the step is skipped. Halfway the state is saved and loaded into a new scaler.
"""

import json
import pathlib

import torch

FILE = pathlib.Path(__file__).parent / "optim" / "loss_scaler.json"
GRADIENTS = {".": 0.375, "i": float("inf"), "n": float("nan")}
CASES = [
    {"start": 65536.0, "growth": 2.0, "backoff": 0.5, "growth_interval": 4,
     "script": "....i....nn.....i.........i"},
    {"start": 1.0, "growth": 2.0, "backoff": 0.5, "growth_interval": 1, "script": "....n..ii..."},
    {"start": 1024.0, "growth": 1.5, "backoff": 0.25, "growth_interval": 3,
     "script": ".i.i.i......ini....."},
    {"start": 2.0**127, "growth": 2.0, "backoff": 0.5, "growth_interval": 2, "script": "....i...."},
    {"start": 65536.0, "growth": 2.0, "backoff": 0.5, "growth_interval": 2000,
     "script": "i" * 20 + "." * 5},
]


def make_scaler(case: dict) -> torch.amp.GradScaler:
    return torch.amp.GradScaler("cpu", init_scale=case["start"], growth_factor=case["growth"],
                                backoff_factor=case["backoff"],
                                growth_interval=case["growth_interval"])


def run(case: dict) -> list[dict]:
    scaler = make_scaler(case)
    weight = torch.nn.Parameter(torch.tensor([8.0]))
    optimizer = torch.optim.SGD([weight], lr=0.5)
    steps = []
    for number, kind in enumerate(case["script"]):
        if number == len(case["script"]) // 2:
            state = scaler.state_dict()
            scaler = make_scaler(case)
            scaler.load_state_dict(state)
        weight.grad = None
        scaler.scale((weight * GRADIENTS["."]).sum()).backward()
        if kind != ".":
            weight.grad.fill_(GRADIENTS[kind])
        scaler.step(optimizer)
        scaler.update()
        steps.append({"scale": scaler.get_scale(), "good_steps": scaler._get_growth_tracker(),
                      "weight": weight.item()})
    return steps


def main() -> None:
    cases = [case | {"steps": run(case)} for case in CASES]
    FILE.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
