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

/* How many parameters' steps meet a kink. */
static size_t count_left_out(const struct gradcheck *check)
{
    size_t count = 0;
    for (size_t p = 0; check->kinks && p < check->model.tensors.parameters; ++p)
        count += check->kinks[p] > 0;
    return count;
}

/* Names the units of a layer, the first few of them, that a step takes to their kinks in `rows`
 * rows each; nothing where there are none. */
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

/* Names the units at a kink, where difference and derivative part. */
static void print_kinks(const struct gradcheck *check)
{
    const struct network *network = &check->model.network;
    const size_t parameters = check->model.tensors.parameters, left_out = count_left_out(check);
    const int64_t *rows = check->kinks + parameters;
    if (left_out == 0)
        return;
    printf("  within a step of the kink of %s, where difference and derivative part:\n",
           network->activation->name);
    for (int n = 0; n < network->count - 1; ++n) {
        name_units(n, rows, network->layers[n].outputs);
        rows += network->layers[n].outputs;
    }
    printf("    %zu of %zu parameters shift these units, and are left out of comparisons with %s\n",
           left_out, parameters, check->method_count > 1 ? "the derivative" : "half the step");
}

/* Copies a tensor's numbers, but for those that are left out, to `kept`; returns how many. */
static size_t keep(const struct gradcheck *check, const struct tensor *t, const double *gradient,
                   bool leaves_out, double *kept)
{
    size_t count = 0;
    for (size_t p = t->offset; p < t->offset + tensor_size(t); ++p)
        if (!leaves_out || check->kinks[p] == 0)
            kept[count++] = gradient[p];
    return count;
}

/* Prints how far a tensor is from that of variant 0; returns the relative difference. */
static double compare_tensor(const struct gradcheck *check, const struct tensor *t, int which)
{
    const bool leaves_out = check->kinks && gradcheck_parts_at_kinks(check, which);
    double *first = check->scratch, *other = first + check->model.tensors.parameters;
    const size_t count = keep(check, t, gradcheck_gradient(check, 0), leaves_out, first);
    keep(check, t, gradcheck_gradient(check, which), leaves_out, other);
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
static double print_comparison(const struct gradcheck *check, int which)
{
    const struct tensors *tensors = &check->model.tensors;
    double largest = 0;
    printf("%s against %s\n  tensor  largest difference  relative   1 - cosine\n",
           gradcheck_variant(check, which).title, gradcheck_variant(check, 0).title);
    for (int i = 0; i < tensors->count; ++i)
        largest = fmax(largest, compare_tensor(check, &tensors->list[i], which));
    return largest;
}

/* Prints the verdict on a comparison of two methods. */
static enum status judge(const struct gradcheck *check, int which, int at, struct error *error)
{
    const double tolerance = check->config->tolerance, difference = check->differences[at][which];
    const bool passed = difference <= tolerance;
    printf("  %s: relative difference %.1e, tolerance %.1e", passed ? "good" : "TOO LARGE",
           difference, tolerance);
    if (gradcheck_parts_at_kinks(check, which) && count_left_out(check) > 0)
        printf(", without %zu parameters at kinks", count_left_out(check));
    putchar('\n');
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
    if (check->kinks)
        print_kinks(check);
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
