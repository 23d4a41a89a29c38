/* SPDX-License-Identifier: MIT
 *
 * Pixels by input rather than by sample: for each input of the network, which samples of a group
 * have it active, that is, not 0, and its level in each of them. Most pixels of a digit are 0, and
 * only active ones lead to gradients. The input of the biases is active in all samples, at the
 * highest level, whose value is 1. */
#ifndef DTRAIN_ACTIVE_INPUTS_H
#define DTRAIN_ACTIVE_INPUTS_H

#include "core/numbers/arena.h"
#include "core/samples/samples.h"
#include "core/samples/share.h"

#include <stddef.h>
#include <stdint.h>

struct active_inputs {
    int inputs;      /* D; the input of the biases is number D */
    uint32_t *masks; /* (groups, D + 1): bit s of a mask is set where sample s of the group has the
                      * input active */
    uint8_t *levels; /* (groups, D + 1, SHARE_GROUP_MAX): where the bit is not set, any value */
};

/* For up to `groups` groups, with memory from the arena. */
void active_inputs_create(struct active_inputs *active, struct arena *arena, int inputs,
                          size_t groups);

/* Begins a group, with no sample. */
void active_inputs_begin(struct active_inputs *active, size_t group);

/* Adds a row of pixels as sample s of a group. */
void active_inputs_add(struct active_inputs *active, size_t group, int s,
                       const struct sample *sample);

/* Those of one input in a group. */
static inline uint32_t active_inputs_mask(const struct active_inputs *active, size_t group,
                                          size_t input)
{
    return active->masks[group * ((size_t)active->inputs + 1) + input];
}
static inline const uint8_t *active_inputs_levels(const struct active_inputs *active, size_t group,
                                                  size_t input)
{
    return active->levels + (group * ((size_t)active->inputs + 1) + input) * SHARE_GROUP_MAX;
}

#endif
