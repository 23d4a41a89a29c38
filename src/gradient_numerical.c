/* SPDX-License-Identifier: MIT
 *
 * The central difference of every parameter, without evaluating what a perturbation cannot change.
 *
 * Take one sample with label t and probabilities y. Raising W1[i,j] by h shifts one number, a1[j],
 * by eta = h x_i; so one sigmoid changes, by delta, and the logits move by delta W2[j,:]. Measured
 * from the logit of the label, that is d_k delta with d_k = W2[j,k] - W2[j,t]. The softmax sum,
 * relative to the label's own term, is then multiplied by
 *     Q = sum_k y_k exp(d_k delta) = 1 + u,   u = sum_k y_k expm1(d_k delta),
 * and y_t becomes y_t / Q. With u+ and u- for +h and -h the quotient is
 *     q = (l+ - l-) / (2h) = log((y_t / Q- + eps) / (y_t / Q+ + eps)) / (2h),
 * and the difference of numerator and denominator is y_t (u+ - u-) / (Q+ Q-): nothing cancels but
 * what is equal, so q keeps its digits however small h is. All inputs with the same value share
 * delta and q: a digit has 150 pixels that are not zero, but 67 different values. An input of 0
 * has q = 0.
 *
 * Raising W2[j,k] by h shifts one logit, by s = h z_j. If k is not t, u = y_k expm1(s). If it is,
 * all others fall by s: u = (1 - y_t) expm1(-s). The rest is the same.
 *
 * The biases are the weights of an input and of a hidden unit that are always 1. */
#include "dtrain/gradient.h"
#include "multiversion.h"

#include <stdlib.h>

/* Hidden units lie side by side in vectors of doubles; a multiple of 8 fills the widest. */
#define LANES_MULTIPLE 8

enum { PIXEL_LEVELS = 256 };

/* Inputs of one value: members[begin] .. members[end - 1]. */
struct group {
    double value;
    int begin, end;
};

/* Working memory. L lanes: H hidden units, and padding with z = 0 and weights 0, whose quotients
 * are 0. */
struct scratch {
    size_t lanes;
    double *z, *one_minus_z;  /* (L) */
    double *weights;          /* (K, L): W2 transposed */
    double *slopes;           /* (K, L): d */
    double *raised, *lowered; /* (L): delta or s for +h and -h */
    double *up, *down;        /* (L): u+ and u- */
    int64_t *units;           /* (L): q, rounded */
    struct group *groups;     /* (D + 1) */
    int *members;             /* (D + 1): input numbers, D for the bias */
};

static size_t padded_lanes(int hidden)
{
    return ((size_t)hidden + LANES_MULTIPLE - 1) / LANES_MULTIPLE * LANES_MULTIPLE;
}

static void *create_scratch(const struct network *network)
{
    const size_t lanes = padded_lanes(network->hidden), inputs = (size_t)network->inputs + 1;
    const size_t classes = (size_t)network->classes;
    const size_t doubles = (2 * classes + 6) * lanes;
    struct scratch *s = calloc(1, sizeof *s + doubles * sizeof(double) + lanes * sizeof(int64_t) +
                                      inputs * (sizeof(struct group) + sizeof(int)));
    if (!s)
        return NULL;
    s->lanes = lanes;
    s->z = (double *)(s + 1);
    s->one_minus_z = s->z + lanes;
    s->weights = s->one_minus_z + lanes;
    s->slopes = s->weights + classes * lanes;
    s->raised = s->slopes + classes * lanes;
    s->lowered = s->raised + lanes;
    s->up = s->lowered + lanes;
    s->down = s->up + lanes;
    s->units = (int64_t *)(s->down + lanes);
    s->groups = (struct group *)(s->units + lanes);
    s->members = (int *)(s->groups + inputs);
    for (size_t j = 0; j < lanes; ++j)
        s->one_minus_z[j] = 1;
    return s;
}

/* Pixels by level: a counting sort. The bias joins level 255, whose value is 1 as well. */
static int group_pixels(const uint8_t *pixels, const struct active_inputs *active, int inputs,
                        struct group *groups, int *members)
{
    int ends[PIXEL_LEVELS] = {0}, count = 0, begin = 0;
    for (int n = 0; n < active->count; ++n)
        ++ends[pixels[active->index[n]]];
    ++ends[PIXEL_LEVELS - 1];
    for (int level = 1; level < PIXEL_LEVELS; ++level) {
        const int size = ends[level];
        ends[level] = begin;
        if (size == 0)
            continue;
        groups[count++] = (struct group){samples_pixel_value((uint8_t)level), begin, begin + size};
        begin += size;
    }
    for (int n = 0; n < active->count; ++n)
        members[ends[pixels[active->index[n]]]++] = active->index[n];
    members[ends[PIXEL_LEVELS - 1]] = inputs;
    return count;
}

/* Features, which rarely repeat: each a group of its own, and the bias another. */
static int group_features(const struct active_inputs *active, int inputs, struct group *groups,
                          int *members)
{
    for (int n = 0; n < active->count; ++n) {
        groups[n] = (struct group){active->value[n], n, n + 1};
        members[n] = active->index[n];
    }
    groups[active->count] = (struct group){1, active->count, active->count + 1};
    members[active->count] = inputs;
    return active->count + 1;
}

static void transpose_weights(const struct network *network, const double *w2, struct scratch *s)
{
    for (int j = 0; j < network->hidden; ++j)
        for (int k = 0; k < network->classes; ++k)
            s->weights[(size_t)k * s->lanes + (size_t)j] = w2[j * network->classes + k];
}

/* d_k = W2[j,k] - W2[j,t] for each class and lane. */
MULTIVERSION
static void label_slopes(int classes, int label, struct scratch *s)
{
    const size_t lanes = s->lanes;
    const double *restrict of_label = s->weights + (size_t)label * lanes;
    for (int k = 0; k < classes; ++k) {
        const double *restrict weights = s->weights + (size_t)k * lanes;
        double *restrict slopes = s->slopes + (size_t)k * lanes;
        for (size_t j = 0; j < lanes; ++j)
            slopes[j] = weights[j] - of_label[j];
    }
}

/* delta = sigmoid(a1 + eta) - sigmoid(a1) = z (1-z) expm1(eta) / ((1-z) + z exp(eta)). All terms
 * of the denominator are positive, so nothing cancels for any eta. */
MULTIVERSION
static void shift_sigmoids(const struct scratch *s, double eta, double *restrict delta)
{
    const double e = elementary_exp(eta), e_minus_1 = elementary_expm1(eta);
    const double *restrict z = s->z, *restrict one_minus_z = s->one_minus_z;
    for (size_t j = 0; j < s->lanes; ++j)
        delta[j] = z[j] * one_minus_z[j] * e_minus_1 / fma(z[j], e, one_minus_z[j]);
}

/* u = sum over the other classes of y_k expm1(d_k delta). */
MULTIVERSION
static void sum_over_classes(const struct scratch *s, int classes, const struct network_pass *pass,
                             const double *restrict delta, double *restrict u)
{
    for (size_t j = 0; j < s->lanes; ++j)
        u[j] = 0;
    for (int k = 0; k < classes; ++k) {
        if (k == pass->label)
            continue;
        const double y = pass->y[k];
        const double *restrict slopes = s->slopes + (size_t)k * s->lanes;
        for (size_t j = 0; j < s->lanes; ++j)
            u[j] = fma(y, elementary_expm1(slopes[j] * delta[j]), u[j]);
    }
}

/* q of the lanes from u+ = scale * up and u- = scale * down, rounded to the grid. Returns what
 * exact_is_off asks. The arguments of q's logarithm are multiplied by Q+ Q-, which leaves their
 * ratio as it is; the logarithm is that of the larger over the smaller. */
MULTIVERSION
static uint64_t round_quotients(const struct gradient *gradient, size_t lanes, double y_t,
                                double scale, const double *restrict up,
                                const double *restrict down, int64_t *restrict units)
{
    const struct exact_grid grid = gradient->grid;
    const double per_2h = 1 / (2 * gradient->step);
    uint64_t off = 0;
    for (size_t j = 0; j < lanes; ++j) {
        const double q_up = fma(scale, up[j], 1), q_down = fma(scale, down[j], 1);
        const double raised = q_up * fma(NETWORK_LOSS_EPSILON, q_down, y_t);
        const double lowered = q_down * fma(NETWORK_LOSS_EPSILON, q_up, y_t);
        const double difference = y_t * scale * (up[j] - down[j]);
        const double smaller = raised < lowered ? raised : lowered;
        const double size = elementary_log1p(fabs(difference) / smaller) * per_2h;
        units[j] = exact_round(&grid, difference < 0 ? -size : size, &off);
    }
    return off;
}

/* Counts a row of quotients one of which is off the grid. Parameter 0 of the row stands for it. */
static void note_off_grid(struct gradient *gradient, uint64_t off, size_t parameter)
{
    if (exact_is_off(&gradient->grid, off) && gradient->off_grid++ == 0)
        gradient->first_off_grid = parameter;
}

/* The quotients of W1 and b1: one evaluation a group and hidden unit. */
static void add_first_layer(struct gradient *gradient, int groups, int64_t *sums)
{
    const struct network_pass *pass = &gradient->pass;
    const size_t hidden = (size_t)gradient->network.hidden;
    const int classes = gradient->network.classes;
    struct scratch *s = gradient->scratch;
    for (const struct group *group = s->groups; group < s->groups + groups; ++group) {
        const double eta = gradient->step * group->value;
        shift_sigmoids(s, eta, s->raised);
        shift_sigmoids(s, -eta, s->lowered);
        sum_over_classes(s, classes, pass, s->raised, s->up);
        sum_over_classes(s, classes, pass, s->lowered, s->down);
        const uint64_t off =
            round_quotients(gradient, s->lanes, pass->y[pass->label], 1, s->up, s->down, s->units);
        note_off_grid(gradient, off, (size_t)s->members[group->begin] * hidden);
        for (int m = group->begin; m < group->end; ++m) {
            int64_t *row = sums + (size_t)s->members[m] * hidden;
            for (size_t j = 0; j < hidden; ++j)
                row[j] += s->units[j];
        }
    }
}

MULTIVERSION
static void shift_logits(size_t lanes, double h, const double *restrict z,
                         double *restrict expm1_of_s)
{
    for (size_t j = 0; j < lanes; ++j)
        expm1_of_s[j] = elementary_expm1(h * z[j]);
}

/* The quotients of one row of W2 transposed: the weights into class k of all hidden units, or b2
 * as a single lane. expm1(s) is in raised, expm1(-s) in lowered. */
static void add_logit(struct gradient *gradient, int k, size_t hidden, size_t lanes,
                      size_t row_start, int64_t *sums)
{
    const struct network_pass *pass = &gradient->pass;
    const size_t classes = (size_t)gradient->network.classes;
    struct scratch *s = gradient->scratch;
    const bool label = k == pass->label;
    const double share = label ? pass->one_minus_y_t : pass->y[k];
    const uint64_t off =
        round_quotients(gradient, lanes, pass->y[pass->label], share,
                        label ? s->lowered : s->raised, label ? s->raised : s->lowered, s->units);
    note_off_grid(gradient, off, row_start + (size_t)k);
    for (size_t j = 0; j < hidden; ++j)
        sums[row_start + j * classes + (size_t)k] += s->units[j];
}

static void add_second_layer(struct gradient *gradient, int64_t *sums)
{
    const struct network *network = &gradient->network;
    const size_t hidden = (size_t)network->hidden;
    const size_t w2 = (size_t)(network->inputs + 1) * hidden;
    const size_t b2 = w2 + hidden * (size_t)network->classes;
    struct scratch *s = gradient->scratch;
    shift_logits(s->lanes, gradient->step, s->z, s->raised);
    shift_logits(s->lanes, -gradient->step, s->z, s->lowered);
    for (int k = 0; k < network->classes; ++k)
        add_logit(gradient, k, hidden, s->lanes, w2, sums);
    s->raised[0] = elementary_expm1(gradient->step);
    s->lowered[0] = elementary_expm1(-gradient->step);
    for (int k = 0; k < network->classes; ++k)
        add_logit(gradient, k, 1, 1, b2, sums);
}

static void sum_slice(struct gradient *gradient, const double *theta, const struct samples *samples,
                      const int64_t *rows, int64_t count, int64_t *sums)
{
    const struct network *network = &gradient->network;
    const double *w2 = theta + (size_t)(network->inputs + 1) * (size_t)network->hidden;
    const struct network_pass *pass = &gradient->pass;
    struct scratch *s = gradient->scratch;
    transpose_weights(network, w2, s);
    for (int64_t i = 0; i < count; ++i) {
        network_forward(network, theta, samples, rows[i], &gradient->pass);
        for (int j = 0; j < network->hidden; ++j) {
            s->z[j] = pass->z[j];
            s->one_minus_z[j] = pass->one_minus_z[j];
        }
        label_slopes(network->classes, pass->label, s);
        const int groups =
            samples->bytes
                ? group_pixels(samples->bytes + (rows[i] - samples->first_row) * samples->inputs,
                               &pass->active, network->inputs, s->groups, s->members)
                : group_features(&pass->active, network->inputs, s->groups, s->members);
        add_first_layer(gradient, groups, sums);
        add_second_layer(gradient, sums);
    }
}

const struct gradient_method gradient_numerical = {"numerical", create_scratch, sum_slice};
