/* SPDX-License-Identifier: MIT */
#include "regression_report.h"

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

void regression_report_print(const struct regression_report *report)
{
    const int most_listed = 100;
    const struct residuals_of_output *all = &report->errors[report->outputs];
    printf("%s: %lld rows, loss %.6g, RMSE %.6g, MAE %.6g, R2 ", report->split,
           (long long)report->rows, report->loss, all->rmse, all->mae);
    print_r2(all->r2, "%.4f\n", "-\n");
    if (report->outputs == 1 || report->outputs > most_listed)
        return;
    puts("\ntarget          RMSE           MAE        R2");
    for (int m = 0; m < report->outputs; ++m) {
        const struct residuals_of_output *of = &report->errors[m];
        printf("%6d  %12.6g  %12.6g", m, of->rmse, of->mae);
        print_r2(of->r2, "  %8.4f\n", "         -\n");
    }
}

static json_t *describe(const struct residuals_of_output *of)
{
    return json_pack("{s:o, s:o, s:o}", "rmse", json_number_new(of->rmse), "mae",
                     json_number_new(of->mae), "r2", json_number_new(of->r2));
}

static json_t *describe_targets(const struct regression_report *report)
{
    json_t *targets = json_array();
    for (int m = 0; targets && m < report->outputs; ++m)
        if (json_array_append_new(targets, describe(&report->errors[m])) != 0) {
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
        object && json_object_update_new(object, describe(&report->errors[report->outputs])) == 0 &&
        json_object_set_new(object, "targets", describe_targets(report)) == 0;
    char *text = complete ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    if (!text)
        return error_memory(error, NULL, "the report");
    puts(text);
    free(text);
    return STATUS_DONE;
}
