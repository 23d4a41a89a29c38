/* SPDX-License-Identifier: MIT */
#include "quad.h"

#include "core/samples/pixels.h"

#include <quadmath.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __float128 quad;

/* Of any layer, the inputs included. */
enum { UNITS_MAX = 4096 };

static quad input_value(const struct problem *p, int row, int i)
{
    const size_t at = (size_t)row * (size_t)p->model.inputs + (size_t)i;
    return p->samples.bytes ? (quad)pixels_value[p->bytes[at]] : (quad)p->floats[at];
}

static quad activated(const struct problem *p, quad a)
{
    const struct activation *activation = p->model.network.activation;
    if (activation == &activation_relu)
        return a > 0 ? a : 0;
    return activation == &activation_tanh ? tanhq(a) : 1 / (1 + expq(-a));
}

/* The pre-activations of a layer, from the results of the one below. */
static void apply_layer(const struct network_layer *layer, const quad *theta, const quad *below,
                        quad *a)
{
    const quad *w = theta + layer->offset;
    memcpy(a, w + layer->inputs * layer->outputs, (size_t)layer->outputs * sizeof *a);
    for (int i = 0; i < layer->inputs; ++i)
        for (int j = 0; j < layer->outputs; ++j)
            a[j] += below[i] * w[i * layer->outputs + j];
}

static quad loss(const struct problem *p, const quad *theta, int row)
{
    const struct network *network = &p->model.network;
    quad below[UNITS_MAX], a[UNITS_MAX], sum = 0;
    for (int i = 0; i < p->model.inputs; ++i)
        below[i] = input_value(p, row, i);
    for (int n = 0; n < network->count; ++n) {
        apply_layer(&network->layers[n], theta, below, a);
        for (int j = 0; j < network->layers[n].outputs; ++j)
            below[j] = activated(p, a[j]);
    }
    if (network->head == &head_squares) {
        for (int m = 0; m < p->model.outputs; ++m) {
            const quad r = a[m] - p->targets[row * p->model.outputs + m];
            sum += r * r / 2;
        }
        return sum;
    }
    for (int c = 0; c < p->model.outputs; ++c)
        sum += expq(a[c] - a[p->labels[row]]);
    return -logq(1 / sum + (quad)SOFTMAX_EPSILON);
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
