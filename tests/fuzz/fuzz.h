/* SPDX-License-Identifier: MIT
 *
 * The functions that each harness defines; libFuzzer or replay.c calls them. */
#ifndef DTRAIN_FUZZ_H
#define DTRAIN_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Reads `size` bytes as a file of the harness's kind. It may be refused; it must not crash. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For the harnesses: the name of a file in memory with that content, valid until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

#endif
