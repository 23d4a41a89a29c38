/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */
#include "cores.h"

#include <sched.h>
#include <unistd.h>

/* As many cores as Linux supports on x86-64: it refuses a set smaller than the machine's. */
enum { CORES_MAX = 8192, CORE_SETS = CORES_MAX / CPU_SETSIZE };
_Static_assert(CORES_MAX % CPU_SETSIZE == 0, "whole sets");

/* The cores on which this process may run; all cores if the system does not say. */
static void find_cores(cpu_set_t cores[CORE_SETS], size_t size)
{
    CPU_ZERO_S(size, cores);
    if (sched_getaffinity(0, size, cores) == 0)
        return;
    for (long core = 0; core < sysconf(_SC_NPROCESSORS_ONLN); ++core)
        CPU_SET_S((size_t)core, size, cores);
}

int cores_of_process(void)
{
    cpu_set_t cores[CORE_SETS];
    find_cores(cores, sizeof cores);
    return CPU_COUNT_S(sizeof cores, cores);
}

int cores_of_host(void)
{
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

int cores_of_node(MPI_Comm node)
{
    cpu_set_t cores[CORE_SETS];
    find_cores(cores, sizeof cores);
    MPI_Allreduce(MPI_IN_PLACE, cores, sizeof cores, MPI_BYTE, MPI_BOR, node);
    return CPU_COUNT_S(sizeof cores, cores);
}
