/* SPDX-License-Identifier: MIT
 *
 * A digest is the 128-bit XXH3 hash of bytes, so that two people can compare results by one number.
 * Two different results have the same digest with a probability of 2^-128; a digest does not
 * protect against someone who constructs such a pair. Numbers are hashed as little-endian words of
 * 64 bits, whatever the machine's order. */
#ifndef DTRAIN_DIGEST_H
#define DTRAIN_DIGEST_H

#include "tensors.h"

#include <stdbool.h>
#include <stdint.h>

struct digest {
    uint64_t high, low;
};

enum { DIGEST_TEXT_SIZE = 33 };

/* The hash of what is added between begin and end. digest_begin returns NULL where memory is short;
 * digest_end frees the stream. */
struct digest_stream *digest_begin(void);
void digest_add_bytes(struct digest_stream *stream, const void *bytes, size_t count);
void digest_add_doubles(struct digest_stream *stream, const double *values, size_t count);
void digest_add_integers(struct digest_stream *stream, const int64_t *values, size_t count);
struct digest digest_end(struct digest_stream *stream);

/* The digest of all parameters: for each tensor a line of text, "W1 784 50\n" or "b1 50\n", and its
 * numbers, row by row. With another activation than the sigmoid the same numbers are another
 * network: then the line "activation tanh\n" comes first. False where memory is short. */
bool digest_parameters(const struct tensors *tensors, const double *theta, struct digest *digest);

bool digest_equal(struct digest a, struct digest b);

/* Writes the digest as 32 hexadecimal digits, as the program xxh128sum does. */
void digest_format(struct digest digest, char text[DIGEST_TEXT_SIZE]);

#endif
