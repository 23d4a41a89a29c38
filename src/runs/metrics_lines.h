/* SPDX-License-Identifier: MIT
 *
 * The lines of metrics.jsonl, read back to compare two runs or a run and its repetition. Not
 * collective: only rank 0 calls. */
#ifndef DTRAIN_METRICS_LINES_H
#define DTRAIN_METRICS_LINES_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a line holds: the loss of a batch; scores or times at an evaluation; or only a score on the
 * test set. The lines of one iteration follow each other in this order. */
enum metrics_kind { METRICS_LOSS, METRICS_EVALUATION, METRICS_TEST };

/* The mean loss and the accuracy over all rows of a split. */
struct metrics_score {
    double loss, accuracy;
};

struct metrics_line {
    int64_t iteration;
    enum metrics_kind kind;
    struct metrics_score train;    /* of an evaluation */
    struct metrics_score held_out; /* of an evaluation or a score on the test set; of an evaluation
                                    * it is that of the validation rows, if there are any */
};

/* Whether a line of `length` bytes is a JSON object that names an iteration, and what it holds. A
 * score that the line does not have is 0. */
bool metrics_lines_parse(const char *text, size_t length, struct metrics_line *line);

struct metrics_lines {
    char *text;         /* the whole file, a \0 at the end of each line */
    size_t count;       /* of complete lines */
    size_t rest;        /* bytes after the last newline: the line of a killed run */
    const char **line;  /* (count) */
    int64_t *iteration; /* (count) that of each line */
};

/* Reads all lines of an open file, which `path` names in error lines, from its beginning. Fails if
 * a complete line names no iteration. Free with metrics_lines_free, after a failure too. */
enum status metrics_lines_read(FILE *file, const char *path, struct metrics_lines *lines,
                               struct error *error);

/* The same for metrics.jsonl in a run directory. */
enum status metrics_lines_read_run(const char *run_dir, struct metrics_lines *lines,
                                   struct error *error);
void metrics_lines_free(struct metrics_lines *lines);

#endif
