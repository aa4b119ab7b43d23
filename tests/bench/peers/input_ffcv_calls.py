"""Pictures per second of FFCV's calls per picture: input_ffcv_calls.py FOLDER SECONDS.

FFCV itself has to be built from source; this is what its RandomResizedCropRGBImageDecoder does for a
JPEG, without the rest of FFCV, so an upper bound: tjDecompress2() of the whole picture with
TJFLAG_FASTDCT, then cv::resize() of the crop with INTER_AREA to 224 x 224 uint8, and a flip. One
process per core, no copy between them. Needs OpenCV and libturbojpeg. Prints that and
the microseconds of CPU time per picture.
"""

import ctypes
import ctypes.util
import math
import multiprocessing
import os
import random
import sys
import time

import cv2
import numpy as np

from shard_pictures import find_pictures, read_picture

TJPF_RGB, TJFLAG_NOREALLOC, TJFLAG_FASTDCT = 0, 1024, 2048


class TurboJpeg:
    def __init__(self):
        self.turbojpeg = ctypes.CDLL(ctypes.util.find_library("turbojpeg") or "libturbojpeg.so.0")
        self.turbojpeg.tjInitDecompress.restype = ctypes.c_void_p
        self.handle = ctypes.c_void_p(self.turbojpeg.tjInitDecompress())
        self.memory = np.empty(1, np.uint8)

    def decode(self, jpeg):
        width, height, sampling, colors = (ctypes.c_int() for _ in range(4))
        size = ctypes.c_ulong(len(jpeg))
        self.check(self.turbojpeg.tjDecompressHeader3(
            self.handle, jpeg, size, *map(ctypes.byref, (width, height, sampling, colors))))
        count = width.value * height.value * 3
        if self.memory.size < count:
            self.memory = np.empty(count, np.uint8)
        self.check(self.turbojpeg.tjDecompress2(
            self.handle, jpeg, size, self.memory.ctypes.data_as(ctypes.c_void_p), width, 0, height,
            TJPF_RGB, TJFLAG_FASTDCT | TJFLAG_NOREALLOC))
        return self.memory[:count].reshape(height.value, width.value, 3)

    @staticmethod
    def check(result):
        if result != 0:
            raise RuntimeError("libturbojpeg failed")


def choose_crop(height, width):
    for _ in range(10):
        area = random.uniform(0.08, 1) * height * width
        aspect = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        crop_width, crop_height = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if crop_width <= width and crop_height <= height:
            return (random.randint(0, height - crop_height), random.randint(0, width - crop_width),
                    crop_height, crop_width)
    return 0, 0, height, width


def work(pictures, seconds, ready, rates):
    cv2.setNumThreads(1)
    decoder, out = TurboJpeg(), np.empty((224, 224, 3), np.uint8)

    def make_sample(index):
        image = decoder.decode(read_picture(pictures[index % len(pictures)]))
        top, left, height, width = choose_crop(*image.shape[:2])
        cv2.resize(image[top:top + height, left:left + width], (224, 224), out,
                   interpolation=cv2.INTER_AREA)
        if random.random() < 0.5:
            out[:] = out[:, ::-1]

    for index in range(50):
        make_sample(index)
    ready.wait()
    begin, count, busy = time.perf_counter(), 0, time.process_time()
    while time.perf_counter() - begin < seconds:
        make_sample(count)
        count += 1
    rates.put((count / (time.perf_counter() - begin), count, time.process_time() - busy))


def main():
    folder, seconds = sys.argv[1], float(sys.argv[2])
    pictures = find_pictures(folder)
    cores = len(os.sched_getaffinity(0))
    ready, rates = multiprocessing.Barrier(cores), multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(pictures[core::cores], seconds, ready, rates))
               for core in range(cores)]
    for worker in workers:
        worker.start()
    rate, count, busy = (sum(column) for column in zip(*(rates.get() for _ in workers)))
    for worker in workers:
        worker.join()
    print(f"{rate:.1f} {busy / count * 1e6:.0f}")


if __name__ == "__main__":
    main()
