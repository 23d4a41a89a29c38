/* SPDX-License-Identifier: MIT */
#include "quotients.h"

#include "common/multiversion.h"
#include "quotients_series.h"

#include <stdlib.h>
#include <string.h>

/* Where each order ends: the largest |eta|, and the largest bound of |X|. See order_of. */
static const struct {
    double eta, x;
} order_limits[] = {
    [SERIES_3] = {2.0e-4, 1.5e-4}, [SERIES_5] = {2.0e-2, 3.0e-3}, [SERIES_9] = {1.0, 8.7e-2}};

/* What each order computes: the terms of u, the terms of atanh(X) after the first, and the terms of
 * 1 / (1 + v c) after the first, where 0 means a division.
 *
 * A shifted sigmoid moves by |delta| <= tanh(eta/4) <= eta/4, so d_k delta, u and X are below
 * x = eta R / 4, where R is the range of the weights. A series is good where its first omitted term
 * is below half an ulp, 1.1e-16, of what it is added to:
 *
 *     u          x^(n+1) / (n+1)!     n = 3: x <= 2.2e-4   5: 6.6e-3   9: 1.1e-1
 *     atanh      x^(2m+2) / (2m+3)    m = 1: x <= 1.5e-4   2: 3.0e-3   6: 8.7e-2
 *     1/(1+v c)  (eta^2 / 4)^(r+1)    r = 1: eta <= 2.0e-4 3: 2.0e-2
 *
 * As n is odd, the omitted x^(n+1) has the same sign in u+ and u-, and nearly cancels in u+ - u-.
 * In the second layer a logit moves by h at most, and |X| <= h: its order is that of x = h. */
enum { MOMENTS_3 = 3, ATANH_3 = 1, RECIPROCAL_3 = 1 };
enum { MOMENTS_5 = 5, ATANH_5 = 2, RECIPROCAL_5 = 3 };
enum { MOMENTS_9 = QUOTIENTS_MOMENTS, ATANH_9 = QUOTIENTS_ATANH, RECIPROCAL_9 = 0 };

static enum series_order order_of(double eta, double x)
{
    enum series_order order = SERIES_3;
    while (order < SERIES_EXACT && !(eta <= order_limits[order].eta && x <= order_limits[order].x))
        ++order;
    return order;
}

enum series_order series_order(double eta, double weight_range)
{
    return order_of(eta, eta * weight_range / 4);
}

bool quotients_create(struct quotients *quotients, const struct network *network, double step,
                      struct exact_grid grid)
{
    const struct network_layer *last = &network->layers[1];
    const size_t lanes = network_padded_units(network), classes = (size_t)last->outputs;
    *quotients = (struct quotients){.step = step,
                                    .grid = grid,
                                    .activation = network->activation,
                                    .hidden = last->inputs,
                                    .classes = last->outputs,
                                    .lanes = lanes};
    /* Arrays of L numbers of 8 bytes; aligned, so that no vector lies across two cache lines. */
    const size_t arrays = classes + QUOTIENTS_MOMENTS + 7 + QUOTIENTS_INPUTS;
    const size_t bytes = arrays * lanes * sizeof(double);
    double *block = aligned_alloc(NETWORK_VECTOR * sizeof *block, bytes);
    quotients->storage = block;
    if (!block)
        return false;
    memset(block, 0, bytes);
    quotients->weights = block;
    quotients->moments = quotients->weights + classes * lanes;
    quotients->slope = quotients->moments + QUOTIENTS_MOMENTS * lanes;
    quotients->tilt = quotients->slope + lanes;
    quotients->raised = quotients->tilt + lanes;
    quotients->lowered = quotients->raised + lanes;
    quotients->up = quotients->lowered + lanes;
    quotients->down = quotients->up + lanes;
    quotients->exact = quotients->down + lanes;
    quotients->rounded = (int64_t *)(quotients->exact + lanes);
    return true;
}

void quotients_destroy(struct quotients *quotients)
{
    free(quotients->storage);
    *quotients = (struct quotients){0};
}

struct input_shift quotients_shift(double eta)
{
    const double e = elementary_expm1(eta), half = elementary_expm1(eta / 2);
    /* sinh(x) = (e + e / (1 + e)) / 2 with e = expm1(x); nothing cancels. */
    const double sinh_of_half = (half + half / (1 + half)) / 2;
    return (struct input_shift){eta, (e + e / (1 + e)) / 2, 4 * sinh_of_half * sinh_of_half};
}

void quotients_set_weights(struct quotients *quotients, const double *w2)
{
    quotients->weight_range = 0;
    for (int j = 0; j <= quotients->hidden; ++j) {
        double smallest = *w2, largest = *w2;
        for (int k = 0; k < quotients->classes; ++k, ++w2) {
            quotients->weights[(size_t)k * quotients->lanes + (size_t)j] = *w2;
            smallest = *w2 < smallest ? *w2 : smallest;
            largest = *w2 > largest ? *w2 : largest;
        }
        /* b2's row has no sigmoid before it. */
        if (j < quotients->hidden && largest - smallest > quotients->weight_range)
            quotients->weight_range = largest - smallest;
    }
}

/* The same number, as the lanes at work fill whole vectors. Written like this, the compiler sees
 * it, and makes no loop for the lanes that would be left over. */
static inline size_t whole_vectors(size_t count)
{
    return count / NETWORK_VECTOR * NETWORK_VECTOR;
}

/* moments[n - 1] = sum_k y_k d_k^n / n!, n = 1 .. order. The label's own d is 0. */
MULTIVERSION
static void compute_moments(const struct quotients *q, int order)
{
    const double *restrict of_label = q->weights + (size_t)q->pass->label * q->lanes + q->first;
    double *restrict d = q->up, *restrict power = q->down;
    const size_t count = whole_vectors(q->count);
    memset(q->moments, 0, (size_t)order * q->lanes * sizeof *q->moments);
    for (int k = 0; k < q->classes; ++k) {
        const double *restrict weights = q->weights + (size_t)k * q->lanes + q->first;
        double *restrict moment = q->moments;
        const double y = q->pass->y[k];
        if (k == q->pass->label)
            continue;
        for (size_t j = 0; j < count; ++j) {
            d[j] = weights[j] - of_label[j];
            power[j] = y * d[j];
            moment[j] += power[j];
        }
        for (int n = 2; n <= order; ++n) {
            const double per_n = 1.0 / n;
            moment += q->lanes;
            for (size_t j = 0; j < count; ++j) {
                power[j] *= d[j] * per_n;
                moment[j] += power[j];
            }
        }
    }
}

static struct atanh_series atanh_series(double scale, double step)
{
    struct atanh_series series;
    double power = scale / step;
    for (int m = 0; m <= QUOTIENTS_ATANH; ++m) {
        series.number[m] = power / (2 * m + 1);
        power *= scale * scale;
    }
    return series;
}

void quotients_set_sample(struct quotients *q, const struct network_pass *pass, int first, int end,
                          enum series_order order)
{
    static const int moments[] = {
        [SERIES_3] = MOMENTS_3, [SERIES_5] = MOMENTS_5, [SERIES_9] = MOMENTS_9};
    const size_t vector = NETWORK_VECTOR;
    q->pass = pass;
    q->first = (size_t)first;
    q->end = (size_t)end;
    q->count = ((size_t)(end - first) + vector - 1) / vector * vector;
    q->epsilon_share = NETWORK_LOSS_EPSILON / (pass->y[pass->label] + NETWORK_LOSS_EPSILON);
    q->atanh = atanh_series(1 - q->epsilon_share, q->step);
    q->activation->derivative(q->count, pass->z + q->first, pass->one_minus_z + q->first, q->slope);
    /* The lanes behind the last unit move no logit: their quotients are 0. */
    for (size_t j = q->end - q->first; j < q->count; ++j)
        q->slope[j] = 0;
    for (size_t j = 0; j < q->count; ++j)
        q->tilt[j] = q->slope[j] * ((pass->one_minus_z[q->first + j] - pass->z[q->first + j]) / 2);
    if (order != SERIES_EXACT)
        compute_moments(q, moments[order]);
}

ELEMENTARY_INLINE uint64_t inputs_by_series(const struct quotients *q, int inputs,
                                            const struct input_shift *shifts, int moments,
                                            int atanh_terms, int reciprocal)
{
    const struct exact_grid grid = q->grid;
    const struct atanh_series series = q->atanh;
    const double by_sum = 1 + q->epsilon_share, by_product = 2 * q->epsilon_share;
    const double *restrict slope = q->slope, *restrict tilt = q->tilt;
    const double *restrict moment = q->moments;
    int64_t *restrict rounded = q->rounded;
    const size_t lanes = q->lanes, count = whole_vectors(q->count);
    uint64_t off = 0;
    for (int i = 0; i < inputs; ++i, rounded += lanes) {
        const struct input_shift shift = shifts[i];
        for (size_t j = 0; j < count; ++j) {
            const struct sigmoid_shift s = shift_sigmoid(slope[j], tilt[j], shift, reciprocal);
            const double up = sum_moments(moment, lanes, j, s.a + s.b, moments);
            const double down = sum_moments(moment, lanes, j, s.a - s.b, moments);
            const double x = (up - down) / fma(by_product, up * down, fma(by_sum, up + down, 2));
            rounded[j] = round_atanh(&grid, &series, x, atanh_terms, &off);
        }
    }
    return off;
}

/* The default step's kernel. With delta = a +- b the cubic u gives
 *     (u+ - u-) / 2 = b (m1 + 2 m2 a + m3 (3 a^2 + b^2)),
 *     (u+ + u-) / 2 = m1 a + m2 (a^2 + b^2) + m3 a (a^2 + 3 b^2);
 * |d a| is at most 0.19 x eta = 6e-9 here, so a^2 and m3 a b^2 are below 1e-16 of what they are
 * added to. And the denominator of X is 1 + w with |w| < 6e-8, whose inverse is 1 - w + w^2. The
 * chain of dependent operations, which is what limits this loop, is shorter than with u+ and u-. */
MULTIVERSION
static uint64_t inputs_of_order_3(const struct quotients *q, int inputs,
                                  const struct input_shift *shifts)
{
    const struct exact_grid grid = q->grid;
    const struct atanh_series series = q->atanh;
    const double by_sum = 1 + q->epsilon_share, by_product = q->epsilon_share;
    const double *restrict slope = q->slope, *restrict tilt = q->tilt;
    const double *restrict m1 = q->moments, *restrict m2 = m1 + q->lanes,
                           *restrict m3 = m2 + q->lanes;
    int64_t *restrict rounded = q->rounded;
    const size_t count = whole_vectors(q->count);
    uint64_t off = 0;
    for (int i = 0; i < inputs; ++i, rounded += q->lanes) {
        const struct input_shift shift = shifts[i];
        for (size_t j = 0; j < count; ++j) {
            const struct sigmoid_shift s = shift_sigmoid(slope[j], tilt[j], shift, RECIPROCAL_3);
            const double b2 = s.b * s.b;
            const double difference = s.b * fma(m3[j], b2, fma(m2[j], s.a + s.a, m1[j]));
            const double sum = fma(m2[j], b2, m1[j] * s.a);
            const double product = (sum - difference) * (sum + difference);
            const double w = fma(by_product, product, by_sum * sum);
            const double x = fma(difference, fma(w, w, -w), difference);
            rounded[j] = round_atanh(&grid, &series, x, ATANH_3, &off);
        }
    }
    return off;
}

MULTIVERSION
static uint64_t inputs_of_order_5(const struct quotients *q, int inputs,
                                  const struct input_shift *shifts)
{
    return inputs_by_series(q, inputs, shifts, MOMENTS_5, ATANH_5, RECIPROCAL_5);
}

MULTIVERSION
static uint64_t inputs_of_order_9(const struct quotients *q, int inputs,
                                  const struct input_shift *shifts)
{
    return inputs_by_series(q, inputs, shifts, MOMENTS_9, ATANH_9, RECIPROCAL_9);
}

/* u for sigmoids that are shifted by delta, class by class. */
MULTIVERSION
static void sum_classes(const struct quotients *q, const double *restrict delta, double *restrict u)
{
    const int label = q->pass->label;
    const double *restrict of_label = q->weights + (size_t)label * q->lanes + q->first;
    const size_t count = whole_vectors(q->count);
    for (size_t j = 0; j < count; ++j)
        u[j] = 0;
    for (int k = 0; k < q->classes; ++k) {
        if (k == label)
            continue;
        const double y = q->pass->y[k];
        const double *restrict weights = q->weights + (size_t)k * q->lanes + q->first;
        for (size_t j = 0; j < count; ++j)
            u[j] = fma(y, elementary_expm1((weights[j] - of_label[j]) * delta[j]), u[j]);
    }
}

/* The quotients for u+ = share * up and u- = share * down by a real logarithm: 2 atanh(X) =
 * log((1 + X) / (1 - X)), whose arguments are here multiplied by Q+ Q-, and it is taken of the
 * larger over the smaller. NaN where Q+ or Q- is so small that 1 + u has cancelled to less than 43
 * bits, or so large that Q+ Q- might overflow. */
MULTIVERSION
static void take_logarithms(const struct quotients *q, double share, const double *restrict up,
                            const double *restrict down, double *restrict quotients)
{
    const double smallest = 0x1p-10, largest = 0x1p500;
    const double y_t = q->pass->y[q->pass->label], per_2h = 1 / (2 * q->step);
    const size_t count = whole_vectors(q->count);
    for (size_t j = 0; j < count; ++j) {
        const double q_up = fma(share, up[j], 1), q_down = fma(share, down[j], 1);
        const double raised = q_up * fma(NETWORK_LOSS_EPSILON, q_down, y_t);
        const double lowered = q_down * fma(NETWORK_LOSS_EPSILON, q_up, y_t);
        const double difference = y_t * share * (up[j] - down[j]);
        const double smaller = raised < lowered ? raised : lowered;
        const double size = elementary_log1p(fabs(difference) / smaller) * per_2h;
        const bool good =
            (q_up > smallest) & (q_down > smallest) & (q_up < largest) & (q_down < largest);
        quotients[j] = good ? (difference < 0 ? -size : size) : (double)NAN;
    }
}

/* A parameter raised and lowered by h: logit k moves by weights[k * L] times the shift, or where
 * weights is NULL by the shift if it is that of the class, and else not at all. */
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
    return q->pass->a2[k] - q->pass->a2[t] + d * shift;
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

/* The quotient of moves of any size. With g+ and g- the moved logits, M their largest and
 * S = exp(M) T their sums, the label's probability is 1 / S, and it falls by
 *     1/S- - 1/S+ = sum_k (exp(g+_k) - exp(g-_k)) / (S+ S-).
 * The larger of g+_k and g-_k is at most one of M+ and M-, and neither is negative: no exponent
 * below is positive. This is slow, and only few quotients need it. */
static double quotient_of_move(const struct quotients *q, const struct logit_move *move)
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
    return copysign(elementary_log1p(fabs(fall) / smaller), fall) / (2 * q->step);
}

/* Whether a probability that has underflowed to 0 may matter when logits move by max_move. */
static bool is_far(const struct quotients *q, double max_move)
{
    const double *a2 = q->pass->a2;
    double smallest = a2[0], largest = a2[0];
    for (int k = 1; k < q->classes; ++k) {
        smallest = fmin(smallest, a2[k]);
        largest = fmax(largest, a2[k]);
    }
    return largest - smallest + max_move > ELEMENTARY_EXP_LIMIT - 8;
}

/* The move by one lane's parameter, of the first layer, or of the second where weights is NULL. */
static struct logit_move move_of_lane(const struct quotients *q, const double *weights, int class,
                                      size_t lane)
{
    const double shift = q->step * q->pass->z[q->first + lane];
    if (weights)
        return (struct logit_move){weights + lane, class, q->raised[lane], q->lowered[lane]};
    return (struct logit_move){NULL, class, shift, -shift};
}

/* Rounds what take_logarithms left in q->exact, with quotient_of_move's where that is NaN, or in
 * all lanes if `far`. The lanes behind the last unit count as 0: they must not be off the grid. */
static uint64_t round_exact(struct quotients *q, const double *weights, int class, bool far,
                            int64_t *rounded)
{
    const size_t at_work = q->end - q->first;
    uint64_t off = 0;
    for (size_t j = 0; j < q->count; ++j) {
        if (j >= at_work)
            q->exact[j] = 0;
        else if (far || isnan(q->exact[j])) {
            const struct logit_move move = move_of_lane(q, weights, class, j);
            q->exact[j] = quotient_of_move(q, &move);
        }
        rounded[j] = exact_round(&q->grid, q->exact[j], &off);
    }
    return off;
}

static uint64_t inputs_exactly(struct quotients *q, int inputs, const struct input_shift *shifts)
{
    const struct activation_units units = {q->pass->a1 + q->first, q->pass->z + q->first,
                                           q->pass->one_minus_z + q->first, q->slope};
    const bool far = is_far(q, q->weight_range);
    uint64_t off = 0;
    for (int i = 0; i < inputs; ++i) {
        q->activation->shift(q->count, &units, shifts[i].eta, q->raised);
        q->activation->shift(q->count, &units, -shifts[i].eta, q->lowered);
        sum_classes(q, q->raised, q->up);
        sum_classes(q, q->lowered, q->down);
        take_logarithms(q, 1, q->up, q->down, q->exact);
        off |= round_exact(q, q->weights + q->first, 0, far, q->rounded + (size_t)i * q->lanes);
    }
    return off;
}

uint64_t quotients_of_inputs(struct quotients *q, enum series_order order, int inputs,
                             const struct input_shift *shifts)
{
    switch (order) {
    case SERIES_3:
        return inputs_of_order_3(q, inputs, shifts);
    case SERIES_5:
        return inputs_of_order_5(q, inputs, shifts);
    case SERIES_9:
        return inputs_of_order_9(q, inputs, shifts);
    case SERIES_EXACT:
        break;
    }
    return inputs_exactly(q, inputs, shifts);
}

int quotients_find_overflow(struct quotients *q, enum series_order order, struct input_shift shift)
{
    const int first = (int)q->first, end = (int)q->end;
    int unit = first - 1;
    uint64_t off = 0;
    while (!exact_overflowed(&q->grid, off) && ++unit < end) {
        quotients_set_sample(q, q->pass, unit, unit + 1, order);
        off = quotients_of_inputs(q, order, 1, &shift);
    }
    quotients_set_sample(q, q->pass, first, end, order);
    return unit;
}

/* raised = expm1(s), lowered = expm1(-s); and for the series up = sinh(s), down = cosh(s) - 1. */
MULTIVERSION
static void shift_logits(const struct quotients *q, double *restrict raised,
                         double *restrict lowered, double *restrict sinh,
                         double *restrict cosh_minus_1)
{
    const double *restrict z = q->pass->z + q->first;
    const size_t count = whole_vectors(q->count);
    const double h = q->step;
    for (size_t j = 0; j < count; ++j)
        raised[j] = elementary_expm1(h * z[j]);
    for (size_t j = 0; j < count; ++j) {
        /* expm1(-s) = -e / (1 + e) with e = expm1(s). */
        lowered[j] = -raised[j] / (1 + raised[j]);
        sinh[j] = (raised[j] - lowered[j]) / 2;
        cosh_minus_1[j] = -raised[j] * lowered[j] / 2;
    }
}

void quotients_set_outputs(struct quotients *q)
{
    q->output_order = order_of(0, q->step);
    shift_logits(q, q->raised, q->lowered, q->up, q->down);
}

/* A class whose probability, or for the label that of all others, is p; sign is -1 for the label.
 * With S = sinh(s) and C = cosh(s) - 1:  X = sign (1 - e) p S / (1 + ((1 - e) p + 2 e p (1 - p))
 * C). */
ELEMENTARY_INLINE uint64_t class_by_series(const struct quotients *q, double p, double one_minus_p,
                                           double sign, int atanh_terms)
{
    const struct exact_grid grid = q->grid;
    const double e = q->epsilon_share;
    const struct atanh_series series = atanh_series(sign * (1 - e) * p, q->step);
    const double by_cosh = p * fma(2 * e, one_minus_p, 1 - e);
    const double *restrict sinh = q->up, *restrict cosh_minus_1 = q->down;
    const size_t count = whole_vectors(q->count);
    int64_t *restrict rounded = q->rounded;
    uint64_t off = 0;
    for (size_t j = 0; j < count; ++j) {
        const double x = sinh[j] / fma(by_cosh, cosh_minus_1[j], 1);
        rounded[j] = round_atanh(&grid, &series, x, atanh_terms, &off);
    }
    return off;
}

MULTIVERSION
static uint64_t class_of_order_3(const struct quotients *q, double p, double one_minus_p,
                                 double sign)
{
    return class_by_series(q, p, one_minus_p, sign, ATANH_3);
}

MULTIVERSION
static uint64_t class_of_order_9(const struct quotients *q, double p, double one_minus_p,
                                 double sign)
{
    return class_by_series(q, p, one_minus_p, sign, ATANH_9);
}

uint64_t quotients_of_class(struct quotients *q, int class)
{
    const double y = q->pass->y[class], others = q->pass->one_minus_y_t;
    const bool label = class == q->pass->label;
    const double p = label ? others : y, one_minus_p = label ? y : 1 - y;
    const double sign = label ? -1 : 1;
    if (q->output_order == SERIES_3)
        return class_of_order_3(q, p, one_minus_p, sign);
    if (q->output_order != SERIES_EXACT)
        return class_of_order_9(q, p, one_minus_p, sign);
    if (label)
        take_logarithms(q, others, q->lowered, q->raised, q->exact);
    else
        take_logarithms(q, y, q->raised, q->lowered, q->exact);
    return round_exact(q, NULL, class, is_far(q, q->step), q->rounded);
}
