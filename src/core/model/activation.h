/* SPDX-License-Identifier: MIT
 *
 * What a hidden unit computes from its pre-activation a. An activation is a struct of functions.
 *
 * Each function works on `count` units that lie side by side. All are pure, and a unit's results
 * have the same bits whatever its neighbours are. */
#ifndef DTRAIN_ACTIVATION_H
#define DTRAIN_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

/* What is known about each unit at work before a shift. */
struct activation_units {
    const double *a;     /* the pre-activation */
    const double *z;     /* act(a) */
    const double *below; /* act(a) less the infimum of act, without cancellation */
    const double *above; /* the supremum of act less act(a), without cancellation */
    const double *slope; /* act'(a) */
};

struct activation {
    const char *name;
    double steepest; /* the largest act' */
    double span;     /* the supremum of act less its infimum; may be INFINITY */
    bool has_kink;   /* whether act is two straight lines that meet at a = 0; else it is analytic */

    /* z = act(a), with `below` and `above` as in activation_units; if act is unbounded, those two
     * are not written. */
    void (*value)(size_t count, const double *a, double *z, double *below, double *above);
    /* slope = act'(a); units->slope is not read. */
    void (*derivative)(size_t count, const struct activation_units *units, double *slope);
    /* raised = act(a + eta) - act(a), lowered = act(a - eta) - act(a), for eta >= 0 of any size,
     * without cancellation. */
    void (*shift)(size_t count, const struct activation_units *units, double eta, double *raised,
                  double *lowered);
    /* The same with a separate shift for each unit, of either sign. */
    void (*shift_each)(size_t count, const struct activation_units *units, const double *eta,
                       double *moved);
    /* An upper bound of |act(a + eta) - act(a)| for all a and all complex |eta| <= radius. It is at
     * least radius times `steepest`, at least doubles when the radius doubles, and is INFINITY
     * where act may not be analytic. NULL if act has a kink. */
    double (*bound)(double radius);
};

extern const struct activation activation_sigmoid, activation_tanh, activation_relu;

/* The activation of that name, or NULL. */
const struct activation *activation_find(const char *name);

/* Whether files and digests leave the name out: it is the sigmoid's, or "", as models have none. */
bool activation_goes_unnamed(const char *name);

#endif
