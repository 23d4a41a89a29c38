/* SPDX-License-Identifier: MIT
 *
 * A sample of everything that the compute core computes, condensed to one digest, and to one for
 * each part. They are the same for every compiler, option, processor and library with which dtrain
 * may be built or run. */
#ifndef DTRAIN_SELFTEST_H
#define DTRAIN_SELFTEST_H

#include "core/model/digest.h"

#include <stdbool.h>

/* The digest of all results that this version computes wherever nothing is wrong. */
#define SELFTEST_DIGEST "b1f4e5a4f43c44d5173902b887308dcf"

/* Each result belongs to one part. A part starts from results of the parts before it, so an error
 * in one can show in later ones, too. */
enum selftest_part {
    SELFTEST_FUNCTIONS, /* exp, log and the functions made from them */
    SELFTEST_BATCHES,   /* rows drawn at random */
    SELFTEST_FORWARD,   /* units, outputs and losses of networks */
    SELFTEST_BACKPROP,  /* sums of gradients by each method */
    SELFTEST_LITERAL,
    SELFTEST_NUMERICAL,
    SELFTEST_SGD, /* parameters, and state vectors, after steps of each optimizer */
    SELFTEST_MOMENTUM,
    SELFTEST_NESTEROV,
    SELFTEST_ADAGRAD,
    SELFTEST_RMSPROP,
    SELFTEST_ADAM,
    SELFTEST_SQUARES, /* all of that, for networks that predict numbers */
    SELFTEST_RATES,   /* learning rates by each schedule */
    SELFTEST_PARTS
};

/* A part's name in messages, which is that of the method or optimizer, and its right digest. */
struct selftest_expected {
    const char *name, *digest;
};
extern const struct selftest_expected selftest_expected[SELFTEST_PARTS];

struct selftest {
    struct digest all, parts[SELFTEST_PARTS];
};

/* Computes random numbers, batches, elementary functions, forward passes, gradients by each method
 * and updates, and the digests of the results. Takes a fraction of a second. False where memory is
 * short. */
bool selftest_run(struct selftest *selftest);

/* Whether the digest of all is right; whether that of a part is not. */
bool selftest_passed(const struct selftest *selftest);
bool selftest_part_differs(const struct selftest *selftest, enum selftest_part part);

/* Writes the names of the parts that differ, in their order: "numerical and adam". The text is
 * empty where each part is right; the digest of all can still be wrong. */
enum { SELFTEST_TEXT_SIZE = 256 };
void selftest_list_differences(const struct selftest *selftest, char text[SELFTEST_TEXT_SIZE]);

#endif
