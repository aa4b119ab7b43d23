"""Writes the inputs that the fuzzers begin with: one folder of corpus/ each.

Needs numpy and Pillow. Small pictures of every kind that tests/golden/make_image.py has, because
an execution should take microseconds; shards and Examples made of one of them. The files are named
by what they are; libFuzzer does not care.
"""

import pathlib
import shutil
import struct
import sys

import numpy as np
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden"))
from jpeg_kinds import as_ycck, encode, without_adobe  # noqa: E402

HERE = pathlib.Path(__file__).parent


def picture(height, width):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    noise = np.random.default_rng(3).normal(0.0, 9.0, (height, width, 3))
    channels = np.stack([127 + 120 * np.sin(x / 5.0), 255.0 * y / height,
                         np.where((x // 5 + y // 3) % 2 == 0, 30.0, 220.0)], -1)
    return Image.fromarray(np.clip(channels + noise, 0, 255).astype(np.uint8))


def with_tables(jpeg, number):
    """Of a progressive picture: the Huffman tables of all scans get this number. There are four."""
    data = bytearray(jpeg)
    scan = data.find(b"\xff\xda")
    while scan >= 0:
        for component in range(data[scan + 4]):
            data[scan + 6 + 2 * component] = number << 4 | number
        scan = data.find(b"\xff\xda", scan + 2)
    return bytes(data)


def pictures():
    small, wide = picture(19, 23), picture(20, 100)
    files = {
        "ycc420.jpg": encode(small, "JPEG", quality=92, subsampling=2),
        "ycc422.jpg": encode(small, "JPEG", quality=80, subsampling=1),
        "ycc444.jpg": encode(small, "JPEG", quality=96, subsampling=0),
        "full.jpg": encode(picture(16, 16), "JPEG", quality=100, subsampling=0),
        "wide.jpg": encode(wide, "JPEG", quality=85, subsampling=2),
        "wide444.jpg": encode(wide, "JPEG", quality=70, subsampling=0),
        "own_codes.jpg": encode(small, "JPEG", quality=90, optimize=True),
        "gray.jpg": encode(small.convert("L"), "JPEG", quality=90),
        "progressive.jpg": encode(small, "JPEG", quality=80, progressive=True),
        "restarts.jpg": encode(small, "JPEG", quality=85, restart_marker_blocks=1),
        "exif.jpg": encode(small, "JPEG", quality=50,
                           exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\1\3\0\1\0\0\0\6\0\0\0"),
        "one.jpg": encode(picture(1, 1), "JPEG"),
    }
    adobe = encode(small.convert("CMYK"), "JPEG", quality=85)
    files["tables.jpg"] = with_tables(files["progressive.jpg"], 7)
    files |= {"cmyk_adobe.jpg": adobe, "cmyk.jpg": without_adobe(adobe), "ycck.jpg": as_ycck(adobe)}
    files |= {
        "rgb.png": encode(small, "PNG"),
        "gray.png": encode(small.convert("L"), "PNG"),
        "palette.png": encode(small.convert("P", palette=Image.Palette.ADAPTIVE, colors=7), "PNG"),
        "bits.png": encode(small.convert("1"), "PNG"),
        "alpha.png": encode(small.convert("RGBA"), "PNG"),
        "gray_alpha.png": encode(small.convert("LA"), "PNG"),
        "gray16.png": encode(Image.fromarray(np.arange(400, dtype=np.uint16).reshape(20, 20)), "PNG"),
    }
    return files


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(record):
    length = struct.pack("<Q", len(record))
    return length + masked(length) + record + masked(record)


def wild(length):
    header = struct.pack("<Q", length)
    return header + masked(header) + b"few bytes"


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def bytes_feature(key, value):
    return field(1, field(1, key) + field(2, field(1, field(1, value))))


def int_feature(key, value, packed=True):
    numbers = field(1, varint(value)) if packed else b"\x08" + varint(value)
    return field(1, field(1, key) + field(2, field(3, numbers)))


def float_feature(key, value):
    return field(1, field(1, key) + field(2, field(2, field(1, struct.pack("<f", value)))))


def examples(jpeg):
    label = int_feature(b"image/class/label", 7)
    encoded = bytes_feature(b"image/encoded", jpeg)
    name = bytes_feature(b"image/filename", b"n01440764_18.JPEG")
    unknown = b"\x2a\x02xy" + b"\x35\x01\x02\x03\x04" + b"\x39" + b"8" * 8 + b"\x18\x01"
    group = b"\x13" + b"\x1b\x1c" + b"\x14"  # field 2 with a nested field 3
    return {
        "usual": field(1, encoded + name + label + int_feature(b"image/height", 19) +
                       bytes_feature(b"image/class/synset", b"n01440764")),
        "unpacked": field(1, int_feature(b"image/class/label", 300, packed=False) + encoded),
        "negative": field(1, int_feature(b"image/class/label", (1 << 64) - 1)),
        "twice": field(1, label + encoded) + field(1, int_feature(b"image/class/label", 9)),
        "floats": field(1, float_feature(b"image/encoded", 0.5) + label + encoded),
        "unknown": unknown + field(1, unknown + label + group),
        "kinds": field(1, field(1, field(1, b"image/class/label") + field(
            2, field(1, field(1, b"text")) + field(3, field(1, b"\x07")) + field(2, b"")))),
        "empty": field(1, b""),
    }


def weight_headers():
    """The fuzzer's first two bytes are the number of data bytes behind the header."""
    raw = (HERE.parent / "golden/io/python.safetensors").read_bytes()
    header = struct.unpack("<Q", raw[:8])[0]
    return {"python": struct.pack("<H", len(raw) - 8 - header) + raw[8:8 + header],
            "empty": b"\0\0{}"}


def write(target, files):
    folder = HERE / "corpus" / target
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def main():
    all_pictures = pictures()
    records = examples(all_pictures["one.jpg"])
    write("picture_fuzz", all_pictures)
    write("example_fuzz", records)
    write("safetensors_header_fuzz", weight_headers())
    shards = {name: frame(record) for name, record in records.items()}
    shards["three"] = frame(b"first") + frame(b"") + frame(records["unpacked"])
    shards["nothing"] = frame(b"")
    shards["cut"] = frame(b"first") + frame(b"second")[:-3]
    shards["cut_header"] = frame(b"first") + frame(b"second")[:7]
    for length in (0, 1 << 30, 1 << 31, 1 << 40, 1 << 63, (1 << 64) - 1, (1 << 64) - 16):
        shards[f"wild_{length:x}"] = wild(length)
    write("record_fuzz", shards)


if __name__ == "__main__":
    main()
