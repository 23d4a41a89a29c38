/* SPDX-License-Identifier: MIT
 *
 * Schedules of the learning rate. Each step of a run (training/step.c) asks for the rate of its
 * iteration. */
#include "learning_rate.h"

#include "common/named.h"
#include "core/numbers/elementary.h"

/* How far u is on its way to the end of the period: 0 to 1. */
static double progress_of(const struct learning_rate *rate, int64_t u)
{
    return u < rate->period ? (double)u / (double)rate->period : 1;
}

static double constant_share(const struct learning_rate *rate, int64_t u)
{
    (void)rate;
    (void)u;
    return 1;
}

static double step_share(const struct learning_rate *rate, int64_t u)
{
    return elementary_power(rate->factor, u / rate->period);
}

static double cosine_share(const struct learning_rate *rate, int64_t u)
{
    const double pi = 0x1.921fb54442d18p+1, progress = progress_of(rate, u);
    const double cosine = progress <= 0.5 ? elementary_cosine(pi * progress)
                                          : -elementary_cosine(pi * (1 - progress));
    return rate->factor + (1 - rate->factor) * (1 + cosine) / 2;
}

static double linear_share(const struct learning_rate *rate, int64_t u)
{
    return 1 + (rate->factor - 1) * progress_of(rate, u);
}

static const struct learning_rate_rule rules[] = {
    {.name = "constant", .share = constant_share},
    {.name = "step", .factor = 0.1, .share = step_share},
    {.name = "cosine", .share = cosine_share},
    {.name = "linear", .share = linear_share},
};

const struct learning_rate_rule *learning_rate_find(const char *name)
{
    return FIND_NAMED(rules, name);
}

double learning_rate_at(const struct learning_rate *rate, int64_t iteration)
{
    const int64_t t = iteration - 1;
    if (t < rate->warmup)
        return rate->base * ((double)(t + 1) / (double)(rate->warmup + 1));
    return rate->base * rate->rule->share(rate, t - rate->warmup);
}
