/* SPDX-License-Identifier: MIT */
#include "quotients.h"

#include "common/multiversion.h"
#include "elementary.h"

#include <stdlib.h>
#include <string.h>

/* The series of u is good where its first omitted term, x^6 / 6!, is below half an ulp, 1.1e-16, of
 * its first, x. A sigmoid moves by |delta| <= eta / 4, so |d_k delta| <= x = eta R / 4. */
#define SMALL_X 2.4e-3

/* The bound of |arg| of what the logarithms of the loss are taken of; below pi / 2. */
#define LARGEST_ARGUMENT 1.4

/* For complex eta, |eta| <= r, a sigmoid moves by at most tan(r / 2) / 2. Measured from the middle
 * of their range, the logits then move by at most (R / 2) tan(r / 2) / 2. Where that is below
 * c < pi / 2, all terms of the softmax sum have a positive real part, and so have the arguments of
 * the loss's logarithms: the loss is analytic. Solved for r, that is 2 atan(4 c / R); and
 * atan(v) >= 3 v / (1 + 2 sqrt(1 + v^2)). A logit moves by eta itself, and from the middle by half
 * of it: there r is 2 c. */
static double radius_of_units(double weight_range)
{
    const double v = weight_range / (4 * LARGEST_ARGUMENT);
    return 6 / (v + 2 * sqrt(v * v + 1));
}

bool quotients_create(struct quotients *quotients, const struct network *network)
{
    const struct network_layer *last = network_last(network);
    const size_t vector = NETWORK_VECTOR, classes = (size_t)last->outputs;
    const size_t units = network_padded_units(last->inputs);
    const size_t logits = network_whole_vectors(classes);
    const size_t lanes = units > logits ? units : logits;
    *quotients = (struct quotients){.activation = network->activation,
                                    .hidden = last->inputs,
                                    .classes = last->outputs,
                                    .lanes = lanes};
    /* Aligned, so that no vector lies across two cache lines. */
    const size_t arrays = classes + QUOTIENTS_MOMENTS + 5;
    const size_t bytes = arrays * lanes * sizeof(double);
    double *block = aligned_alloc(vector * sizeof *block, bytes);
    quotients->storage = block;
    if (!block)
        return false;
    memset(block, 0, bytes);
    quotients->weights = block;
    quotients->moments = quotients->weights + classes * lanes;
    quotients->slope = quotients->moments + QUOTIENTS_MOMENTS * lanes;
    quotients->raised = quotients->slope + lanes;
    quotients->lowered = quotients->raised + lanes;
    quotients->up = quotients->lowered + lanes;
    quotients->down = quotients->up + lanes;
    return true;
}

void quotients_destroy(struct quotients *quotients)
{
    free(quotients->storage);
    *quotients = (struct quotients){0};
}

void quotients_set_weights(struct quotients *quotients, const double *w2)
{
    quotients->weight_range = 0;
    for (int j = 0; j < quotients->hidden; ++j) {
        double smallest = *w2, largest = *w2;
        for (int k = 0; k < quotients->classes; ++k, ++w2) {
            quotients->weights[(size_t)k * quotients->lanes + (size_t)j] = *w2;
            smallest = *w2 < smallest ? *w2 : smallest;
            largest = *w2 > largest ? *w2 : largest;
        }
        if (largest - smallest > quotients->weight_range)
            quotients->weight_range = largest - smallest;
    }
    quotients->radius = radius_of_units(quotients->weight_range);
}

/* The same number, as the lanes that are computed fill whole vectors. Written like this, the
 * compiler sees it, and makes no loop for the lanes that would be left over. */
static inline size_t whole_vectors(size_t count)
{
    return count / NETWORK_VECTOR * NETWORK_VECTOR;
}

/* Adds a class to the moments, times n!. */
ELEMENTARY_INLINE void add_moments(size_t count, double y, const double *restrict weights,
                                   const double *restrict of_label, double *restrict m1,
                                   double *restrict m2, double *restrict m3, double *restrict m4,
                                   double *restrict m5)
{
    for (size_t j = 0; j < count; ++j) {
        const double d = weights[j] - of_label[j], d2 = d * d, yd = y * d;
        m1[j] += yd;
        m2[j] = fma(yd, d, m2[j]);
        m3[j] = fma(yd, d2, m3[j]);
        m4[j] = fma(yd * d, d2, m4[j]);
        m5[j] = fma(yd * d2, d2, m5[j]);
    }
}

/* The label's own d is 0. */
MULTIVERSION
static void compute_moments(const struct quotients *q)
{
    const double *of_label = q->weights + (size_t)q->pass->label * q->lanes + q->first;
    const size_t count = whole_vectors(q->count), lanes = q->lanes;
    double *m1 = q->moments, *m2 = m1 + lanes, *m3 = m2 + lanes, *m4 = m3 + lanes, *m5 = m4 + lanes;
    memset(m1, 0, QUOTIENTS_MOMENTS * lanes * sizeof *m1);
    for (int k = 0; k < q->classes; ++k)
        if (k != q->pass->label)
            add_moments(count, q->pass->y[k], q->weights + (size_t)k * lanes + q->first, of_label,
                        m1, m2, m3, m4, m5);
    for (size_t j = 0; j < count; ++j) {
        m2[j] *= 1.0 / 2;
        m3[j] *= 1.0 / 6;
        m4[j] *= 1.0 / 24;
        m5[j] *= 1.0 / 120;
    }
}

void quotients_set_sample(struct quotients *q, const struct network_sample *pass,
                          const struct activation_units *units, int first, int end, double largest)
{
    q->pass = pass;
    q->units = *units;
    q->units.slope = q->slope;
    q->first = (size_t)first;
    q->end = (size_t)end;
    q->count = network_whole_vectors(q->end - q->first);
    q->small = largest * q->weight_range / 4 <= SMALL_X;
    q->activation->derivative(q->count, units, q->slope);
    /* The lanes behind the last unit do not move: their Q is 0. */
    for (size_t j = q->end - q->first; j < q->count; ++j)
        q->slope[j] = 0;
    if (q->small)
        compute_moments(q);
}

/* u for units that are shifted by delta. */
MULTIVERSION
static void sum_moments(const struct quotients *q, const double *restrict delta, double *restrict u)
{
    const size_t count = whole_vectors(q->count), lanes = q->lanes;
    const double *restrict m1 = q->moments, *restrict m2 = m1 + lanes, *restrict m3 = m2 + lanes,
                           *restrict m4 = m3 + lanes, *restrict m5 = m4 + lanes;
    for (size_t j = 0; j < count; ++j) {
        const double d = delta[j];
        u[j] = d * fma(d, fma(d, fma(d, fma(d, m5[j], m4[j]), m3[j]), m2[j]), m1[j]);
    }
}

/* The same class by class. */
MULTIVERSION
static void sum_classes(const struct quotients *q, const double *restrict delta, double *restrict u)
{
    const int label = q->pass->label;
    const double *restrict of_label = q->weights + (size_t)label * q->lanes + q->first;
    const size_t count = whole_vectors(q->count);
    memset(u, 0, count * sizeof *u);
    for (int k = 0; k < q->classes; ++k) {
        if (k == label)
            continue;
        const double y = q->pass->y[k];
        const double *restrict weights = q->weights + (size_t)k * q->lanes + q->first;
        for (size_t j = 0; j < count; ++j)
            u[j] = fma(y, elementary_expm1((weights[j] - of_label[j]) * delta[j]), u[j]);
    }
}

/* Q(eta) of `count` lanes from u+ and u- that are small: with e = epsilon / (y_t + epsilon),
 *     2 eta Q = 2 atanh(X),  X = (1 - e) (u+ - u-) / (2 + (1 + e) (u+ + u-) + 2 e u+ u-),
 * where |X| <= SMALL_X, so that X^6 / 7 is nothing. */
MULTIVERSION
static void take_small_logarithms(const struct quotients *q, size_t count, double eta,
                                  double *restrict quotient)
{
    const double y_t = q->pass->y[q->pass->label], per_eta = 1 / eta;
    const double e = NETWORK_LOSS_EPSILON / (y_t + NETWORK_LOSS_EPSILON);
    const double scale = 1 - e, by_sum = 1 + e, by_product = 2 * e;
    const double *restrict up = q->up, *restrict down = q->down;
    for (size_t j = 0; j < whole_vectors(count); ++j) {
        const double sum = up[j] + down[j], product = up[j] * down[j];
        const double x = scale * (up[j] - down[j]) / fma(by_product, product, fma(by_sum, sum, 2));
        const double x2 = x * x;
        quotient[j] = per_eta * fma(x * x2, fma(x2, 1.0 / 5, 1.0 / 3), x);
    }
}

/* Q(eta) of `count` lanes from any u+ and u-, by a logarithm of the larger argument over the
 * smaller. Returns false where that is not good for all lanes, and NaN in those: where 1 + u has
 * cancelled to less than 43 bits, or is so large that a product might overflow. */
MULTIVERSION
static bool take_logarithms(const struct quotients *q, size_t count, double eta,
                            double *restrict quotient)
{
    const double smallest = 0x1p-10, largest = 0x1p500;
    const double y_t = q->pass->y[q->pass->label], per_2eta = 1 / (2 * eta);
    const double *restrict up = q->up, *restrict down = q->down;
    uint64_t all_good = 1;
    for (size_t j = 0; j < whole_vectors(count); ++j) {
        const double q_up = 1 + up[j], q_down = 1 + down[j];
        const double raised = q_up * fma(NETWORK_LOSS_EPSILON, q_down, y_t);
        const double lowered = q_down * fma(NETWORK_LOSS_EPSILON, q_up, y_t);
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

/* A unit or a logit that is shifted up and down: logit k moves by weights[k * L] times the shift,
 * or where weights is NULL by the shift if it is that of the class, and else not at all. */
struct logit_move {
    const double *weights;
    int class;
    double raised, lowered; /* the two shifts */
};

/* Logit k, moved, less that of the label. */
static double moved_logit(const struct quotients *q, const struct logit_move *move, int k,
                          double shift)
{
    const int t = q->pass->label;
    const double *w = move->weights;
    const double d = w ? w[(size_t)k * q->lanes] - w[(size_t)t * q->lanes]
                       : (k == move->class) - (t == move->class);
    return q->pass->logits[k] - q->pass->logits[t] + d * shift;
}

/* One side of the move: the largest of its logits, and the sum of exp(logit - largest). */
struct softmax_sum {
    double largest, sum;
};

static struct softmax_sum sum_softmax(const struct quotients *q, const struct logit_move *move,
                                      double shift)
{
    struct softmax_sum side = {0};
    for (int k = 0; k < q->classes; ++k)
        side.largest = fmax(side.largest, moved_logit(q, move, k, shift));
    for (int k = 0; k < q->classes; ++k)
        side.sum += elementary_exp(moved_logit(q, move, k, shift) - side.largest);
    return side;
}

/* 2 eta Q for moves of any size. With g+ and g- the moved logits, M their largest and
 * S = exp(M) T their sums, the label's probability is 1 / S, and it falls by
 *     1/S- - 1/S+ = sum_k (exp(g+_k) - exp(g-_k)) / (S+ S-).
 * The larger of g+_k and g-_k is at most one of M+ and M-, and neither is negative: no exponent
 * below is positive. This is slow, and only few samples need it. */
static double change_of_loss(const struct quotients *q, const struct logit_move *move)
{
    const struct softmax_sum up = sum_softmax(q, move, move->raised);
    const struct softmax_sum down = sum_softmax(q, move, move->lowered);
    double fall = 0;
    for (int k = 0; k < q->classes; ++k) {
        const double g_up = moved_logit(q, move, k, move->raised);
        const double g_down = moved_logit(q, move, k, move->lowered);
        const double scale = elementary_exp(fmax(g_up, g_down) - up.largest - down.largest);
        fall += copysign(scale * elementary_expm1(-fabs(g_up - g_down)), g_up - g_down);
    }
    fall /= up.sum * down.sum;
    const double y_up = elementary_exp(-up.largest) / up.sum;
    const double y_down = elementary_exp(-down.largest) / down.sum;
    const double smaller = fmin(y_up, y_down) + NETWORK_LOSS_EPSILON;
    return copysign(elementary_log1p(fabs(fall) / smaller), fall);
}

/* Whether a probability that has underflowed to 0 may matter when logits move by max_move. */
static bool is_far(const struct quotients *q, double max_move)
{
    const double *logits = q->pass->logits;
    double smallest = logits[0], largest = logits[0];
    for (int k = 1; k < q->classes; ++k) {
        smallest = fmin(smallest, logits[k]);
        largest = fmax(largest, logits[k]);
    }
    return largest - smallest + max_move > ELEMENTARY_EXP_LIMIT - 8;
}

void quotients_of_units(struct quotients *q, double eta, double *quotient)
{
    q->activation->shift(q->count, &q->units, eta, q->raised, q->lowered);
    if (q->small) {
        sum_moments(q, q->raised, q->up);
        sum_moments(q, q->lowered, q->down);
        take_small_logarithms(q, q->count, eta, quotient);
        return;
    }
    sum_classes(q, q->raised, q->up);
    sum_classes(q, q->lowered, q->down);
    const bool good = take_logarithms(q, q->count, eta, quotient);
    const bool far = is_far(q, q->weight_range);
    for (size_t j = 0; j < q->end - q->first && (far || !good); ++j)
        if (far || isnan(quotient[j])) {
            const struct logit_move move = {q->weights + q->first + j, 0, q->raised[j],
                                            q->lowered[j]};
            quotient[j] = change_of_loss(q, &move) / (2 * eta);
        }
}

/* u+ and u- of all logits. */
MULTIVERSION
static void shift_logits(const struct quotients *q, double eta)
{
    const double raised = elementary_expm1(eta), lowered = elementary_expm1(-eta);
    const size_t classes = (size_t)q->classes, count = network_whole_vectors(classes);
    const size_t label = (size_t)q->pass->label;
    for (size_t k = 0; k < classes; ++k) {
        q->up[k] = q->pass->y[k] * raised;
        q->down[k] = q->pass->y[k] * lowered;
    }
    /* Raising the label's logit is lowering all others. */
    q->up[label] = q->pass->one_minus_y_t * lowered;
    q->down[label] = q->pass->one_minus_y_t * raised;
    memset(q->up + classes, 0, (count - classes) * sizeof *q->up);
    memset(q->down + classes, 0, (count - classes) * sizeof *q->down);
}

void quotients_of_logits(struct quotients *q, double eta, double *quotient)
{
    const int classes = q->classes;
    const size_t count = network_whole_vectors((size_t)classes);
    shift_logits(q, eta);
    if (eta <= SMALL_X) {
        take_small_logarithms(q, count, eta, quotient);
        return;
    }
    const bool good = take_logarithms(q, count, eta, quotient), far = is_far(q, eta);
    for (int k = 0; k < classes && (far || !good); ++k)
        if (far || isnan(quotient[k])) {
            const struct logit_move move = {NULL, k, eta, -eta};
            quotient[k] = change_of_loss(q, &move) / (2 * eta);
        }
}
