/* SPDX-License-Identifier: MIT
 *
 * A kept table, RUN/values/iteration-0000012.h5, is all that an iteration of a model that evaluates
 * has evaluated (core/differences/table.h). It is an HDF5 file with the parameters that they were
 * evaluated at, and arrays that have an element for each evaluation, in the order of their numbers.
 * Its bytes depend only on the settings of the run, not on the time, the place or the number of
 * ranks. It has no digest of its own: users may read and write it with other programs, and dtrain
 * takes nothing from it but what it compares.
 *
 * Not collective: only rank 0 calls. */
#ifndef DTRAIN_KEPT_VALUES_H
#define DTRAIN_KEPT_VALUES_H

#include "common/error.h"
#include "iteration_files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kept_values {
    int64_t iteration; /* from 1 on */
    int64_t before;    /* how many, the first ones, are losses of the batch before */
    size_t parameters; /* P */
    size_t count;      /* of evaluations */
    size_t width;      /* numbers that an evaluation gives */
    double *theta;     /* (P): /theta, before the iteration's update */
    double *values;    /* (count, width): /values; NaN where there is none */
    uint8_t *outcomes; /* (count): /outcomes; enum outcome, whose names are an attribute */
    uint8_t *attempts; /* (count): /attempts, how often it was tried */
    int64_t *rows;     /* (count): /rows of the data, or replicates */
    int32_t *moved;    /* (count): /parameters, which of them is moved; -1: none */
    int8_t *sides;     /* (count): /sides, +1 or -1, where it is moved to; 0: none is */
};

/* Room for a table of that size, all zeros. False where memory is short; nothing is left behind
 * then. Free with kept_values_destroy. */
bool kept_values_create(struct kept_values *kept, size_t parameters, size_t count, size_t width);
void kept_values_destroy(struct kept_values *kept);

/* The bytes of a file with that table, roughly. */
double kept_values_bytes(size_t parameters, size_t count, size_t width);

/* Writes the path of the file of an iteration to path[size]. */
void kept_values_path(const char *run_dir, int64_t iteration, char *path, size_t size);

/* Writes the file completely or not at all, and makes the folder if there is none. */
enum status kept_values_write(const char *run_dir, const struct kept_values *kept,
                              struct error *error);

/* Reads the file of an iteration; free with kept_values_destroy. STATUS_FAILED, with a line that
 * names file and array, if it is not such a file: its arrays fit together, and outcomes are known
 * ones. On failure *kept is all zeros. */
enum status kept_values_read(const char *run_dir, int64_t iteration, struct kept_values *kept,
                             struct error *error);

/* Lists the iterations of the files, intact or not, the newest first; none if there is no folder.
 * The caller frees list->iterations, which is NULL on failure. */
enum status kept_values_list(const char *run_dir, struct iteration_list *list, struct error *error);

/* Removes the files of the iterations after that one. */
enum status kept_values_remove_after(const char *run_dir, int64_t iteration, struct error *error);

#endif
