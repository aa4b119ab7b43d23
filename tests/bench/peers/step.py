#!/usr/bin/env python3
"""Training step of ResNet-50 against Python torch on the same device, alternating.

Run by a Python with torch and torchvision. Ours is `train_backbone benchmark step`; torch's is its
eager channels-last step (autocast for 16-bit precisions), with --compile torch.compile's as well.
One step does the same in all: uint8 NHWC pixels to normalised floats, forward, label-smoothed loss,
backward, Nesterov SGD with weight decay on the weights only. Prints every round and the median
ratios (above 1: ours is faster).
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

WARM_UP = 2


def parse_arguments() -> argparse.Namespace:
    root = pathlib.Path(__file__).resolve().parents[3]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/cpu/train_backbone"))
    parser.add_argument("--model", choices=("resnet50", "resnet101"), default="resnet50")
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--image_size", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("fp32", "bf16", "fp16"), default="fp32")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compile", action="store_true", help="torch.compile as well")
    parser.add_argument("--json", action="store_true", help="all of it as a last line of JSON")
    parser.add_argument("--torch_only", choices=("eager", "compile"), help=argparse.SUPPRESS)
    return parser.parse_args()


def torch_milliseconds(given: argparse.Namespace) -> float:
    import torch
    import torchvision

    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    device = torch.device(given.device)
    model = getattr(torchvision.models, given.model)(num_classes=1000)
    model = model.to(device, memory_format=torch.channels_last).train()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": 2e-4}, {"params": plain, "weight_decay": 0.0}],
        lr=0.01, momentum=0.9, nesterov=True)
    if given.torch_only == "compile":
        model = torch.compile(model)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    mean = torch.tensor([123.675, 116.28, 103.53], device=device).view(1, 3, 1, 1)
    deviation = torch.tensor([58.395, 57.12, 57.375], device=device).view(1, 3, 1, 1)
    shape = (given.batch_size, given.image_size, given.image_size, 3)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8, device=device)
    labels = torch.randint(0, 1000, (given.batch_size,), device=device)
    short = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(given.precision)
    scaler = torch.amp.GradScaler(given.device, enabled=given.precision == "fp16")

    seconds = []
    for _ in range(given.steps + WARM_UP):
        begin = time.perf_counter()
        images = (pixels.permute(0, 3, 1, 2).float() - mean) / deviation
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(given.device, dtype=short, enabled=short is not None):
            logits = model(images)
        loss = loss_of(logits.float(), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        loss.item()
        seconds.append(time.perf_counter() - begin)
    return 1000 * statistics.median(seconds[WARM_UP:])


def output_of(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stderr}error: {' '.join(command[:2])} ended with {done.returncode}: "
                 f"{(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return done.stdout


def theirs(given: argparse.Namespace, kind: str) -> float:
    command = [sys.executable, __file__, "--torch_only", kind]
    for name in ("model", "batch_size", "image_size", "threads", "device", "precision", "steps"):
        command += [f"--{name}", str(getattr(given, name))]
    return float(output_of(command))


def ours(given: argparse.Namespace) -> float:
    command = [given.program, "benchmark", "step", "--model", f"{given.model}v1_b",
               "--batch_size", str(given.batch_size), "--image_size", str(given.image_size),
               "--compute_threads", str(given.threads), "--device", given.device, "--precision",
               given.precision, "--steps", str(given.steps), "--quiet"]
    text = output_of(command)
    return json.loads(text.splitlines()[-1])["milliseconds"]


def main() -> None:
    given = parse_arguments()
    if given.torch_only:
        print(torch_milliseconds(given))
        return
    kinds = ["eager"] + (["compile"] if given.compile else [])
    ratios: dict[str, list[float]] = {kind: [] for kind in kinds}
    milliseconds: dict[str, list[float]] = {kind: [] for kind in ["train_backbone", *kinds]}
    for number in range(given.rounds):
        own = ours(given)
        milliseconds["train_backbone"].append(own)
        text = f"round {number + 1}: train_backbone {own:.1f} ms"
        for kind in kinds:
            other = theirs(given, kind)
            milliseconds[kind].append(other)
            ratios[kind].append(other / own)
            text += f", torch {kind} {other:.1f} ms ({other / own:.3f})"
        print(text, flush=True)
    print(f"{given.model}, batch {given.batch_size}, {given.image_size} px, {given.precision}, "
          f"{given.device}, {given.threads} threads:")
    for kind in kinds:
        found = ratios[kind]
        print(f"median ratio to torch {kind} {statistics.median(found):.3f} "
              f"({min(found):.3f} to {max(found):.3f})")
    if given.json:
        print(json.dumps({"milliseconds": milliseconds, "ratios": ratios}))


if __name__ == "__main__":
    main()
