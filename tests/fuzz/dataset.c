/* SPDX-License-Identifier: MIT */
#include "data/dataset.h"
#include "fuzz.h"

#include <hdf5.h>
#include <unistd.h>

static struct world world;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    world = world_open(argc, argv);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dataset dataset;
    struct samples samples;
    struct error error;
    const char *path = fuzz_file(data, size);
    if (dataset_open(&dataset, &world, path, &(struct dataset_wants){0}, &error) == STATUS_DONE) {
        /* Reads as much as a rank would, if the set is small enough. */
        const int64_t rows = dataset.global_rows[DATASET_TRAIN];
        const struct range range = {0, rows < 100 ? rows : 100};
        if (dataset.inputs <= 1 << 16 &&
            dataset_read(&dataset, DATASET_TRAIN, range, &samples, &error) == STATUS_DONE)
            dataset_free_samples(&samples);
        dataset_close(&dataset);
    }
    unlink(path);
    return 0;
}
