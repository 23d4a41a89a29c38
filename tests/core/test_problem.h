/* SPDX-License-Identifier: MIT
 *
 * The self-test's problems, for tests. */
#ifndef DTRAIN_TEST_PROBLEM_H
#define DTRAIN_TEST_PROBLEM_H

#include "core/selftest/problem.h"

/* As problem_make, for two layers of sigmoids, for any network that predicts classes, and for any;
 * the test fails where it does. */
struct problem test_problem(int inputs, int hidden, int classes, bool pixels, double deviation);
struct problem test_deep_problem(const struct activation *activation, int layers, const int *widths,
                                 bool pixels, double deviation);
struct problem test_problem_with_head(const struct activation *activation, const struct head *head,
                                      int layers, const int *widths, bool pixels, double deviation);

/* The mean gradient over the first `rows` rows, in an array (P) that the caller frees. The test
 * fails where a quotient overflows the first grid; or the finest grid on which all fit is not that
 * one. */
double *problem_gradient(const struct problem *problem, const struct gradient_method *method,
                         double step, int rows);
double *problem_gradient_on_grid(const struct problem *problem,
                                 const struct gradient_method *method, double step, int rows,
                                 int grid);

#endif
