/* SPDX-License-Identifier: MIT
 *
 * Where Q of a layer is evaluated, and how its values there give those in between.
 * gradient_numerical.c asks for the number of nodes of each sample and layer;
 * gradient/gradient_layers.c makes the weights of each input. */
#include "nodes.h"

#include "common/multiversion.h"
#include "elementary.h"

#include <math.h>

/* Q is analytic in s for |s| < T = radius^2, and interpolated on [0, S], S = largest^2. The largest
 * ellipse with foci 0 and S that fits in has the parameter rho with (rho + 1 / rho) / 2 =
 * 2 T / S - 1, and n points leave an error of 4 M rho^(1 - n) / (rho - 1). */
int nodes_needed(double largest, double radius)
{
    const double ratio = largest / radius, half_sum = 2 / (ratio * ratio) - 1;
    const double rho = half_sum + sqrt(half_sum * half_sum - 1);
    double reached = rho - 1;
    /* No number of nodes is enough if rho is 1 or NaN: if largest >= radius, or if one of them is
     * NaN. */
    for (int count = NODES_MIN; count <= NODES_MAX; ++count) {
        reached *= rho;
        if (reached >= 0x1p53)
            return count;
    }
    return 0;
}

struct nodes nodes_make(int count)
{
    const double pi = 0x1.921fb54442d18p+1;
    struct nodes nodes = {.count = count};
    for (int k = 0; k < count; ++k) {
        nodes.position[k] = elementary_cosine(pi * (2 * k + 1) / (4 * count));
        nodes.square[k] = nodes.position[k] * nodes.position[k];
    }
    for (int k = 0; k < count; ++k) {
        double others = 1;
        for (int m = 0; m < count; ++m)
            others *= m == k ? 1 : nodes.square[k] - nodes.square[m];
        nodes.per_others[k] = 1 / others;
    }
    return nodes;
}

MULTIVERSION
static void compute_weights(const struct nodes *nodes, size_t count, const double *restrict x,
                            double largest, size_t stride, double *restrict weights)
{
    const double scale = 1 / largest, first = nodes->square[0];
    for (int k = 1; k < nodes->count; ++k, weights += stride) {
        const double per_others = nodes->per_others[k];
        for (size_t i = 0; i < count; ++i) {
            const double position = x[i] * scale;
            weights[i] = per_others * fma(position, position, -first);
        }
        for (int m = 1; m < nodes->count; ++m) {
            const double square = nodes->square[m];
            for (size_t i = 0; i < count && m != k; ++i) {
                const double position = x[i] * scale;
                weights[i] *= fma(position, position, -square);
            }
        }
    }
}

void nodes_weights(const struct nodes *nodes, size_t count, const double *x, double largest,
                   size_t stride, double *weights)
{
    compute_weights(nodes, count, x, largest, stride, weights);
}
