/* SPDX-License-Identifier: MIT */
#include "final_line.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    MPI_Win window;
    atomic_bool *printed; /* of the node's first rank; NULL: not shared */
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

static void pause_for(time_t seconds)
{
    struct timespec left = {seconds, 0};
    while (nanosleep(&left, &left) != 0)
        ;
}

_Noreturn void final_line_exit(const char *line, enum status status)
{
    const time_t first_node_first = 5, everyone_gone = 10;
    /* Training catches the launcher's SIGTERM: here it ends the process, whether or not it waits.
     */
    signal(SIGTERM, SIG_DFL);
    if (shared.printed && !shared.first_node)
        pause_for(first_node_first);
    if (shared.printed && atomic_exchange(shared.printed, true)) {
        pause_for(everyone_gone);
    } else {
        const ssize_t written = write(STDERR_FILENO, line, strlen(line));
        (void)written; /* there is no other way to say it */
    }
    _exit(status);
}
