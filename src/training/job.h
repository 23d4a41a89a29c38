/* SPDX-License-Identifier: MIT
 *
 * What a command is called with. */
#ifndef DTRAIN_JOB_H
#define DTRAIN_JOB_H

#include "dtrain/dtrain.h"
#include "options/config.h"
#include "ranks/world.h"

struct job {
    const struct world *world; /* NULL for a command that runs without MPI */
    const struct config *config;
    const struct dtrain_model *linked_model; /* the calling program's own; NULL: none */
};

#endif
