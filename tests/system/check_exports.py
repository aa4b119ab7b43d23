"""Exports weights with the built program and reads them as their programs do.

    python tests/system/check_exports.py BUILD/train_backbone [NETWORK ...]

Needs torch, torchvision, timm, safetensors and h5py; where mmdet, mmpretrain or keras are installed, these
read their files, too. Per network the weights are those of a timm model with random values, statistics and
counters. Checked:
    .pth and .safetensors  torch.load(weights_only=True) and safetensors give the same values
    timm, torchvision      the printed snippet, run as it is, makes networks with bitwise the same answers
    mmdet, mmpretrain      the backbone of the printed snippet loads them with strict=True
    .h5                    h5py gives the same values, height-width-in-out; Keras loads it by name
Ends with 0 when all is equal. Run by the slow lane where TRAIN_BACKBONE_PYTHON is set.
"""
import collections
import functools
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "torch")

import h5py
import numpy
import timm
import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))

INSTALLED = {name for name in ("mmdet", "mmpretrain", "keras") if importlib.util.find_spec(name)}
CLASSES = 10
LEAKY = functools.partial(torch.nn.LeakyReLU, negative_slope=0.1)
DEEP = {"stem_type": "deep", "stem_width": 32}
# network -> timm's model, its options, whether it stands for --compat aws
NETWORKS = {
    "resnet18v1_b": ("resnet18", {}, False), "resnet18v1_c": ("resnet18", DEEP, False),
    "resnet18v1_d": ("resnet18d", {}, False), "resnet50v1_b": ("resnet50", {}, False),
    "resnet50v1_c": ("resnet50c", {}, False), "resnet50v1_d": ("resnet50d", {}, False),
    "resnet101v1_b": ("resnet101", {}, False), "hrnet_w18c": ("hrnet_w18", {}, False),
    "hrnet_w32c": ("hrnet_w32", {}, False), "darknet53": ("darknet53", {"act_layer": LEAKY}, False),
    "resnet50v1_b aws": ("resnet50", {}, True), "resnet50v1_d aws": ("resnet50s", {}, True),
}


def random_model(name, options):
    model = timm.create_model(name, num_classes=CLASSES, **options).eval()
    generator = torch.Generator().manual_seed(len(name))
    for key, value in model.state_dict().items():
        if value.is_floating_point():
            noise = torch.rand(value.shape, generator=generator)
            value.add_(noise * (0.05 if value.dim() == 1 else 0.001))
        else:
            value.fill_(1234567890123)
    return model


class Exports:
    def __init__(self, program, network, folder):
        self.program, self.folder = program, folder
        name, options, self.original = NETWORKS[network]
        self.network = network.split()[0]
        self.model = random_model(name, options)
        self.state = self.model.state_dict()
        self.weights = folder / "weights.safetensors"
        save_file(self.state, self.weights)

    def export(self, target, file, *more):
        """The file and the printed snippet; None where the program has no such network."""
        output = self.folder / file
        line = [self.program, "export", "--weights", self.weights, "--model", self.network, "--for", target,
                "--output", output, "--verify", "--compat", "aws" if self.original else "none", *more]
        result = subprocess.run([str(word) for word in line], capture_output=True, text=True)
        if result.returncode == 2 and " its weights can go to " in result.stderr:
            return None, None
        assert result.returncode == 0, result.stderr
        text, last = result.stdout.rstrip("\n").rsplit("\n", 1)
        assert json.loads(last)["verified"]
        return output, text.split("\n\n", 1)[1] + "\n"


def multiset(tensors):
    """Shapes and bytes, whatever the names."""
    return collections.Counter((tuple(value.shape), numpy.ascontiguousarray(value).tobytes()) for value in tensors)


def assert_subset(read, exports, keep):
    """The values read are those of our tensors for which keep(name) holds."""
    wanted = multiset(value.numpy() for key, value in exports.state.items() if keep(key))
    assert multiset(read) == wanted, "other values"


def is_head(key):
    return key.startswith(("fc.", "head.", "classifier.", "incre_modules.", "downsamp_modules.", "final_layer."))


def check_timm(exports):
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    for file in ("timm.safetensors", "timm.pth"):
        output, snippet = exports.export("timm", file, *(["--force"] if exports.original else []))
        read = load_file(output) if file.endswith("s") else torch.load(output, weights_only=True)
        assert list(sorted(read)) == list(sorted(exports.state))
        assert all(torch.equal(read[key], value) for key, value in exports.state.items())
        made = {}
        exec(snippet, made)
        with torch.no_grad():
            answers = exports.model(images)
            assert answers.isfinite().all() and torch.equal(made["classifier"].eval()(images), answers)
            maps = made["backbone"].eval()(images)
        assert [str(map.shape[1]) for map in maps] == snippet.split("channels [")[1].split("]")[0].split(", ")
    return "timm"


def check_torchvision(exports):
    for file in ("tv.pth", "tv.safetensors"):
        output, snippet = exports.export("torchvision", file, *(["--force"] if exports.original else []))
        if output is None:
            return None
        made = {}
        exec(snippet, made)
        images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            torch.testing.assert_close(made["classifier"].eval()(images), exports.model(images), rtol=0, atol=0)
        body = made["backbone"].body.state_dict()
        assert all(torch.equal(value, exports.state[key]) for key, value in body.items())
    return "torchvision"


def check_open_mmlab(exports, program):
    output, snippet = exports.export(program, f"{program}.pth", *(["--force"] if exports.original else []))
    if output is None:
        return None
    read = torch.load(output, weights_only=True)
    without_head = program == "mmdet" or exports.network.startswith("hrnet")
    assert_subset([value.numpy() for value in read.values()], exports, lambda key: not (without_head and is_head(key)))
    if program not in INSTALLED:
        return program + " (values only)"
    backbone = open_mmlab(program)
    made = {}
    exec(snippet, made)
    options = {key: value for key, value in made["model"]["backbone"].items() if key != "init_cfg"}
    module = backbone(options["type"].lower(), options.pop("type"))(**options)
    prefix = "" if program == "mmdet" else "backbone."
    state = {key[len(prefix):]: value for key, value in read.items() if key.startswith(prefix)}
    module.load_state_dict(state, strict=True)
    module.eval()  # answers nothing in mmdet
    with torch.no_grad():
        maps = module(torch.rand(1, 3, 64, 64))
    channels = [map.shape[1] for map in maps]
    if program == "mmdet":
        assert sorted(channels) == sorted(made["model"]["neck"]["in_channels"])
    return program


@functools.cache
def open_mmlab(program):
    import make_key_lists
    return make_key_lists.open_mmlab(program, {"layers": ("res_layer", ["ResLayer"])} if program == "mmdet" else {})


def check_detectron2(exports):
    output, _ = exports.export("detectron2", "d2.pth", *(["--force"] if exports.original else []))
    if output is None:
        return None
    read = torch.load(output, weights_only=True)
    assert_subset([value.numpy() for value in read.values()], exports,
                  lambda key: not is_head(key) and not key.endswith("num_batches_tracked"))
    return "detectron2"


def check_keras(exports):
    if not exports.original:
        return None
    output, _ = exports.export("keras", "keras.h5")
    read = {}
    with h5py.File(output) as file:
        assert file.attrs["backend"].decode() == "tensorflow"
        for layer in file.attrs["layer_names"]:
            group = file[layer.decode()]
            for name in group.attrs["weight_names"]:
                read[name.decode()] = group[name.decode()][:]
    ours = [value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T for value in read.values()]
    assert_subset(ours, exports, lambda key: not key.endswith("num_batches_tracked"))
    if "keras" not in INSTALLED:
        return "keras (h5py only)"
    load_with_keras(output, read)
    return "keras"


def load_with_keras(path, read):
    """A Keras model with the layers of the file, side by side, loads it by name."""
    import keras
    inputs, outputs = [], []
    for name, value in read.items():
        layer, variable = name.split("/")
        if variable == "kernel:0" and value.ndim == 4:
            inputs.append(keras.Input((8, 8, value.shape[2])))
            outputs.append(keras.layers.Conv2D(value.shape[3], value.shape[0], use_bias=False, name=layer)(inputs[-1]))
        elif variable == "kernel:0":
            inputs.append(keras.Input((value.shape[0],)))
            outputs.append(keras.layers.Dense(value.shape[1], name=layer)(inputs[-1]))
        elif variable == "gamma:0":
            inputs.append(keras.Input((8, 8, value.shape[0])))
            outputs.append(keras.layers.BatchNormalization(name=layer)(inputs[-1]))
    model = keras.Model(inputs, outputs)
    model.load_weights(path, by_name=True)
    for name, value in read.items():
        layer, variable = name.split("/")
        loaded = getattr(model.get_layer(layer), variable.removesuffix(":0"))
        assert numpy.array_equal(keras.ops.convert_to_numpy(loaded), value), name


def main():
    program, *networks = sys.argv[1:]
    for network in networks or NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            exports = Exports(program, network, pathlib.Path(folder))
            done = [check_timm(exports), check_torchvision(exports), check_open_mmlab(exports, "mmdet"),
                    check_open_mmlab(exports, "mmpretrain"), check_detectron2(exports), check_keras(exports)]
        print(f"{network}: {', '.join(name for name in done if name)}", flush=True)


if __name__ == "__main__":
    main()
