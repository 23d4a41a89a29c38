/* SPDX-License-Identifier: MIT
 *
 * The program's commands. Each is collective and returns the same status and error line on all
 * ranks. Rank 0 prints the results on standard output. */
#ifndef DTRAIN_COMMANDS_H
#define DTRAIN_COMMANDS_H

#include "common/error.h"
#include "training/job.h"

enum status train_command(const struct job *job, struct error *error);
enum status eval_command(const struct job *job, struct error *error);
enum status predict_command(const struct job *job, struct error *error);
enum status gradcheck_command(const struct job *job, struct error *error);
enum status gradient_command(const struct job *job, struct error *error);
enum status batches_command(const struct job *job, struct error *error);
enum status import_command(const struct job *job, struct error *error);
enum status digest_command(const struct job *job, struct error *error);
enum status diff_command(const struct job *job, struct error *error);
enum status verify_command(const struct job *job, struct error *error);

/* Without MPI, and not collective. The first process prints the result. */
enum status selftest_command(const struct job *job, struct error *error);

#endif
