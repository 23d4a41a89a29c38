/* SPDX-License-Identifier: MIT
 *
 * The softmax of the logits, and the loss l = -log(y_t + epsilon).
 *
 * Only differences between logits matter, so moves are taken relative to the label's. Lanes, each
 * the moves of one unit or one logit, give u+ and u- (softmax_change.h), and those give Q. */
#include "common/multiversion.h"
#include "core/numbers/elementary.h"
#include "head.h"
#include "network.h"
#include "softmax_change.h"

#include <string.h>

/* Softmax and loss of eight samples side by side, in lanes (K, 8), whose logits become y =
 * exp(logit - max) / sum. 1 - y_t is computed as the sum of the others: y_t may be so close to 1
 * that the subtraction would leave nothing. Without a label, all classes are others. */
MULTIVERSION
static void finish_lanes(int classes, const int *restrict label, double *restrict lanes,
                         double *restrict one_minus_y_t, double *restrict loss)
{
    enum { LANES = NETWORK_VECTOR };
    double largest[LANES], others[LANES] = {0}, own[LANES] = {0}, total[LANES];
    memcpy(largest, lanes, sizeof largest);
    for (int k = 1; k < classes; ++k)
        for (int s = 0; s < LANES; ++s) {
            const double logit = lanes[k * LANES + s];
            largest[s] = logit > largest[s] ? logit : largest[s];
        }
    for (int k = 0; k < classes; ++k)
        for (int s = 0; s < LANES; ++s) {
            const double y = elementary_exp(lanes[k * LANES + s] - largest[s]);
            lanes[k * LANES + s] = y;
            others[s] += k == label[s] ? 0 : y;
            own[s] = k == label[s] ? y : own[s];
        }
    for (int s = 0; s < LANES; ++s) {
        total[s] = others[s] + own[s];
        one_minus_y_t[s] = others[s] / total[s];
        const double known = -elementary_log(own[s] / total[s] + SOFTMAX_EPSILON);
        loss[s] = label[s] == TARGET_UNKNOWN ? (double)NAN : known;
    }
    for (int k = 0; k < classes; ++k)
        for (int s = 0; s < LANES; ++s)
            lanes[k * LANES + s] /= total[s];
}

/* Softmax and loss of the samples first, first + 1, ...: eight, or those that are left. There is
 * always room for the results of eight. */
static void finish_some(const struct network_pass *pass, size_t first, size_t count)
{
    const size_t classes = (size_t)pass->outputs, stride = pass->stride, at = first * stride;
    double *lanes = pass->lanes;
    int label[NETWORK_VECTOR];
    for (size_t s = 0; s < NETWORK_VECTOR; ++s) {
        label[s] = pass->target[first + s].label;
        for (size_t k = 0; k < classes; ++k)
            lanes[k * NETWORK_VECTOR + s] = pass->a[at + s * stride + k];
    }
    finish_lanes(pass->outputs, label, lanes, pass->one_minus_y_t + first, pass->loss + first);
    for (size_t s = 0; s < NETWORK_VECTOR && first + s < count; ++s)
        for (size_t k = 0; k < classes; ++k)
            pass->y[at + s * stride + k] = lanes[k * NETWORK_VECTOR + s];
}

static void finish(const struct network_pass *pass, size_t count)
{
    for (size_t first = 0; first < count; first += NETWORK_VECTOR)
        finish_some(pass, first, count);
}

/* The derivative with respect to logit k is c (y_k - [k = t]) with the factor c = y_t / (y_t +
 * epsilon). */
static void derive(const struct network_sample *sample, int outputs, double *by_output)
{
    const int t = sample->target.label;
    const double c = sample->y[t] / (sample->y[t] + SOFTMAX_EPSILON);
    for (int k = 0; k < outputs; ++k)
        by_output[k] = k == t ? -c * sample->one_minus_y_t : c * sample->y[k];
}

/* u of units that move by delta, class by class. */
MULTIVERSION
static void sum_classes(const struct network_sample *sample, int classes,
                        const struct head_units *units, const double *restrict delta,
                        double *restrict u)
{
    const double *restrict of_label =
        units->directions + (size_t)sample->target.label * units->stride;
    const size_t lanes = network_in_vectors(units->lanes);
    memset(u, 0, lanes * sizeof *u);
    for (int k = 0; k < classes; ++k) {
        if (k == sample->target.label)
            continue;
        const double y = sample->y[k];
        const double *restrict directions = units->directions + (size_t)k * units->stride;
        for (size_t j = 0; j < lanes; ++j)
            u[j] = fma(y, elementary_expm1((directions[j] - of_label[j]) * delta[j]), u[j]);
    }
}

/* Q of the unit in lane j from its logits themselves. */
static double move_unit(const struct network_sample *sample, int classes,
                        const struct head_units *units, const struct head_shift *shift, size_t j,
                        double *scratch)
{
    const double *directions = units->directions + j;
    const double of_label = directions[(size_t)sample->target.label * units->stride];
    double *raised = scratch, *lowered = scratch + classes;
    for (int k = 0; k < classes; ++k) {
        const double d = directions[(size_t)k * units->stride] - of_label;
        raised[k] = d * shift->raised[j];
        lowered[k] = d * shift->lowered[j];
    }
    return softmax_change_of_moves(sample, classes, raised, lowered) / (2 * shift->eta);
}

static void shift_units(const struct network_sample *sample, int classes,
                        const struct head_units *units, const struct head_shift *shift,
                        double *scratch)
{
    double *up = scratch, *down = scratch + units->lanes;
    sum_classes(sample, classes, units, shift->raised, up);
    sum_classes(sample, classes, units, shift->lowered, down);
    const bool good =
        softmax_change_of_sums(sample, units->lanes, shift->eta, up, down, shift->quotient);
    const bool far = shift->farthest * units->range > softmax_change_room(sample, classes);
    for (size_t j = 0; j < units->lanes && (far || !good); ++j)
        if (far || isnan(shift->quotient[j]))
            shift->quotient[j] = move_unit(sample, classes, units, shift, j, scratch);
}

/* As a unit moves by at most `farthest`, |d_k delta| is at most that times the range. */
static void of_units(const struct network_sample *sample, int outputs,
                     const struct head_units *units, int count, const struct head_shift *shifts,
                     double *scratch)
{
    if (units->farthest * units->range <= SOFTMAX_SMALL)
        KERNEL_CALL(softmax_small_units, sample, outputs, units, count, shifts);
    else
        for (int n = 0; n < count; ++n)
            shift_units(sample, outputs, units, &shifts[n], scratch);
}

/* u of eight lanes; NaN where it cannot be trusted. */
ELEMENTARY_INLINE void sum_eight(const struct network_sample *sample, int classes, double room,
                                 size_t stride, const double *restrict moves, double *restrict u)
{
    enum { LANES = NETWORK_VECTOR };
    const double *restrict of_label = moves + (size_t)sample->target.label * stride;
    double sum[LANES] = {0}, farthest[LANES] = {0};
    for (int k = 0; k < classes; ++k, moves += stride)
        for (int j = 0; j < LANES; ++j) {
            const double move = moves[j] - of_label[j];
            sum[j] += sample->y[k] * elementary_expm1(move);
            farthest[j] = fabs(move) > farthest[j] ? fabs(move) : farthest[j];
        }
    for (int j = 0; j < LANES; ++j)
        u[j] = farthest[j] > room ? (double)NAN : sum[j];
}

MULTIVERSION
static void sum_moves(const struct network_sample *sample, int classes, double room, size_t lanes,
                      const double *moves, double *u)
{
    for (size_t j = 0; j < lanes; j += NETWORK_VECTOR)
        sum_eight(sample, classes, room, lanes, moves + j, u + j);
}

/* 2 eta Q of lane j from the logits themselves. */
static double move_lane(const struct network_sample *sample, int classes,
                        const struct head_moves *moves, size_t j, double *scratch)
{
    const size_t label = (size_t)sample->target.label * moves->lanes + j;
    double *raised = scratch, *lowered = scratch + classes;
    for (int k = 0; k < classes; ++k) {
        const size_t at = (size_t)k * moves->lanes + j;
        raised[k] = moves->up[at] - moves->up[label];
        lowered[k] = moves->down[at] - moves->down[label];
    }
    return softmax_change_of_moves(sample, classes, raised, lowered);
}

/* An eta of 1/2 gives 2 eta Q. */
static void of_moves(const struct network_sample *sample, int outputs,
                     const struct head_moves *moves, double *scratch)
{
    if (moves->farthest <= SOFTMAX_SMALL) {
        KERNEL_CALL(softmax_small_moves, sample, outputs, moves);
        return;
    }
    const double room = softmax_change_room(sample, outputs);
    double *up = scratch, *down = scratch + moves->lanes;
    sum_moves(sample, outputs, room, moves->lanes, moves->up, up);
    sum_moves(sample, outputs, room, moves->lanes, moves->down, down);
    const bool good =
        softmax_change_of_sums(sample, moves->lanes, 0.5, up, down, moves->difference);
    for (size_t j = 0; j < moves->lanes && !good; ++j)
        if (isnan(moves->difference[j]))
            moves->difference[j] = move_lane(sample, outputs, moves, j, scratch);
}

/* u+ and u- of all logits, and 0 up to the end of a vector. */
MULTIVERSION
static void shift_logits(const struct network_sample *sample, size_t classes, double eta,
                         double *up, double *down)
{
    const double raised = elementary_expm1(eta), lowered = elementary_expm1(-eta);
    const size_t label = (size_t)sample->target.label, lanes = network_whole_vectors(classes);
    for (size_t k = 0; k < classes; ++k) {
        up[k] = sample->y[k] * raised;
        down[k] = sample->y[k] * lowered;
    }
    /* Raising the label's logit amounts to lowering all others. */
    up[label] = sample->one_minus_y_t * lowered;
    down[label] = sample->one_minus_y_t * raised;
    memset(up + classes, 0, (lanes - classes) * sizeof *up);
    memset(down + classes, 0, (lanes - classes) * sizeof *down);
}

/* Q of one logit from the logits themselves. */
static double move_logit(const struct network_sample *sample, int classes, int logit, double eta,
                         double *scratch)
{
    double *raised = scratch, *lowered = scratch + classes;
    for (int k = 0; k < classes; ++k) {
        const int d = (k == logit) - (sample->target.label == logit);
        raised[k] = d * eta;
        lowered[k] = -d * eta;
    }
    return softmax_change_of_moves(sample, classes, raised, lowered) / (2 * eta);
}

static void of_outputs(const struct network_sample *sample, int outputs, double eta,
                       double *quotient, double *scratch)
{
    const size_t lanes = network_whole_vectors((size_t)outputs);
    double *up = scratch, *down = scratch + lanes;
    shift_logits(sample, (size_t)outputs, eta, up, down);
    if (eta <= SOFTMAX_SMALL) {
        KERNEL_CALL(softmax_small_sums, sample->y[sample->target.label], lanes, eta, up, down,
                    quotient);
        return;
    }
    const bool good = softmax_change_of_sums(sample, lanes, eta, up, down, quotient);
    const bool far = eta > softmax_change_room(sample, outputs);
    for (int k = 0; k < outputs && (far || !good); ++k)
        if (far || isnan(quotient[k]))
            quotient[k] = move_logit(sample, outputs, k, eta, scratch);
}

/* Within the radius, c < pi / 2, all terms of the softmax sum have a positive real part, and so
 * have the arguments of the loss's logarithms. */
const struct head head_softmax = {
    .name = "softmax",
    .predicts_classes = true,
    .score = &score_of_classes,
    .loss_parts = 1,
    .loss_range = SOFTMAX_LOSS_RANGE,
    .loss_ceiling = 16.11809565095832, /* -log(SOFTMAX_EPSILON) */
    .relative = true,
    .radius = 1.4,
    .finish = finish,
    .derive = derive,
    .of_units = of_units,
    .of_moves = of_moves,
    .of_outputs = of_outputs,
};
