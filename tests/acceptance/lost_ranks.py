#!/usr/bin/env python3
"""Kills, stops, or makes exit or throw one of four ranks at a random moment, again and again.

Each trial starts a short training run under mpirun or by torchrun-style variables and strikes one
rank while the run starts, trains, validates or saves. Then must hold: all other ranks end within
the heartbeat time-out + 5 s (ranks that have not met yet: within the minute that they wait for each
other) with exit code 4, a message names the struck rank (before they have met under MPI: tells that
one is missing), no process is left, every checkpoint is whole, and --resume_from auto goes on to
the same bits as a run that was never struck.
"""

import argparse
import collections
import dataclasses
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tiny_shards  # noqa: E402
from rank_job import RankJob  # noqa: E402

RANKS = 4
HEARTBEAT = 3
GRACE = 5
MEETING = 60  # how long ranks wait for each other before there are heartbeats
LONGEST_RUN = 180
TRAINING_PICTURES, VALIDATION_PICTURES = 36, 13
STEPS = 9
EPOCH_ENDS = (5, 9)  # steps that validation follows: 4.5 per epoch
LAUNCHERS = ("mpirun", "variables")
PHASES = ("start", "train", "validate", "save")
STRIKES = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP,
           "exit": signal.SIGRTMIN + 1, "throw": signal.SIGRTMIN + 2}  # as in strike.cpp


@dataclasses.dataclass
class Setup:
    program: str
    preload: str
    options: list[str]
    work: pathlib.Path
    weights: bytes = b""         # of the run that nothing disturbs
    start_seconds: float = 0.0   # until its first step
    step_seconds: float = 0.0

    def command(self, run: pathlib.Path) -> list[str]:
        return [self.program, "train", *self.options, "--model_dir", str(run),
                "--resume_from", "auto"]


def options(shards: list[str]) -> list[str]:
    return [*shards, "--model", "resnet18v1_b", "--num_classes", "10", "--train_image_size", "32",
            "--eval_image_size", "32", "--warmup_epochs", "0.5", "--learning_rate", "0.2",
            "--num_epochs", "2", "--global_batch_size", "8", "--max_steps", str(STEPS),
            "--log_every_steps", "1", "--checkpoint_every_steps", "2", "--compute_threads", "1",
            "--workers", "1", "--heartbeat_timeout", str(HEARTBEAT)]


def steps_done(run: pathlib.Path) -> int:
    try:
        return (run / "metrics.jsonl").read_text().count('"kind":"interval"')
    except OSError:
        return 0


def saving(run: pathlib.Path) -> bool:
    try:
        return any(".tmp-" in name for name in os.listdir(run / "checkpoints"))
    except OSError:
        return False


def wait_until(job: RankJob, happened) -> None:
    while not happened() and not job.has_ended():
        time.sleep(0.001)


def await_moment(setup: Setup, job: RankJob, run: pathlib.Path, phase: str,
                 draw: random.Random) -> None:
    if phase == "start":
        time.sleep(draw.uniform(0, setup.start_seconds))
        return
    if phase == "save":
        step = draw.choice((1, 3, 5, 7))
        wait_until(job, lambda: steps_done(run) >= step)
        wait_until(job, lambda: saving(run))
        time.sleep(draw.uniform(0, 0.15))
        return
    step = draw.choice(EPOCH_ENDS) if phase == "validate" else draw.randrange(1, STEPS)
    wait_until(job, lambda: steps_done(run) >= step)
    time.sleep(draw.uniform(0, setup.step_seconds))


def undisturbed(setup: Setup, launcher: str) -> bytes:
    run = setup.work / f"whole-{launcher}"
    run.mkdir()
    job = RankJob(launcher, RANKS, setup.command(run / "run"), run)
    begin = time.monotonic()
    wait_until(job, lambda: steps_done(run / "run") >= 1)
    first = time.monotonic()
    wait_until(job, lambda: steps_done(run / "run") >= 4)
    setup.start_seconds = max(setup.start_seconds, first - begin)
    setup.step_seconds = max(setup.step_seconds, (time.monotonic() - first) / 3)
    if not job.wait(LONGEST_RUN) or any(process.returncode for process in job.processes):
        job.end()
        sys.exit(f"error: the undisturbed run failed:\n{job.errors()}")
    return (run / "run/weights/last.safetensors").read_bytes()


def strike(job: RankJob, rank: int, kind: str) -> bool:
    pid = job.rank_pid(rank)
    if pid is None:
        return False
    try:
        os.kill(pid, STRIKES[kind])
    except ProcessLookupError:
        return False
    return True


def names_rank(errors: str, rank: int) -> bool:
    patterns = (rf"rank {rank} \(",                             # this program
                rf"rank [0-9, ]*\b{rank}\b[0-9, ]* of {RANKS} did not come",  # before the ranks met
                rf"no answer from rank {rank} ",
                rf"process rank {rank} with PID",               # mpirun, on signals
                rf"Process name: \[\[\d+,\d+\],{rank}\]")       # mpirun, on exit codes
    return any(re.search(pattern, errors) for pattern in patterns)


def cannot_know_rank(errors: str) -> bool:
    """Nobody has heard of anybody yet."""
    return "MPI has not started within" in errors or "before the first heartbeat" in errors


def check_end(job: RankJob, victim: int, met: bool) -> list[str]:
    """What is wrong with the way in which the struck job ended."""
    wrong = []
    errors = job.errors()
    if not names_rank(errors, victim) and (met or not cannot_know_rank(errors)):
        wrong.append("no message names the rank")
    if job.launcher == "variables":
        codes = {rank: process.returncode for rank, process in enumerate(job.processes)
                 if rank != victim}
        if any(code != 4 for code in codes.values()):
            wrong.append(f"exit codes {codes}, not 4")
    elif job.processes[0].returncode == 0:
        wrong.append("mpirun ended with 0")
    job.remove(victim)
    time.sleep(0.05)
    if left := job.members():
        wrong.append(f"{len(left)} processes left")
    return wrong


def check_checkpoints(setup: Setup, run: pathlib.Path) -> list[str]:
    return [f"{folder.name} is damaged" for folder in sorted((run / "checkpoints").glob("step-*"))
            if subprocess.run([setup.program, "inspect", folder], capture_output=True,
                              check=False).returncode != 0]


def check_resumed(setup: Setup, launcher: str, folder: pathlib.Path) -> list[str]:
    (folder / "resumed").mkdir()
    job = RankJob(launcher, RANKS, setup.command(folder / "run"), folder / "resumed")
    if not job.wait(LONGEST_RUN):
        job.end()
        return ["the resumed run hangs"]
    if any(process.returncode for process in job.processes):
        return [f"the resumed run failed: {job.errors().strip()[-300:]}"]
    wrong = []
    if (folder / "run/weights/last.safetensors").read_bytes() != setup.weights:
        wrong.append("other weights after resuming")
    if hidden := [name for name in os.listdir(folder / "run/checkpoints") if name[0] == "."]:
        wrong.append(f"left over after resuming: {', '.join(hidden)}")
    return wrong


@dataclasses.dataclass
class Outcome:
    wrong: list[str]
    seconds: float = 0.0     # from the strike to the end of all others
    told_phase: str = "-"    # as the message has it
    too_late: bool = False   # the run had ended when it was to be struck, or did so undisturbed


def told_phase(errors: str) -> str:
    found = re.search(r"after step \d+ while (\w+)", errors)
    return found.group(1) if found else "-"


def run_trial(setup: Setup, folder: pathlib.Path, launcher: str, phase: str, kind: str, rank: int,
              draw: random.Random) -> Outcome:
    job = RankJob(launcher, RANKS, setup.command(folder / "run"), folder, setup.preload)
    try:
        await_moment(setup, job, folder / "run", phase, draw)
        begin = time.monotonic()
        struck = strike(job, rank, kind)
        met = f"{RANKS} ranks by" in job.errors()
        ended = job.wait((HEARTBEAT if met else MEETING) + GRACE, rank if struck else None)
        outcome = Outcome([], time.monotonic() - begin, told_phase(job.errors()))
        done = all(process.returncode == 0 for process in job.processes)
        if not ended:
            return Outcome(["others do not end" if met else "others do not end before they met"])
        outcome.too_late = done or not struck
        if not outcome.too_late:
            outcome.wrong = check_end(job, rank, met)
    finally:
        job.end()
    outcome.wrong += check_checkpoints(setup, folder / "run")
    if not outcome.wrong:
        outcome.wrong += check_resumed(setup, launcher, folder)
    return outcome


def print_summary(outcomes: dict[tuple[str, str, str], list[Outcome]], seed: int) -> None:
    print(f"\n{'started by':<11} {'struck while':<13} {'by':<6} {'trials':>6} {'failed':>6} "
          f"{'too late':>8} {'longest':>8}  phase told")
    for key, group in sorted(outcomes.items()):
        told = collections.Counter(outcome.told_phase for outcome in group)
        print(f"{key[0]:<11} {key[1]:<13} {key[2]:<6} {len(group):>6} "
              f"{sum(bool(outcome.wrong) for outcome in group):>6} "
              f"{sum(outcome.too_late for outcome in group):>8} "
              f"{max(outcome.seconds for outcome in group):>6.1f} s  "
              + ", ".join(f"{phase} {count}" for phase, count in told.most_common()))
    every = [outcome for group in outcomes.values() for outcome in group]
    failed = sum(bool(outcome.wrong) for outcome in every)
    print(f"{len(every)} trials, seed {seed}: {failed} failed, "
          f"{sum(outcome.too_late for outcome in every)} struck too late", flush=True)


def parse_arguments() -> argparse.Namespace:
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(root / "build/cpu/train_backbone"))
    parser.add_argument("--strike", help="libtb_strike.so of the build",
                        default=str(root / "build/cpu/tests/acceptance/libtb_strike.so"))
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="default: drawn, and printed")
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    for path in (arguments.program, arguments.strike):
        if not pathlib.Path(path).exists():
            sys.exit(f"error: {path} is missing: run scripts/build")
    seed = random.SystemRandom().randrange(1 << 32) if arguments.seed is None else arguments.seed
    print(f"{arguments.trials} trials, seed {seed}", flush=True)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = pathlib.Path(tempfile.mkdtemp(prefix="lost_ranks_", dir=memory))
    outcomes = collections.defaultdict(list)
    keep = False
    try:
        setup = Setup(arguments.program, arguments.strike,
                      options(tiny_shards.make(arguments.program, work / "data",
                                               TRAINING_PICTURES, VALIDATION_PICTURES)), work)
        setup.weights = undisturbed(setup, "mpirun")
        if undisturbed(setup, "variables") != setup.weights:
            sys.exit("error: mpirun and variables lead to other weights")
        for number in range(arguments.first, arguments.first + arguments.trials):
            draw = random.Random(f"{seed} {number}")
            # The first ones cover all combinations, however few trials there are.
            launcher = LAUNCHERS[number % 2]
            phase = PHASES[number // 2 % 4]
            kind = list(STRIKES)[(number // 2 + number // 8) % 4]
            rank = draw.randrange(RANKS)
            folder = work / f"trial{number}"
            folder.mkdir()
            outcome = run_trial(setup, folder, launcher, phase, kind, rank, draw)
            outcomes[launcher, phase, kind].append(outcome)
            verdict = "; ".join(outcome.wrong) or ("too late" if outcome.too_late else "good")
            print(f"trial {number}: {launcher}, {phase}, {kind} rank {rank}: {verdict}, "
                  f"{outcome.seconds:.1f} s, told: {outcome.told_phase}", flush=True)
            if outcome.wrong:
                keep = True
                print(f"  its files: {folder}", flush=True)
            else:
                shutil.rmtree(folder)
        print_summary(outcomes, seed)
    finally:
        if not keep:
            shutil.rmtree(work)
    return 1 if any(outcome.wrong for group in outcomes.values() for outcome in group) else 0


if __name__ == "__main__":
    sys.exit(main())
