/* SPDX-License-Identifier: MIT
 *
 * Lengths that depend on the number of training rows. */
#include "options.h"

/* Lets auto stand for the fewest whole epochs that make at least `least` iterations, or for 0 if
 * that is one epoch. */
static void settle_period(struct config_integer_or_word *period, int64_t least, int64_t epoch)
{
    if (period->word)
        period->number = epoch < least ? (least + epoch - 1) / epoch * epoch : 0;
}

/* The iterations of --epochs: rounded down, and at least 1. */
static enum status settle_iterations(struct config *config, int64_t rows, struct error *error)
{
    const int64_t epochs = config->epochs, batch = config->batch_size;
    const int64_t whole = rows / batch, rest = rows % batch * epochs / batch;
    const int64_t most = (int64_t)COUNT_MAX;
    if (epochs == 0)
        return STATUS_DONE;
    if (rest > most || whole > (most - rest) / epochs)
        return error_set(error, STATUS_USAGE,
                         "--epochs %lld: these are more than %lld iterations of --batch-size %lld",
                         (long long)epochs, (long long)most, (long long)batch);
    config->iterations = whole * epochs + rest > 0 ? whole * epochs + rest : 1;
    return STATUS_DONE;
}

enum status config_settle(struct config *config, int64_t rows, int64_t epoch, struct error *error)
{
    /* An evaluation of a small set takes as long as some iterations, and a checkpoint, which must
     * reach the disk, as long as a few hundred. */
    settle_period(&config->eval_every, 10, epoch);
    settle_period(&config->checkpoint_every, 300, epoch);
    return settle_iterations(config, rows, error);
}
