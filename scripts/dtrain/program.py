# SPDX-License-Identifier: MIT
"""Runs the program dtrain, for what Python does not compute again: whether a checkpoint is intact, and
the weights that a run began with."""
import contextlib
import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from dtrain.failure import Failure, tell

# The environment's name for the program, as in slurm/train.sh; `dtrain NAME` sets it to itself.
VARIABLE = "DTRAIN"
INSTALLED_AS = "share/dtrain/python/dtrain/program.py"
# Files of dtrain: where they are below the prefix of an installation, and in the folder of the sources.
PROGRAM = "bin/dtrain", "build/dtrain"
LAUNCHER = "share/dtrain/scripts/launch.sh", "scripts/launch.sh"
# dtrain runs as a process of its own, with the settings given here, also within a process of mpirun or
# srun. These are what such launchers tell their processes (src/ranks/launcher.c), and dtrain's settings.
NOT_PASSED_ON = ("DTRAIN_", "OMPI_", "PRTE_", "PMIX_", "PMI_", "HYDI_", "MPI_LOCAL", "MV2_", "MVP_",
                 "JSM_", "PALS_", "FLUX_", "SLURM_", "HOROVOD_")
# Settings of Open MPI, which may not start without them (in a container without ssh). They are the
# user's own, except within mpirun, which sets many.
MPI_SETTINGS = ("OMPI_MCA_", "PMIX_MCA_", "PRTE_MCA_")
WITHIN_MPIRUN = "OMPI_COMM_WORLD_SIZE"


def beside(file):
    """Where a file of dtrain is in the same installation, or else in the same sources."""
    here = Path(__file__).resolve()
    installed, built = file
    if str(here).endswith(f"/{INSTALLED_AS}"):
        return str(here)[:-len(INSTALLED_AS)] + installed
    return str(here.parents[2] / built)


def find():
    """The path of the program, or None."""
    given = os.environ.get(VARIABLE)
    if given:
        return shutil.which(given)
    return shutil.which(beside(PROGRAM)) or shutil.which("dtrain")


def environment():
    kept = () if WITHIN_MPIRUN in os.environ else MPI_SETTINGS
    return {name: value for name, value in os.environ.items()
            if name.startswith(kept) or not name.startswith(NOT_PASSED_ON)}


class Unusable(Failure):
    """The program is not there, or does not answer what it was asked."""


def on_ranks(ranks):
    """The words before those of a program that mpirun starts on so many ranks."""
    launcher = beside(LAUNCHER)
    if not shutil.which(launcher):
        raise Unusable(f"{launcher}: is not there, and starts more ranks than one")
    return [launcher, "mpirun", "-np", str(ranks)]


def run(*arguments, ranks=1, remark=None):
    """Runs `dtrain ARGUMENTS` and returns what it prints; Failure, with its own words, where it fails.
    remark(line) gets what it remarks on standard error. One rank is started without mpirun."""
    program = find()
    if not program:
        raise Unusable("the program dtrain is not found; name it by DTRAIN=FILE")
    before = on_ranks(ranks) if ranks > 1 else []
    try:
        # launch.sh reads RANKS.
        done = subprocess.run([*before, program, *map(os.fspath, arguments)],
                              env={**environment(), "RANKS": str(ranks)}, stdin=subprocess.DEVNULL,
                              capture_output=True)
    except OSError as error:
        raise Unusable(f"{program}: {error.strerror}") from None
    # MPI may have more to say.
    said = [line[len(b"dtrain: "):] for line in done.stderr.splitlines() if line.startswith(b"dtrain: ")]
    if done.returncode == 0:
        for line in said if remark else ():
            remark(line.decode(errors="surrogateescape"))
        return done.stdout
    if not said:
        others = (line.decode(errors="replace") for line in done.stderr.splitlines())
        words = next((f": {line}" for line in others if re.search(r"\w", line)), " and without a word")
        raise Unusable(f"{program}: ended with exit code {done.returncode}{words}")
    raise Failure(said[-1].decode(errors="surrogateescape"))


@functools.lru_cache(maxsize=None)
def tell_unchecked(reason):
    """Once, however many checkpoints are read."""
    tell(f"checkpoints are not checked for damage: {reason}")


def check_checkpoint(path):
    """Raises Failure where a checkpoint's bytes are not those that were written. Where the program
    cannot be used, one line says that nothing is checked."""
    try:
        if not run("digest", "--", path).startswith(b"parameters "):
            raise Unusable(f"{find()}: prints no digest")
    except Unusable as error:
        tell_unchecked(str(error))


@contextlib.contextmanager
def first_checkpoint(run_folder, data):
    """Yields the path of the checkpoint with which a run of the same options begins. It is made in a
    temporary folder."""
    with tempfile.TemporaryDirectory(prefix="dtrain-") as folder:
        made = Path(folder) / "run"
        run("train", "--like", run_folder, "--data", data, "--iterations", "0", "--run-dir", made,
            "--one-rank", "--quiet")
        yield made / "checkpoints" / "iteration-0000000.h5"
