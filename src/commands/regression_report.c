/* SPDX-License-Identifier: MIT */
#include "regression_report.h"

#include "names.h"
#include "runs/json_number.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* R2, or "-" where all targets are equal. */
static void print_r2(double r2, const char *format, const char *none)
{
    if (isnan(r2))
        fputs(none, stdout);
    else
        printf(format, r2);
}

/* The errors of target m in its own unit. */
static struct residuals_of_output errors_of(const struct regression_report *report, int m)
{
    struct residuals_of_output errors = report->errors[m];
    errors.rmse *= recipe_unit(report->recipe, m);
    errors.mae *= recipe_unit(report->recipe, m);
    return errors;
}

/* Those over all targets; of a single one, in its unit. */
static struct residuals_of_output errors_of_all(const struct regression_report *report)
{
    return report->outputs == 1 ? errors_of(report, 0) : report->errors[report->outputs];
}

/* Says in which unit the errors over all targets are, if there is a recipe. */
static void print_unit(const struct regression_report *report)
{
    if (report->recipe->count == 0)
        return;
    if (report->outputs == 1)
        printf(" in the unit of %s", names_cell(report->recipe, 0).text);
    else
        printf(" in the dataset's numbers");
}

static void print_targets(const struct regression_report *report)
{
    const int width = names_width(report->recipe);
    puts(width > 0 ? "\neach target in its own unit:" : "");
    printf("target");
    if (width > 0)
        names_print(width, "name");
    puts("          RMSE           MAE        R2");
    for (int m = 0; m < report->outputs; ++m) {
        const struct residuals_of_output of = errors_of(report, m);
        printf("%6d", m);
        if (width > 0)
            names_print(width, names_cell(report->recipe, m).text);
        printf("  %12.6g  %12.6g", of.rmse, of.mae);
        print_r2(of.r2, "  %8.4f\n", "         -\n");
    }
}

void regression_report_print(const struct regression_report *report)
{
    const int most_listed = 100;
    const struct residuals_of_output all = errors_of_all(report);
    printf("%s: %lld rows, loss %.6g, RMSE %.6g, MAE %.6g", report->split, (long long)report->rows,
           report->loss, all.rmse, all.mae);
    print_unit(report);
    print_r2(all.r2, ", R2 %.4f\n", ", R2 -\n");
    if (report->outputs > 1 && report->outputs <= most_listed)
        print_targets(report);
}

static json_t *describe(struct residuals_of_output of, const char *name)
{
    return json_pack("{s:s*, s:o, s:o, s:o}", "name", name, "rmse", json_number_new(of.rmse), "mae",
                     json_number_new(of.mae), "r2", json_number_new(of.r2));
}

static json_t *describe_targets(const struct regression_report *report)
{
    json_t *targets = json_array();
    for (int m = 0; targets && m < report->outputs; ++m)
        if (json_array_append_new(
                targets, describe(errors_of(report, m), recipe_name(report->recipe, m))) != 0) {
            json_decref(targets);
            return NULL;
        }
    return targets;
}

enum status regression_report_print_json(const struct regression_report *report,
                                         struct error *error)
{
    json_t *object = json_pack("{s:s, s:I, s:o}", "split", report->split, "rows",
                               (json_int_t)report->rows, "loss", json_number_new(report->loss));
    const bool complete =
        object && json_object_update_new(object, describe(errors_of_all(report), NULL)) == 0 &&
        json_object_set_new(object, "targets", describe_targets(report)) == 0;
    char *text = complete ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    if (!text)
        return error_memory(error, NULL, "the report");
    puts(text);
    free(text);
    return STATUS_DONE;
}
