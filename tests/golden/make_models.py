"""Makes tests/golden/models: what timm's models are called inside and what they answer.

Run from the project's root: python tests/golden/make_models.py [NAME...]
(needs torch, timm and numpy; NAMEs make only these models' answers)

keys_NAME.txt   one line per parameter and buffer: name, then its sizes
NAME.json       logits, loss, gradients and statistics of one training step and the losses of twenty,
                in fp64, on weights, pictures and labels that tests/support/hashed_values.h makes as
                this file does, so that only the answers are stored; feature maps of features_only.
                original_NAME.json: the same of the network that aws-samples' train_backbone.py
                computes, put together from timm's layers.
table.json      parameters and multiply-adds (counted by hooks) at the sizes models are meant for
"""

import copy
import functools
import json
import pathlib
import sys
from collections.abc import Iterator

import numpy
import timm
import torch
from timm.layers import Conv2dSame
from timm.layers.pool2d_same import MaxPool2dSame

FOLDER = pathlib.Path(__file__).parent / "models"
MASK = (1 << 64) - 1
LEAKY = functools.partial(torch.nn.LeakyReLU, negative_slope=0.1)
MODELS = {f"resnet{depth}v1_{letter}": (f"resnet{depth}{suffix}", {})
          for depth in (18, 34, 50, 101) for letter, suffix in (("b", ""), ("c", "c"), ("d", "d"))}
# timm has no 18- and 34-layer "c": the deep stem of its 50-layer one.
DEEP = {"stem_type": "deep", "stem_width": 32}
MODELS["resnet18v1_c"] = ("resnet18", DEEP)
MODELS["resnet34v1_c"] = ("resnet34", DEEP)
MODELS["hrnet_w18c"] = ("hrnet_w18", {})
MODELS["hrnet_w32c"] = ("hrnet_w32", {})
MODELS["darknet53"] = ("darknet53", {"act_layer": LEAKY})
ORIGINALS = ["resnet50v1_b", "resnet50v1_d", "hrnet_w18c", "darknet53"]
STEPS = 20
RATES = [10.0**-exponent for exponent in range(4, 11)]
MOMENTUM, DECAY = 0.9, 1e-4
CLASSES = 10
SMOOTHING = 0.1


def fnv1a(text: str) -> int:
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def hashed(name: str, count: int) -> numpy.ndarray:
    """Values in [-1, 1): splitmix64 of the name's FNV-1a hash plus the index, 53 bits."""
    with numpy.errstate(over="ignore"):
        x = numpy.uint64(fnv1a(name)) + (numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(1)) * numpy.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        x = x ^ (x >> numpy.uint64(31))
    return (x >> numpy.uint64(11)).astype(numpy.float64) * 2.0**-52 - 1.0


def hashed_state(name: str, tensor: torch.Tensor) -> torch.Tensor:
    values = torch.from_numpy(hashed(name, tensor.numel())).reshape(tensor.shape)
    if tensor.dim() > 1:
        return values * float(numpy.sqrt(6.0 / (tensor.numel() // tensor.shape[0])))
    if name.endswith(("running_var", "weight")):
        return 1.0 + 0.5 * values
    return 0.25 * values


def fill(model: torch.nn.Module) -> None:
    state = {name: value if value.dtype == torch.long else hashed_state(name, value)
             for name, value in model.state_dict().items()}
    model.load_state_dict(state)


def samples(tensor: torch.Tensor) -> list[float]:
    flat = tensor.detach().reshape(-1)
    count = flat.numel()
    return [float(flat[i]) for i in (0, count // 3, count // 2, count - 1)]


def described(tensor: torch.Tensor) -> dict:
    return {"norm": float(tensor.detach().norm()), "samples": samples(tensor)}


def make(name: str, **more) -> torch.nn.Module:
    timm_name, arguments = MODELS[name]
    return timm.create_model(timm_name, pretrained=False, **arguments, **more)


def make_original(name: str) -> torch.nn.Module:
    """As aws-samples' program: "SAME" padding, stem 64-64-128 and no averaging in c and d, a ReLU
    before HRNet's upsampling, DarkNet without its stem."""
    if name == "resnet50v1_d":
        model = timm.create_model("resnet50s", num_classes=CLASSES)
    else:
        model = make(name, num_classes=CLASSES)
    if name == "darknet53":
        model.stem = torch.nn.Identity()
        model.stages[0].conv_down.conv = torch.nn.Conv2d(3, 64, 3, 2, 1, bias=False)
    for path, module in list(model.named_modules()):
        parent = model.get_submodule(path.rpartition(".")[0])
        child = path.rpartition(".")[2]
        if isinstance(module, torch.nn.Conv2d) and module.stride == (2, 2) and module.kernel_size == (3, 3):
            setattr(parent, child, Conv2dSame(module.in_channels, module.out_channels, 3, 2, 0,
                                              bias=module.bias is not None))
        elif isinstance(module, torch.nn.MaxPool2d):
            setattr(parent, child, MaxPool2dSame(3, 2))
        elif isinstance(module, torch.nn.Upsample):
            setattr(parent, child, torch.nn.Sequential(torch.nn.ReLU(), module))
    return model


def loss_of(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(model(images), labels, label_smoothing=SMOOTHING)


def training_steps(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor,
                   rate: float, noise: float) -> Iterator[float]:
    """Losses of STEPS steps from the hashed weights, each of which is changed by the share `noise`."""
    fill(model)
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            if noise == 0:
                break
            signs = torch.from_numpy(hashed(f"noise{number}", parameter.numel())).sign()
            parameter.mul_(1 + noise * signs.reshape(parameter.shape))
    groups = [{"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": DECAY},
              {"params": [p for p in model.parameters() if p.dim() <= 1], "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=rate, momentum=MOMENTUM, nesterov=True)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model, images, labels)
        loss.backward()
        optimizer.step()
        yield float(loss)


def curve_if_stable(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor,
                    rate: float) -> list[float] | None:
    """The losses, or nothing as soon as those after a change in the last bit are others."""
    losses = []
    changed = training_steps(copy.deepcopy(model), images, labels, rate, 1e-15)
    for loss, again in zip(training_steps(model, images, labels, rate, 0), changed):
        if not abs(loss - again) / loss < 1e-8:
            return None
        losses.append(loss)
    return losses


def stable_curve(model: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> dict:
    """The curve at the largest rate at which Python agrees with itself after a change in the last bit.

    These networks with four small pictures are so sensitive that at larger rates rounding alone, in any
    program, changes every digit within twenty steps; a comparison would then tell nothing.
    """
    for rate in RATES:
        losses = curve_if_stable(model, images, labels, rate)
        if losses is not None:
            break
    else:
        raise RuntimeError("no rate gives a stable curve")
    if max(abs(loss - losses[0]) / losses[0] for loss in losses) < 1e-3:
        raise RuntimeError("the curve is flat: it would not tell a wrong optimizer")
    return {"rate": rate, "momentum": MOMENTUM, "decay": DECAY, "losses": losses}


def answers(model: torch.nn.Module, height: int, width: int) -> dict:
    batch = 4
    model = model.double()
    fill(model)
    images = torch.from_numpy(hashed("images", batch * 3 * height * width)).reshape(batch, 3, height, width)
    labels = torch.tensor([(3 * i + 1) % CLASSES for i in range(batch)])
    model.eval()
    with torch.no_grad():
        logits = model(images)
    model.train()
    loss = loss_of(model, images, labels)
    loss.backward()
    gradients = {name: described(p.grad) for name, p in model.named_parameters()}
    statistics = {name: described(b) for name, b in model.named_buffers() if b.dtype != torch.long}
    return {"batch": batch, "height": height, "width": width, "classes": CLASSES,
            "label_smoothing": SMOOTHING, "eval_logits": logits.reshape(-1).tolist(),
            "loss": float(loss), "gradients": gradients, "statistics": statistics} | stable_curve(model, images, labels)


def feature_answers(name: str, height: int, width: int) -> list[dict]:
    """The last four maps of timm's features_only (HRNet: the branches), on the same weights."""
    location = {"feature_location": ""} if name.startswith("hrnet") else {}
    model = make(name, features_only=True, **location).double().eval()
    # The wrapper renames modules: stages.0 becomes stages_0, stem.conv1 stem_conv1.
    state = {key: value if value.dtype == torch.long else
             hashed_state(key.replace("stages_", "stages.").replace("stem_", "stem."), value)
             for key, value in model.state_dict().items()}
    model.load_state_dict(state)
    images = torch.from_numpy(hashed("images", 4 * 3 * height * width)).reshape(4, 3, height, width)
    with torch.no_grad():
        maps = model(images)[-4:]
    reductions = model.feature_info.reduction()[-4:]
    return [{"stride": stride, "shape": list(map_.shape), **described(map_)}
            for stride, map_ in zip(reductions, maps)]


def cost(name: str) -> dict:
    size = 256 if name == "darknet53" else 224
    model = make(name).eval()
    total = 0

    def count(module, _, output):
        nonlocal total
        positions = output.shape[2] * output.shape[3] if output.dim() == 4 else 1
        total += module.weight.numel() * positions

    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(count)
    with torch.no_grad():
        model(torch.zeros(1, 3, size, size))
    return {"image_size": size, "multiply_adds": total,
            "parameters": sum(p.numel() for p in model.parameters())}


def picture_size(name: str) -> tuple[int, int]:
    if name.startswith("hrnet"):
        return 64, 32
    # Odd sizes where the shortcut averages: its last window is cut off.
    if name.endswith("_d"):
        return 65, 49
    # With four values per channel on the last map, 101 layers have no stable curve at any rate.
    return (64, 64) if name.startswith("resnet101") else (32, 32)


def write(file: str, content) -> None:
    (FOLDER / file).write_text(json.dumps(content) + "\n")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    names = sys.argv[1:] or [*MODELS, *(f"original_{name}" for name in ORIGINALS)]
    for name in names:
        if name.startswith("original_"):
            plain = name.removeprefix("original_")
            write(f"{name}.json", answers(make_original(plain), *picture_size(plain)))
            continue
        size = picture_size(name)
        write(f"{name}.json", answers(make(name, num_classes=CLASSES), *size)
              | {"features": feature_answers(name, *size)})
    for name in MODELS:
        lines = [" ".join([key, *map(str, value.shape)]) for key, value in make(name).state_dict().items()]
        (FOLDER / f"keys_{name}.txt").write_text("\n".join(lines) + "\n")
    write("table.json", {name: cost(name) for name in MODELS})


if __name__ == "__main__":
    main()
