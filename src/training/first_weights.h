/* SPDX-License-Identifier: MIT
 *
 * The weights that a run begins with. --weights can name a run, whose newest checkpoint may be a
 * different one tomorrow; so a run records the file that it took and the digest of its
 * parameters. */
#ifndef DTRAIN_FIRST_WEIGHTS_H
#define DTRAIN_FIRST_WEIGHTS_H

#include "options/config.h"
#include "ranks/world.h"

/* Collective. Sets config->weights_file, for which path[PATH_MAX] has room, to the file that holds
 * the weights of --weights, if it is given; if it comes from the record of a run, these are the
 * weights with which that run began. Fails if they are gone, except on a resume, which continues
 * from a checkpoint. */
enum status first_weights_find(const struct world *world, struct config *config, char *path,
                               struct error *error);

#endif
