#!/usr/bin/env python3
"""What scripts/bench_gpu writes, with a program in the place of ours that only says figures.

Usage: bench_gpu_test.py (needs Python's standard library alone)
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/bench_gpu"
# As of a GPU without TF32 whose peak in fp32 is not known.
PROGRAM = """#!/usr/bin/env python3
import json, sys
words = sys.argv
precision = words[words.index("--precision") + 1] if "--precision" in words else "bf16"
if precision == "tf32":
    sys.exit("error: no TF32 here")
known = precision != "fp32"
print(json.dumps({
    "images_per_second": 8000, "milliseconds": 32, "milliseconds_p10": 31.5,
    "milliseconds_p90": 33, "memory_mib": 20000, "utilisation": 0.198 if known else None,
    "floor_milliseconds": 20.44 if known else None, "floor_share": 0.6388 if known else None,
    "bytes_per_image": 344000000, "precision": precision,
    "cuda_graph": True, "device": "cuda:0, a GPU"}))
"""


class BenchGpuTest(unittest.TestCase):
    def test_the_table_has_a_cell_for_each_column_and_tells_the_floor(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "program"
            program.write_text(PROGRAM)
            program.chmod(0o755)
            done = subprocess.run(
                [sys.executable, SCRIPT, "--program", program, "--output", folder, "--models",
                 "resnet50v1_b", "darknet53"], check=True, capture_output=True, text=True)
            rows = json.loads((pathlib.Path(folder) / "gpu.json").read_text())
        table = [[cell.strip() for cell in line.split("|")[1:-1]]
                 for line in done.stdout.splitlines() if line.startswith("|")]
        head, _, *body = table
        self.assertEqual(len(body), len(rows))
        self.assertEqual({len(cells) for cells in table}, {len(head)})
        floors = {cells[1]: cells[head.index("floor, ms (reached)")] for cells in body}
        self.assertEqual(floors["auto"], "20.44 (64 %)")
        self.assertEqual(floors["fp32"], "")
        self.assertEqual(rows[0]["floor_share"], 0.6388)
        self.assertIn("exit code 1: error: no TF32 here", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
