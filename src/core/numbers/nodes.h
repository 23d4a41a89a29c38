/* SPDX-License-Identifier: MIT
 *
 * Interpolation of a smooth even function Q(x) on |x| <= X, from its values at a few nodes: Q is a
 * function of the square s = (x / X)^2, and the nodes are the Chebyshev points of s in [0, 1]. */
#ifndef DTRAIN_NODES_H
#define DTRAIN_NODES_H

#include <stddef.h>

/* More nodes are not worthwhile: Q is then evaluated for each x. */
enum { NODES_MIN = 2, NODES_MAX = 16 };

struct nodes {
    int count;                    /* n */
    double position[NODES_MAX];   /* x / X of each node */
    double square[NODES_MAX];     /* the square of it */
    double per_others[NODES_MAX]; /* 1 / the product of its square's differences from all others */
};

/* How many nodes give Q on |x| <= largest to the precision of a double, if Q is analytic and
 * bounded for complex |x| < radius; 0 if NODES_MAX are not enough. Pure, and the same on every
 * machine. The error is at most 4 M 2^-53 for |Q| <= M (Trefethen, Approximation Theory and
 * Approximation Practice, theorem 8.2). */
int nodes_needed(double largest, double radius);

/* The Chebyshev points for count >= NODES_MIN. */
struct nodes nodes_make(int count);

/* The weight of each node but the first: with q the values at the nodes,
 *     Q(x_i) = q[0] + sum_{k > 0} weights[k - 1][i] (q[k] - q[0]),
 * for `count` numbers x. weights (n - 1, stride). */
void nodes_weights(const struct nodes *nodes, size_t count, const double *x, double largest,
                   size_t stride, double *weights);

#endif
