# SPDX-License-Identifier: MIT
"""Kills all ranks, or one, of runs whose evaluations take long, at random instants in the gradient, and resumes each
time with another number of ranks. An evaluation that has ended is never repeated: a kill costs at most the one that
each killed rank was at. The final files are those of an undisturbed run.
    evaluation_kills.py MPIRUN DTRAIN MODEL KILLS SEED      in an empty folder
"""
import random
import sys
import time

from planted_runs import Count, Runs, check_same, kill_all

SIZES = [1, 2, 3, 5, 8, 8, 16, 16, 64]
KILLS_OF_A_RUN = 10


class Campaign:
    """Kills of several runs, one after another."""

    def __init__(self, runs, seed):
        self.random = random.Random(seed)
        options = ["--replicates", "4", "--iterations", "12", "--checkpoint-every", "5", "--eval-every", "4",
                   "--on-failure", "one-sided", "--max-failures", "0.5", "--journal", "on", "--no-check"]
        self.count = Count("count")
        self.runs = runs.like(*options, fail=0.03, count=self.count.path, sleep=0.06, sigma=0.7)
        self.runs.like(sleep=0).afresh(1, "straight")
        self.needed = self.count()
        self.kills = self.killed_ranks = self.lost = 0

    def another(self, ranks):
        return self.random.choice([size for size in SIZES if size != ranks])

    def strike(self, job, ranks):
        """Once it evaluates, and a moment later. Returns whether it was hit; ranks that are left are killed, too."""
        before, end = self.count(), time.monotonic() + 60
        while self.count() == before and job.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(self.random.uniform(0, 3 / ranks ** 0.5))
        processes = self.runs.ranks_of("run")
        if job.poll() is not None or not processes:
            return False
        if self.random.random() < 0.5:
            kill_all(processes)
        else:
            kill_all([self.random.choice(processes)])
            job.wait(60)
        self.runs.kill(job, "run")
        return True

    def play(self, kills):
        """One run that is killed so often, or less often if it is quicker, and then ends."""
        Runs.remove("run")
        self.count.reset()
        ranks, killed = 0, 0
        for _ in range(kills):
            ranks = self.another(ranks)
            job = self.runs.start(ranks, "run", "--resume")
            if not self.strike(job, ranks):
                assert job.wait(60) == 0, f"a run on {ranks} ranks that was not hit ended with {job.returncode}"
                break
            self.kills += 1
            killed += ranks
        self.runs.like(sleep=0).run(self.another(ranks), "run", "--resume")
        check_same("run", "straight")
        lost = self.count() - self.needed
        assert 0 <= lost <= killed, f"{lost} evaluations lost, but {killed} ranks killed"
        self.killed_ranks += killed
        self.lost += lost


def main():
    mpirun, dtrain, model, kills, seed = sys.argv[1:]
    campaign = Campaign(Runs(mpirun, dtrain, model), int(seed))
    while campaign.kills < int(kills):
        campaign.play(min(KILLS_OF_A_RUN, int(kills) - campaign.kills))
    print(f"{campaign.kills} kills of {campaign.killed_ranks} ranks: {campaign.lost} evaluations lost, and the final "
          "files are those of an undisturbed run")


main()
