/* SPDX-License-Identifier: MIT
 *
 * run.json in the run directory records what ran, how it was built, with which settings, where and
 * when. JSON is UTF-8: a byte of a path that is not valid UTF-8 is written as \xff. */
#ifndef DTRAIN_RUN_RECORD_H
#define DTRAIN_RUN_RECORD_H

#include "common/error.h"
#include "common/setting.h"
#include "core/model/digest.h"
#include "core/model/parameters.h"
#include "core/samples/samples.h"
#include "ranks/world.h"

#include <stdbool.h>
#include <stdint.h>

/* What run.json records about the dataset. */
struct run_dataset {
    const char *path;
    int64_t train_rows, test_rows;
    int inputs;
    bool labelled; /* whether `outputs` are classes, or numbers */
    int outputs;
    uint64_t fingerprint;
    struct samples_extent values; /* of the training rows */
    const char *recipe;           /* the text of its recipe, which is valid JSON; NULL: none */
};

/* A record lists no more parameters than this: it is made anew at each event. */
enum { RUN_MODEL_PARAMETERS_MAX = 1000 };

/* What it records about a model whose losses are evaluated one at a time. */
struct run_model {
    const char *name;
    const struct parameters *parameters; /* not listed if there are more than
                                          * RUN_MODEL_PARAMETERS_MAX */
    int residuals;                       /* of an evaluation; 0: it gives the loss */
};

/* What it records about the weights that a run begins with: the file they were read from, and the
 * digest of the parameters. */
struct run_weights {
    const char *file; /* NULL: the run draws its own */
    char digest[DIGEST_TEXT_SIZE];
};

/* Collective (the hosts of all ranks are gathered); rank 0 writes. Records a start or, if
 * `iteration` > -1, that the run resumes after that iteration. argv is the command line, and ends
 * with NULL. `dataset` is NULL for a run without data, and `model` for one of a network or of a
 * model with loss(). All ranks return the same; on failure run.json is as before. */
enum status run_record_start(const struct world *world, const char *run_dir,
                             const struct settings *settings, char *const *argv,
                             const struct run_dataset *dataset, const struct run_model *model,
                             const struct run_weights *weights, int64_t iteration,
                             struct error *error);

/* What run.json records of a run's options, and of the weights that it began with: their file as
 * "weights.file". */
struct run_options {
    char *texts; /* name and value of each (settings_find_text) */
    size_t bytes;
    int64_t finished; /* the iteration with which the run ended; -1 if it has not ended yet */
};

/* Not collective. The caller frees options->texts, which is NULL on failure. */
enum status run_record_read_options(const char *run_dir, struct run_options *options,
                                    struct error *error);

/* Not collective. Whether theta has the digest of the weights that the run began with; false if it
 * has none on record, or where memory is short. */
bool run_record_has_weights(const struct run_options *options, const struct tensors *tensors,
                            const double *theta);

/* Collective: rank 0 reads, and all get the options. The caller frees options->texts, which is NULL
 * on failure. All ranks return the same. */
enum status run_record_options(const struct world *world, const char *run_dir,
                               struct run_options *options, struct error *error);

/* Not collective. Reads what the inputs of the training rows were. False if there is no record of
 * them, as before version 0.3.1. */
bool run_record_values(const char *run_dir, struct samples_extent *values);

/* Not collective: only rank 0 calls. Adds an event, such as "finish", with the time, the iteration
 * and the reason (NULL: none). On failure run.json is as before. */
enum status run_record_event(const char *run_dir, const char *event, int64_t iteration,
                             const char *reason, struct error *error);

#endif
