"""Reads shards with TensorFlow's own reader and parser and says what each record holds.

    python tests/golden/check_with_tensorflow.py SHARDS [--prefix train] [--compare PICTURES]

Prints per record: file name, label, SHA-256 of the encoded picture. With --compare the encoded bytes
are compared with the files below PICTURES that have the same names, and the label with the place of
the file's folder among all class folders, from 1 (where there are class folders). Ends with 0 when
all is equal and every picture is there once, with 1 otherwise. Pictures that had to be converted
(PNG, CMYK) differ by design; --converted NAME ... names those expected. Not run by the tests: it
needs tensorflow.
"""

import argparse
import collections
import hashlib
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf  # noqa: E402  (the variable above must be set first)

PICTURE_ENDINGS = {".jpeg", ".jpg", ".jpe", ".jfif", ".png"}
KEYS = {
    "image/height": tf.int64,
    "image/width": tf.int64,
    "image/colorspace": tf.string,
    "image/channels": tf.int64,
    "image/class/label": tf.int64,
    "image/class/synset": tf.string,
    "image/class/text": tf.string,
    "image/format": tf.string,
    "image/filename": tf.string,
    "image/encoded": tf.string,
}


def read(folder: pathlib.Path, prefix: str):
    """One dictionary of Python values per record; every key must be there."""
    files = sorted(str(path) for path in folder.glob(f"{prefix}-*"))
    if not files:
        sys.exit(f"{folder}: no file named {prefix}-*")
    wanted = {key: tf.io.FixedLenFeature([], kind) for key, kind in KEYS.items()}
    for record in tf.data.TFRecordDataset(files):
        parsed = tf.io.parse_single_example(record, wanted)
        yield {key: value.numpy() for key, value in parsed.items()}


def find_pictures(root: pathlib.Path) -> dict[str, pathlib.Path]:
    pictures = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix.lower() in PICTURE_ENDINGS:
            if path.name in pictures:
                sys.exit(f"{path}: two pictures have this name; comparing by name needs one each")
            pictures[path.name] = path
    return pictures


def differences(record: dict, path: pathlib.Path, classes: dict[str, int], converted: bool) -> list[str]:
    """What the record says otherwise than the file and TensorFlow's decoder do."""
    found = []
    encoded = record["image/encoded"]
    if not converted and encoded != path.read_bytes():
        found.append("bytes")
    shape = tf.io.decode_image(encoded, channels=3, expand_animations=False).shape
    if tuple(shape[:2]) != (record["image/height"], record["image/width"]):
        found.append("height and width")
    if path.parent.name in classes:
        if record["image/class/label"] != classes[path.parent.name]:
            found.append("label")
        if record["image/class/synset"].decode() != path.parent.name:
            found.append("synset")
    return found


def compare(records: list[dict], root: pathlib.Path, converted: set[str]) -> bool:
    pictures = find_pictures(root)
    folders = sorted({path.parent.name for path in pictures.values() if path.parent != root})
    classes = {name: number + 1 for number, name in enumerate(folders)}
    problems = []
    for record in records:
        name = record["image/filename"].decode()
        if name not in pictures:
            problems.append(f"{name}: no such picture in {root}")
            continue
        found = differences(record, pictures[name], classes, name in converted)
        problems += [f"{name}: other {what}" for what in found]
    counts = collections.Counter(record["image/filename"].decode() for record in records)
    problems += [f"{name}: {count} records" for name, count in counts.items() if count > 1]
    problems += [f"{name}: in no record" for name in pictures if name not in counts]
    print("\n".join(problems) or f"equal: {len(records)} records, {len(classes)} classes")
    return not problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shards", type=pathlib.Path)
    parser.add_argument("--prefix", default="train")
    parser.add_argument("--compare", type=pathlib.Path, metavar="PICTURES")
    parser.add_argument("--converted", nargs="*", default=[], metavar="NAME")
    arguments = parser.parse_args()
    records = list(read(arguments.shards, arguments.prefix))
    for record in records:
        digest = hashlib.sha256(record["image/encoded"]).hexdigest()
        print(record["image/filename"].decode(), record["image/class/label"], digest)
    if arguments.compare is None:
        return 0
    return 0 if compare(records, arguments.compare, set(arguments.converted)) else 1


if __name__ == "__main__":
    sys.exit(main())
