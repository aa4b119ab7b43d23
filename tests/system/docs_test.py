#!/usr/bin/env python3
"""What the documentation says of options is what the program declares.

Usage: docs_test.py PROGRAM
docs/options.md is what `guide markdown` prints, to the byte; every --option that a text names is one
of a command; command lines in code are ones that the program takes; the README's defaults are the
program's; the shells take their scripts; man takes the manual page.
"""

import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = sorted(path for path in ROOT.rglob("*.md")
               if not {"build", "shared"} & set(path.relative_to(ROOT).parts)
               and path.name != "CHANGELOG.md" and path != ROOT / "docs/options.md")
# Options of other programs that the texts name: mpirun, docker, cmake, ctest, scripts, measurements.
FOREIGN = set("""bind-to oversubscribe allow-run-as-root tag-output np tmpfs user read-only rm pull ipc
    shm-size ulimit gpus cpus cpuset-cpus build-arg entrypoint init network name stop-timeout
    stop-signal install prefix preset build parallel gtest_filter logdir cuda cuda12 slow mpi
    snake_case kebab-case like-this count trials first rounds help version print_config""".split())
# Defaults that the README puts into words.
WORDS = {"compute_threads": "the cores"}
LONGEST = 30  # seconds that a shell may take to complete a word

program = ""


def output(*arguments: str) -> str:
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def options_by_command() -> dict[str, dict[str, str]]:
    """Default by option by command."""
    found: dict[str, dict[str, str]] = {}
    for section in output("guide", "markdown").split("\n## ")[1:]:
        rows = re.findall(r"(?m)^\| `(?:-\w+, )?--(\w+)` \| `?(.*?)`? \|", section)
        found[section.split("\n")[0]] = dict(rows)
    return found


def code_of(text: str) -> list[str]:
    """The lines of code blocks, whole where \\ continues them, and code within sentences."""
    blocks = re.findall(r"(?ms)^```\n(.*?)^```", text)
    spans = re.findall(r"`([^`]+)`", re.sub(r"(?ms)^```\n.*?^```", "", text))
    lines = [line for block in blocks for line in block.replace("\\\n", " ").split("\n")]
    return lines + [" ".join(span.split()) for span in spans]


def command_lines(code: str, commands: set[str]) -> list[list[str]]:
    """The words behind the program's name, or an image's, where it is started."""
    found = []
    for name in re.finditer(r"(?<![\w.-])(?<!-t )(?<!--name )train_backbone(:\w+)?(?= )", code):
        line = re.split(r" (?=[|&;>#])|[;)]", code[name.end():])[0]
        words = [word for word in shlex.split(line) if word != "..."]
        if words and (words[0] in commands or words[0].startswith("--")):
            found.append(words)
    return found


class Docs(unittest.TestCase):
    def test_the_guide_to_options_is_that_of_the_program(self):
        written = (ROOT / "docs/options.md").read_text()
        self.assertEqual(written, output("guide", "markdown"),
                         "make it again: train_backbone guide markdown > docs/options.md")

    def test_every_option_that_a_text_names_exists(self):
        known = {name for options in options_by_command().values() for name in options} | FOREIGN
        for path in TEXTS:
            for name in set(re.findall(r"(?<![\w-])--([a-z][a-z0-9_-]*)", path.read_text())):
                with self.subTest(text=str(path.relative_to(ROOT)), option=name):
                    self.assertTrue(name in known or name.replace("-", "_") in known)

    def test_the_program_takes_every_line_of_the_texts(self):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("TRAIN_BACKBONE_")}
        commands = set(options_by_command())
        lines = {(path, *words) for path in TEXTS for code in code_of(path.read_text())
                 for words in command_lines(code, commands)}
        self.assertGreater(len(lines), 40)
        for path, *words in sorted(lines):
            with self.subTest(text=str(path.relative_to(ROOT)), line=" ".join(words)):
                done = subprocess.run([program, *words, "--print_config"], env=environment,
                                      capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_readme_has_the_defaults_of_the_program(self):
        declared = options_by_command()["train"]
        text = (ROOT / "README.md").read_text().split("\n## Options\n")[1].split("\n## ")[0]
        compared = 0
        for names, defaults in re.findall(r"(?m)^\| (`-.*?) \| ?(.*?) ?\|", text):
            options = [name for name in re.findall(r"-(\w+)", names) if name in declared]
            values = defaults.split(", ") if len(options) > 1 else [defaults]
            for option, value in zip(options, values):
                default = declared[option]
                if default in ("", "required", "false") and not value:
                    continue
                if not default:
                    continue  # the README may say what the program derives
                with self.subTest(option=option):
                    self.assertEqual(len(options), len(values))
                    self.assertEqual(value, WORDS.get(option, default))
                    compared += 1
        self.assertGreater(compared, 20)

    def test_every_text_says_the_same_of_which_source_wins(self):
        order = re.search(r"(?m)^default < .* < command line", output("guide", "markdown"))[0]
        for text in ((ROOT / "README.md").read_text(), output("train", "--help")):
            self.assertIn(f"\n{order}", text)

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

    def completed_by_zsh(self, setup: str, line: str, end: str) -> None:
        """`line` and a tab make zsh write `end`."""
        process, terminal = pty.fork()
        if process == 0:
            os.execvp("zsh", ["zsh", "-f", "-i"])
        shown, typed, begin = "", False, time.monotonic()
        os.write(terminal, f"PS1='READ''Y '; {setup}\n".encode())
        try:
            while end not in shown and time.monotonic() - begin < LONGEST:
                if not typed and "READY " in shown:
                    os.write(terminal, f"{line}\t".encode())
                    typed = True
                if select.select([terminal], [], [], 0.1)[0]:
                    shown += os.read(terminal, 4096).decode(errors="replace")
        finally:
            os.close(terminal)
            os.waitpid(process, 0)
        self.assertIn(end, shown)

    @unittest.skipIf(shutil.which("zsh") is None, "no zsh here")
    def test_zsh_completes_sourced_and_autoloaded(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "_train_backbone"
            script.write_text(output("completion", "zsh"))
            begin = "autoload -U compinit; compinit -u -D"
            for setup in (f"{begin}; source {script}", f"fpath=({folder} $fpath); {begin}"):
                for line, end in (("train_backbone ben", "benchmark"),
                                  ("train_backbone export --backb", "--backbone_only"),
                                  ("train_backbone --schedule piecewise_s", "piecewise_short"),
                                  ("train_backbone --model darkn", "darknet53")):
                    with self.subTest(setup=setup, line=line):
                        self.completed_by_zsh(setup, line, end)


def main() -> None:
    global program
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
