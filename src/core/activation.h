/* SPDX-License-Identifier: MIT
 *
 * What a hidden unit makes of its pre-activation a: an activation is a row of a table.
 *
 * Each function works on `count` units that lie side by side. The series of quotients.c are the
 * sigmoid's own; everything else takes what it needs of an activation from its row. All are pure,
 * and a unit's results have the same bits whatever surrounds it. */
#ifndef DTRAIN_ACTIVATION_H
#define DTRAIN_ACTIVATION_H

#include <stddef.h>

/* Units at work: what is known of each before a shift. */
struct activation_units {
    const double *a;          /* the pre-activation */
    const double *z;          /* act(a) */
    const double *complement; /* 1 - act(a), without cancellation */
    const double *slope;      /* act'(a) */
};

struct activation {
    const char *name;
    /* z = act(a), and its complement. */
    void (*value)(size_t count, const double *a, double *z, double *complement);
    /* slope = act'(a), of act(a) and its complement. */
    void (*derivative)(size_t count, const double *z, const double *complement, double *slope);
    /* raised = act(a + eta) - act(a), lowered = act(a - eta) - act(a), for eta >= 0 of any size,
     * without cancellation. */
    void (*shift)(size_t count, const struct activation_units *units, double eta, double *raised,
                  double *lowered);
};

extern const struct activation activation_sigmoid;

#endif
