/* SPDX-License-Identifier: MIT
 *
 * How long the evaluations of a model's loss take, gathered for a line of timing.jsonl: how many
 * there were, how their times are distributed, which took longest, and how busy the ranks were. The
 * memory does not grow with the run. Pure. */
#ifndef DTRAIN_EVALUATION_TIMES_H
#define DTRAIN_EVALUATION_TIMES_H

#include "evaluation_name.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The histogram has 16 bins for each octave of seconds, from 2^-30, a nanosecond, to 2^25, more
 * than a year; what is outside counts in the first or last bin. Median and 90 % are told from it,
 * so they are within 2.2 %, half a bin: 2^(1/32) is 1.022. */
enum {
    EVALUATION_TIMES_LONGEST = 5,
    EVALUATION_TIMES_FIRST_OCTAVE = -30,
    EVALUATION_TIMES_OCTAVES = 55,
    EVALUATION_TIMES_PER_OCTAVE = 16,
    EVALUATION_TIMES_BINS = EVALUATION_TIMES_OCTAVES * EVALUATION_TIMES_PER_OCTAVE
};

struct evaluation_time {
    struct evaluation_name name;
    double seconds;
};

/* All zeros: nothing is gathered. */
struct evaluation_times {
    int64_t count, retried, lost;
    double sum;
    double wall;                             /* of the iterations, times the ranks */
    double least;                            /* the same, if they had been shared out ideally */
    double iteration_sum, iteration_longest; /* of the iteration at work */
    int64_t bins[EVALUATION_TIMES_BINS];
    int longest_count;
    struct evaluation_time longest[EVALUATION_TIMES_LONGEST]; /* in falling order */
};

/* Adds an evaluation that this run has done, in `attempts` attempts, and whether its value was lost
 * in the end. Not one whose value was read from a journal: another start has spent its time. The
 * parameter's name must stay as long as *times. */
void evaluation_times_add(struct evaluation_times *times, const struct evaluation_time *evaluation,
                          int attempts, bool is_lost);

/* Ends an iteration, whose evaluations were added, and which took `seconds` on that many ranks. At
 * best it could have taken max(sum / ranks, longest). */
void evaluation_times_end_iteration(struct evaluation_times *times, int ranks, double seconds);

/* The seconds that a share of the evaluations did not exceed: 0.5 for the median. NaN if there are
 * none. */
double evaluation_times_quantile(const struct evaluation_times *times, double share);

/* Writes the JSON object of the member "evaluations" of timing.jsonl. */
void evaluation_times_write(FILE *file, const struct evaluation_times *times);

#endif
