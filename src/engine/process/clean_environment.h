/* SPDX-License-Identifier: MIT
 *
 * The environment of a simulation: that of dtrain, without what would make the simulation, or an
 * mpirun that it starts, take itself for a rank of dtrain's job. */
#ifndef DTRAIN_CLEAN_ENVIRONMENT_H
#define DTRAIN_CLEAN_ENVIRONMENT_H

/* A copy of `environment` (NULL after the last) without those variables and without DTRAIN_*, and
 * with DTRAIN_RANK, DTRAIN_RANKS, DTRAIN_SCRATCH, DTRAIN_PYTHON and PYTHONPATH, which begins with
 * `python`, the folder of dtrain_model.py (NULL: it is not known, and both are left as they are).
 * NULL where memory is short. free(result) frees all of it. */
char **clean_environment_make(char *const *environment, int rank, int ranks, const char *scratch,
                              const char *python);

#endif
