/* SPDX-License-Identifier: MIT
 *
 * What a vector register holds: VECTOR_LANES numbers, for the kernels (kernel.h), which are
 * compiled for AVX-512, for AVX2, and for whatever a processor has. Vectors are added, multiplied
 * and so on by the operators of C, which compilers apply lane by lane; a lane has the same bits
 * everywhere. */
#ifndef DTRAIN_VECTOR_H
#define DTRAIN_VECTOR_H

#include "elementary.h"

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

/* Unrolls the loop that follows, whose bounds are constants: then the vectors of an array are
 * registers. */
#define VECTOR_UNROLL _Pragma("GCC unroll 32")

ELEMENTARY_INLINE vector vector_load(const double *from)
{
    vector v;
    memcpy(&v, from, sizeof v);
    return v;
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

#endif
