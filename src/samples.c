/* SPDX-License-Identifier: MIT */
#include "dtrain/samples.h"

static void append(struct active_inputs *active, int index, double value)
{
    active->index[active->count] = index;
    active->value[active->count] = value;
    ++active->count;
}

void samples_active_inputs(const struct samples *samples, int64_t row, struct active_inputs *active)
{
    const int64_t offset = (row - samples->first_row) * samples->inputs;
    active->count = 0;
    if (samples->bytes) {
        const uint8_t *pixels = samples->bytes + offset;
        for (int i = 0; i < samples->inputs; ++i)
            if (pixels[i])
                append(active, i, samples_pixel_value(pixels[i]));
    } else {
        const float *features = samples->floats + offset;
        for (int i = 0; i < samples->inputs; ++i)
            if (features[i] != 0)
                append(active, i, (double)features[i]);
    }
}
