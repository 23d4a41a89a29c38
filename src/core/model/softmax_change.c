/* SPDX-License-Identifier: MIT
 *
 * The end of each evaluation of Q: the logits have moved up and down, and their moves are turned
 * into the quotient of the loss. Small moves take a short series instead (softmax_kernel.c). */
#include "softmax_change.h"

#include "common/multiversion.h"
#include "core/numbers/elementary.h"

/* By the logarithm of the larger argument over the smaller. */
MULTIVERSION
static bool take_logarithms(double y_t, size_t lanes, double eta, const double *restrict up,
                            const double *restrict down, double *restrict quotient)
{
    const double smallest = 0x1p-10, largest = 0x1p500, per_2eta = 1 / (2 * eta);
    uint64_t all_good = 1;
    for (size_t j = 0; j < network_in_vectors(lanes); ++j) {
        const double q_up = 1 + up[j], q_down = 1 + down[j];
        const double raised = q_up * fma(SOFTMAX_EPSILON, q_down, y_t);
        const double lowered = q_down * fma(SOFTMAX_EPSILON, q_up, y_t);
        const double difference = y_t * (up[j] - down[j]);
        const double smaller = raised < lowered ? raised : lowered;
        const double size = elementary_log1p(fabs(difference) / smaller) * per_2eta;
        const bool good =
            (q_up > smallest) & (q_down > smallest) & (q_up < largest) & (q_down < largest);
        quotient[j] = good ? (difference < 0 ? -size : size) : (double)NAN;
        all_good &= good;
    }
    return all_good;
}

bool softmax_change_of_sums(const struct network_sample *sample, size_t lanes, double eta,
                            const double *up, const double *down, double *quotient)
{
    return take_logarithms(sample->y[sample->target.label], lanes, eta, up, down, quotient);
}

/* A moved logit, less the label's before it moved. */
static double moved_logit(const struct network_sample *sample, int k, const double *move)
{
    return sample->a[k] - sample->a[sample->target.label] + move[k];
}

/* One side of the move: the largest of its logits, and the sum of exp(logit - largest). */
struct softmax_sum {
    double largest, sum;
};

static struct softmax_sum sum_softmax(const struct network_sample *sample, int classes,
                                      const double *move)
{
    struct softmax_sum side = {0};
    for (int k = 0; k < classes; ++k)
        side.largest = fmax(side.largest, moved_logit(sample, k, move));
    for (int k = 0; k < classes; ++k)
        side.sum += elementary_exp(moved_logit(sample, k, move) - side.largest);
    return side;
}

/* With g+ and g- the moved logits, M their largest and S = exp(M) T their sums, the label's
 * probability is 1 / S, and it falls by
 *     1/S- - 1/S+ = sum_k (exp(g+_k) - exp(g-_k)) / (S+ S-).
 * The larger of g+_k and g-_k is at most one of M+ and M-, and neither is negative: no exponent
 * below is positive. */
double softmax_change_of_moves(const struct network_sample *sample, int classes,
                               const double *raised, const double *lowered)
{
    const struct softmax_sum up = sum_softmax(sample, classes, raised);
    const struct softmax_sum down = sum_softmax(sample, classes, lowered);
    double fall = 0;
    for (int k = 0; k < classes; ++k) {
        const double g_up = moved_logit(sample, k, raised),
                     g_down = moved_logit(sample, k, lowered);
        const double scale = elementary_exp(fmax(g_up, g_down) - up.largest - down.largest);
        fall += copysign(scale * elementary_expm1(-fabs(g_up - g_down)), g_up - g_down);
    }
    fall /= up.sum * down.sum;
    const double y_up = elementary_exp(-up.largest) / up.sum;
    const double y_down = elementary_exp(-down.largest) / down.sum;
    const double smaller = fmin(y_up, y_down) + SOFTMAX_EPSILON;
    return copysign(elementary_log1p(fabs(fall) / smaller), fall);
}

double softmax_change_room(const struct network_sample *sample, int classes)
{
    return ELEMENTARY_EXP_LIMIT - 8 - network_range(sample->a, classes);
}
