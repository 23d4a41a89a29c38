/* SPDX-License-Identifier: MIT
 *
 * The head: derivatives and differences of the loss against their definitions in quadruple
 * precision, for moves of every size. */
#include "core/model/network.h"
#include "core/numbers/rng.h"
#include "testing.h"

#include <quadmath.h>
#include <string.h>

__extension__ typedef __float128 quad;

enum { CLASSES_MAX = 33, LANES = 16 };

struct outputs {
    struct network_sample known;
    double logits[CLASSES_MAX], y[CLASSES_MAX];
    int classes;
};

static quad quad_loss(const struct outputs *s, const quad *move)
{
    quad sum = 0;
    for (int k = 0; k < s->classes; ++k)
        sum += expq((quad)s->logits[k] + move[k] - s->logits[s->known.target.label] -
                    move[s->known.target.label]);
    return -logq(1 / sum + (quad)SOFTMAX_EPSILON);
}

/* l(up) - l(down) */
static double quad_difference(const struct outputs *s, const quad *up, const quad *down)
{
    return (double)(quad_loss(s, up) - quad_loss(s, down));
}

/* Logits that far apart, and what a forward pass knows about them. */
static void set_up(struct outputs *s, int classes, int label, double scale)
{
    quad sum = 0, others = 0;
    s->classes = classes;
    for (int k = 0; k < classes; ++k) {
        s->logits[k] = scale * rng_normal(1, RNG_PARAMETERS, k);
        sum += expq(s->logits[k]);
        others += k == label ? 0 : expq(s->logits[k]);
    }
    for (int k = 0; k < classes; ++k)
        s->y[k] = (double)(expq(s->logits[k]) / sum);
    s->known = (struct network_sample){
        .target.label = label, .a = s->logits, .y = s->y, .one_minus_y_t = (double)(others / sum)};
}

/* Calls a check for few and many classes, labels that are likely and unlikely, and logits that are
 * near and hundreds apart. */
static void for_all_samples(void (*check)(const struct outputs *s))
{
    const int classes[] = {2, 3, 8, 10, CLASSES_MAX};
    const double scales[] = {0.1, 1, 10, 300};
    for (size_t c = 0; c < sizeof classes / sizeof *classes; ++c)
        for (size_t n = 0; n < sizeof scales / sizeof *scales; ++n)
            for (int label = 0; label < classes[c]; label += 1 + classes[c] / 5) {
                struct outputs s;
                set_up(&s, classes[c], label, scales[n]);
                check(&s);
            }
}

/* How exact a difference of losses is after moves of that size. Large moves are added to the
 * logits, whose rounding then counts; or 1 + u (softmax_change.h) keeps 43 bits. The oracle has
 * 113. */
static double tolerance(const struct outputs *s, double size)
{
    const double largest = network_range(s->logits, s->classes) + size;
    return size < 1 ? 1e-14 * size + 1e-28 : 3e-13 + 4e-15 * largest;
}

static void check_derivatives(const struct outputs *s)
{
    double by_output[CLASSES_MAX];
    head_softmax.derive(&s->known, s->classes, by_output);
    for (int k = 0; k < s->classes; ++k) {
        quad up[CLASSES_MAX] = {0}, down[CLASSES_MAX] = {0};
        up[k] = (quad)1e-12;
        down[k] = -(quad)1e-12;
        const double exact = (double)((quad_loss(s, up) - quad_loss(s, down)) / (2 * (quad)1e-12));
        assert_near(by_output[k], exact, 1e-15 + 1e-14 * fabs(exact));
    }
}

static void test_derivatives(void **state)
{
    (void)state;
    for_all_samples(check_derivatives);
}

static const double steps[] = {1e-10, 1e-6, 1e-4, 2e-3, 0.01, 0.5, 5, 100, 1000};
enum { STEPS = sizeof steps / sizeof *steps };

static void check_outputs(const struct outputs *s)
{
    double quotient[CLASSES_MAX + 7], scratch[2 * (CLASSES_MAX + 7)];
    for (int n = 0; n < STEPS; ++n) {
        head_softmax.of_outputs(&s->known, s->classes, steps[n], quotient, scratch);
        for (int k = 0; k < s->classes; ++k) {
            quad up[CLASSES_MAX] = {0}, down[CLASSES_MAX] = {0};
            up[k] = steps[n];
            down[k] = -(quad)steps[n];
            assert_near(quotient[k], quad_difference(s, up, down) / (2 * steps[n]),
                        tolerance(s, steps[n]) / steps[n]);
        }
    }
}

static void test_outputs(void **state)
{
    (void)state;
    for_all_samples(check_outputs);
}

/* Directions of random units, and what the head needs to know about them. */
struct directions {
    _Alignas(64) double numbers[CLASSES_MAX * LANES];
    struct head_units units;
};

static void set_directions(struct directions *d, int classes, double size, double farthest)
{
    double range = 0;
    for (int i = 0; i < classes * LANES; ++i)
        d->numbers[i] = size * rng_normal(2, RNG_PARAMETERS, i);
    for (int j = 0; j < LANES; ++j)
        for (int k = 0; k < classes; ++k)
            for (int m = 0; m < k; ++m)
                range = fmax(range, fabs(d->numbers[k * LANES + j] - d->numbers[m * LANES + j]));
    d->units = (struct head_units){.lanes = LANES,
                                   .stride = LANES,
                                   .directions = d->numbers,
                                   .range = range,
                                   .farthest = farthest};
}

/* Two shifts at a time; the units move by half to all of the shift, down by a bit less. */
static void check_units(const struct outputs *s)
{
    struct directions d;
    double raised[2][LANES], lowered[2][LANES], quotient[2][LANES], scratch[2 * CLASSES_MAX];
    for (int n = 0; n < STEPS; ++n) {
        struct head_shift shifts[2];
        set_directions(&d, s->classes, 0.7, steps[n]);
        for (int i = 0; i < 2; ++i) {
            const double eta = steps[n] * (1 + i) / 2;
            for (int j = 0; j < LANES; ++j) {
                raised[i][j] = eta * (1 - j / 32.0);
                lowered[i][j] = -0.9 * raised[i][j];
            }
            shifts[i] = (struct head_shift){eta, eta, raised[i], lowered[i], quotient[i]};
        }
        head_softmax.of_units(&s->known, s->classes, &d.units, 2, shifts, scratch);
        for (int i = 0; i < 2; ++i)
            for (int j = 0; j < LANES; ++j) {
                quad up[CLASSES_MAX], down[CLASSES_MAX];
                for (int k = 0; k < s->classes; ++k) {
                    up[k] = (quad)d.numbers[k * LANES + j] * raised[i][j];
                    down[k] = (quad)d.numbers[k * LANES + j] * lowered[i][j];
                }
                assert_near(quotient[i][j], quad_difference(s, up, down) / (2 * shifts[i].eta),
                            tolerance(s, steps[n]) / steps[n]);
            }
    }
}

static void test_units(void **state)
{
    (void)state;
    for_all_samples(check_units);
}

/* Random moves, of such sizes. */
static void expect_moves(const struct outputs *s, const double sizes[LANES], double farthest)
{
    double up[CLASSES_MAX * LANES], down[CLASSES_MAX * LANES], difference[LANES];
    double scratch[2 * CLASSES_MAX];
    const struct head_moves moves = {
        .lanes = LANES, .up = up, .down = down, .farthest = farthest, .difference = difference};
    for (int j = 0; j < LANES; ++j)
        for (int k = 0; k < s->classes; ++k) {
            up[k * LANES + j] = sizes[j] * rng_normal(3, RNG_PARAMETERS, k * LANES + j);
            down[k * LANES + j] = sizes[j] * rng_normal(4, RNG_PARAMETERS, k * LANES + j);
        }
    head_softmax.of_moves(&s->known, s->classes, &moves, scratch);
    for (int j = 0; j < LANES; ++j) {
        quad quad_up[CLASSES_MAX], quad_down[CLASSES_MAX];
        for (int k = 0; k < s->classes; ++k) {
            quad_up[k] = up[k * LANES + j];
            quad_down[k] = down[k * LANES + j];
        }
        assert_near(difference[j], quad_difference(s, quad_up, quad_down), tolerance(s, sizes[j]));
    }
}

/* Small moves of which it is known, and moves of all sizes side by side. No normal number of the
 * generator is above 10. */
static void check_moves(const struct outputs *s)
{
    double sizes[LANES];
    for (int j = 0; j < LANES; ++j)
        sizes[j] = 1e-4 * pow(0.1, j);
    expect_moves(s, sizes, 2e-3);
    for (int j = 0; j < LANES; ++j)
        sizes[j] = steps[j % STEPS];
    expect_moves(s, sizes, (double)INFINITY);
}

static void test_moves(void **state)
{
    (void)state;
    for_all_samples(check_moves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
