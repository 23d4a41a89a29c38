/* SPDX-License-Identifier: MIT */
#include "test_problem.h"

#include "testing.h"

#include <stdlib.h>

struct problem test_problem(int inputs, int hidden, int classes, bool pixels, double deviation)
{
    const int widths[] = {inputs, hidden, classes};
    return test_deep_problem(&activation_sigmoid, 2, widths, pixels, deviation);
}

struct problem test_deep_problem(const struct activation *activation, int layers, const int *widths,
                                 bool pixels, double deviation)
{
    return test_problem_with_head(activation, &head_softmax, layers, widths, pixels, deviation);
}

struct problem test_problem_with_head(const struct activation *activation, const struct head *head,
                                      int layers, const int *widths, bool pixels, double deviation)
{
    struct problem p;
    assert_true(problem_make(&p, activation, head, layers, widths, pixels, deviation));
    return p;
}

double *problem_gradient(const struct problem *p, const struct gradient_method *method, double step,
                         int rows)
{
    return problem_gradient_on_grid(p, method, step, rows, 0);
}

double *problem_gradient_on_grid(const struct problem *p, const struct gradient_method *method,
                                 double step, int rows, int grid)
{
    struct gradient gradient;
    int64_t *sums = malloc(p->parameters * sizeof *sums);
    double *mean = malloc(p->parameters * sizeof *mean);
    assert_true(gradient_create(&gradient, method, &p->model, step, rows));
    const struct share share = share_whole(p->rows, rows, p->model.parts);
    for (int n = 0; n <= grid; ++n) {
        gradient_choose_grid(&gradient, n);
        gradient_sum_share(&gradient, p->theta, &p->samples, &share, sums);
        assert_true((gradient.overflows > 0) == (n < grid));
    }
    for (size_t i = 0; i < p->parameters; ++i)
        mean[i] = exact_mean(&gradient.grid, sums[i], rows);
    gradient_destroy(&gradient);
    free(sums);
    return mean;
}
