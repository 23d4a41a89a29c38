/* SPDX-License-Identifier: MIT */
#include "active_inputs.h"

#include "core/samples/pixels.h"
#include "core/samples/share.h"

#include <stdlib.h>
#include <string.h>

bool active_inputs_create(struct active_inputs *active, int inputs, size_t groups)
{
    const size_t all = ((size_t)inputs + 1) * groups;
    *active = (struct active_inputs){
        .inputs = inputs,
        .groups = groups,
        .masks = malloc(all * sizeof *active->masks),
        .levels = malloc(all * SHARE_GROUP_MAX),
    };
    if (active->masks && active->levels)
        return true;
    active_inputs_destroy(active);
    return false;
}

void active_inputs_destroy(struct active_inputs *active)
{
    free(active->masks);
    free(active->levels);
    *active = (struct active_inputs){0};
}

void active_inputs_clear(struct active_inputs *active)
{
    memset(active->masks, 0, ((size_t)active->inputs + 1) * active->groups * sizeof *active->masks);
}

static void add_input(struct active_inputs *active, size_t group, int s, size_t input,
                      uint8_t level)
{
    const size_t at = input * active->groups + group;
    active->masks[at] |= UINT32_C(1) << s;
    active->levels[at * SHARE_GROUP_MAX + (size_t)s] = level;
}

void active_inputs_add(struct active_inputs *active, size_t group, int s,
                       const struct sample *sample)
{
    const struct compact_row *row = &sample->compact;
    for (int n = 0; n < row->count; ++n)
        add_input(active, group, s, row->number[n], row->level[n]);
    for (int i = 0; sample->bytes && i < active->inputs; ++i)
        if (sample->bytes[i])
            add_input(active, group, s, (size_t)i, sample->bytes[i]);
    add_input(active, group, s, (size_t)active->inputs, PIXELS_LEVELS - 1);
}
