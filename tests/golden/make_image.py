"""Writes the pictures and expected pixels in image/ that tests/data/image compares with.

Needs numpy, Pillow and tensorflow. Decoded JPEGs are TensorFlow's (INTEGER_ACCURATE, fancy
upsampling), decoded PNGs Pillow's, resized ones tf.compat.v1.image.resize's, rounded half up to
uint8. Expected files hold raw RGB rows; the pictures' sizes stand in the tests.
"""

import io
import pathlib

import numpy as np
import tensorflow as tf
from PIL import Image

from jpeg_kinds import as_ycck, encode, without_adobe

OUT = pathlib.Path(__file__).parent / "image"
HEIGHT, WIDTH = 47, 61


def picture(height, width):
    """Smooth colours, hard edges and noise; the same bytes on every run."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 127 + 120 * np.sin(x / 9.0) * np.cos(y / 13.0)
    green = 255.0 * y / height
    blue = np.where((x // 11 + y // 7) % 2 == 0, 30.0, 220.0)
    noise = np.random.default_rng(7).normal(0.0, 6.0, (height, width, 3))
    return np.clip(np.stack([red, green, blue], -1) + noise, 0, 255).astype(np.uint8)


def round_half_up(values):
    return np.floor(np.asarray(values, np.float32) + np.float32(0.5)).astype(np.uint8)


def decode_jpeg(jpeg):
    return tf.io.decode_jpeg(jpeg, channels=3, dct_method="INTEGER_ACCURATE").numpy()


def resize(pixels, height, width):
    return tf.compat.v1.image.resize(
        pixels.astype(np.float32), [height, width], method="bilinear", align_corners=False)


def evaluate(pixels, size, shorter_side):
    height, width = pixels.shape[:2]
    ratio = np.float32(shorter_side) / np.float32(min(height, width))
    new_height = int(np.float32(height) * ratio)
    new_width = int(np.float32(width) * ratio)
    resized = resize(pixels, new_height, new_width).numpy()
    top, left = (new_height - size) // 2, (new_width - size) // 2
    return round_half_up(resized[top:top + size, left:left + size])


def write_jpegs():
    image = Image.fromarray(picture(HEIGHT, WIDTH))
    cmyk = encode(image.convert("CMYK"), "JPEG", quality=90)
    files = {
        "gray": encode(image.convert("L"), "JPEG", quality=90),
        "ycc444": encode(image, "JPEG", quality=92, subsampling="4:4:4"),
        "ycc422": encode(image, "JPEG", quality=92, subsampling="4:2:2"),
        "ycc420": encode(image, "JPEG", quality=92, subsampling="4:2:0"),
        "progressive": encode(image, "JPEG", quality=92, progressive=True),
        "rgb": encode(image, "JPEG", quality=92, keep_rgb=True),
        "cmyk_adobe": cmyk,
        "cmyk_plain": without_adobe(cmyk),
        "ycck": as_ycck(cmyk),
        "one": encode(image.crop((5, 5, 6, 6)), "JPEG"),
    }
    for name, jpeg in files.items():
        (OUT / f"{name}.jpg").write_bytes(jpeg)
        (OUT / f"{name}.rgb").write_bytes(decode_jpeg(jpeg).tobytes())


def write_pngs():
    image = Image.fromarray(picture(HEIGHT, WIDTH))
    gray = image.convert("L")
    alpha = image.convert("RGBA")
    alpha.putalpha(gray)
    deep = tf.io.encode_png(np.asarray(image).astype(np.uint16) * 256 + 77).numpy()
    files = {
        "png_rgb": (encode(image, "PNG"), image),
        "png_rgb16": (deep, image),
        "png_alpha": (encode(alpha, "PNG"), image),
        "png_gray": (encode(gray, "PNG"), gray),
        "png_gray_alpha": (encode(alpha.convert("LA"), "PNG"), gray),
        "png_bits": (encode(image.convert("1"), "PNG"), image.convert("1")),
        "png_palette": (encode(image.quantize(13), "PNG", bits=4), image.quantize(13)),
        "png_palette_clear": (encode(image.quantize(40), "PNG", transparency=3),
                              image.quantize(40)),
    }
    for name, (png, expected) in files.items():
        (OUT / f"{name}.png").write_bytes(png)
        (OUT / f"{name}.rgb").write_bytes(expected.convert("RGB").tobytes())


def write_resized():
    pixels = picture(HEIGHT, WIDTH)
    for height, width in [(24, 24), (90, 90), (47, 61), (20, 100)]:
        (OUT / f"resize_{height}x{width}.rgb").write_bytes(
            round_half_up(resize(pixels, height, width)).tobytes())
    (OUT / "resize_flipped.rgb").write_bytes(
        round_half_up(resize(np.ascontiguousarray(pixels[:, ::-1]), 40, 40)).tobytes())


def write_evaluated():
    wide = encode(Image.fromarray(picture(130, 211)), "JPEG", quality=92, subsampling="4:2:0")
    tall = encode(Image.fromarray(picture(187, 96)), "JPEG", quality=92, subsampling="4:2:2")
    for name, jpeg in [("wide", wide), ("tall", tall)]:
        (OUT / f"{name}.jpg").write_bytes(jpeg)
        pixels = decode_jpeg(jpeg)
        (OUT / f"{name}_56_of_64.rgb").write_bytes(evaluate(pixels, 56, 64).tobytes())
        (OUT / f"{name}_48_of_48.rgb").write_bytes(evaluate(pixels, 48, 48).tobytes())
        (OUT / f"{name}_224_of_256.rgb").write_bytes(evaluate(pixels, 224, 256).tobytes())


def write_sampled_boxes(draws=40000):
    """Means over TensorFlow's own draws: height width | area, box height, width, top, left."""
    lines = []
    whole = tf.constant([[[0.0, 0.0, 1.0, 1.0]]])
    for height, width in [(375, 500), (500, 333), (60, 900), (7, 5)]:
        boxes = np.empty((draws, 4))
        for draw in range(draws):
            begin, size, _ = tf.image.stateless_sample_distorted_bounding_box(
                [height, width, 3], whole, seed=(draw, height), min_object_covered=0.1,
                aspect_ratio_range=[0.75, 1.33], area_range=[0.05, 1.0], max_attempts=100,
                use_image_if_no_bounding_boxes=True)
            boxes[draw] = [size[0] / height, size[1] / width, begin[0] / height, begin[1] / width]
        means = [np.mean(boxes[:, 0] * boxes[:, 1]), *np.mean(boxes, axis=0)]
        lines.append(f"{height} {width} " + " ".join(f"{mean:.5f}" for mean in means))
    (OUT / "sampled_boxes.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    write_jpegs()
    write_pngs()
    write_resized()
    write_evaluated()
    write_sampled_boxes()
