/* SPDX-License-Identifier: MIT
 *
 * The central difference of every parameter, without evaluating what a perturbation cannot change:
 * the quotients of a sample are in quotients.h, here they are computed once for what is equal, and
 * added where they belong. All inputs with the same value share their quotients: a digit has 150
 * pixels that are not zero, but 67 different values. An input of 0 has the quotient 0.
 * Written for networks of two layers, and the sigmoid. */
#include "common/multiversion.h"
#include "gradient.h"
#include "quotients.h"

#include <stdlib.h>
#include <string.h>

/* Inputs of one value: members[begin] .. members[end - 1]. */
struct group {
    const struct input_shift *shift;
    int begin, end;
};

struct scratch {
    struct quotients quotients;
    struct input_shift levels[SAMPLES_LEVELS]; /* of each pixel value; the last is 1 */
    struct input_shift *features;              /* (D): of a sample's inputs that are not pixels */
    struct group *groups;                      /* (D + 1) */
    int *members;                              /* (D + 1): input numbers, D for the bias */
    int64_t *outputs;                          /* (K, L): the sums of W2 and b2, transposed */
};

static void destroy_scratch(void *memory)
{
    struct scratch *s = memory;
    if (!s)
        return;
    quotients_destroy(&s->quotients);
    free(s->features);
    free(s->groups);
    free(s->members);
    free(s->outputs);
    free(s);
}

static void *create_scratch(const struct gradient *gradient)
{
    const struct network *network = &gradient->model->network;
    const size_t inputs = (size_t)gradient->model->inputs + 1;
    struct scratch *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->features = malloc(inputs * sizeof *s->features);
    s->groups = malloc(inputs * sizeof *s->groups);
    s->members = malloc(inputs * sizeof *s->members);
    s->outputs = malloc((size_t)gradient->model->classes * network_padded_units(network) *
                        sizeof *s->outputs);
    if (!quotients_create(&s->quotients, network, gradient->step, gradient->grid) || !s->features ||
        !s->groups || !s->members || !s->outputs) {
        destroy_scratch(s);
        return NULL;
    }
    for (int level = 0; level < SAMPLES_LEVELS; ++level)
        s->levels[level] = quotients_shift(gradient->step * samples_pixel_value((uint8_t)level));
    return s;
}

/* Pixels by level: a counting sort. The bias joins level 255, whose value is 1 as well. */
static int group_pixels(const struct sample *sample, struct scratch *s)
{
    enum { WORD = 64, BIAS_LEVEL = SAMPLES_LEVELS - 1 };
    int ends[SAMPLES_LEVELS] = {[BIAS_LEVEL] = 1}, count = 0, begin = 0;
    uint64_t seen[SAMPLES_LEVELS / WORD] = {[BIAS_LEVEL / WORD] = UINT64_C(1) << BIAS_LEVEL % WORD};
    for (int n = 0; n < sample->count; ++n) {
        const uint8_t level = sample->level[n];
        ++ends[level];
        seen[level / WORD] |= UINT64_C(1) << level % WORD;
    }
    for (int word = 0; word < SAMPLES_LEVELS / WORD; ++word)
        for (uint64_t levels = seen[word]; levels; levels &= levels - 1) {
            const int level = word * WORD + __builtin_ctzll(levels), size = ends[level];
            s->groups[count++] = (struct group){&s->levels[level], begin, begin + size};
            ends[level] = begin;
            begin += size;
        }
    for (int n = 0; n < sample->count; ++n)
        s->members[ends[sample->level[n]]++] = sample->index[n];
    s->members[ends[BIAS_LEVEL]] = sample->inputs;
    return count;
}

/* Features, which rarely repeat: each a group of its own, and the bias another. */
static int group_features(const struct sample *sample, double step, struct scratch *s)
{
    const int count = sample->count;
    for (int n = 0; n < count; ++n) {
        s->features[n] = quotients_shift(step * sample->value[n]);
        s->groups[n] = (struct group){&s->features[n], n, n + 1};
        s->members[n] = sample->index[n];
    }
    s->groups[count] = (struct group){&s->levels[SAMPLES_LEVELS - 1], count, count + 1};
    s->members[count] = sample->inputs;
    return count + 1;
}

/* The largest input of the sample decides on the order, and no other sample: its quotients have
 * the same bits in whatever share it is. Among pixels that is the bias, 1. */
static enum series_order order_of_sample(const struct scratch *s, const struct sample *sample)
{
    double largest = 1;
    for (int n = 0; n < sample->count && !sample->pixels; ++n)
        largest = fabs(sample->value[n]) > largest ? fabs(sample->value[n]) : largest;
    return series_order(s->quotients.step * largest, s->quotients.weight_range);
}

/* sums[member, j] += rounded[group, j] for the members of each group: rows of H, rows of L. */
MULTIVERSION
static void add_to_rows(const struct group *group, const struct group *end, const int *members,
                        size_t hidden, size_t count, size_t lanes, const int64_t *restrict rounded,
                        int64_t *restrict sums)
{
    for (; group < end; ++group, rounded += lanes)
        for (int m = group->begin; m < group->end; ++m) {
            int64_t *restrict row = sums + (size_t)members[m] * hidden;
            for (size_t j = 0; j < count; ++j)
                row[j] += rounded[j];
        }
}

/* Quotients off the grid in some of these groups: finds and notes the first in each. */
static void note_off_grid(struct gradient *gradient, const struct group *group,
                          const struct group *end, enum series_order order)
{
    struct scratch *s = gradient->scratch;
    const struct network_layer *first = &gradient->model->network.layers[0];
    for (; group < end; ++group) {
        const uint64_t off = quotients_of_inputs(&s->quotients, order, 1, group->shift);
        if (!exact_overflowed(&gradient->grid, off))
            continue;
        const int unit = quotients_find_overflow(&s->quotients, order, *group->shift);
        gradient_note_overflow(gradient, off,
                               network_row(first, s->members[group->begin]) + (size_t)unit);
    }
}

/* The quotients of W1 and b1, for hidden units first .. end - 1. */
static void add_first_layer(struct gradient *gradient, int groups, enum series_order order,
                            int first, int end)
{
    struct scratch *s = gradient->scratch;
    const struct network_layer *layer = &gradient->model->network.layers[0];
    int64_t *sums = gradient->sums + layer->offset + first;
    for (int done = 0; done < groups; done += QUOTIENTS_INPUTS) {
        struct input_shift shifts[QUOTIENTS_INPUTS];
        const int left = groups - done, count = left < QUOTIENTS_INPUTS ? left : QUOTIENTS_INPUTS;
        const struct group *from = s->groups + done, *to = from + count;
        for (int i = 0; i < count; ++i)
            shifts[i] = *from[i].shift;
        const uint64_t off = quotients_of_inputs(&s->quotients, order, count, shifts);
        add_to_rows(from, to, s->members, (size_t)layer->outputs, (size_t)(end - first),
                    s->quotients.lanes, s->quotients.rounded, sums);
        if (exact_overflowed(&gradient->grid, off))
            note_off_grid(gradient, from, to, order);
    }
}

MULTIVERSION
static void add_vector(size_t count, const int64_t *restrict rounded, int64_t *restrict sums)
{
    for (size_t j = 0; j < count; ++j)
        sums[j] += rounded[j];
}

/* The quotients of W2 and b2, for hidden units first .. end - 1, where H is that of b2. */
static void add_second_layer(struct gradient *gradient, int first, int end)
{
    const struct network_layer *layer = &gradient->model->network.layers[1];
    struct scratch *s = gradient->scratch;
    quotients_set_outputs(&s->quotients);
    for (int k = 0; k < layer->outputs; ++k) {
        const uint64_t off = quotients_of_class(&s->quotients, k);
        gradient_note_overflow(gradient, off, network_row(layer, first) + (size_t)k);
        add_vector((size_t)(end - first), s->quotients.rounded,
                   s->outputs + (size_t)k * s->quotients.lanes + first);
    }
}

static void begin(struct gradient *gradient)
{
    const struct network_layer *layer = &gradient->model->network.layers[1];
    struct scratch *s = gradient->scratch;
    quotients_set_weights(&s->quotients, gradient->theta + layer->offset);
    memset(s->outputs, 0, (size_t)layer->outputs * s->quotients.lanes * sizeof *s->outputs);
}

/* Of the parts first .. end - 1; part H, the last, is b2. */
static void add_sample(struct gradient *gradient, struct part_range parts)
{
    const struct sample *sample = &gradient->pass.sample;
    const int hidden = gradient->model->hidden, first = parts.begin, end = parts.end;
    struct scratch *s = gradient->scratch;
    model_forward(&gradient->pass, gradient->theta);
    const int groups =
        sample->pixels ? group_pixels(sample, s) : group_features(sample, gradient->step, s);
    const enum series_order order = order_of_sample(s, sample);
    quotients_set_sample(&s->quotients, gradient->pass.results, first, end, order);
    if (first < hidden)
        add_first_layer(gradient, groups, order, first, end < hidden ? end : hidden);
    add_second_layer(gradient, first, end);
}

/* The sums of W2 and b2 were kept transposed. */
static void end(struct gradient *gradient)
{
    const struct network_layer *layer = &gradient->model->network.layers[1];
    const struct scratch *s = gradient->scratch;
    int64_t *w2 = gradient->sums + layer->offset;
    for (int j = 0; j <= layer->inputs; ++j)
        for (int k = 0; k < layer->outputs; ++k)
            *w2++ = s->outputs[(size_t)k * s->quotients.lanes + (size_t)j];
}

const struct gradient_method gradient_numerical = {
    .name = "numerical",
    .needs_layers = true,
    .create_scratch = create_scratch,
    .destroy_scratch = destroy_scratch,
    .begin = begin,
    .add_sample = add_sample,
    .end = end,
};
