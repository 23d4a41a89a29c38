/* SPDX-License-Identifier: MIT
 *
 * Repeats a run, stretch by stretch from one checkpoint to the next, and compares it with what is
 * on record. */
#ifndef DTRAIN_VERIFICATION_H
#define DTRAIN_VERIFICATION_H

#include "trainer.h"

/* Collective. Repeats config->repeated_run, or config->stretches stretches of it between
 * checkpoints, writes nothing, and compares each bit of what is on record. The schedule's last
 * iteration is the one with which the run ended, INT64_MAX if it has not. STATUS_FAILED names the
 * first difference. */
enum status verification_run(struct trainer *trainer, struct error *error);

#endif
