/* SPDX-License-Identifier: MIT */
#include "active_inputs.h"

#include "core/samples/pixels.h"

#include <string.h>

void active_inputs_create(struct active_inputs *active, struct arena *arena, int inputs,
                          size_t groups)
{
    const size_t all = ((size_t)inputs + 1) * groups;
    *active = (struct active_inputs){
        .inputs = inputs,
        .masks = arena_take(arena, all, sizeof *active->masks),
        .levels = arena_take(arena, all, SHARE_GROUP_MAX),
    };
}

void active_inputs_begin(struct active_inputs *active, size_t group)
{
    const size_t rows = (size_t)active->inputs + 1;
    memset(active->masks + group * rows, 0, rows * sizeof *active->masks);
}

void active_inputs_add(struct active_inputs *active, size_t group, int s,
                       const struct sample *sample)
{
    const size_t rows = (size_t)active->inputs + 1;
    const struct compact_row row = sample->compact;
    const uint32_t bit = UINT32_C(1) << s;
    uint32_t *restrict masks = active->masks + group * rows;
    uint8_t *restrict levels = active->levels + group * rows * SHARE_GROUP_MAX + s;
    for (int n = 0; n < row.count; ++n) {
        const size_t input = row.number[n];
        masks[input] |= bit;
        levels[input * SHARE_GROUP_MAX] = row.level[n];
    }
    for (size_t input = 0; sample->bytes && input + 1 < rows; ++input) {
        masks[input] |= sample->bytes[input] ? bit : 0;
        levels[input * SHARE_GROUP_MAX] = sample->bytes[input];
    }
    masks[rows - 1] |= bit;
    levels[(rows - 1) * SHARE_GROUP_MAX] = PIXELS_LEVELS - 1;
}
