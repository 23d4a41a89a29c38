/* SPDX-License-Identifier: MIT
 *
 * A training run: its modules, which assemble.h makes. What they do together is in step.h, loop.h,
 * evaluation.h, divergence.h, dry_run.h and verification.h. */
#ifndef DTRAIN_TRAINER_H
#define DTRAIN_TRAINER_H

#include "batch_loss.h"
#include "core/gradient/gradient.h"
#include "core/update/learning_rate.h"
#include "core/update/optimizer.h"
#include "evaluations_step.h"
#include "loader.h"
#include "options/config.h"
#include "phases.h"
#include "ranks/allreduce.h"
#include "ranks/node_memory.h"
#include "ranks/world.h"
#include "recorder.h"
#include "runs/recipe.h"
#include "schedule.h"
#include "stop.h"

struct step_method;

struct trainer {
    const struct world *world;
    const struct config *config;
    struct model model;
    struct recipe recipe; /* of the dataset; on rank 0, which prints names and units */
    struct optimizer optimizer;
    struct learning_rate learning_rate;
    struct node_memory block; /* theta, and the optimizer's state: the same on all ranks */
    double *theta;            /* (P): the first numbers of the block */
    struct best best;         /* by the validation rows: the same on all ranks */
    double gradient_norm; /* of a step whose sums are gone: the one that led to the iteration where
                           * the run resumes, or the one before a step that was abandoned */
    bool overdue;         /* whether a checkpoint is due that is not on schedule */
    struct loader loader;
    const struct step_method *method; /* of the steps; NULL: not chosen yet */
    struct gradient gradient;         /* of step_of_sums, as the next two */
    struct allreduce allreduce;       /* of struct step_sums */
    struct batch_loss batch_loss;
    struct evaluations_step by_evaluations; /* of step_of_evaluations */
    struct recorder recorder;
    struct phases phases;
    struct stop stop;
    struct schedule schedule;
};

#endif
