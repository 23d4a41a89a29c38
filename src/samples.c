/* SPDX-License-Identifier: MIT */
#include "dtrain/samples.h"

#include <stdbool.h>
#include <string.h>

/* Written always, counted if not zero: a branch on each pixel would be mispredicted too often. */
static void append_pixel(struct active_inputs *active, int index, uint8_t pixel)
{
    active->index[active->count] = index;
    active->value[active->count] = active->pixel_values[pixel];
    active->count += pixel != 0;
}

static bool is_blank(const uint8_t *pixels)
{
    uint64_t eight;
    memcpy(&eight, pixels, sizeof eight);
    return eight == 0;
}

/* Most pixels of an image are zero, and stand together: eight are passed over at once. */
static void collect_pixels(const uint8_t *pixels, int inputs, struct active_inputs *active)
{
    int i = 0;
    for (; i + 8 <= inputs; i += 8) {
        if (is_blank(pixels + i))
            continue;
        for (int at = i; at < i + 8; ++at)
            append_pixel(active, at, pixels[at]);
    }
    for (; i < inputs; ++i)
        append_pixel(active, i, pixels[i]);
}

static void collect_features(const float *features, int inputs, struct active_inputs *active)
{
    for (int i = 0; i < inputs; ++i) {
        active->index[active->count] = i;
        active->value[active->count] = (double)features[i];
        active->count += features[i] != 0;
    }
}

void samples_active_inputs(const struct samples *samples, int64_t row, struct active_inputs *active)
{
    const int64_t offset = (row - samples->first_row) * samples->inputs;
    active->count = 0;
    if (samples->bytes)
        collect_pixels(samples->bytes + offset, samples->inputs, active);
    else
        collect_features(samples->floats + offset, samples->inputs, active);
}
