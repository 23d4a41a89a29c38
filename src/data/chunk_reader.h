/* SPDX-License-Identifier: MIT
 *
 * Rows of bytes that are stored in gzip chunks, as dtrain's own datasets are: inflated by
 * libdeflate, in a third of the time that HDF5 takes by zlib. Not collective. */
#ifndef DTRAIN_CHUNK_READER_H
#define DTRAIN_CHUNK_READER_H

#include "files/hdf5_array.h"

#include <stdbool.h>
#include <stdint.h>

/* How many rows a chunk of the array has; 1 where it is stored in another way. Reading in steps
 * that begin at multiples of this inflates no chunk twice. */
int64_t chunk_reader_rows(const struct hdf5_array *array);

/* Reads `count` rows from row `begin` on: values (count, row). Checks HDF5's checksums, where there
 * are any. False, with values of no use, if the array is stored in another way, if anything is
 * wrong with it, or if dtrain was built without libdeflate: HDF5 reads it then, or says why not. */
bool chunk_reader_read(const struct hdf5_array *array, int64_t begin, int64_t count,
                       uint8_t *values);

#endif
