/* SPDX-License-Identifier: MIT
 *
 * Evaluates losses by calling a user's model (dtrain/dtrain.h) in this process. */
#ifndef DTRAIN_IN_PROCESS_H
#define DTRAIN_IN_PROCESS_H

#include "core/differences/outcome.h"
#include "core/model/model.h"
#include "ranks/world.h"

#include <limits.h>
#include <stdbool.h>

struct in_process {
    const struct world *world;
    const struct model *model;
    void *state;            /* of the model's setup() */
    bool is_set_up;         /* whether setup() has succeeded, and teardown() is owed */
    int own_folder;         /* a descriptor of dtrain's working folder; 0: it is not known */
    int model_folder;       /* the same of the model's, if that has changed it; otherwise 0 */
    char scratch[PATH_MAX]; /* this process's own folder; "": none */
};

/* Collective. Makes a scratch folder in `parent` (NULL: $TMPDIR, or /tmp) if the model has a
 * setup(), and calls it. *world and *model, of the kind that evaluates, must outlive *process. All
 * ranks return the same; whatever that is, end with in_process_close. */
enum status in_process_open(struct in_process *process, const struct world *world,
                            const struct model *model, const char *parent, struct error *error);

/* Not collective. Calls teardown(), and removes the scratch folder with all that is in it; links in
 * it are removed, and not followed. Prints a line if something cannot be removed. */
void in_process_close(struct in_process *process);

/* Not collective. Between these two, which do not nest, the model may be called, and the working
 * folder is the model's: a simulation may change it, and finds its own again, while dtrain's paths
 * stay right. */
void in_process_enter(const struct in_process *process);
void in_process_leave(struct in_process *process);

/* Not collective; after in_process_enter. Evaluates once; call->state is not read, the model gets
 * that of its setup(). values[width] are what the model has written, for OUTCOME_DONE; the only
 * other outcome is OUTCOME_FAILED. */
enum outcome in_process_evaluate(struct in_process *process, const struct dtrain_call *call,
                                 double *values);

#endif
