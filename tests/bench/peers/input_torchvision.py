"""Pictures per second of torchvision's reference recipe: input_torchvision.py FOLDER SECONDS.

PIL decode, RandomResizedCrop(224), flip, tensor, normalisation, DataLoader with one worker process
per core, batches of 128. Prints that and the microseconds of CPU time per picture.
"""

import io
import multiprocessing
import os
import sys
import time

import torch
from PIL import Image
from torchvision import transforms

from shard_pictures import find_pictures, read_picture

BATCH, UNCOUNTED = 128, 4


class Pictures(torch.utils.data.Dataset):
    def __init__(self, folder):
        self.pictures = find_pictures(folder)
        self.transform = transforms.Compose([
            transforms.RandomResizedCrop(224),
            transforms.RandomHorizontalFlip(),
            transforms.PILToTensor(),
            transforms.ConvertImageDtype(torch.float),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])

    def __len__(self):
        return 1 << 20

    def __getitem__(self, index):
        jpeg = read_picture(self.pictures[index % len(self.pictures)])
        return self.transform(Image.open(io.BytesIO(jpeg)).convert("RGB")), index % 1000


def cpu_seconds():
    """Of this process and its workers."""
    ticks = 0
    for child in multiprocessing.active_children():
        with open(f"/proc/{child.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def main():
    folder, seconds = sys.argv[1], float(sys.argv[2])
    loader = torch.utils.data.DataLoader(Pictures(folder), BATCH, shuffle=True,
                                         num_workers=len(os.sched_getaffinity(0)))
    batches = iter(loader)
    for _ in range(UNCOUNTED):
        next(batches)
    begin, pictures, busy = time.perf_counter(), 0, cpu_seconds()
    while time.perf_counter() - begin < seconds:
        next(batches)
        pictures += BATCH
    busy = cpu_seconds() - busy
    print(f"{pictures / (time.perf_counter() - begin):.1f} {busy / pictures * 1e6:.0f}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
