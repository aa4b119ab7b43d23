"""Makes tests/golden/tf_shard.tfrecord: a shard written by TensorFlow itself, and what it holds.

Run from the project's root: python tests/golden/make_tf_shard.py   (needs tensorflow and numpy)
Beside it, in tf_shard.txt, one line per record: label, file name, bytes and CRC-32C of the encoded
picture (the CRC is computed here bit by bit, from its definition).
"""

import pathlib

import tensorflow as tf

FOLDER = pathlib.Path(__file__).parent
SYNSETS = ["n01440764", "n01443537", "n01484850"]


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def feature(value) -> tf.train.Feature:
    if isinstance(value, int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
    data = value if isinstance(value, bytes) else value.encode()
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[data]))


def example(number: int, encoded: bytes, label: int, extra: bool) -> tuple[str, bytes]:
    """The original's keys; `extra` adds keys of other converters, which readers pass over."""
    name = f"{SYNSETS[number % 3]}_{number}.JPEG"
    height, width = map(int, tf.io.decode_image(encoded).shape[:2])
    features = {
        "image/height": height,
        "image/width": width,
        "image/colorspace": "RGB",
        "image/channels": 3,
        "image/class/label": label,
        "image/class/synset": SYNSETS[number % 3],
        "image/class/text": "tench, Tinca tinca",
        "image/format": "JPEG",
        "image/filename": name,
        "image/encoded": encoded,
    }
    wrapped = {key: feature(value) for key, value in features.items()}
    if extra:
        boxes = tf.train.FloatList(value=[0.0, 0.25, 1.0])
        wrapped["image/object/bbox/xmin"] = tf.train.Feature(float_list=boxes)
        wrapped["image/object/bbox/label"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2, 3]))
        wrapped["image/extra"] = tf.train.Feature()
    message = tf.train.Example(features=tf.train.Features(feature=wrapped))
    return name, message.SerializeToString(deterministic=number % 2 == 0)


def unpack_label(record: bytes, label: int) -> bytes:
    """The same Example with the label one by one instead of packed, as old writers store it."""
    message = tf.train.Example.FromString(record)
    del message.features.feature["image/class/label"]

    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    int64_list = bytes([1 << 3, label])  # field 1, varint; label < 128
    entry = field(1, b"image/class/label") + field(2, field(3, int64_list))
    rewritten = message.SerializeToString() + field(1, field(1, entry))  # messages are merged
    parsed = tf.train.Example.FromString(rewritten).features.feature["image/class/label"]
    assert list(parsed.int64_list.value) == [label]
    return rewritten


def main() -> None:
    pictures = [FOLDER / "pictures" / name for name in ("plain.JPEG", "one_pixel.JPEG")]
    labels = [1, 1000, 0, 42, -1, 2**40]
    lines = []
    with tf.io.TFRecordWriter(str(FOLDER / "tf_shard.tfrecord")) as writer:
        for number, label in enumerate(labels):
            path = pictures[number % 2]
            encoded = path.read_bytes()
            name, record = example(number, encoded, label, extra=number >= 2)
            if number == 3:
                record = unpack_label(record, label)
            writer.write(record)
            lines.append(f"{label} {name} {len(encoded)} {crc32c(encoded):08x}\n")
    (FOLDER / "tf_shard.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
