/* SPDX-License-Identifier: MIT
 *
 * The lines of metrics.jsonl and failures.jsonl, read back to compare two runs or a run and its
 * repetition. Not collective: only rank 0 calls. */
#ifndef DTRAIN_METRICS_LINES_H
#define DTRAIN_METRICS_LINES_H

#include "common/error.h"
#include "core/model/score_kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a line holds: the loss of a batch, which may be null; scores or times at an evaluation, or,
 * without data, norms alone; or only a score on the test set. The lines of one iteration follow
 * each other in this order. Those of failures.jsonl count as METRICS_EVALUATION. */
enum metrics_kind { METRICS_LOSS, METRICS_EVALUATION, METRICS_TEST };

/* The scores of some sets of rows, which have names such as "train". */
enum { METRICS_SETS_MAX = 3, METRICS_NAME_SIZE = 16 };
struct metrics_scores {
    int count;
    struct metrics_set {
        char name[METRICS_NAME_SIZE];
        struct score score;
    } sets[METRICS_SETS_MAX];
};

/* Adds the score of a set, or replaces the one that is there. Where there are METRICS_SETS_MAX, and
 * this is another, does nothing. */
void metrics_scores_put(struct metrics_scores *scores, const char *name, const struct score *score);

/* The same for all scores of `others`. */
void metrics_scores_merge(struct metrics_scores *scores, const struct metrics_scores *others);

/* The score of the set with that name, or NULL. */
const struct score *metrics_scores_find(const struct metrics_scores *scores, const char *name);

struct metrics_line {
    int64_t iteration;
    enum metrics_kind kind;
    struct metrics_scores scores;
    int64_t failures; /* of a loss: the evaluations that were lost in its iteration */
};

/* Whether a line of `length` bytes is a JSON object that names an iteration, and what it holds. */
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

/* The same for a file in a run directory: "metrics.jsonl" or "failures.jsonl". */
enum status metrics_lines_read_run(const char *run_dir, const char *name,
                                   struct metrics_lines *lines, struct error *error);
void metrics_lines_free(struct metrics_lines *lines);

#endif
