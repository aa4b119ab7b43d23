"""Pictures per second of the original's tf.data pipeline: input_tf_data.py FOLDER SECONDS.

Interleaved shards, shuffle buffer of 1000, SampleDistortedBoundingBoxV2, decode_and_crop_jpeg, flip,
bilinear resize, normalisation, batches of 128, all cores. Prints that and the microseconds of CPU time per picture.
"""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import tensorflow as tf  # noqa: E402

BATCH, UNCOUNTED = 128, 4
MEAN = tf.constant([123.68, 116.78, 103.94])
DEVIATION = tf.constant([58.393, 57.12, 57.375])


def make_sample(record):
    features = tf.io.parse_single_example(record, {
        "image/encoded": tf.io.FixedLenFeature([], tf.string),
        "image/class/label": tf.io.FixedLenFeature([], tf.int64)})
    jpeg = features["image/encoded"]
    begin, size, _ = tf.image.sample_distorted_bounding_box(
        tf.io.extract_jpeg_shape(jpeg), tf.constant([[[0.0, 0.0, 1.0, 1.0]]]),
        min_object_covered=0.1, aspect_ratio_range=[0.75, 1.33], area_range=[0.05, 1.0],
        max_attempts=100, use_image_if_no_bounding_boxes=True)
    window = tf.stack([begin[0], begin[1], size[0], size[1]])
    image = tf.image.random_flip_left_right(tf.io.decode_and_crop_jpeg(jpeg, window, channels=3))
    image = tf.compat.v1.image.resize(image, [224, 224], method="bilinear", align_corners=False)
    return (image - MEAN) / DEVIATION, features["image/class/label"] - 1


def main():
    folder, seconds = sys.argv[1], float(sys.argv[2])
    files = sorted(tf.io.gfile.glob(f"{folder}/train-*-of-*[0-9]"))
    data = tf.data.Dataset.from_tensor_slices(files).shuffle(len(files)).repeat()
    data = data.interleave(tf.data.TFRecordDataset, cycle_length=10,
                           num_parallel_calls=tf.data.AUTOTUNE)
    data = data.shuffle(1000).map(make_sample, num_parallel_calls=tf.data.AUTOTUNE)
    data = data.batch(BATCH, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
    batches = iter(data)
    for _ in range(UNCOUNTED):
        next(batches)
    begin, pictures, busy = time.perf_counter(), 0, time.process_time()
    while time.perf_counter() - begin < seconds:
        next(batches)
        pictures += BATCH
    busy = time.process_time() - busy
    print(f"{pictures / (time.perf_counter() - begin):.1f} {busy / pictures * 1e6:.0f}")


if __name__ == "__main__":
    main()
