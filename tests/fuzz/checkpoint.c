/* SPDX-License-Identifier: MIT */
#include "runs/checkpoint.h"
#include "fuzz.h"

#include <hdf5.h>
#include <stdlib.h>
#include <unistd.h>

static const struct settings settings = {
    .count = 1, .list = {{.name = "seed", .value = "0", .origin = "default", .shapes_run = true}}};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct checkpoint checkpoint;
    struct error error;
    const char *path = fuzz_file(data, size);
    /* All checkpoints of the corpus are damaged, and no change makes their digest right. */
    if (checkpoint_read(path, &settings, 1, &checkpoint, &error) == STATUS_DONE)
        abort();
    unlink(path);
    return 0;
}
