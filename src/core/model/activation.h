/* SPDX-License-Identifier: MIT
 *
 * What a hidden unit makes of its pre-activation a: an activation is a row of a table.
 *
 * Each function works on `count` units that lie side by side. All are pure, and a unit's results
 * have the same bits whatever surrounds it. */
#ifndef DTRAIN_ACTIVATION_H
#define DTRAIN_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

/* Units at work: what is known of each before a shift. */
struct activation_units {
    const double *a;     /* the pre-activation */
    const double *z;     /* act(a) */
    const double *below; /* act(a) less the least that act can be, without cancellation */
    const double *above; /* the most that act can be, less act(a), without cancellation */
    const double *slope; /* act'(a) */
};

struct activation {
    const char *name;
    double steepest; /* the largest act' */
    double span;     /* the most that act can be less the least; INFINITY */
    bool has_kink;   /* whether act is two straight lines that meet at a = 0; else it is analytic */

    /* z = act(a), and what is below and above it; where act has no bounds, those are left alone. */
    void (*value)(size_t count, const double *a, double *z, double *below, double *above);
    /* slope = act'(a); of units->slope nothing is read. */
    void (*derivative)(size_t count, const struct activation_units *units, double *slope);
    /* raised = act(a + eta) - act(a), lowered = act(a - eta) - act(a), for eta >= 0 of any size,
     * without cancellation. */
    void (*shift)(size_t count, const struct activation_units *units, double eta, double *raised,
                  double *lowered);
    /* The same for a shift of each unit's own, of either sign. */
    void (*shift_each)(size_t count, const struct activation_units *units, const double *eta,
                       double *moved);
    /* |act(a + eta) - act(a)| at the most, for all a and all complex |eta| <= radius: at least
     * radius times `steepest`, and with twice the radius at least twice as much. INFINITY where
     * act need not be analytic. Where act has a kink, for shifts that do not cross it. */
    double (*bound)(double radius);
};

extern const struct activation activation_sigmoid, activation_tanh, activation_relu;

/* The activation of that name, or NULL. */
const struct activation *activation_find(const char *name);

#endif
