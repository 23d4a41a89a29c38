/* SPDX-License-Identifier: MIT
 *
 * Where the ranks of a job run. */
#ifndef DTRAIN_PLACEMENT_H
#define DTRAIN_PLACEMENT_H

#include "world.h"

#include <stddef.h>

/* Collective. On rank 0, fills text with "8 ranks on 2 hosts: n1 (4 ranks, 16 cores), n2 (4 ranks,
 * 16 cores)", hosts in the order of their first rank, and "..." for those that do not fit; says
 * which ranks outnumber the cores of their host. The cores are those on which any rank of the host
 * may run, whether each is bound to its own or not. Empty elsewhere, and without memory. */
void placement_describe(const struct world *world, char *text, size_t size);

#endif
