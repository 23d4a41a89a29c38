/* SPDX-License-Identifier: MIT
 *
 * Where the ranks of a job run. */
#ifndef DTRAIN_PLACEMENT_H
#define DTRAIN_PLACEMENT_H

#include "world.h"

#include <stddef.h>

/* Collective. On rank 0, fills text with "8 on 1 host: n1 (16 cores)", or with "8 on 2 hosts: n1 (4
 * ranks, 16 cores), n2 (4 ranks, 16 cores)": hosts in the order of their first rank, and "..."
 * after four. A host with more ranks than cores is marked. A host's cores are those on which any of
 * its ranks may run, bound to cores or not. The text is empty on other ranks, and if memory runs
 * out. */
void placement_describe(const struct world *world, char *text, size_t size);

#endif
