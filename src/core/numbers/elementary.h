/* SPDX-License-Identifier: MIT
 *
 * exp, expm1, log and log1p of our own: the same bits on every machine.
 *
 * libm's results differ between its versions and between processors (its variants with and
 * without fma round some arguments differently). These use only +, -, *, /, fma and bit
 * operations, each of which IEEE 754 defines to the bit; so a value does not depend on the
 * instruction set, the vector width or the position in a vector. They have no branches, so that
 * compilers turn a loop over them into vector code. tests/core/numbers/elementary.c
 * measures their largest errors, against long double over the ranges stated. */
#ifndef DTRAIN_ELEMENTARY_H
#define DTRAIN_ELEMENTARY_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "dtrain's arithmetic is exact to the bit: build it without -ffast-math"
#endif

/* Always inlined: a call would keep the loop around it from becoming vector code. */
#define ELEMENTARY_INLINE static inline __attribute__((always_inline))

/* Adding 1.5 * 2^52 rounds |x| < 2^51 to an integer and leaves it in the low bits. */
#define ELEMENTARY_ROUNDER 0x1.8p52
/* elementary_exp(x) is 0 below minus that, and infinite a little above it. */
#define ELEMENTARY_EXP_LIMIT 708.0
#define ELEMENTARY_LOG2_E    0x1.71547652b82fep+0
/* ln 2 to twice the precision of a double: high + low. */
#define ELEMENTARY_LN2_HIGH 0x1.62e42fefa39efp-1
#define ELEMENTARY_LN2_LOW  0x1.abc9e3b39803fp-56

ELEMENTARY_INLINE uint64_t elementary_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

ELEMENTARY_INLINE double elementary_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp(r) - 1 for |r| <= ln(2)/2. The Taylor series: its first omitted term, r^14/14!, is below
 * 4e-18 of the result there, so no fitted coefficients are needed. */
ELEMENTARY_INLINE double elementary_expm1_near_zero(double r)
{
    double tail = 1.0 / 6227020800;
    tail = fma(tail, r, 1.0 / 479001600);
    tail = fma(tail, r, 1.0 / 39916800);
    tail = fma(tail, r, 1.0 / 3628800);
    tail = fma(tail, r, 1.0 / 362880);
    tail = fma(tail, r, 1.0 / 40320);
    tail = fma(tail, r, 1.0 / 5040);
    tail = fma(tail, r, 1.0 / 720);
    tail = fma(tail, r, 1.0 / 120);
    tail = fma(tail, r, 1.0 / 24);
    tail = fma(tail, r, 1.0 / 6);
    tail = fma(tail, r, 1.0 / 2);
    return fma(r * r, tail, r);
}

/* x = n ln 2 + r: returns r and stores 2^n; n from -1021 to 1023, that is x in [-708, 709]. */
ELEMENTARY_INLINE double elementary_reduce(double x, double *power_of_two)
{
    const double rounded = fma(x, ELEMENTARY_LOG2_E, ELEMENTARY_ROUNDER);
    const double n = rounded - ELEMENTARY_ROUNDER;
    *power_of_two = elementary_from_bits((elementary_bits(rounded) + 1023) << 52);
    return fma(-n, ELEMENTARY_LN2_LOW, fma(-n, ELEMENTARY_LN2_HIGH, x));
}

/* e^x; 0 below -708 (where doubles lose precision), infinity above 709; NaN for NaN. */
ELEMENTARY_INLINE double elementary_exp(double x)
{
    double power_of_two;
    const double r = elementary_reduce(x, &power_of_two);
    const double y = (1 + elementary_expm1_near_zero(r)) * power_of_two;
    return x < -708 ? 0 : x > 709 ? (double)INFINITY : y;
}

/* e^x - 1 without cancellation; infinity above 709; NaN for NaN. */
ELEMENTARY_INLINE double elementary_expm1(double x)
{
    double power_of_two;
    const double r = elementary_reduce(x, &power_of_two);
    const double y = fma(power_of_two, elementary_expm1_near_zero(r), power_of_two - 1);
    /* Below -40, e^x is less than half an ulp of 1. */
    return x < -40 ? -1 : x > 709 ? (double)INFINITY : y;
}

/* sigmoid(x) = 1 / (1 + e^-x), and 1 - sigmoid(x) = sigmoid(-x) without cancellation. */
struct elementary_sigmoid {
    double value, complement;
};

ELEMENTARY_INLINE struct elementary_sigmoid elementary_sigmoid(double x)
{
    const double e = elementary_exp(-fabs(x));
    const double larger = 1 / (1 + e), smaller = e * larger;
    return (struct elementary_sigmoid){x < 0 ? smaller : larger, x < 0 ? larger : smaller};
}

/* log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)]. With s = f / (2 + f) it is 2 atanh(s), whose
 * series in s^2 < 0.0295 needs 11 terms; 2s is written f - s f, which rounds less. */
ELEMENTARY_INLINE double elementary_log1p_near_zero(double f)
{
    const double s = f / (2 + f);
    const double s2 = s * s;
    double tail = 2.0 / 23;
    tail = fma(tail, s2, 2.0 / 21);
    tail = fma(tail, s2, 2.0 / 19);
    tail = fma(tail, s2, 2.0 / 17);
    tail = fma(tail, s2, 2.0 / 15);
    tail = fma(tail, s2, 2.0 / 13);
    tail = fma(tail, s2, 2.0 / 11);
    tail = fma(tail, s2, 2.0 / 9);
    tail = fma(tail, s2, 2.0 / 7);
    tail = fma(tail, s2, 2.0 / 5);
    tail = fma(tail, s2, 2.0 / 3);
    return fma(-s, fma(-s2, tail, f), f);
}

/* log(x + correction) for a tiny correction, |correction| <= ulp(x); NaN unless x is in
 * [2^-1022, 2^1023]. */
ELEMENTARY_INLINE double elementary_log_corrected(double x, double correction)
{
    /* x = m 2^e with m in [sqrt(1/2), sqrt(2)): e counts how often x's bits pass those of
     * sqrt(1/2). It is kept positive (+ 1024), as vector units shift unsigned numbers only. */
    const uint64_t bits = elementary_bits(x);
    const uint64_t root_half = UINT64_C(0x3fe6a09e667f3bcd);
    const uint64_t shifted_e = (bits - root_half + (UINT64_C(1024) << 52)) >> 52;
    const double m = elementary_from_bits(bits - (shifted_e << 52) + (UINT64_C(1024) << 52));
    const double e = elementary_from_bits(elementary_bits(ELEMENTARY_ROUNDER) + shifted_e - 1024) -
                     ELEMENTARY_ROUNDER;
    const double power_of_minus_e = elementary_from_bits((2047 - shifted_e) << 52);
    const double f = fma(correction, power_of_minus_e, m - 1);
    const double y =
        fma(e, ELEMENTARY_LN2_HIGH, fma(e, ELEMENTARY_LN2_LOW, elementary_log1p_near_zero(f)));
    return x >= DBL_MIN && x <= 0x1p1023 ? y : (double)NAN;
}

/* Natural logarithm; NaN unless x is in [2^-1022, 2^1023]. */
ELEMENTARY_INLINE double elementary_log(double x)
{
    return elementary_log_corrected(x, 0);
}

/* log(1 + x) for x >= 0, without losing a small x; NaN for NaN and above 2^1023. */
ELEMENTARY_INLINE double elementary_log1p(double x)
{
    const double sum = 1 + x;
    /* What the rounding of 1 + x lost, exactly: subtract the larger term first. */
    const double lost = x < 1 ? x - (sum - 1) : 1 - (sum - x);
    return elementary_log_corrected(sum, lost);
}

/* cos(x) for 0 <= x <= pi / 2, by its series: libm's may differ from machine to machine. */
static inline double elementary_cosine(double x)
{
    double term = 1, sum = 1;
    for (int n = 2; n <= 24; n += 2) {
        term *= -x * x / (n * (n - 1));
        sum += term;
    }
    return sum;
}

/* base^exponent by products only: pow is not the same everywhere. */
static inline double elementary_power(double base, int64_t exponent)
{
    double product = 1;
    while (exponent > 0) {
        product *= exponent % 2 ? base : 1;
        base *= base;
        exponent /= 2;
    }
    return product;
}

#endif
