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

/* A single host has all ranks, whose number the text has already given. */
static void write_place(const struct place *place, int hosts, char *text, size_t size)
{
    char ranks[32] = "";
    if (hosts > 1)
        snprintf(ranks, sizeof ranks, "%d rank%s, ", place->ranks, plural(place->ranks));
    snprintf(text, size, "%s (%s%d core%s%s)", place->host, ranks, place->cores,
             plural(place->cores), place->ranks > place->cores ? ": more ranks than cores" : "");
}

static void write_hosts(const struct place *places, int hosts, int ranks, char *text, size_t size)
{
    const int shown_max = 4;
    char place[WORLD_HOST_SIZE + 96];
    size_t used = (size_t)snprintf(text, size, "%d on %d host%s:", ranks, hosts, plural(hosts));
    for (int host = 0; host < hosts && used < size; ++host) {
        if (host == shown_max) {
            snprintf(text + used, size - used, ", ...");
            return;
        }
        write_place(places + host, hosts, place, sizeof place);
        used += (size_t)snprintf(text + used, size - used, "%s %s", host > 0 ? "," : "", place);
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
