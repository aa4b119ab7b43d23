"""Makes tests/golden/pictures: small pictures of kinds that real data sets hold.

Run from the project's root: python tests/golden/make_pictures.py   (needs pillow and numpy)
"""

import pathlib

import numpy
from PIL import Image

FOLDER = pathlib.Path(__file__).parent / "pictures"


def gradient(height: int, width: int) -> numpy.ndarray:
    y, x = numpy.mgrid[0:height, 0:width]
    return numpy.stack([x * 255 // width, y * 255 // height, (x + y) % 256], axis=2).astype(numpy.uint8)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    picture = Image.fromarray(gradient(24, 40))
    picture.save(FOLDER / "plain.JPEG", quality=90)
    picture.convert("CMYK").save(FOLDER / "cmyk.JPEG", quality=90)
    # ImageNet has one PNG under a JPEG name.
    picture.save(FOLDER / "png_named.JPEG", format="PNG")
    picture.crop((0, 0, 1, 1)).save(FOLDER / "one_pixel.JPEG", quality=90)
    (FOLDER / "text.JPEG").write_text("This is no picture.\n")


if __name__ == "__main__":
    main()
