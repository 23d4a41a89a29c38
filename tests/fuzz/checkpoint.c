/* SPDX-License-Identifier: MIT */
#include "files/checkpoint.h"
#include "fuzz.h"

#include <hdf5.h>
#include <stdlib.h>
#include <unistd.h>

static struct config config;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char *words[] = {(char[]){"dtrain"}, NULL};
    struct error error;
    (void)argc;
    (void)argv;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return (int)config_parse(1, words, &config, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct checkpoint checkpoint;
    struct error error;
    const char *path = fuzz_file(data, size);
    /* The corpus is damaged checkpoints, and no change of theirs makes the digest right. */
    if (checkpoint_read(path, &config, 1, &checkpoint, &error) == STATUS_DONE)
        abort();
    unlink(path);
    return 0;
}
