/* SPDX-License-Identifier: MIT */
#include "digest.h"

#include "activation.h"
#include "common/xxh3.h"
#include "head.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct digest_stream {
    XXH3_state_t state;
};

struct digest_stream *digest_begin(void)
{
    /* The state has to begin where a cache line does. */
    struct digest_stream *stream = aligned_alloc(_Alignof(struct digest_stream), sizeof *stream);
    if (stream)
        XXH3_128bits_reset(&stream->state);
    return stream;
}

void digest_add_bytes(struct digest_stream *stream, const void *bytes, size_t count)
{
    XXH3_128bits_update(&stream->state, bytes, count);
}

static void add_word(struct digest_stream *stream, uint64_t word)
{
    uint8_t bytes[sizeof word];
    for (size_t i = 0; i < sizeof word; ++i)
        bytes[i] = (uint8_t)(word >> (8 * i));
    digest_add_bytes(stream, bytes, sizeof bytes);
}

void digest_add_doubles(struct digest_stream *stream, const double *values, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        uint64_t word;
        memcpy(&word, &values[i], sizeof word);
        add_word(stream, word);
    }
}

void digest_add_integers(struct digest_stream *stream, const int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        add_word(stream, (uint64_t)values[i]);
}

struct digest digest_end(struct digest_stream *stream)
{
    const XXH128_hash_t hash = XXH3_128bits_digest(&stream->state);
    free(stream);
    return (struct digest){hash.high64, hash.low64};
}

/* "activation relu", for instance. */
static void add_word_of(struct digest_stream *stream, const char *what, const char *name)
{
    char line[32];
    snprintf(line, sizeof line, "%s %s\n", what, name);
    digest_add_bytes(stream, line, strlen(line));
}

static void add_tensor(struct digest_stream *stream, const struct tensor *tensor,
                       const double *values)
{
    char line[64];
    if (tensor->columns > 0)
        snprintf(line, sizeof line, "%s %d %d\n", tensor->name, tensor->rows, tensor->columns);
    else
        snprintf(line, sizeof line, "%s %d\n", tensor->name, tensor->rows);
    digest_add_bytes(stream, line, strlen(line));
    digest_add_doubles(stream, values, tensor_size(tensor));
}

bool digest_parameters(const struct tensors *tensors, const double *theta, struct digest *digest)
{
    struct digest_stream *stream = digest_begin();
    if (!stream)
        return false;
    if (!activation_goes_unnamed(tensors->activation))
        add_word_of(stream, "activation", tensors->activation);
    if (!head_goes_unnamed(tensors->loss))
        add_word_of(stream, "loss", tensors->loss);
    for (int i = 0; i < tensors->count; ++i)
        add_tensor(stream, &tensors->list[i], theta + tensors->list[i].offset);
    *digest = digest_end(stream);
    return true;
}

bool digest_equal(struct digest a, struct digest b)
{
    return a.high == b.high && a.low == b.low;
}

void digest_format(struct digest digest, char text[DIGEST_TEXT_SIZE])
{
    snprintf(text, DIGEST_TEXT_SIZE, "%016" PRIx64 "%016" PRIx64, digest.high, digest.low);
}
