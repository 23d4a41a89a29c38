/* SPDX-License-Identifier: MIT */
#include "final_line.h"

#include "common/clock.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static struct {
    MPI_Win window;
    atomic_bool *printed; /* whether a rank of the node has printed; NULL: not shared */
    bool first_node;      /* whether rank 0 is on this node */
} shared;

void final_line_prepare(const struct world *world)
{
    atomic_bool *own;
    MPI_Aint bytes;
    int unit, has_first = world->rank == 0;
    MPI_Allreduce(MPI_IN_PLACE, &has_first, 1, MPI_INT, MPI_MAX, world->node.comm);
    shared.first_node = has_first;
    MPI_Win_allocate_shared(sizeof *own, 1, MPI_INFO_NULL, world->node.comm, &own, &shared.window);
    atomic_store(own, false);
    MPI_Win_shared_query(shared.window, 0, &bytes, &unit, &shared.printed);
    MPI_Barrier(world->node.comm);
}

void final_line_release(void)
{
    shared.printed = NULL;
    MPI_Win_free(&shared.window);
}

_Noreturn void final_line_exit(const char *line, enum status status)
{
    const double first_node_first = 5, everyone_gone = 10; /* seconds */
    /* Training catches SIGTERM. From here on, the launcher's SIGTERM ends the process, even while
     * it sleeps. */
    signal(SIGTERM, SIG_DFL);
    if (shared.printed && !shared.first_node)
        clock_sleep(first_node_first);
    if (shared.printed && atomic_exchange(shared.printed, true)) {
        clock_sleep(everyone_gone);
    } else {
        const ssize_t written = write(STDERR_FILENO, line, strlen(line));
        (void)written; /* there is nowhere else to report a failure */
    }
    _exit((int)status);
}
