"""Makes tests/golden/io/python.pth with torch.save: what Python itself writes (pip install torch).

The values stand again in tests/io/export/readers_test.cpp. Tolerance: none, equal bit for bit.
"""
import pathlib

import torch

tensors = {
    "float32": torch.arange(6, dtype=torch.float32).reshape(2, 3) * 0.5 - 1,
    "float16": torch.tensor([0.25, -2.0], dtype=torch.float16),
    "counter": torch.tensor(1234567890123, dtype=torch.int64),
}
path = pathlib.Path(__file__).parent / "io" / "python.pth"
torch.save(tensors, path)
path.chmod(0o644)
