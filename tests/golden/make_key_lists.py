"""Makes models/keys: the tensors that other programs expect of a weight file, by name and shape.

Run from the project's root, with torchvision, timm, mmengine, mmcv-lite, mmdet and mmpretrain (and what
they require) installed; compiled extensions of mmcv are not needed:

    python tests/golden/make_key_lists.py

Where the names come from:
    timm, torchvision  state_dict() of the models
    mmdet, mmpretrain  state_dict() of the backbones' own classes; the classifier head by its documentation
    detectron2         put together here after its documented modules (it is on no package index)
    keras              put together here after the layers that aws-samples' resnet.py names
    darknet            put together here after darknet53.cfg: layers numbered through, arrays in file order

index.txt has a line per program and network: PROGRAM NETWORK PREFIX BODY [HEAD]. PREFIX ("-": none) comes
before each name in the file BODY. NETWORK is a name of ours, or resnet50v1_s / resnet101v1_s for the deep
stem of 64, 64 and 128 channels that --compat aws makes of c and d. Equal lists are stored once.

A list has a line per tensor: NAME SIZE ... (N: the number of classes). "NAME* C" stands for the five tensors
of a normalisation of C channels as torch calls them, "NAME+ C" for the four without num_batches_tracked.
"""
import importlib
import pathlib
import shutil
import sys
import types

import timm
import torchvision

ROOT = pathlib.Path(__file__).parents[2] / "models" / "keys"
CLASSES = 1000
DEPTHS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
NORM = ("weight", "bias", "running_mean", "running_var")
HEADS = ("fc.", "head.", "incre_modules.", "downsamp_modules.", "final_layer.", "classifier.")


def state(module):
    """[(name, sizes)] of a module."""
    return [(name, list(tensor.shape)) for name, tensor in module.state_dict().items()]


def timm_lists():
    deep = {"stem_type": "deep"}
    for depth in DEPTHS:
        yield f"resnet{depth}v1_b", state(timm.create_model(f"resnet{depth}"))
        yield f"resnet{depth}v1_c", state(timm.create_model(f"resnet{depth}", **deep, stem_width=32))
        yield f"resnet{depth}v1_d", state(timm.create_model(f"resnet{depth}d"))
        if depth >= 50:
            yield f"resnet{depth}v1_s", state(timm.create_model(f"resnet{depth}s"))
    for width in (18, 32):
        yield f"hrnet_w{width}c", state(timm.create_model(f"hrnet_w{width}"))
    yield "darknet53", state(timm.create_model("darknet53"))


def torchvision_lists():
    for depth in DEPTHS:
        yield f"resnet{depth}v1_b", state(getattr(torchvision.models, f"resnet{depth}")(weights=None))


def stub_package(name, folder):
    """A package whose own __init__, which would load all of it, does not run."""
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    sys.modules[name] = module
    return module


def open_mmlab(name, helpers):
    """Imports single files of mmdet or mmpretrain."""
    home = pathlib.Path(importlib.util.find_spec(name).origin).parent
    stub_package(name, home)
    stub_package(f"{name}.models", home / "models")
    stub_package(f"{name}.models.backbones", home / "models/backbones")
    for package, (file, names) in helpers.items():
        stub = stub_package(f"{name}.models.{package}", home / "models" / package)
        for attribute in names:
            setattr(stub, attribute, getattr(importlib.import_module(f"{name}.models.{package}.{file}"), attribute))
    return lambda file, kind: getattr(importlib.import_module(f"{name}.models.backbones.{file}"), kind)


def hrnet_extra(width):
    def stage(modules, branches, block, channels):
        return {"num_modules": modules, "num_branches": branches, "block": block,
                "num_blocks": (4,) * branches, "num_channels": channels}

    widths = [width << i for i in range(4)]
    return {"stage1": stage(1, 1, "BOTTLENECK", (64,)), "stage2": stage(1, 2, "BASIC", widths[:2]),
            "stage3": stage(4, 3, "BASIC", widths[:3]), "stage4": stage(3, 4, "BASIC", widths)}


def resnet_styles(depth):
    yield f"resnet{depth}v1_b", {}
    yield f"resnet{depth}v1_c", {"deep_stem": True}
    yield f"resnet{depth}v1_d", {"deep_stem": True, "avg_down": True}
    if depth >= 50:
        yield f"resnet{depth}v1_s", {"deep_stem": True, "stem_channels": 128}


def mmdet_lists():
    backbone = open_mmlab("mmdet", {"layers": ("res_layer", ["ResLayer"])})
    for depth in DEPTHS:
        for name, style in resnet_styles(depth):
            yield name, state(backbone("resnet", "ResNet")(depth, **style))
    for width in (18, 32):
        yield f"hrnet_w{width}c", state(backbone("hrnet", "HRNet")(hrnet_extra(width)))
    yield "darknet53", state(backbone("darknet", "Darknet")(53))


def mmpretrain_lists():
    backbone = open_mmlab("mmpretrain", {})
    for depth in DEPTHS:
        features = 512 if depth < 50 else 2048
        head = [("head.fc.weight", [CLASSES, features]), ("head.fc.bias", [CLASSES])]
        for name, style in resnet_styles(depth):
            yield name, prefixed("backbone.", state(backbone("resnet", "ResNet")(depth, **style))) + head
    for width in (18, 32):
        yield f"hrnet_w{width}c", prefixed("backbone.", state(backbone("hrnet", "HRNet")(f"w{width}")))


def prefixed(prefix, tensors):
    return [(prefix + name, sizes) for name, sizes in tensors]


def detectron2_conv(name, out, into, kernel):
    """detectron2.layers.Conv2d with norm="FrozenBN"."""
    return [(f"{name}.weight", [out, into, kernel, kernel])] + [(f"{name}.norm.{leaf}", [out]) for leaf in NORM]


def detectron2_stem(channels, deep):
    if not deep:
        return detectron2_conv("stem.conv1", channels, 3, 7)
    half = channels // 2  # DeepLabStem
    return (detectron2_conv("stem.conv1", half, 3, 3) + detectron2_conv("stem.conv2", half, half, 3)
            + detectron2_conv("stem.conv3", channels, half, 3))


def detectron2_block(name, into, width, out, shortcut):
    tensors = detectron2_conv(f"{name}.shortcut", out, into, 1) if shortcut else []
    if out == width:  # BasicBlock
        return tensors + detectron2_conv(f"{name}.conv1", width, into, 3) + detectron2_conv(f"{name}.conv2", width, width, 3)
    return (tensors + detectron2_conv(f"{name}.conv1", width, into, 1)
            + detectron2_conv(f"{name}.conv2", width, width, 3) + detectron2_conv(f"{name}.conv3", out, width, 1))


def detectron2_lists():
    stems = {"b": (64, False), "c": (64, True), "s": (128, True)}
    for depth, blocks in DEPTHS.items():
        for letter, (channels, deep) in stems.items():
            if deep and depth < 50:
                continue  # the DeepLab project builds depths 50, 101 and 152
            tensors = detectron2_stem(channels, deep)
            into = channels
            for stage, count in enumerate(blocks):
                width = 64 << stage
                out = width if depth < 50 else 4 * width
                for block in range(count):
                    tensors += detectron2_block(f"res{stage + 2}.{block}", into, width, out, into != out)
                    into = out
            yield f"resnet{depth}v1_{letter}", tensors


def keras_conv(name, kernel, into, out, norm):
    return ([(f"{name}/kernel:0", [kernel, kernel, into, out])]
            + [(f"{norm}/{leaf}:0", [out]) for leaf in ("gamma", "beta", "moving_mean", "moving_variance")])


def keras_lists():
    for depth in (50, 101):
        for letter in "bs":
            if letter == "b":
                tensors, into = keras_conv("conv1_conv", 7, 3, 64, "conv1_bn"), 64
            else:
                tensors = (keras_conv("conv1_3x3_stem1", 3, 3, 64, "conv1_3x3_1_bn")
                           + keras_conv("conv1_3x3_stem2", 3, 64, 64, "conv1_3x3_2_bn")
                           + keras_conv("conv1_3x3_stem3", 3, 64, 128, "conv1_bn"))
                into = 128
            for stage, count in enumerate(DEPTHS[depth]):
                width = 64 << stage
                for block in range(1, count + 1):
                    name = f"conv{stage + 2}_block{block}"
                    layers = [(0, 1, into, 4 * width)] if block == 1 else []
                    layers += [(1, 1, into, width), (2, 3, width, width), (3, 1, width, 4 * width)]
                    for number, kernel, channels, out in layers:
                        tensors += keras_conv(f"{name}_{number}_conv", kernel, channels, out, f"{name}_{number}_bn")
                    into = 4 * width
            yield f"resnet{depth}v1_{letter}", tensors + [("logits/kernel:0", [into, CLASSES]), ("logits/bias:0", [CLASSES])]


def darknet_lists():
    tensors = []
    layer = -1

    def convolution(into, out, kernel):
        nonlocal layer
        layer += 1
        for array in ("biases", "scales", "rolling_mean", "rolling_variance"):
            tensors.append((f"{layer}.{array}", [out]))
        tensors.append((f"{layer}.weights", [out, into, kernel, kernel]))

    convolution(3, 32, 3)
    channels = 32
    for blocks in (1, 2, 8, 8, 4):
        convolution(channels, 2 * channels, 3)
        channels *= 2
        for _ in range(blocks):
            convolution(channels, channels // 2, 1)
            convolution(channels // 2, channels, 3)
            layer += 1  # shortcut
    assert layer == 74, "darknet53.conv.74 ends with the last shortcut"
    yield "darknet53", tensors


def is_head(name):
    return name.startswith(("logits/", *HEADS))


def lines(tensors):
    """The text of a list, with normalisations on one line."""
    result = []
    i = 0
    while i < len(tensors):
        name, sizes = tensors[i]
        prefix = name[:-len(NORM[0])]
        names = [tensor[0] for tensor in tensors[i:i + 5]]
        four = [prefix + leaf for leaf in NORM]
        if names == [*four, prefix + "num_batches_tracked"]:
            result.append(f"{prefix}* {sizes[0]}")
            i += 5
        elif names[:4] == four:
            result.append(f"{prefix}+ {sizes[0]}")
            i += 4
        else:
            result.append(" ".join([name, *("N" if size == CLASSES else str(size) for size in sizes)]))
            i += 1
    return "".join(line + "\n" for line in result)


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    files = {}  # text -> file
    index = []

    def store(text, name):
        if text not in files:
            files[text] = name
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(text)
        return files[text]

    for program in ("timm", "torchvision", "mmdet", "mmpretrain", "detectron2", "keras", "darknet"):
        for network, tensors in globals()[f"{program}_lists"]():
            body = [tensor for tensor in tensors if not is_head(tensor[0])]
            head = [tensor for tensor in tensors if is_head(tensor[0])]
            prefix = "backbone." if all(name.startswith("backbone.") for name, _ in body) else ""
            body = [(name[len(prefix):], sizes) for name, sizes in body]
            row = [program, network, prefix or "-", store(lines(body), f"{program}/{network}.txt")]
            if head:
                row.append(store(lines(head), f"{program}/head_of_{network}.txt"))
            index.append(" ".join(row) + "\n")
    (ROOT / "index.txt").write_text("".join(index))


if __name__ == "__main__":
    main()
