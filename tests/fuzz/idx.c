/* SPDX-License-Identifier: MIT */
#include "data/idx.h"
#include "fuzz.h"

#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    for (int dimensions = 1; dimensions <= 3; dimensions += 2) {
        struct idx idx;
        struct error error;
        if (idx_read(path, dimensions, &idx, &error) == STATUS_DONE)
            idx_free(&idx);
    }
    unlink(path);
    return 0;
}
