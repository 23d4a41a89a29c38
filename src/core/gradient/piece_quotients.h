/* SPDX-License-Identifier: MIT
 *
 * Quotients Q (quotients.h) of the hidden units of relu networks. A unit whose shifts take no unit
 * across its kink moves the outputs in proportion, by its effective weights (linear_piece.h); so
 * the units of each layer are evaluated together, at a few nodes. The others are evaluated for each
 * shift. */
#ifndef DTRAIN_PIECE_QUOTIENTS_H
#define DTRAIN_PIECE_QUOTIENTS_H

#include "common/range.h"
#include "core/model/head.h"
#include "linear_piece.h"
#include "quotients.h"

#include <stdbool.h>
#include <stddef.h>

/* What is computed once per iteration, per sample, and per layer. */
struct piece_quotients {
    const struct quotients *quotients; /* of the same network: room for moves */
    struct linear_piece piece;
    struct network_sample sample; /* the one at work */
    int layer;                    /* the one at work */
    struct head_units units;      /* those of the layer that are on */
    double *directions;           /* (K, L), L: the widest hidden layer, padded */
    double *of_rows;              /* (NODES_MAX, L): their Q */
    double *up, *down;            /* (columns of the piece, LINEAR_PIECE_SHIFTS) */
};

/* Takes memory from the arena. */
void piece_quotients_create(struct piece_quotients *q, struct arena *arena,
                            const struct quotients *quotients);

/* Begins a sample of a pass, as linear_piece_set_sample does. */
void piece_quotients_set_sample(struct piece_quotients *quotients, const struct network_pass *pass,
                                int i, const double *shifts);

/* Begins a hidden layer: first the last one, then down. Returns the radius (radius.h) of its units
 * that are on. */
double piece_quotients_set_layer(struct piece_quotients *quotients, int layer);

/* Q of units of the layer at up to NODES_MAX shifts eta, if no unit crosses its kink: quotient
 * (shifts, stride), from the first of the units on. */
void piece_quotients_of_units(struct piece_quotients *quotients, struct part_range units,
                              int shifts, const double *eta, double *quotient, size_t stride);

/* Whether a shift of the unit of a row takes a unit across its kink. */
bool piece_quotients_crosses(const struct piece_quotients *quotients, int row);

/* Q of the unit of a row at each of `count` shifts, where linear_piece_can_move: quotient (count).
 */
void piece_quotients_of_shifts(const struct piece_quotients *quotients, int row, int count,
                               const double *eta, double *quotient);

#endif
