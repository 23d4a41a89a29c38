/* SPDX-License-Identifier: MIT */
#include "data/png.h"
#include "fuzz.h"

#include <stdlib.h>
#include <unistd.h>

/* Of the images in the corpus. */
enum { VALUES = 6 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    FILE *file = fopen(path, "rb");
    struct png png;
    struct error error;
    if (!file)
        abort();
    if (png_read(file, path, VALUES, &png, &error) == STATUS_DONE)
        free(png.pixels);
    fclose(file);
    unlink(path);
    return 0;
}
