/* SPDX-License-Identifier: MIT
 *
 * A checkpoint, RUN/checkpoints/iteration-0000600.h5, is an HDF5 file with the weights in
 * /parameters, with the names that a model gives them, the optimizer's state vectors in /optimizer,
 * if it has any, and, as attributes, the iteration, every setting that shapes the run, the
 * dataset's fingerprint, a hash of what a model says about its parameters, the first version in
 * which such a run has the same bits, the norm of the last gradient, and the best evaluation, if
 * the run has validation rows. If the dataset has a recipe, /recipe is a copy of it. Its bytes
 * depend only on the state of the run, not on the time, the place or the number of ranks.
 *
 * The file begins with a user block, 512 bytes that HDF5 skips: a line of text with the length of
 * the file and the 128-bit XXH3 hash of all that follows. Both are checked before the HDF5 library
 * sees the file, because damaged metadata can make the library crash or return wrong numbers.
 *
 * Not collective: only rank 0 calls. */
#ifndef DTRAIN_CHECKPOINT_H
#define DTRAIN_CHECKPOINT_H

#include "common/error.h"
#include "common/setting.h"
#include "core/model/tensors.h"
#include "core/update/best.h"
#include "core/update/optimizer.h"

#include <hdf5.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* The state of a run after an iteration. */
struct checkpoint {
    int64_t iteration;
    uint64_t fingerprint; /* hash of the dataset */
    struct tensors tensors;
    const struct optimizer_rule *optimizer;
    double *theta;    /* (P), followed by the optimizer's state vectors: a block (optimizer.h) */
    struct best best; /* best_none() without validation rows */
    double gradient_norm; /* of the step that led here; NaN before the first step, and if dtrain
                           * 0.3.0 or older wrote the checkpoint */
    char *recipe;         /* the text of the dataset's recipe; NULL: it has none */
    const char **names;   /* (P) of a model's parameters, in one block; NULL: they have none */
    uint64_t described;   /* parameters_hash of what a model says about them; 0: it says nothing */
};

/* Stands for no checkpoint. */
static inline struct checkpoint checkpoint_none(void)
{
    return (struct checkpoint){.iteration = -1, .best = best_none(), .gradient_norm = (double)NAN};
}

/* Writes the checkpoint completely or not at all (atomic_file_write); it is made in memory. One of
 * the settings is the gradient method. */
enum status checkpoint_write(const char *path, const struct settings *settings,
                             const struct checkpoint *checkpoint, struct error *error);

/* Reads a checkpoint; the caller frees it with checkpoint_free. Returns STATUS_FAILED if any byte
 * of the file is damaged, and STATUS_USAGE if the checkpoint was made with other settings, another
 * dataset, or a version in which such a run has other bits. On failure it is checkpoint_none(). */
enum status checkpoint_read(const char *path, const struct settings *settings, uint64_t fingerprint,
                            struct checkpoint *checkpoint, struct error *error);

/* The same for any run: nothing is compared. */
enum status checkpoint_read_any(const char *path, struct checkpoint *checkpoint,
                                struct error *error);

/* Frees what was read; the checkpoint is checkpoint_none() then. */
void checkpoint_free(struct checkpoint *checkpoint);

/* Whether a file begins like a checkpoint. */
bool checkpoint_recognize(const char *path);

/* Reads a checkpoint into memory and opens it there as an HDF5 file; the caller closes it with
 * H5Fclose. Returns a negative id and fills *error if the file is damaged. */
hid_t checkpoint_open(const char *path, struct error *error);

#endif
