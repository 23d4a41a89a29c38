/* SPDX-License-Identifier: MIT */
#include "activation.h"

#include "common/multiversion.h"
#include "elementary.h"

MULTIVERSION
static void value(size_t count, const double *restrict a, double *restrict z,
                  double *restrict complement)
{
    for (size_t j = 0; j < count; ++j) {
        const struct elementary_sigmoid sigmoid = elementary_sigmoid(a[j]);
        z[j] = sigmoid.value;
        complement[j] = sigmoid.complement;
    }
}

MULTIVERSION
static void derivative(size_t count, const double *restrict z, const double *restrict complement,
                       double *restrict slope)
{
    for (size_t j = 0; j < count; ++j)
        slope[j] = z[j] * complement[j];
}

/* sigmoid(a + eta) - sigmoid(a) where eta or a is too large for the formula of shift. It is the
 * difference of two sigmoids that are far apart, or both next to nothing: so nothing cancels if it
 * is taken of the complements where sigmoid(a) is near 1. */
static double shift_saturated(double a, double eta)
{
    const struct elementary_sigmoid before = elementary_sigmoid(a);
    const struct elementary_sigmoid after = elementary_sigmoid(a + eta);
    return a > 0 ? before.complement - after.complement : after.value - before.value;
}

/* delta = v expm1(eta) / ((1 - z) + z exp(eta)) with v = z (1 - z). All terms of the denominator
 * are positive, so nothing cancels. Where the exponential overflows, and where z or 1 - z has
 * underflowed, the two sigmoids are subtracted. */
MULTIVERSION
static void shift(size_t count, const struct activation_units *units, double eta,
                  double *restrict delta)
{
    const double limit = ELEMENTARY_EXP_LIMIT, limited = fmax(-limit, fmin(limit, eta));
    const double e = elementary_exp(limited), e_minus_1 = elementary_expm1(limited);
    const double *restrict a = units->a, *restrict z = units->z, *restrict slope = units->slope;
    const double *restrict complement = units->complement;
    for (size_t j = 0; j < count; ++j)
        delta[j] = slope[j] * e_minus_1 / fma(z[j], e, complement[j]);
    for (size_t j = 0; j < count; ++j)
        if (fabs(eta) > limit || fabs(a[j]) > limit)
            delta[j] = shift_saturated(a[j], eta);
}

const struct activation activation_sigmoid = {"sigmoid", value, derivative, shift};
