/* SPDX-License-Identifier: MIT
 *
 * What nearly all quotients of a gradient come from if the step is small. When a unit moves by
 * delta, u = sum_n m_n delta^n with the moments m_n = sum_k y_k d_k^n / n! of its directions d_k,
 * relative to the label's. They stay in registers, for all shifts. */
#include "softmax_change.h"

#include "core/numbers/vector.h"

struct moments {
    vector m1, m2, m3, m4, m5;
};

/* Those of the units in the lanes from j on. The label's own d is 0. */
ELEMENTARY_INLINE struct moments sum_moments(const struct network_sample *sample, int classes,
                                             const struct head_units *units, size_t j)
{
    const double *directions = units->directions + j;
    const vector of_label = vector_load(directions + (size_t)sample->target.label * units->stride);
    vector m1 = {0}, m2 = {0}, m3 = {0}, m4 = {0}, m5 = {0};
    for (int k = 0; k < classes; ++k, directions += units->stride) {
        const vector d = vector_load(directions) - of_label, d2 = d * d, yd = sample->y[k] * d;
        m1 += yd;
        m2 = vector_fma(yd, d, m2);
        m3 = vector_fma(yd, d2, m3);
        m4 = vector_fma(yd * d, d2, m4);
        m5 = vector_fma(yd * d2, d2, m5);
    }
    return (struct moments){m1, m2 * (1.0 / 2), m3 * (1.0 / 6), m4 * (1.0 / 24), m5 * (1.0 / 120)};
}

/* u for units that move by d. */
ELEMENTARY_INLINE vector move_by(const struct moments *m, vector d)
{
    return d * vector_fma(d,
                          vector_fma(d, vector_fma(d, vector_fma(d, m->m5, m->m4), m->m3), m->m2),
                          m->m1);
}

/* With e = epsilon / (y_t + epsilon),
 *     2 eta Q = 2 atanh(X),  X = (1 - e) (u+ - u-) / (2 + (1 + e) (u+ + u-) + 2 e u+ u-),
 * where |X| <= SOFTMAX_SMALL, so that X^6 / 7 is negligible. */
ELEMENTARY_INLINE vector small_quotient(double e, double per_eta, vector up, vector down)
{
    const vector sum = up + down, product = up * down;
    const vector below =
        vector_fma(vector_of(2 * e), product, vector_fma(vector_of(1 + e), sum, vector_of(2)));
    const vector x = (1 - e) * (up - down) / below, x2 = x * x;
    const vector tail = vector_fma(x2, vector_of(1.0 / 5), vector_of(1.0 / 3));
    return per_eta * vector_fma(x * x2, tail, x);
}

static double epsilon_part(double y_t)
{
    return SOFTMAX_EPSILON / (y_t + SOFTMAX_EPSILON);
}

void KERNEL(softmax_small_units)(const struct network_sample *sample, int classes,
                                 const struct head_units *units, int count,
                                 const struct head_shift *shifts)
{
    const double e = epsilon_part(sample->y[sample->target.label]);
    for (size_t j = 0; j < units->lanes; j += VECTOR_LANES) {
        const struct moments moments = sum_moments(sample, classes, units, j);
        for (int n = 0; n < count; ++n) {
            const vector up = move_by(&moments, vector_load(shifts[n].raised + j));
            const vector down = move_by(&moments, vector_load(shifts[n].lowered + j));
            vector_store(shifts[n].quotient + j, small_quotient(e, 1 / shifts[n].eta, up, down));
        }
    }
}

/* u from the moves of the outputs, with the series of expm1. */
ELEMENTARY_INLINE vector sum_moves(const struct network_sample *sample, int classes, size_t lanes,
                                   const double *moves)
{
    const vector of_label = vector_load(moves + (size_t)sample->target.label * lanes);
    vector u = {0};
    for (int k = 0; k < classes; ++k, moves += lanes) {
        const vector move = vector_load(moves) - of_label;
        vector tail = vector_fma(move, vector_of(1.0 / 120), vector_of(1.0 / 24));
        tail = vector_fma(move, tail, vector_of(1.0 / 6));
        tail = vector_fma(move, tail, vector_of(1.0 / 2));
        u = vector_fma(vector_of(sample->y[k]), vector_fma(move * move, tail, move), u);
    }
    return u;
}

void KERNEL(softmax_small_moves)(const struct network_sample *sample, int classes,
                                 const struct head_moves *moves)
{
    const double e = epsilon_part(sample->y[sample->target.label]);
    for (size_t j = 0; j < moves->lanes; j += VECTOR_LANES) {
        const vector up = sum_moves(sample, classes, moves->lanes, moves->up + j);
        const vector down = sum_moves(sample, classes, moves->lanes, moves->down + j);
        vector_store(moves->difference + j, small_quotient(e, 2, up, down));
    }
}

void KERNEL(softmax_small_sums)(double y_t, size_t lanes, double eta, const double *up,
                                const double *down, double *quotient)
{
    const double e = epsilon_part(y_t);
    for (size_t j = 0; j < lanes; j += VECTOR_LANES)
        vector_store(quotient + j,
                     small_quotient(e, 1 / eta, vector_load(up + j), vector_load(down + j)));
}
