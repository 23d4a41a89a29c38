/* SPDX-License-Identifier: MIT */
#include "gradcheck.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* Which rows and step, and what the numbers below can be expected to be if the methods are right.
 */
static void print_heading(const struct gradcheck *check, double step)
{
    printf("rows %lld to %lld, %zu parameters%s, step %g\n", (long long)check->rows.begin,
           (long long)check->rows.end - 1, check->model.tensors.parameters, check->model.of_model,
           step);
    /* The difference of two losses of about 2 is off by an ulp, and divided by 2h. */
    if (check->method_count > 1)
        printf("  rounding costs literal about %.0e; difference and derivative part by about step "
               "squared, %.0e of it\n",
               DBL_EPSILON / step, step * step);
    else
        printf("  rounding costs literal about %.0e for a loss of 2; a smooth loss changes little "
               "from a step to half of it\n",
               DBL_EPSILON / step);
}

/* Describes the gradient by a single method. Entries of 0 show that the step is too small to change
 * the loss at all. */
static void print_gradient(const struct gradcheck *check)
{
    const double *gradient = gradcheck_gradient(check, 0);
    double largest = 0;
    size_t zeros = 0;
    for (size_t p = 0; p < check->model.tensors.parameters; ++p) {
        largest = fmax(largest, fabs(gradient[p]));
        zeros += gradient[p] == 0;
    }
    printf("  %s: the largest entry is %.3g, and %zu of %zu are 0\n", check->methods[0]->name,
           largest, zeros, check->model.tensors.parameters);
}

/* Prints how far a variant is from variant 0; returns the largest relative difference. */
static double print_comparison(const struct gradcheck *check, int which)
{
    const struct tensors *tensors = &check->model.tensors;
    const double *first = gradcheck_gradient(check, 0), *other = gradcheck_gradient(check, which);
    double largest = 0;
    printf("%s against %s\n  tensor  largest difference  relative   1 - cosine\n",
           gradcheck_variant(check, which).title, gradcheck_variant(check, 0).title);
    for (int i = 0; i < tensors->count; ++i) {
        const struct tensor *t = &tensors->list[i];
        const struct gradient_difference d =
            gradient_compare(first + t->offset, other + t->offset, tensor_size(t));
        printf("  %-6s  %18.2e  %8.1e  %11.1e\n", t->name, d.largest, d.relative, 1 - d.cosine);
        largest = fmax(largest, d.relative);
    }
    return largest;
}

/* Prints the verdict on a comparison of two methods. */
static enum status judge(const struct gradcheck *check, int which, int at, struct error *error)
{
    const double tolerance = check->config->tolerance, difference = check->differences[at][which];
    const bool passed = difference <= tolerance;
    printf("  %s: relative difference %.1e, tolerance %.1e\n", passed ? "good" : "TOO LARGE",
           difference, tolerance);
    if (passed)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "gradcheck: %s and %s differ by %.1e at step %g, more than --tolerance %g",
                     check->methods[which]->name, check->methods[0]->name, difference,
                     check->steps[at], tolerance);
}

enum status gradcheck_report_step(struct gradcheck *check, int at, struct error *error)
{
    enum status status = STATUS_DONE;
    print_heading(check, check->steps[at]);
    if (check->method_count == 1)
        print_gradient(check);
    for (int which = 1; which < check->variant_count; ++which) {
        check->differences[at][which] = print_comparison(check, which);
        if (check->method_count > 1 && judge(check, which, at, error))
            status = STATUS_FAILED;
    }
    return status;
}

void gradcheck_report_steps(const struct gradcheck *check)
{
    printf("relative difference from %s\n      step", check->methods[0]->name);
    for (int which = 1; which < check->variant_count; ++which)
        printf("  %10s", gradcheck_variant(check, which).column);
    for (int at = 0; at < check->step_count; ++at) {
        printf("\n%10g", check->steps[at]);
        for (int which = 1; which < check->variant_count; ++which)
            if (isnan(check->differences[at][which]))
                printf("  %10s", "-");
            else
                printf("  %10.1e", check->differences[at][which]);
    }
    putchar('\n');
}
