/* SPDX-License-Identifier: MIT */
#include "quad.h"

#include "core/pixels.h"

#include <quadmath.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __float128 quad;

enum { CLASSES_MAX = 128 };

static quad input_value(const struct problem *p, int row, int i)
{
    const size_t at = (size_t)row * (size_t)p->model.inputs + (size_t)i;
    return p->samples.bytes ? (quad)pixels_value[p->bytes[at]] : (quad)p->floats[at];
}

static quad loss(const struct problem *p, const quad *theta, int row)
{
    const int d = p->model.inputs, h = p->model.network.layers[0].outputs, k = p->model.classes;
    const quad *b1 = theta + d * h, *w2 = b1 + h, *b2 = w2 + h * k;
    quad a2[CLASSES_MAX], sum = 0;
    memcpy(a2, b2, (size_t)k * sizeof *a2);
    for (int j = 0; j < h; ++j) {
        quad a1 = b1[j];
        for (int i = 0; i < d; ++i)
            a1 += input_value(p, row, i) * theta[i * h + j];
        const quad z = 1 / (1 + expq(-a1));
        for (int c = 0; c < k; ++c)
            a2[c] += z * w2[j * k + c];
    }
    for (int c = 0; c < k; ++c)
        sum += expq(a2[c] - a2[p->labels[row]]);
    return -logq(1 / sum + (quad)NETWORK_LOSS_EPSILON);
}

static quad *widened(const struct problem *p)
{
    quad *theta = malloc(p->parameters * sizeof *theta);
    for (size_t i = 0; i < p->parameters; ++i)
        theta[i] = p->theta[i];
    return theta;
}

double quad_loss(const struct problem *p, int row)
{
    quad *theta = widened(p);
    const double value = (double)loss(p, theta, row);
    free(theta);
    return value;
}

double *quad_gradient(const struct problem *p, double step, int rows, size_t stride)
{
    quad *theta = widened(p);
    double *mean = malloc((p->parameters / stride + 1) * sizeof *mean);
    for (size_t i = 0; i < p->parameters; i += stride) {
        quad sum = 0;
        for (int row = 0; row < rows; ++row) {
            theta[i] = (quad)p->theta[i] + step;
            sum += loss(p, theta, row);
            theta[i] = (quad)p->theta[i] - step;
            sum -= loss(p, theta, row);
        }
        theta[i] = p->theta[i];
        mean[i / stride] = (double)(sum / (2 * (quad)step * rows));
    }
    free(theta);
    return mean;
}
