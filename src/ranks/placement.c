/* SPDX-License-Identifier: MIT */
#include "placement.h"

#include "collective.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where one rank runs, or all ranks of a host. */
struct place {
    char host[WORLD_HOST_SIZE];
    int ranks, cores;
};

/* Merges the places of all ranks, in place, into one for each host. Returns the number of hosts. */
static int merge_hosts(struct place *places, int ranks)
{
    int hosts = 0;
    for (int rank = 0; rank < ranks; ++rank) {
        int host = 0;
        while (host < hosts && strcmp(places[host].host, places[rank].host) != 0)
            ++host;
        if (host == hosts)
            places[hosts++] = places[rank];
        else
            ++places[host].ranks;
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
        if (host == shown_max) {
            snprintf(text + used, size - used, ", ...");
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s %s (%d rank%s, %d core%s%s)",
                                 host > 0 ? "," : "", place->host, place->ranks,
                                 plural(place->ranks), place->cores, plural(place->cores),
                                 place->ranks > place->cores ? ": more ranks than cores" : "");
    }
}

void placement_describe(const struct world *world, char *text, size_t size)
{
    struct place own = {.ranks = 1, .cores = world->node.cores};
    struct error error;
    void *gathered;
    memset(text, 0, size);
    world_host_name(own.host);
    if (collective_gather(world, &own, sizeof own, &gathered, &error))
        return;
    struct place *places = gathered;
    if (world->rank == 0)
        write_hosts(places, merge_hosts(places, world->size), world->size, text, size);
    free(places);
}
