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

struct metrics_lines {
    char *text;         /* the whole file, a \0 at the end of each line */
    size_t count;       /* of complete lines */
    const char **line;  /* (count) */
    int64_t *iteration; /* (count) that of each line */
};

/* What a line holds: the loss of a batch; scores or times at an evaluation; or only a score on the
 * test set. */
enum metrics_line { METRICS_LOSS, METRICS_EVALUATION, METRICS_TEST };

/* Whether a line of `length` bytes is a JSON object that names an iteration. Stores that, and what
 * the line holds. */
bool metrics_lines_parse(const char *line, size_t length, int64_t *iteration,
                         enum metrics_line *what);

/* Reads all lines of an open file, which `path` names in error lines, from its beginning. What
 * follows the last newline, the line of a killed run, is left out. Fails where another line names
 * no iteration. Free with metrics_lines_free, after a failure too. */
enum status metrics_lines_read(FILE *file, const char *path, struct metrics_lines *lines,
                               struct error *error);

/* The same of metrics.jsonl in a run directory. */
enum status metrics_lines_read_run(const char *run_dir, struct metrics_lines *lines,
                                   struct error *error);
void metrics_lines_free(struct metrics_lines *lines);

#endif
