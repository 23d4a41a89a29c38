/* SPDX-License-Identifier: MIT
 *
 * A point at which a model that evaluates is looked at by itself, without a run. */
#ifndef DTRAIN_EVALUATION_POINT_H
#define DTRAIN_EVALUATION_POINT_H

#include "core/model/model.h"
#include "data/dataset.h"
#include "job.h"

struct evaluation_point {
    const struct world *world;
    struct config config; /* the settings, of which those without effect have their defaults */
    struct dataset dataset;
    struct model model;
    double *theta;     /* (P) */
    struct range rows; /* of the training rows; without data, the replicates */
};

/* Collective. Loads the user's model, opens the data, and finds theta: --at, or where the model
 * begins. STATUS_USAGE if there is no model that evaluates, if options have no effect, or if --rows
 * are not there. All ranks return the same; whatever that is, end with evaluation_point_close. */
enum status evaluation_point_open(struct evaluation_point *point, const struct job *job,
                                  struct error *error);
void evaluation_point_close(struct evaluation_point *point);

#endif
