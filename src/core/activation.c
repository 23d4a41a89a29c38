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

/* delta = v expm1(eta) / ((1 - z) + z exp(eta)) with v = z (1 - z), and for -eta the same; both
 * from one division. All terms of the denominators are positive, so nothing cancels. Where the
 * exponential overflows, and where z or 1 - z has underflowed, the two sigmoids are subtracted. */
MULTIVERSION
static void shift(size_t count, const struct activation_units *units, double eta,
                  double *restrict raised, double *restrict lowered)
{
    const double limit = ELEMENTARY_EXP_LIMIT, limited = fmin(limit, eta);
    const double up = elementary_exp(limited), down = 1 / up;
    const double up_less_1 = elementary_expm1(limited), down_less_1 = -up_less_1 * down;
    const double *restrict a = units->a, *restrict z = units->z, *restrict slope = units->slope;
    const double *restrict complement = units->complement;
    uint64_t saturated = eta > limit;
    for (size_t j = 0; j < count; ++j) {
        const double by_up = fma(z[j], up, complement[j]), by_down = fma(z[j], down, complement[j]);
        const double scale = slope[j] / (by_up * by_down);
        raised[j] = scale * (by_down * up_less_1);
        lowered[j] = scale * (by_up * down_less_1);
        saturated |= fabs(a[j]) > limit;
    }
    for (size_t j = 0; j < count && saturated; ++j)
        if (eta > limit || fabs(a[j]) > limit) {
            raised[j] = shift_saturated(a[j], eta);
            lowered[j] = shift_saturated(a[j], -eta);
        }
}

const struct activation activation_sigmoid = {"sigmoid", value, derivative, shift};
