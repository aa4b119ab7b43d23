"""Writes what TensorFlow makes of boxes of the pictures in image/, into augment/.

    python tests/golden/make_augment_tf.py        needs numpy and tensorflow; after make_image.py

boxes.txt            PICTURE TOP LEFT HEIGHT WIDTH FLIPPED, one sample of SIDE x SIDE per line
tf.rgb               decode_jpeg(INTEGER_ACCURATE), crop, flip, legacy bilinear, rounded half up; the
                     samples of boxes.txt one after the other. tolerance of --augment_semantics tf: 0
tf_exact.rgb         the original's calls: decode_and_crop_jpeg with its default flags, flip, legacy
                     bilinear, rounded half up. Tolerance of tf_exact: 0
evaluated_exact.rgb  wide.jpg and tall.jpg: decode_jpeg with its default flags, shorter side to 64,
                     central 56 x 56. Tolerance of tf_exact: 0
tf_boxes.txt         histograms of 100,000 draws of stateless_sample_distorted_bounding_box
"""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np  # noqa: E402  (the variable above must be set first)
import tensorflow as tf  # noqa: E402

from augment_histograms import SIZES, histogram_lines  # noqa: E402

HERE = pathlib.Path(__file__).parent
OUT = HERE / "augment"
SIDE = 24
DRAWS = 100_000
PICTURES = ["wide.jpg", "tall.jpg", "ycc444.jpg", "gray.jpg", "progressive.jpg", "cmyk_adobe.jpg"]


def round_half_up(values):
    return np.floor(np.asarray(values, np.float32) + np.float32(0.5)).astype(np.uint8)


def resize(pixels, height, width):
    return tf.compat.v1.image.resize(
        tf.cast(pixels, tf.float32), [height, width], method="bilinear", align_corners=False)


def choose_boxes(rng):
    """(picture, top, left, height, width, flipped): edges, odd offsets, up- and downscaling."""
    for name in PICTURES:
        height, width = tf.io.decode_jpeg((HERE / "image" / name).read_bytes()).shape[:2]
        yield name, 0, 0, height, width, 0
        for flipped in (0, 1, 0, 1):
            box_height = int(rng.integers(5, height + 1))
            box_width = int(rng.integers(5, width + 1))
            top = int(rng.integers(0, height - box_height + 1))
            left = int(rng.integers(0, width - box_width + 1))
            yield name, top, left, box_height, box_width, flipped


def sample(pixels, flipped):
    pixels = pixels[:, ::-1] if flipped else pixels
    return round_half_up(resize(pixels, SIDE, SIDE)).tobytes()


def write_boxes():
    lines, plain, exact = [], b"", b""
    for name, top, left, height, width, flipped in choose_boxes(np.random.default_rng(5)):
        jpeg = (HERE / "image" / name).read_bytes()
        whole = tf.io.decode_jpeg(jpeg, channels=3, dct_method="INTEGER_ACCURATE")
        plain += sample(whole[top:top + height, left:left + width], flipped)
        box = tf.io.decode_and_crop_jpeg(jpeg, [top, left, height, width], channels=3)
        exact += sample(box, flipped)
        lines.append(f"{name} {top} {left} {height} {width} {flipped}")
    (OUT / "boxes.txt").write_text("\n".join(lines) + "\n")
    (OUT / "tf.rgb").write_bytes(plain)
    (OUT / "tf_exact.rgb").write_bytes(exact)


def write_evaluated(size=56, shorter_side=64):
    evaluated = b""
    for name in ["wide.jpg", "tall.jpg"]:
        pixels = tf.io.decode_jpeg((HERE / "image" / name).read_bytes(), channels=3)
        height, width = pixels.shape[:2]
        ratio = np.float32(shorter_side) / np.float32(min(height, width))
        new_height, new_width = int(np.float32(height) * ratio), int(np.float32(width) * ratio)
        top, left = (new_height - size) // 2, (new_width - size) // 2
        resized = resize(pixels, new_height, new_width).numpy()
        evaluated += round_half_up(resized[top:top + size, left:left + size]).tobytes()
    (OUT / "evaluated_exact.rgb").write_bytes(evaluated)


def draw_boxes(height, width):
    """[DRAWS, 4]: top, left, height, width."""
    whole = tf.constant([[[0.0, 0.0, 1.0, 1.0]]])

    def draw(index):
        begin, size, _ = tf.image.stateless_sample_distorted_bounding_box(
            [height, width, 3], whole, seed=tf.stack([index, 17]), min_object_covered=0.1,
            aspect_ratio_range=[0.75, 1.33], area_range=[0.05, 1.0], max_attempts=100,
            use_image_if_no_bounding_boxes=True)
        return tf.concat([begin[:2], size[:2]], 0)

    boxes = tf.data.Dataset.range(DRAWS).map(draw, num_parallel_calls=1).batch(DRAWS)
    return next(iter(boxes)).numpy()


def main():
    OUT.mkdir(exist_ok=True)
    write_boxes()
    write_evaluated()
    lines = []
    for height, width in SIZES:
        lines += histogram_lines(height, width, draw_boxes(height, width))
    (OUT / "tf_boxes.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
