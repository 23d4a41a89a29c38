/* SPDX-License-Identifier: MIT */
#include "gradcheck_report.h"

#include "core/gradient/gradient.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* Which rows and step, and what the numbers below can be expected to be if the methods are right.
 */
static void print_heading(const struct gradcheck_result *result)
{
    const double step = result->step;
    printf("rows %lld to %lld, %zu parameters%s, step %g\n", (long long)result->rows.begin,
           (long long)result->rows.end - 1, result->model->tensors.parameters,
           result->model->of_model, step);
    /* The difference of two losses of about 2 is off by an ulp, and divided by 2h. */
    if (!result->one_method)
        printf(
            "  rounding costs literal about %.0e; difference and derivative differ by about step "
            "squared, %.0e of it\n",
            DBL_EPSILON / step, step * step);
    else
        printf("  rounding costs literal about %.0e for a loss of 2; a smooth loss changes little "
               "from a step to half of it\n",
               DBL_EPSILON / step);
}

/* Describes the gradient by a single method. Entries of 0 show that the step is too small to change
 * the loss at all. */
static void print_gradient(const struct gradcheck_result *result)
{
    const double *gradient = result->variants[0].gradient;
    double largest = 0;
    size_t zeros = 0;
    for (size_t p = 0; p < result->model->tensors.parameters; ++p) {
        largest = fmax(largest, fabs(gradient[p]));
        zeros += gradient[p] == 0;
    }
    printf("  %s: the largest entry is %.3g, and %zu of %zu are 0\n", result->variants[0].title,
           largest, zeros, result->model->tensors.parameters);
}

/* How many parameters' steps meet a kink. */
static size_t count_left_out(const struct gradcheck_result *result)
{
    size_t count = 0;
    for (size_t p = 0; result->kinks && p < result->model->tensors.parameters; ++p)
        count += result->kinks[p] > 0;
    return count;
}

/* Names the units of a layer, the first few of them, that a step takes to their kinks in `rows`
 * rows each; nothing if there are none. */
static void name_units(int layer, const int64_t *rows, int units)
{
    enum { SHOWN = 10 };
    int named = 0;
    for (int j = 0; j < units; ++j) {
        if (rows[j] == 0)
            continue;
        if (named++ == 0)
            printf("    layer %d: units %d", layer + 1, j);
        else if (named <= SHOWN)
            printf(", %d", j);
    }
    if (named > SHOWN)
        printf(" and %d more", named - SHOWN);
    if (named > 0)
        putchar('\n');
}

/* Names the units at a kink, where difference and derivative differ. */
static void print_kinks(const struct gradcheck_result *result)
{
    const struct network *network = &result->model->network;
    const size_t parameters = result->model->tensors.parameters, left_out = count_left_out(result);
    const int64_t *rows = result->kinks + parameters;
    if (left_out == 0)
        return;
    printf("  within a step of the kink of %s, where difference and derivative differ:\n",
           network->activation->name);
    for (int n = 0; n < network->count - 1; ++n) {
        name_units(n, rows, network->layers[n].outputs);
        rows += network->layers[n].outputs;
    }
    printf("    %zu of %zu parameters shift these units, and are left out of comparisons with %s\n",
           left_out, parameters, result->one_method ? "half the step" : "the derivative");
}

/* Copies a tensor's numbers, except those that are left out, to `kept`; returns how many. */
static size_t keep(const struct gradcheck_result *result, const struct tensor *t,
                   const double *gradient, bool leaves_out, double *kept)
{
    size_t count = 0;
    for (size_t p = t->offset; p < t->offset + tensor_size(t); ++p)
        if (!leaves_out || result->kinks[p] == 0)
            kept[count++] = gradient[p];
    return count;
}

/* Prints how far a tensor is from that of variant 0; returns the relative difference. */
static double compare_tensor(const struct gradcheck_result *result, const struct tensor *t,
                             int which)
{
    const bool leaves_out = result->kinks && result->variants[which].parts_at_kinks;
    double *first = result->scratch, *other = first + result->model->tensors.parameters;
    const size_t count = keep(result, t, result->variants[0].gradient, leaves_out, first);
    keep(result, t, result->variants[which].gradient, leaves_out, other);
    const struct gradient_difference d = gradient_compare(first, other, count);
    if (count == 0)
        printf("  %-6s  %18s  %8s  %11s\n", t->name, "left out", "-", "-");
    else if (isnan(d.cosine))
        printf("  %-6s  %18.2e  %8.1e  %11s\n", t->name, d.largest, d.relative, "-");
    else
        printf("  %-6s  %18.2e  %8.1e  %11.1e\n", t->name, d.largest, d.relative, 1 - d.cosine);
    return d.relative;
}

/* Prints how far a variant is from variant 0; returns the largest relative difference. */
static double print_comparison(const struct gradcheck_result *result, int which)
{
    const struct tensors *tensors = &result->model->tensors;
    double largest = 0;
    printf("%s against %s\n  tensor  largest difference  relative   1 - cosine\n",
           result->variants[which].title, result->variants[0].title);
    for (int i = 0; i < tensors->count; ++i)
        largest = fmax(largest, compare_tensor(result, &tensors->list[i], which));
    return largest;
}

/* Prints the verdict on a comparison of two methods. */
static enum status judge(const struct gradcheck_result *result, int which, struct error *error)
{
    const double tolerance = result->tolerance, difference = result->differences[which];
    const bool passed = difference <= tolerance;
    printf("  %s: relative difference %.1e, tolerance %.1e", passed ? "good" : "TOO LARGE",
           difference, tolerance);
    if (result->variants[which].parts_at_kinks && count_left_out(result) > 0)
        printf(", without %zu parameters at kinks", count_left_out(result));
    putchar('\n');
    if (passed)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "gradcheck: %s and %s differ by %.1e at step %g, more than --tolerance %g",
                     result->variants[which].title, result->variants[0].title, difference,
                     result->step, tolerance);
}

enum status gradcheck_report_step(struct gradcheck_result *result, struct error *error)
{
    enum status status = STATUS_DONE;
    print_heading(result);
    if (result->one_method)
        print_gradient(result);
    if (result->kinks)
        print_kinks(result);
    for (int which = 1; which < result->count; ++which) {
        result->differences[which] = print_comparison(result, which);
        if (!result->one_method && judge(result, which, error))
            status = STATUS_FAILED;
    }
    return status;
}

void gradcheck_report_steps(const struct gradcheck_result *results, int steps)
{
    const struct gradcheck_variant *variants = results[0].variants;
    printf("relative difference from %s\n      step", variants[0].title);
    for (int which = 1; which < results[0].count; ++which)
        printf("  %10s", variants[which].column);
    for (int at = 0; at < steps; ++at) {
        printf("\n%10g", results[at].step);
        for (int which = 1; which < results[at].count; ++which)
            if (isnan(results[at].differences[which]))
                printf("  %10s", "-");
            else
                printf("  %10.1e", results[at].differences[which]);
    }
    putchar('\n');
}
