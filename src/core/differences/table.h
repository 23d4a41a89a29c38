/* SPDX-License-Identifier: MIT
 *
 * The evaluations that an iteration consists of. They are known before it begins, so each has a
 * number, by which plans, journals, messages and files call it, and any rank can do any of them.
 * Pure: the table holds no results. */
#ifndef DTRAIN_TABLE_H
#define DTRAIN_TABLE_H

#include "core/model/parameters.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* EVALUATION_AFTER: the loss of a row of the batch before, after its update. EVALUATION_OWN: that
 * of a row of the batch, at the same theta, for one-sided differences. EVALUATION_SIDE: that of a
 * row of the batch with one parameter moved by its step, up or down. */
enum evaluation_kind { EVALUATION_AFTER, EVALUATION_OWN, EVALUATION_SIDE };

struct evaluation {
    enum evaluation_kind kind;
    int64_t row;      /* its position in the batch: 0 .. B - 1 */
    size_t parameter; /* of EVALUATION_SIDE */
    int side;         /* of EVALUATION_SIDE: +1 or -1; otherwise 0 */
};

/* One side of a difference, which every row of the batch needs. */
struct table_side {
    uint32_t parameter;
    int side; /* +1 or -1 */
};

/* The numbers are, in this order: `before` of EVALUATION_AFTER, in the order of their batch; if
 * own_first, B of EVALUATION_OWN; then, row by row, one of EVALUATION_SIDE for each of `sides`;
 * finally, if not own_first, B of EVALUATION_OWN, which are done only where a side has failed. */
struct table {
    int64_t before;                      /* rows of the batch before, or 0 */
    int64_t rows;                        /* B, the rows of the batch; 0: only `before` */
    const double *theta;                 /* (P): where all evaluations are; the caller's */
    const struct parameters *parameters; /* the caller's */
    struct table_side *sides;            /* (side_count): by parameter, + before - */
    size_t side_count;
    bool own_first; /* whether the rows' own losses are needed whatever happens */
    size_t first;   /* how many evaluations are needed whatever happens: the first ones */
    size_t count;   /* of all numbers */
};

/* How an iteration's differences are formed: central, or by (l(theta + h) - l(theta)) / h. */
enum difference_kind { DIFFERENCE_CENTRAL, DIFFERENCE_FORWARD };

/* The kind named "central" or "forward". */
enum difference_kind difference_find(const char *name);

/* Room for the tables of iterations, of P parameters. False where memory is short; nothing is left
 * behind then. Free with table_destroy. */
bool table_create(struct table *table, const struct parameters *parameters);
void table_destroy(struct table *table);

/* Fills the table for a theta (P), which must stay as it is while the table is in use. A parameter
 * whose bounds leave no room has no entries. Where theta + h or theta - h is outside the bounds,
 * that side has none, and the difference is one-sided, towards the inside; where both are, the
 * parameter has none. The same holds where it is not finite, or is theta again, because the step is
 * lost in rounding. DIFFERENCE_FORWARD takes the side +, or - where + is outside. */
void table_fill(struct table *table, enum difference_kind kind, const double *theta, int64_t before,
                int64_t rows);

/* Which evaluation has that number, 0 .. count - 1. */
struct evaluation table_evaluation(const struct table *table, size_t number);

/* A parameter's value on its side +1 or -1, as rounded. */
double table_moved(const struct table *table, size_t parameter, int side);

/* The numbers of a row's own loss, and of one of its sides, 0 .. side_count - 1. */
size_t table_own(const struct table *table, int64_t row);
size_t table_side(const struct table *table, int64_t row, size_t side);

/* A gigabyte of losses, which every rank holds. */
#define TABLE_MAX ((size_t)1 << 27)

/* The largest number of evaluations that the table can have for batches of B rows, whatever theta
 * and the kind of difference; SIZE_MAX if that is more than TABLE_MAX. */
size_t table_capacity(const struct parameters *parameters, int64_t rows);

#endif
