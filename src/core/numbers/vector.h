/* SPDX-License-Identifier: MIT
 *
 * What a vector register holds: VECTOR_LANES numbers, for the kernels (kernel.h), which are
 * compiled for AVX-512, for AVX2, and for whatever a processor has. Vectors are added, multiplied
 * and so on by the operators of C, which compilers apply lane by lane; a lane has the same bits
 * everywhere. */
#ifndef DTRAIN_VECTOR_H
#define DTRAIN_VECTOR_H

#include "elementary.h"

#include <stdbool.h>
#include <stddef.h>

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>
enum { VECTOR_LANES = 8, VECTOR_REGISTERS = 32 };
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
enum { VECTOR_LANES = 4, VECTOR_REGISTERS = 16 };
#else
enum { VECTOR_LANES = 2, VECTOR_REGISTERS = 16 };
#endif

typedef double vector __attribute__((vector_size(VECTOR_LANES * sizeof(double))));
typedef uint64_t vector_bits __attribute__((vector_size(VECTOR_LANES * sizeof(uint64_t))));

/* Some columns of a row, in whole vectors but for the last of the row. */
struct vector_block {
    size_t first, columns, vectors;
};

/* A row is divided into the fewest blocks of up to `widest` vectors, and these evenly, as narrow
 * blocks are slow. */
static inline size_t vector_blocks(size_t columns, size_t widest)
{
    return (columns + widest * VECTOR_LANES - 1) / (widest * VECTOR_LANES);
}

static inline struct vector_block vector_block(size_t columns, size_t widest, size_t index)
{
    const size_t vectors = (columns + VECTOR_LANES - 1) / VECTOR_LANES;
    const size_t blocks = vector_blocks(columns, widest);
    const size_t begin = index * vectors / blocks, end = (index + 1) * vectors / blocks;
    const size_t first = begin * VECTOR_LANES, last = end * VECTOR_LANES;
    return (struct vector_block){first, (last < columns ? last : columns) - first, end - begin};
}

/* Unrolls the loop that follows, whose bounds are constants: then the vectors of an array are
 * registers. */
#define VECTOR_UNROLL _Pragma("GCC unroll 32")

ELEMENTARY_INLINE vector vector_load(const double *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* The first `count` lanes, 1 .. VECTOR_LANES, from there, and 0 in the others; nothing behind them
 * is read. */
ELEMENTARY_INLINE vector vector_load_some(const double *from, size_t count)
{
#if defined(__AVX512F__) && defined(__AVX512DQ__)
    return _mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), from);
#elif defined(__AVX2__) && defined(__FMA__)
    const __m256i lane = _mm256_set_epi64x(3, 2, 1, 0);
    return _mm256_maskload_pd(from, _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)count), lane));
#else
    return (vector){from[0], count > 1 ? from[1] : 0};
#endif
}

ELEMENTARY_INLINE void vector_store(double *to, vector v)
{
    memcpy(to, &v, sizeof v);
}

/* x in every lane. */
ELEMENTARY_INLINE vector vector_of(double x)
{
#if defined(__AVX512F__) && defined(__AVX512DQ__)
    return _mm512_set1_pd(x);
#elif defined(__AVX2__) && defined(__FMA__)
    return _mm256_set1_pd(x);
#else
    return (vector){x, x};
#endif
}

/* a b + c, rounded once. */
ELEMENTARY_INLINE vector vector_fma(vector a, vector b, vector c)
{
#if defined(__AVX512F__) && defined(__AVX512DQ__)
    return _mm512_fmadd_pd(a, b, c);
#elif defined(__AVX2__) && defined(__FMA__)
    return _mm256_fmadd_pd(a, b, c);
#else
    return (vector){fma(a[0], b[0], c[0]), fma(a[1], b[1], c[1])};
#endif
}

/* The larger and the smaller of two vectors, lane by lane; b where one of them is NaN. */
ELEMENTARY_INLINE vector vector_larger(vector a, vector b)
{
#if defined(__AVX512F__) && defined(__AVX512DQ__)
    return _mm512_max_pd(a, b);
#elif defined(__AVX2__) && defined(__FMA__)
    return _mm256_max_pd(a, b);
#else
    return (vector){a[0] > b[0] ? a[0] : b[0], a[1] > b[1] ? a[1] : b[1]};
#endif
}

ELEMENTARY_INLINE vector vector_smaller(vector a, vector b)
{
#if defined(__AVX512F__) && defined(__AVX512DQ__)
    return _mm512_min_pd(a, b);
#elif defined(__AVX2__) && defined(__FMA__)
    return _mm256_min_pd(a, b);
#else
    return (vector){a[0] < b[0] ? a[0] : b[0], a[1] < b[1] ? a[1] : b[1]};
#endif
}

/* Whether any lane is not 0. */
ELEMENTARY_INLINE bool vector_any(vector v)
{
#if defined(__AVX512F__) && defined(__AVX512DQ__)
    return _mm512_cmp_pd_mask(v, _mm512_setzero_pd(), _CMP_NEQ_UQ) != 0;
#elif defined(__AVX2__) && defined(__FMA__)
    return _mm256_movemask_pd(_mm256_cmp_pd(v, _mm256_setzero_pd(), _CMP_NEQ_UQ)) != 0;
#else
    return v[0] != 0 || v[1] != 0;
#endif
}

/* Transposes the square matrix of VECTOR_LANES rows: pairs of rows, then pairs of pairs, and so on,
 * exchange their blocks off the diagonal. */
ELEMENTARY_INLINE void vector_transpose(vector rows[VECTOR_LANES])
{
#if defined(__AVX512F__) && defined(__AVX512DQ__)
    const __m512i left = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0);
    const __m512i right = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
    vector pairs[8], fours[8];
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = _mm512_unpacklo_pd(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_pd(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; ++k) {
            fours[i + k] = _mm512_permutex2var_pd(pairs[i + k], left, pairs[i + k + 2]);
            fours[i + k + 2] = _mm512_permutex2var_pd(pairs[i + k], right, pairs[i + k + 2]);
        }
    for (int k = 0; k < 4; ++k) {
        rows[k] = _mm512_shuffle_f64x2(fours[k], fours[k + 4], 0x44);
        rows[k + 4] = _mm512_shuffle_f64x2(fours[k], fours[k + 4], 0xee);
    }
#elif defined(__AVX2__) && defined(__FMA__)
    vector pairs[4];
    for (int i = 0; i < 4; i += 2) {
        pairs[i] = _mm256_unpacklo_pd(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm256_unpackhi_pd(rows[i], rows[i + 1]);
    }
    for (int k = 0; k < 2; ++k) {
        rows[k] = _mm256_permute2f128_pd(pairs[k], pairs[k + 2], 0x20);
        rows[k + 2] = _mm256_permute2f128_pd(pairs[k], pairs[k + 2], 0x31);
    }
#else
    const vector first = rows[0], second = rows[1];
    rows[0] = (vector){first[0], second[0]};
    rows[1] = (vector){first[1], second[1]};
#endif
}

#endif
