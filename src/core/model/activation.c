/* SPDX-License-Identifier: MIT
 *
 * The three functions that a hidden unit can apply, each in three uses: the value in the forward
 * pass; the derivative, for backprop and slopes; and the change of the value by a shift, for the
 * numerical gradient, in a form where nothing cancels. */
#include "activation.h"

#include "common/multiversion.h"
#include "common/named.h"
#include "core/numbers/elementary.h"

#include <string.h>

/* The sigmoid and tanh are both logistic: tanh(a) = 2 sigmoid(2 a) - 1. With the rate r and the
 * scale s, 1 and 1 or 2 and 2, what is below and above act(a) is S = s sigmoid(r a) and
 * C = s sigmoid(-r a); the derivative is S C; and for a shift by eta
 *     act(a + eta) - act(a) = S C expm1(r eta) / (C + S exp(r eta)). */

MULTIVERSION
static void sigmoid_value(size_t count, const double *restrict a, double *restrict z,
                          double *restrict below, double *restrict above)
{
    for (size_t j = 0; j < count && !below; ++j)
        z[j] = elementary_sigmoid(a[j]).value;
    for (size_t j = 0; j < count && below; ++j) {
        const struct elementary_sigmoid sigmoid = elementary_sigmoid(a[j]);
        z[j] = sigmoid.value;
        below[j] = sigmoid.value;
        above[j] = sigmoid.complement;
    }
}

/* tanh(a) is computed from expm1, so that near 0 it keeps its digits. */
MULTIVERSION
static void tanh_value(size_t count, const double *restrict a, double *restrict z,
                       double *restrict below, double *restrict above)
{
    for (size_t j = 0; j < count; ++j) {
        const double fall = elementary_expm1(-2 * fabs(a[j]));
        z[j] = copysign(fall / (2 + fall), a[j]);
    }
    for (size_t j = 0; j < count && below; ++j) {
        const struct elementary_sigmoid sigmoid = elementary_sigmoid(2 * a[j]);
        below[j] = 2 * sigmoid.value;
        above[j] = 2 * sigmoid.complement;
    }
}

MULTIVERSION
static void logistic_derivative(size_t count, const struct activation_units *units,
                                double *restrict slope)
{
    const double *restrict below = units->below, *restrict above = units->above;
    for (size_t j = 0; j < count; ++j)
        slope[j] = below[j] * above[j];
}

/* sigmoid(a + eta) - sigmoid(a) where eta or a is too large for the formula above. It is the
 * difference of two sigmoids that are far apart, or both near 0: so nothing cancels if the
 * complements are subtracted where sigmoid(a) is near 1. */
static double shift_saturated(double a, double eta)
{
    const struct elementary_sigmoid before = elementary_sigmoid(a);
    const struct elementary_sigmoid after = elementary_sigmoid(a + eta);
    return a > 0 ? before.complement - after.complement : after.value - before.value;
}

/* Both shifts from one division. All terms of the denominators are positive, so nothing cancels.
 * Where the exponential overflows, and where S or C has underflowed, two sigmoids are subtracted.
 */
ELEMENTARY_INLINE void logistic_shift(double rate, double scale, size_t count,
                                      const struct activation_units *units, double eta,
                                      double *restrict raised, double *restrict lowered)
{
    const double limit = ELEMENTARY_EXP_LIMIT, limited = fmin(limit, rate * eta);
    const double up = elementary_exp(limited), down = 1 / up;
    const double up_less_1 = elementary_expm1(limited), down_less_1 = -up_less_1 * down;
    const double *restrict a = units->a, *restrict slope = units->slope;
    const double *restrict below = units->below, *restrict above = units->above;
    uint64_t saturated = rate * eta > limit;
    for (size_t j = 0; j < count; ++j) {
        const double by_up = fma(below[j], up, above[j]), by_down = fma(below[j], down, above[j]);
        const double quotient = slope[j] / (by_up * by_down);
        raised[j] = quotient * (by_down * up_less_1);
        lowered[j] = quotient * (by_up * down_less_1);
        saturated |= fabs(rate * a[j]) > limit;
    }
    for (size_t j = 0; j < count && saturated; ++j)
        if (rate * eta > limit || fabs(rate * a[j]) > limit) {
            raised[j] = scale * shift_saturated(rate * a[j], rate * eta);
            lowered[j] = scale * shift_saturated(rate * a[j], -rate * eta);
        }
}

MULTIVERSION
static void sigmoid_shift(size_t count, const struct activation_units *units, double eta,
                          double *restrict raised, double *restrict lowered)
{
    logistic_shift(1, 1, count, units, eta, raised, lowered);
}

MULTIVERSION
static void tanh_shift(size_t count, const struct activation_units *units, double eta,
                       double *restrict raised, double *restrict lowered)
{
    logistic_shift(2, 2, count, units, eta, raised, lowered);
}

/* For |r eta| <= 2^-10. The terms omitted from two series are below 2e-18: x^5 / 720 of the result
 * from that of expm1, and w^6 from that of 1 / (1 + w), w = S expm1(r eta) / s. */
#define SMALL_SHIFT 0x1p-10

ELEMENTARY_INLINE double small_logistic_shift(double x, double slope_per_s, double below_per_s)
{
    const double tail = fma(fma(fma(x, 1.0 / 120, 1.0 / 24), x, 1.0 / 6), x, 1.0 / 2);
    const double less_1 = fma(x * x, tail, x), w = below_per_s * less_1;
    return slope_per_s * less_1 * ((1 - w) * fma(w * w, fma(w, w, 1), 1));
}

/* For any shift up to the limit. A shift down is one up with S and C exchanged, and the sign
 * reversed. */
ELEMENTARY_INLINE double large_logistic_shift(double x, double slope, double below, double above)
{
    const double size = fmin(fabs(x), ELEMENTARY_EXP_LIMIT), less_1 = elementary_expm1(size);
    const double behind = x < 0 ? below : above, ahead = x < 0 ? above : below;
    return copysign(slope * less_1 / fma(ahead, 1 + less_1, behind), x);
}

ELEMENTARY_INLINE void logistic_shift_each(double rate, double scale, size_t count,
                                           const struct activation_units *units,
                                           const double *restrict eta, double *restrict moved)
{
    const double limit = ELEMENTARY_EXP_LIMIT, per_scale = 1 / scale;
    const double *restrict a = units->a, *restrict slope = units->slope;
    const double *restrict below = units->below, *restrict above = units->above;
    uint64_t large = 0, saturated = 0;
    for (size_t j = 0; j < count; ++j) {
        const double x = rate * eta[j];
        large |= fabs(x) > SMALL_SHIFT;
        moved[j] = small_logistic_shift(x, per_scale * slope[j], per_scale * below[j]);
    }
    for (size_t j = 0; j < count && large; ++j) {
        const double x = rate * eta[j];
        const double much = large_logistic_shift(x, slope[j], below[j], above[j]);
        moved[j] = fabs(x) > SMALL_SHIFT ? much : moved[j];
        saturated |= (fabs(rate * a[j]) > limit) | (fabs(x) > limit);
    }
    for (size_t j = 0; j < count && saturated; ++j)
        if (fabs(rate * a[j]) > limit || fabs(rate * eta[j]) > limit)
            moved[j] = scale * shift_saturated(rate * a[j], rate * eta[j]);
}

MULTIVERSION
static void sigmoid_shift_each(size_t count, const struct activation_units *units,
                               const double *restrict eta, double *restrict moved)
{
    logistic_shift_each(1, 1, count, units, eta, moved);
}

MULTIVERSION
static void tanh_shift_each(size_t count, const struct activation_units *units,
                            const double *restrict eta, double *restrict moved)
{
    logistic_shift_each(2, 2, count, units, eta, moved);
}

/* For complex eta, |eta| <= r < pi, a sigmoid moves by at most tan(r / 2) / 2. As atan(v) >= 3 v /
 * (1 + 2 sqrt(1 + v^2)), that is at most what solving r / 2 = 3 v / (1 + 2 sqrt(1 + v^2)) for v / 2
 * gives. */
static double sigmoid_bound(double radius)
{
    return radius < 3 ? radius / (4 * (sqrt(4 - radius * radius / 3) - 1)) : (double)INFINITY;
}

static double tanh_bound(double radius)
{
    return 2 * sigmoid_bound(2 * radius);
}

MULTIVERSION
static void relu_value(size_t count, const double *restrict a, double *restrict z,
                       double *restrict below, double *restrict above)
{
    (void)below;
    (void)above;
    for (size_t j = 0; j < count; ++j)
        z[j] = a[j] > 0 ? a[j] : 0;
}

/* At the kink, act'(0) = 0. */
MULTIVERSION
static void relu_derivative(size_t count, const struct activation_units *units,
                            double *restrict slope)
{
    const double *restrict z = units->z;
    for (size_t j = 0; j < count; ++j)
        slope[j] = z[j] > 0 ? 1 : 0;
}

/* For a > 0 the move is the shift, or -a if the shift goes further; for a <= 0 it is the part of a
 * + eta that is above 0. */
ELEMENTARY_INLINE double shifted_relu(double a, double eta)
{
    const double down = eta > -a ? eta : -a, up = a + eta > 0 ? a + eta : 0;
    return a > 0 ? down : up;
}

MULTIVERSION
static void relu_shift(size_t count, const struct activation_units *units, double eta,
                       double *restrict raised, double *restrict lowered)
{
    const double *restrict a = units->a;
    for (size_t j = 0; j < count; ++j) {
        raised[j] = shifted_relu(a[j], eta);
        lowered[j] = shifted_relu(a[j], -eta);
    }
}

MULTIVERSION
static void relu_shift_each(size_t count, const struct activation_units *units,
                            const double *restrict eta, double *restrict moved)
{
    const double *restrict a = units->a;
    for (size_t j = 0; j < count; ++j)
        moved[j] = shifted_relu(a[j], eta[j]);
}

const struct activation activation_sigmoid = {
    .name = "sigmoid",
    .steepest = 0.25,
    .span = 1,
    .value = sigmoid_value,
    .derivative = logistic_derivative,
    .shift = sigmoid_shift,
    .shift_each = sigmoid_shift_each,
    .bound = sigmoid_bound,
};

const struct activation activation_tanh = {
    .name = "tanh",
    .steepest = 1,
    .span = 2,
    .value = tanh_value,
    .derivative = logistic_derivative,
    .shift = tanh_shift,
    .shift_each = tanh_shift_each,
    .bound = tanh_bound,
};

const struct activation activation_relu = {
    .name = "relu",
    .steepest = 1,
    .span = (double)INFINITY,
    .has_kink = true,
    .value = relu_value,
    .derivative = relu_derivative,
    .shift = relu_shift,
    .shift_each = relu_shift_each,
};

const struct activation *activation_find(const char *name)
{
    const void *const all[] = {&activation_sigmoid, &activation_tanh, &activation_relu};
    return find_named_pointer(all, sizeof all / sizeof *all, name);
}

bool activation_goes_unnamed(const char *name)
{
    return *name == '\0' || strcmp(name, activation_sigmoid.name) == 0;
}
