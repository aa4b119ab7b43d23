"""Makes tests/golden/io/python.safetensors with the reference package (pip install safetensors torch).

The values are small numbers that every element type holds exactly; tests/io/safetensors_test.cpp
states them again. Tolerance: none, equal bit for bit.
"""
import pathlib

import torch
from safetensors.torch import save_file

tensors = {
    "float32": torch.arange(6, dtype=torch.float32).reshape(2, 3) * 0.5 - 1,
    "float64": torch.tensor([1.0 / 3.0], dtype=torch.float64),
    "float16": torch.tensor([0.25, -2.0], dtype=torch.float16),
    "bfloat16": torch.tensor([3.0, -0.5], dtype=torch.bfloat16),
    "counter": torch.tensor(1234567890123, dtype=torch.int64),
    "empty": torch.zeros(0, 4),
}
path = pathlib.Path(__file__).parent / "io" / "python.safetensors"
save_file(tensors, path, metadata={"format": "pt", "made_by": "python"})
path.chmod(0o644)
