"""Pictures per second of DALI's pipeline on the CPU: input_dali.py FOLDER SECONDS.

TFRecord reader, decode with a random crop, resize, mirror and normalisation, one thread per core,
batches of 128. Prints that and the microseconds of CPU time per picture.
"""

import os
import sys
import tempfile
import time

from nvidia.dali import fn, pipeline_def, types
from nvidia.dali import tfrecord

from shard_pictures import find_records

BATCH, UNCOUNTED = 128, 4


@pipeline_def
def make_samples(paths, indices):
    record = fn.readers.tfrecord(
        path=paths, index_path=indices, random_shuffle=True, initial_fill=1000,
        features={"image/encoded": tfrecord.FixedLenFeature((), tfrecord.string, ""),
                  "image/class/label": tfrecord.FixedLenFeature([1], tfrecord.int64, -1)})
    image = fn.decoders.image_random_crop(
        record["image/encoded"], device="cpu", output_type=types.RGB,
        random_aspect_ratio=[0.75, 1.33], random_area=[0.05, 1.0], num_attempts=100)
    image = fn.resize(image, size=[224, 224], interp_type=types.INTERP_LINEAR, antialias=False)
    image = fn.crop_mirror_normalize(
        image, dtype=types.FLOAT, output_layout="HWC", mirror=fn.random.coin_flip(),
        mean=[123.68, 116.78, 103.94], std=[58.393, 57.12, 57.375])
    return image, record["image/class/label"] - 1


def write_indices(folder, out):
    lines = {}
    for path, offset, frame in find_records(folder):
        lines.setdefault(str(path), []).append(f"{offset} {frame}")
    indices = []
    for path, content in lines.items():
        indices.append(os.path.join(out, os.path.basename(path) + ".idx"))
        with open(indices[-1], "w") as file:
            file.write("\n".join(content) + "\n")
    return list(lines), indices


def main():
    folder, seconds = sys.argv[1], float(sys.argv[2])
    with tempfile.TemporaryDirectory() as out:
        paths, indices = write_indices(folder, out)
        samples = make_samples(paths, indices, batch_size=BATCH, device_id=None,
                               num_threads=len(os.sched_getaffinity(0)))
        samples.build()
        for _ in range(UNCOUNTED):
            samples.run()
        begin, pictures, busy = time.perf_counter(), 0, time.process_time()
        while time.perf_counter() - begin < seconds:
            samples.run()
            pictures += BATCH
        busy = time.process_time() - busy
        print(f"{pictures / (time.perf_counter() - begin):.1f} {busy / pictures * 1e6:.0f}")


if __name__ == "__main__":
    main()
