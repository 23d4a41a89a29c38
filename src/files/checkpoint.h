/* SPDX-License-Identifier: MIT
 *
 * Checkpoints: RUN/checkpoints/iteration-0000600.h5, an HDF5 file with the weights in /parameters
 * and, as attributes, the iteration, every setting that shapes the run, and the dataset's
 * fingerprint. The bytes depend on the run's state only: not on time, place or number of ranks.
 *
 * The file begins with a user block, 512 bytes that HDF5 passes over: a line of text with the
 * length and the 128-bit XXH3 of all that follows. It is checked before a byte reaches the HDF5
 * library, which damaged metadata makes crash or deliver wrong numbers.
 *
 * Not collective: rank 0 calls. */
#ifndef DTRAIN_CHECKPOINT_H
#define DTRAIN_CHECKPOINT_H

#include "common/error.h"
#include "common/setting.h"
#include "core/tensors.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

/* The state of a run after an iteration. */
struct checkpoint {
    int64_t iteration;
    uint64_t fingerprint; /* of the dataset */
    struct tensors tensors;
    double *theta; /* (P) */
};

/* Writes the checkpoint as a whole or not at all: made in memory, written under a temporary name,
 * made durable, renamed. On failure the folder is as it was. */
enum status checkpoint_write(const char *path, const struct settings *settings,
                             const struct checkpoint *checkpoint, struct error *error);

/* Reads a checkpoint; the caller frees theta. STATUS_FAILED where the file is damaged, whatever
 * byte of it is; STATUS_USAGE where it belongs to other settings or to another dataset than
 * `fingerprint` says, which is not asked where settings is NULL. theta is NULL then. */
enum status checkpoint_read(const char *path, const struct settings *settings, uint64_t fingerprint,
                            struct checkpoint *checkpoint, struct error *error);

/* Whether a file begins as checkpoints do. */
bool checkpoint_is(const char *path);

/* Opens a checkpoint as an HDF5 file, which is in memory: its weights are in /parameters. Negative
 * with a line where the file is damaged; close with H5Fclose. */
hid_t checkpoint_open(const char *path, struct error *error);

#endif
