/* SPDX-License-Identifier: MIT */
#include "runs/weights.h"
#include "fuzz.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tensors tensors;
    struct error error;
    double *theta = NULL;
    const char **names = NULL;
    const char *path = fuzz_file(data, size);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file >= 0) {
        if (weights_read_group(file, "/", path, &tensors, &theta, &error) == STATUS_DONE)
            weights_read_names(file, "/", path, &tensors, &names, &error);
        H5Fclose(file);
    }
    free(theta);
    free(names);
    unlink(path);
    return 0;
}
