/* SPDX-License-Identifier: MIT
 *
 * dtrain that leaves a trace of its grids: each attempt to sum a gradient appends the number of its
 * grid to the file GRIDS_TRACE. And a rank is struck in a chosen attempt: the rank STRUCK_RANK gets
 * the signal STRUCK_BY when it sums on grid STRUCK_GRID for the STRUCK_TIME-th time. */
#include "core/gradient/gradient.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

void __real_gradient_choose_grid(struct gradient *gradient, int grid);
void __wrap_gradient_choose_grid(struct gradient *gradient, int grid);

static void leave_trace(const char *path, int grid)
{
    FILE *file = fopen(path, "a");
    if (!file || fprintf(file, "%d", grid) < 0 || fclose(file) != 0)
        abort();
}

static void strike(int grid)
{
    static int time;
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == atoi(getenv("STRUCK_RANK")) && grid == atoi(getenv("STRUCK_GRID")) &&
        ++time == atoi(getenv("STRUCK_TIME")))
        raise(atoi(getenv("STRUCK_BY")));
}

void __wrap_gradient_choose_grid(struct gradient *gradient, int grid)
{
    const char *trace = getenv("GRIDS_TRACE");
    if (trace)
        leave_trace(trace, grid);
    if (getenv("STRUCK_BY"))
        strike(grid);
    __real_gradient_choose_grid(gradient, grid);
}
