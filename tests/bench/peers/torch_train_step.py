"""Seconds per training step of ResNet-50 in Python torch: eager, channels-last, fp32, SGD.

One step does what ours does: uint8 NHWC pixels to normalised float, forward, label-smoothed loss,
backward, Nesterov SGD with weight decay on the weights only. Prints one number: the median.
"""

import argparse
import statistics
import time

import torch
import torchvision


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--image_size", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=12)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = torchvision.models.resnet50(num_classes=10).to(memory_format=torch.channels_last).train()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": 2e-4}, {"params": plain, "weight_decay": 0.0}],
        lr=0.01, momentum=0.9, nesterov=True)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    mean = torch.tensor([123.675, 116.28, 103.53]).view(1, 3, 1, 1)
    deviation = torch.tensor([58.395, 57.12, 57.375]).view(1, 3, 1, 1)
    shape = (args.batch_size, args.image_size, args.image_size, 3)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8)
    labels = torch.randint(0, 10, (args.batch_size,))

    seconds = []
    for _ in range(args.steps + 2):
        begin = time.perf_counter()
        images = (pixels.permute(0, 3, 1, 2).float() - mean) / deviation
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(images), labels)
        loss.backward()
        optimizer.step()
        loss.item()
        seconds.append(time.perf_counter() - begin)
    print(statistics.median(seconds[2:]))


if __name__ == "__main__":
    main()
