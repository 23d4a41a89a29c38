/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_getaffinity */
#include "placement.h"

#include "collective.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many cores as Linux supports on x86-64: it refuses a set smaller than the machine's. */
enum { CORES_MAX = 8192, CORE_SETS = CORES_MAX / CPU_SETSIZE };

/* Where one rank runs, or all ranks of a host. */
struct place {
    char host[WORLD_HOST_SIZE];
    cpu_set_t cores[CORE_SETS];
    int ranks;
};

/* The cores on which this process may run; all cores if the system does not say. */
static void find_cores(cpu_set_t cores[CORE_SETS])
{
    if (sched_getaffinity(0, CORE_SETS * sizeof *cores, cores) == 0)
        return;
    for (long core = 0; core < sysconf(_SC_NPROCESSORS_ONLN); ++core)
        CPU_SET_S((size_t)core, CORE_SETS * sizeof *cores, cores);
}

static void merge_cores(cpu_set_t into[CORE_SETS], const cpu_set_t from[CORE_SETS])
{
    for (int i = 0; i < CORE_SETS; ++i)
        CPU_OR(into + i, into + i, from + i);
}

/* Merges the places of all ranks, in place, into one for each host. Returns the number of hosts. */
static int merge_hosts(struct place *places, int ranks)
{
    int hosts = 0;
    for (int rank = 0; rank < ranks; ++rank) {
        int host = 0;
        while (host < hosts && strcmp(places[host].host, places[rank].host) != 0)
            ++host;
        if (host == hosts) {
            places[hosts++] = places[rank];
            continue;
        }
        ++places[host].ranks;
        merge_cores(places[host].cores, places[rank].cores);
    }
    return hosts;
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static void write_hosts(const struct place *places, int hosts, int ranks, char *text, size_t size)
{
    const int shown_max = 4;
    size_t used = (size_t)snprintf(text, size, "%d rank%s on %d host%s:", ranks, plural(ranks),
                                   hosts, plural(hosts));
    for (int host = 0; host < hosts && used < size; ++host) {
        const struct place *place = places + host;
        const int cores = CPU_COUNT_S(sizeof place->cores, place->cores);
        if (host == shown_max) {
            snprintf(text + used, size - used, ", ...");
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s %s (%d rank%s, %d core%s%s)",
                                 host > 0 ? "," : "", place->host, place->ranks,
                                 plural(place->ranks), cores, plural(cores),
                                 place->ranks > cores ? ": more ranks than cores" : "");
    }
}

void placement_describe(const struct world *world, char *text, size_t size)
{
    struct place own = {.ranks = 1};
    struct error error;
    void *gathered;
    memset(text, 0, size);
    world_host_name(own.host);
    find_cores(own.cores);
    if (collective_gather(world, &own, sizeof own, &gathered, &error))
        return;
    struct place *places = gathered;
    if (world->rank == 0)
        write_hosts(places, merge_hosts(places, world->size), world->size, text, size);
    free(places);
}
