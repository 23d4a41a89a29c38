/* SPDX-License-Identifier: MIT
 *
 * Which journals belong to a run (engine/journal.h). */
#ifndef DTRAIN_RUN_HASH_H
#define DTRAIN_RUN_HASH_H

#include "common/setting.h"
#include "core/model/parameters.h"

#include <stdint.h>

/* A hash of all that shapes the evaluations of a run: what the model says about its parameters, the
 * data, of which `fingerprint` is a hash, and the settings, except for those that a resume may
 * change. Not collective. */
uint64_t run_hash(const struct settings *settings, const struct parameters *parameters,
                  uint64_t fingerprint);

#endif
