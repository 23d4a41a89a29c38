/* SPDX-License-Identifier: MIT */
#include "engine/journal.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the journals in the corpus. */
enum { RUN_HASH = 42, WIDTH = 2, THETA_HASH = 7, ITERATIONS = 3 };

static char folder[64], path[80];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    snprintf(folder, sizeof folder, "/dev/shm/dtrain-fuzz-%d-journal", (int)getpid());
    snprintf(path, sizeof path, "%s/0000-0000", folder);
    return 0;
}

/* libFuzzer watches comparisons, and finds hashes that are right: any record may come, but only of
 * the iteration that is asked for. */
static void take(void *context, const struct journal_record *record, const double *values)
{
    static volatile double sum;
    if (record->iteration != *(const int64_t *)context)
        abort();
    for (int i = 0; i < WIDTH; ++i)
        sum += values[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct journal_past past;
    struct error error;
    /* A harness of the same PID that has crashed may have left it. */
    mkdir(folder, 0700);
    if (rename(fuzz_file(data, size), path) != 0 ||
        journal_past_read(&past, folder, RUN_HASH, WIDTH, &error))
        abort();
    for (int64_t iteration = 0; iteration <= ITERATIONS; ++iteration)
        journal_past_take(&past, iteration, THETA_HASH, take, &iteration);
    journal_past_destroy(&past);
    if (journal_remove(folder, INT_MAX, &error))
        abort();
    return 0;
}
