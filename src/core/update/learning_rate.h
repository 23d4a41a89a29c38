/* SPDX-License-Identifier: MIT
 *
 * The learning rate of each iteration: a function of its number alone, so that a run may be
 * stopped, resumed and extended. Formulas are PyTorch's (torch.optim.lr_scheduler).
 *
 * In the first `warmup` iterations the rate rises evenly: base (t + 1) / (warmup + 1), where t
 * counts iterations from 0 (LinearLR). After them, u counts from 0, and the rate is
 *     constant  base
 *     step      base factor^floor(u / period)  (StepLR)
 *     cosine    base (factor + (1 - factor) (1 + cos(pi u / period)) / 2)  (CosineAnnealingLR)
 *     linear    base (1 + (factor - 1) u / period)  (LinearLR)
 * For the last two, u is at most `period`: the rate then stays as it is. */
#ifndef DTRAIN_LEARNING_RATE_H
#define DTRAIN_LEARNING_RATE_H

#include <stdint.h>

struct learning_rate;

/* A schedule: a row of a table. */
struct learning_rate_rule {
    const char *name;
    double factor; /* the default */
    /* The share of the base rate after u iterations. */
    double (*share)(const struct learning_rate *rate, int64_t u);
};

/* A plain value. */
struct learning_rate {
    const struct learning_rate_rule *rule;
    double base, factor;
    int64_t period; /* > 0 unless the rule is constant */
    int64_t warmup;
};

/* The rule of that name, or NULL. */
const struct learning_rate_rule *learning_rate_find(const char *name);

/* The rate of an iteration, counted from 1. */
double learning_rate_at(const struct learning_rate *rate, int64_t iteration);

#endif
