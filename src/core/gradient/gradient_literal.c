/* SPDX-License-Identifier: MIT
 *
 * The central difference exactly as written: two forward passes of each sample for each parameter.
 * Slow on purpose. It knows nothing about the model but its loss, and so it is the oracle that the
 * other methods are checked against. */
#include "gradient.h"

#include <string.h>

static void *create_scratch(struct gradient *gradient)
{
    return arena_numbers(&gradient->arena, gradient->model->tensors.parameters);
}

static void begin(struct gradient *gradient)
{
    memcpy(gradient->scratch, gradient->theta,
           gradient->model->tensors.parameters * sizeof(double));
}

static double loss_at(struct gradient *gradient, const double *theta)
{
    model_forward(&gradient->pass, theta);
    return model_loss(&gradient->pass, 0);
}

static void add_quotient(struct gradient *gradient, size_t p)
{
    const struct sample *sample = &gradient->pass.samples[0];
    const double h = gradient->step, value = gradient->theta[p];
    const int64_t overflows = gradient->overflows;
    double *perturbed = gradient->scratch;
    perturbed[p] = value + h;
    const double raised = loss_at(gradient, perturbed);
    perturbed[p] = value - h;
    const double lowered = loss_at(gradient, perturbed);
    /* Put back, not added back: x + h - h is not x. */
    perturbed[p] = value;
    gradient_add(gradient, p, sample->weight * ((raised - lowered) / (2 * h)));
    if (overflows == 0 && gradient->overflows > 0)
        gradient->first_pair = (struct gradient_pair){sample->row, raised, lowered};
}

/* One sample. */
static void add_samples(struct gradient *gradient)
{
    const size_t parameters = gradient->model->tensors.parameters;
    const struct part_range at_work = gradient->parts[0];
    for (size_t p = 0; p < parameters && !gradient->abandoned; ++p) {
        const int part = model_part_of(gradient->model, p);
        if (part < at_work.begin || part >= at_work.end)
            continue;
        add_quotient(gradient, p);
        gradient->abandoned = gradient->asks_to_stop && gradient->asks_to_stop();
    }
}

const struct gradient_method gradient_literal = {
    .name = "literal",
    .bits_since = "0.2.0",
    .create_scratch = create_scratch,
    .begin = begin,
    .add_samples = add_samples,
};
