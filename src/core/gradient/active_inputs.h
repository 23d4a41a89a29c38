/* SPDX-License-Identifier: MIT
 *
 * Pixels by input rather than by sample: for each input of the network, which samples of a group
 * have it active, that is, not 0, and its level in each of them. Most pixels of a digit are 0, and
 * only active ones lead to gradients. The input of the biases is active in all samples, at the
 * highest level, whose value is 1. */
#ifndef DTRAIN_ACTIVE_INPUTS_H
#define DTRAIN_ACTIVE_INPUTS_H

#include "core/samples/samples.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct active_inputs {
    int inputs;      /* D; the input of the biases is number D */
    size_t groups;   /* room for so many groups */
    uint32_t *masks; /* (D + 1, groups): bit s of a mask is set where sample s of the group has the
                      * input active */
    uint8_t *levels; /* (D + 1, groups, SHARE_GROUP_MAX): where the bit is not set, any value */
};

/* False where memory is short; nothing is left behind then. Free with active_inputs_destroy. */
bool active_inputs_create(struct active_inputs *active, int inputs, size_t groups);
void active_inputs_destroy(struct active_inputs *active);

/* Begins with no sample. */
void active_inputs_clear(struct active_inputs *active);

/* Adds a row of pixels as sample s of a group. */
void active_inputs_add(struct active_inputs *active, size_t group, int s,
                       const struct sample *sample);

#endif
