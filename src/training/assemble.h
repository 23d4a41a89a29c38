/* SPDX-License-Identifier: MIT
 *
 * Turns settings into a trainer: first the data and the model (assemble_model.h), then the
 * optimizer, loader, gradient, reduction, schedule and recorder of a run. */
#ifndef DTRAIN_ASSEMBLE_H
#define DTRAIN_ASSEMBLE_H

#include "job.h"
#include "trainer.h"

/* A callback: what a command does with a trainer that is ready. Collective. */
typedef enum status with_trainer_fn(struct trainer *trainer, struct error *error);

/* Collective. Opens the trainer that the job's settings describe, calls `run` with it, and frees
 * everything. The trainer has its own copy of the settings, in which those that the data and
 * --weights decide are settled. With --resume the state comes from a checkpoint. All ranks return
 * the same. */
enum status trainer_open_and(const struct job *job, with_trainer_fn *run, struct error *error);

#endif
