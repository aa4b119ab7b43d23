#!/usr/bin/env python3
"""What the documentation says of options is what the program declares.

Usage: docs_test.py PROGRAM
docs/options.md is what `guide markdown` prints, to the byte; every --option that the README and
docs/*.md name is one of a command; the shells take their scripts; man takes the manual page.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Options of other programs that the texts name: mpirun, docker, scripts, ctest, cmake.
FOREIGN = {"bind-to", "tmpfs", "user", "read-only", "rm", "pull", "oversubscribe",
           "allow-run-as-root", "tag-output", "np", "ipc", "shm-size", "snake_case", "kebab-case",
           "ulimit", "gpus", "cpus", "cpuset-cpus", "logdir", "slow", "preset", "mpi"}

program = ""


def output(*arguments: str) -> str:
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


class Docs(unittest.TestCase):
    def test_the_guide_to_options_is_that_of_the_program(self):
        written = (ROOT / "docs/options.md").read_text()
        self.assertEqual(written, output("guide", "markdown"),
                         "make it again: train_backbone guide markdown > docs/options.md")

    def test_every_option_that_a_text_names_exists(self):
        known = set(re.findall(r"--([a-z0-9_]+)", output("guide", "markdown")))
        known |= {"help", "version", "print_config", "like_this"}
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            text = path.read_text()
            for name in set(re.findall(r"(?<![\w-])--([a-z][a-z0-9_-]*)", text)):
                if name in FOREIGN or name.replace("-", "_") in known:
                    continue
                self.fail(f"{path.name} names --{name}, which no command has")

    def test_every_command_that_the_readme_names_exists(self):
        commands = set(re.findall(r"(?m)^## (\w+)$", output("guide", "markdown")))
        for name in set(re.findall(r"(?m)^(?:mpirun .* )?train_backbone ([a-z]+)\b",
                                   (ROOT / "README.md").read_text())):
            self.assertIn(name, commands)

    def test_shells_and_man_take_what_is_made_for_them(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "script"
            for shell in ("bash", "zsh", "fish"):
                if shutil.which(shell) is None:
                    continue
                script.write_text(output("completion", shell))
                subprocess.run([shell, "-n", script], check=True)
            if shutil.which("groff"):
                script.write_text(output("guide", "man"))
                done = subprocess.run(["groff", "-man", "-Tascii", "-ww", script], check=True,
                                      capture_output=True, text=True)
                self.assertEqual(done.stderr, "")


def main() -> None:
    global program
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
