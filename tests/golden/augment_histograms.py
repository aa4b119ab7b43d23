"""How make_augment_tf.py and make_augment_torchvision.py write down the boxes they drew.

One line per picture size and marginal: HEIGHT WIDTH MARGINAL FIRST COUNT..., the counts of the values
FIRST, FIRST + 1, ... Marginals: height, width, top, left in pixels, area in thousandths of the
picture (cut).
"""

import numpy as np

SIZES = [(375, 500), (500, 333), (60, 400)]


def histogram_lines(height, width, boxes):
    """`boxes`: integers [N, 4], top, left, height, width."""
    boxes = np.asarray(boxes, np.int64)
    marginals = {
        "height": boxes[:, 2],
        "width": boxes[:, 3],
        "top": boxes[:, 0],
        "left": boxes[:, 1],
        "area": boxes[:, 2] * boxes[:, 3] * 1000 // (height * width),
    }
    for name, values in marginals.items():
        first = int(values.min())
        counts = " ".join(str(count) for count in np.bincount(values - first))
        yield f"{height} {width} {name} {first} {counts}"
