/* SPDX-License-Identifier: MIT */
#include "launcher.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

#define BY_MPIRUN "the mpirun of the MPI that it was built with"

/* What a launcher tells its processes. */
struct launcher {
    const char *name;
    const char *size, *rank; /* the variables; no size: it does not say how many there are */
    bool decides;            /* it starts MPI jobs */
    const char *advice;
};

/* The innermost launcher comes first, as the processes of one may run inside a process of another.
 * An MPI job decides for the launchers around it: mpirun -np 1 in each task of srun means jobs of
 * one rank. */
/* clang-format would give each member a line of its own. */
/* clang-format off */
static const struct launcher launchers[] = {
    {.name = "Open MPI's mpirun", .size = "OMPI_COMM_WORLD_SIZE", .rank = "OMPI_COMM_WORLD_RANK",
     .decides = true, .advice = BY_MPIRUN},
    {.name = "MVAPICH's mpirun", .size = "MV2_COMM_WORLD_SIZE", .rank = "MV2_COMM_WORLD_RANK",
     .decides = true, .advice = BY_MPIRUN},
    {.name = "MVAPICH's mpirun", .size = "MVP_COMM_WORLD_SIZE", .rank = "MVP_COMM_WORLD_RANK",
     .decides = true, .advice = BY_MPIRUN},
    {.name = "jsrun", .size = "JSM_NAMESPACE_SIZE", .rank = "JSM_NAMESPACE_RANK", .decides = true,
     .advice = BY_MPIRUN},
    {.name = "PALS", .size = "PALS_SIZE", .rank = "PALS_RANKID", .decides = true,
     .advice = BY_MPIRUN},
    {.name = "Flux", .size = "FLUX_JOB_SIZE", .rank = "FLUX_TASK_RANK", .decides = true,
     .advice = "flux run -o pmi=pmix, or " BY_MPIRUN},
    {.name = "the mpiexec of another MPI, or srun without PMIx,", .size = "PMI_SIZE",
     .rank = "PMI_RANK", .decides = true, .advice = "srun --mpi=pmix, or " BY_MPIRUN},
    {.name = "a launcher", .rank = "PMIX_RANK"},
    {.name = "torchrun", .size = "WORLD_SIZE", .rank = "RANK", .advice = BY_MPIRUN},
    {.name = "horovodrun", .size = "HOROVOD_SIZE", .rank = "HOROVOD_RANK", .advice = BY_MPIRUN},
    /* A batch script is one process, and has SLURM_NTASKS nevertheless. */
    {.name = "srun", .size = "SLURM_STEP_NUM_TASKS", .rank = "SLURM_PROCID",
     .advice = "srun --mpi=pmix, or " BY_MPIRUN},
};
/* clang-format on */
enum { LAUNCHERS = sizeof launchers / sizeof *launchers };

/* The whole number in an environment variable; -1 if there is none. */
static long number_in(const char *variable)
{
    const char *const text = getenv(variable);
    char *end;
    const long number = text ? strtol(text, &end, 10) : -1;
    return text && end != text && *end == '\0' ? number : -1;
}

/* Whether it has started this process. The names of some variables are common words, but hardly
 * ever occur in pairs, and never with a rank beyond the size. */
static bool has_started(const struct launcher *launcher)
{
    const long rank = number_in(launcher->rank);
    return rank >= 0 && (!launcher->size || rank < number_in(launcher->size));
}

bool launcher_is_first(void)
{
    for (int i = 0; i < LAUNCHERS; ++i)
        if (has_started(launchers + i))
            return number_in(launchers[i].rank) == 0;
    return true;
}

int launcher_ranks_of_node(void)
{
    const long ranks = number_in("OMPI_COMM_WORLD_LOCAL_SIZE");
    return ranks > 0 && ranks < INT_MAX ? (int)ranks : 0;
}

bool launcher_is_first_of_node(void)
{
    return number_in("OMPI_COMM_WORLD_LOCAL_RANK") == 0;
}

enum status launcher_check_alone(struct error *error)
{
    for (int i = 0; i < LAUNCHERS; ++i) {
        const struct launcher *const launcher = launchers + i;
        const long size = launcher->size && has_started(launcher) ? number_in(launcher->size) : 0;
        if (size > 1)
            return error_set(error, STATUS_USAGE,
                             "%s started %ld processes, but MPI does not join them, and each would "
                             "do all the work: start dtrain by %s; or give --one-rank, if each is "
                             "to run by itself",
                             launcher->name, size, launcher->advice);
        if (size == 1 && launcher->decides)
            return STATUS_DONE;
    }
    return STATUS_DONE;
}
