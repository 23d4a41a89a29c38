/* SPDX-License-Identifier: MIT
 *
 * From the losses of a table to the gradient. Every rank has the whole table, and applies the same
 * formula in the same order, so all get the same bits. A loss that is missing, because its
 * evaluation failed, is NaN here, and never replaced by a number.
 *
 * With both sides, q = (l+ - l-) / ((theta + h) - (theta - h)), where the divisor is as rounded;
 * with one, q = (l+ - l0) / ((theta + h) - theta) or (l0 - l-) / (theta - (theta - h)). The
 * gradient for a parameter is the sum of w q over the rows that have one, in the order of the
 * batch, divided by their number; w is the weight of a row. */
#ifndef DTRAIN_DIFFERENCES_H
#define DTRAIN_DIFFERENCES_H

#include "table.h"

/* What becomes of a difference that lacks a loss. FAILURE_STOP: nothing, as the run ends.
 * FAILURE_ONE_SIDED: it is taken from the side that is there and the row's own loss, if both are;
 * otherwise the row is left out for that parameter. FAILURE_SKIP: the row is left out. */
enum failure_policy { FAILURE_STOP, FAILURE_ONE_SIDED, FAILURE_SKIP };

/* The policy named "stop", "one-sided" or "skip". */
enum failure_policy failure_policy_find(const char *name);

/* Lists in numbers[B] which of the rows' own losses a second round is to evaluate: of the rows in
 * which one side of a pair is missing. None, unless the policy is one-sided and the table has no
 * such losses yet. Returns how many. losses (table->count). */
size_t differences_wanted(const struct table *table, enum failure_policy policy,
                          const double *losses, uint32_t *numbers);

/* A gradient: the same on all ranks. */
struct differences {
    double *gradient;     /* (P): 0 where there is none, as for a parameter that cannot move */
    int64_t *rows;        /* (P): how many rows it is the mean of */
    int64_t one_sided;    /* differences that are one-sided because a loss is missing */
    int64_t left_out;     /* differences that are left out because losses are missing */
    size_t without;       /* free parameters with no row at all: they keep their values */
    size_t first_without; /* the first of these; P if there are none */
};

/* Computes it from losses (table->count), with weights (B), or NULL: all 1. The caller has made
 * room for gradient and rows. */
void differences_take(const struct table *table, enum failure_policy policy, const double *losses,
                      const double *weights, struct differences *differences);

/* The same differences of one row by itself, without its weight: quotients (P), NaN where there is
 * none. `losses` (table->count) may be any numbers of the evaluations, such as one of the model's
 * residuals. room (P) is scratch memory. */
void differences_of_row(const struct table *table, enum failure_policy policy, const double *losses,
                        int64_t row, double *quotients, int64_t *room);

/* The mean of w l over the first `rows` losses that are there, in their order; NaN if none is. */
double differences_mean_loss(const double *losses, const double *weights, int64_t rows);

#endif
