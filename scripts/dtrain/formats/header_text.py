# SPDX-License-Identifier: MIT
"""The text of a C header, for string.Template: `net` is the prefix of all names, `NET` the same in capitals."""

OPENING = """\
/* Written by dtrain export: a network of $widths, $activation$source.
 *
 * C99 or C++, with nothing but <math.h>; no memory is allocated.
 *
$usage
 */
#ifndef ${NET}_H
#define ${NET}_H

#include <math.h>

enum { ${NET}_INPUTS = $inputs, ${NET}_$RESULT = $outputs };

"""

NAME = """\
/* What number `i` of the $kind is called. */
static inline const char *${net}_name(int i)
{
    static const char *const names[${NET}_$RESULT] = {
NAMES
    };
    return names[i];
}

"""

ADD = """\
/* Adds to the sums (units) what one input contributes by its weights (units). */
static inline void ${net}_add(double input, const double *weights, double *sums, int units)
{
    for (int j = 0; j < units; ++j)
        sums[j] += input * weights[j];
}

"""

LAYER = """\
/* The sums (units) of a layer from its inputs (count), weights (count, units) and biases (units). */
static inline void ${net}_layer(const double *inputs, int count, const double *weights,
                                const double *biases, double *sums, int units)
{
    for (int j = 0; j < units; ++j)
        sums[j] = biases[j];
    for (int i = 0; i < count; ++i)
        ${net}_add(inputs[i], weights + i * units, sums, units);
}

"""

FIRST_LAYER = """\
/* The sums ($units) of the first layer. */
static inline void ${net}_first_layer(const $type *inputs, double *sums)
{
    for (int j = 0; j < $units; ++j)
        sums[j] = ${net}_b1[j];
    for (int i = 0; i < ${NET}_INPUTS; ++i)
        ${net}_add($input, ${net}_W1 + i * $units, sums, $units);
}

"""

ACTIVATE = """\
/* From the sums of a hidden layer to its activations. */
static inline void ${net}_activate(double *a, int units)
{
    for (int j = 0; j < units; ++j)
        a[j] = $activate;
}

"""
# The comparison leaves NAN as it is.
ACTIVATIONS = {"sigmoid": "1 / (1 + exp(-a[j]))", "tanh": "tanh(a[j])", "relu": "a[j] < 0 ? 0 : a[j]"}

SCALED_INPUT = """\
/* Input i as the network was trained on it: scaled, and rounded to single precision. */
static inline double ${net}_input(const double *inputs, int i)
{
    const double number = $number;
    return (double)(float)((number - ${net}_mean[i]) / ${net}_deviation[i]);
}

"""

BYTE_INPUT = """\
/* Input i as the network was trained on it: divided in single precision. */
static inline double ${net}_input(const unsigned char *inputs, int i)
{
    return (double)(float)((float)inputs[i] / 255.0f);
}

"""

SOFTMAX = """\
/* From the sums of the last layer to probabilities. exp() of at most 0 does not overflow. */
static inline void ${net}_softmax(double *y)
{
    double largest = y[0], sum = 0;
    for (int k = 1; k < ${NET}_CLASSES; ++k)
        if (y[k] > largest)
            largest = y[k];
    for (int k = 0; k < ${NET}_CLASSES; ++k)
        y[k] = exp(y[k] - largest);
    for (int k = 0; k < ${NET}_CLASSES; ++k)
        sum += y[k];
    for (int k = 0; k < ${NET}_CLASSES; ++k)
        y[k] /= sum;
}

/* The first of the largest probabilities; -1 if one is NAN. */
static inline int ${net}_largest(const double *y)
{
    int largest = 0;
    for (int k = 0; k < ${NET}_CLASSES; ++k) {
        if (isnan(y[k]))
            return -1;
        if (y[k] > y[largest])
            largest = k;
    }
    return largest;
}

"""

PREDICT_CLASS = """\
/* Writes the probability of each class, and returns the number of the most probable one: -1, with
 * probabilities of NAN, if an input is $nan. */
static inline int ${net}_predict(const $type inputs[${NET}_INPUTS],
                                 double probabilities[${NET}_CLASSES])
{
$layers
    ${net}_softmax(probabilities);
    return ${net}_largest(probabilities);
}

"""

PREDICT_NUMBERS = """\
/* Writes the numbers that are predicted$unit: NAN if an input is $nan. */
static inline void ${net}_predict(const $type inputs[${NET}_INPUTS], double targets[${NET}_TARGETS])
{
$layers
}

"""

SCALE_TARGETS = """
    for (int m = 0; m < ${NET}_TARGETS; ++m)
        targets[m] = targets[m] * ${net}_target_deviation[m] + ${net}_target_mean[m];"""
