/* SPDX-License-Identifier: MIT
 *
 * The head of a network: what becomes of a sample's outputs, the sums of the last layer, and its
 * target: the loss. A head is a struct of functions that compute it, its derivatives, and its
 * differences.
 *
 * A difference is that of two losses, after the outputs have moved up and down, as
 *     Q = (l(+eta) - l(-eta)) / (2 eta)
 * if a shift by eta is what moves them. Only what is equal may cancel, so that Q keeps its digits
 * however small eta is; and moves may be of any size. The functions work on a sample, or on many
 * moves of its outputs that lie side by side in `lanes`, a multiple of NETWORK_VECTOR; a lane has
 * the same bits whatever its neighbours are. K is the number of outputs. */
#ifndef DTRAIN_HEAD_H
#define DTRAIN_HEAD_H

#include "score_kind.h"

#include <stdbool.h>
#include <stddef.h>

struct network_pass;
struct network_sample;

/* The epsilon in the logarithm of the loss, l = -log(y_t + 1e-7), as in the book: l <= 16.12. */
#define SOFTMAX_EPSILON 1e-7

/* Its losses lie in [-1e-7, 16.12): the power of two above, for their exact sums. */
#define SOFTMAX_LOSS_RANGE 32.0

/* Units of a sample, in lanes: a unit that moves by m moves output k by m times its direction. */
struct head_units {
    size_t lanes, stride;
    const double *directions; /* (K, stride) */
    double range;             /* no unit's directions are farther apart than that */
    double farthest;          /* no unit moves farther than that, by any of the shifts */
};

/* A shift of these units by eta, up and down. */
struct head_shift {
    double eta;
    double farthest;                /* no unit moves farther than that */
    const double *raised, *lowered; /* (lanes): the moves of the units */
    double *quotient;               /* (lanes): Q(eta), which of_units writes */
};

/* Moves of the outputs themselves, in lanes. */
struct head_moves {
    size_t lanes;
    const double *up, *down; /* (K, lanes) */
    double farthest;         /* no outputs move farther from each other; may be INFINITY */
    double *difference;      /* (lanes): 2 eta Q, which of_moves writes */
};

struct head {
    const char *name;
    bool predicts_classes;
    const struct score_kind *score;
    int loss_parts;      /* of the sums of losses (exact_sum.h) */
    double loss_range;   /* their range, where it does not depend on the targets */
    double loss_ceiling; /* the largest loss of a sample */
    bool relative; /* whether the loss depends on nothing but the differences between outputs */
    /* The loss is analytic while the outputs move, in the complex plane, by less than that; if the
     * head is relative, measured from the middle of their moves. INFINITY: wherever they move. */
    double radius;

    /* After the outputs a of a pass's samples: their y and losses (network.h). */
    void (*finish)(const struct network_pass *pass, size_t count);
    /* by_output (K): the derivatives of the loss. */
    void (*derive)(const struct network_sample *sample, int outputs, double *by_output);
    /* Q of units at some shifts. `scratch` has room for 2 times the lanes, or K if that is more. */
    void (*of_units)(const struct network_sample *sample, int outputs,
                     const struct head_units *units, int count, const struct head_shift *shifts,
                     double *scratch);
    /* 2 eta Q of moves; scratch as above. */
    void (*of_moves)(const struct network_sample *sample, int outputs,
                     const struct head_moves *moves, double *scratch);
    /* Q(eta) of each output, if it alone is shifted: quotient (K, in whole vectors). `scratch` has
     * room for twice as many. */
    void (*of_outputs)(const struct network_sample *sample, int outputs, double eta,
                       double *quotient, double *scratch);
};

extern const struct head head_softmax, head_squares;

/* The head with that name; NULL if there is none. */
const struct head *head_find(const char *name);

/* Whether files leave the name out: that of softmax, which all networks once had, or "". */
bool head_goes_unnamed(const char *name);

#endif
