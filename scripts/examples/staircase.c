/* SPDX-License-Identifier: MIT
 *
 * A loss that cannot be differentiated: a linear classifier whose weights are rounded to multiples
 * of 1/8, as for a small device, under the multi-class hinge loss. Its derivative is 0 nearly
 * everywhere, and backpropagation learns nothing; central differences with a step as wide as a
 * stair do:
 *
 *     mpirun -np 2 dtrain --model ./staircase.so --step 0.125 --data small.h5 */
#include <dtrain/dtrain.h>
#include <math.h>

static const double stairs = 8;

/* theta: (D + 1, K) row-major; the last row goes with an input that is always 1. */
static size_t count_parameters(int inputs, int classes)
{
    return (size_t)(inputs + 1) * (size_t)classes;
}

static double score(const struct dtrain_shape *shape, const double *theta, const double *inputs,
                    int class_)
{
    double sum = 0;
    for (int i = 0; i <= shape->inputs; ++i) {
        const double weight = theta[(size_t)i * (size_t)shape->classes + (size_t)class_];
        sum += nearbyint(stairs * weight) / stairs * (i < shape->inputs ? inputs[i] : 1);
    }
    return sum;
}

static double hinge_loss(const struct dtrain_shape *shape, const double *theta,
                         const double *inputs, int label)
{
    double best_other = -INFINITY;
    for (int k = 0; k < shape->classes; ++k)
        if (k != label)
            best_other = fmax(best_other, score(shape, theta, inputs, k));
    return fmax(0, 1 + best_other - score(shape, theta, inputs, label));
}

static int predict(const struct dtrain_shape *shape, const double *theta, const double *inputs)
{
    int best = 0;
    for (int k = 1; k < shape->classes; ++k)
        if (score(shape, theta, inputs, k) > score(shape, theta, inputs, best))
            best = k;
    return best;
}

const struct dtrain_model *dtrain_model(void)
{
    static const struct dtrain_model model = {
        .version = DTRAIN_MODEL_VERSION,
        .name = "staircase",
        .parameters = count_parameters,
        .loss = hinge_loss,
        .predict = predict,
        /* Scores of 49 inputs up to 1 by weights up to some 10. */
        .loss_range = 1024,
    };
    return &model;
}
