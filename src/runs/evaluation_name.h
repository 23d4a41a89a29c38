/* SPDX-License-Identifier: MIT
 *
 * Which of the evaluations of a run is meant, where one of a model's losses is named in
 * failures.jsonl and timing.jsonl. */
#ifndef DTRAIN_EVALUATION_NAME_H
#define DTRAIN_EVALUATION_NAME_H

#include <stdint.h>
#include <stdio.h>

struct evaluation_name {
    int64_t iteration;
    int64_t number;        /* in the iteration's table */
    const char *parameter; /* that is moved; NULL: none, it is the loss of the row as it is */
    int side;              /* +1 or -1: where it is moved to */
    int64_t row;           /* of the dataset; without data, the number of the replicate */
};

/* Writes its members of a JSON object: "iteration":3,"evaluation":17,"parameter":"outlet",
 * "side":"+","row":5. Without a parameter there is no side either. */
void evaluation_name_write(FILE *file, const struct evaluation_name *name);

#endif
