/* SPDX-License-Identifier: MIT */
#include "gradcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status parse_methods(struct gradcheck *check, struct error *error)
{
    char list[256];
    const char *const text = check->config->methods;
    snprintf(list, sizeof list, "%s", text ? text : "numerical,literal,backprop");
    for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
        const struct gradient_method *method = gradient_method_find(name);
        if (!method || check->method_count == GRADCHECK_METHODS_MAX)
            return error_set(error, STATUS_USAGE,
                             "--methods: '%s' is not a list of up to three of numerical, literal, "
                             "backprop",
                             text);
        check->methods[check->method_count++] = method;
    }
    if (check->method_count == 0)
        return error_set(error, STATUS_USAGE, "--methods: names no method");
    return STATUS_DONE;
}

static enum status parse_steps(struct gradcheck *check, struct error *error)
{
    const char *const text = check->config->steps;
    for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        char *end;
        const double step = strtod(at, &end);
        if (end == at || (*end != ',' && *end != '\0') || !(step >= 1e-12 && step <= 1e3) ||
            check->step_count == GRADCHECK_STEPS_MAX)
            return error_set(error, STATUS_USAGE,
                             "--step: '%s' is not a list of up to %d numbers from 1e-12 to 1000",
                             text, GRADCHECK_STEPS_MAX);
        check->steps[check->step_count++] = step;
    }
    if (check->config->output && check->step_count > 1)
        return error_set(error, STATUS_USAGE, "--output: takes the gradients of one --step");
    return STATUS_DONE;
}

enum status gradcheck_parse(struct gradcheck *check, struct error *error)
{
    const enum status status = parse_methods(check, error);
    return status ? status : parse_steps(check, error);
}

enum status gradcheck_parse_rows(struct gradcheck *check, struct error *error)
{
    long long begin, end;
    char rest;
    const char *const text = check->config->row_range;
    const int64_t global_rows = check->dataset.global_rows[DATASET_TRAIN];
    if (sscanf(text, "%lld:%lld%c", &begin, &end, &rest) != 2 || begin < 0 || begin >= end ||
        end > global_rows || end - begin > GRADIENT_BATCH_MAX)
        return error_set(error, STATUS_USAGE,
                         "--rows: '%s' is not A:B with 0 <= A < B <= %lld and at most %d rows",
                         text, (long long)global_rows, GRADIENT_BATCH_MAX);
    check->rows = (struct range){begin, end};
    return STATUS_DONE;
}

enum status gradcheck_restrict_methods(struct gradcheck *check, struct error *error)
{
    int suited = 0;
    for (int i = 0; i < check->method_count; ++i) {
        if (gradient_method_suits(check->methods[i], &check->model))
            check->methods[suited++] = check->methods[i];
        else if (check->config->methods)
            return error_set(error, STATUS_USAGE,
                             "--methods: the gradient%s is known by literal only, not by %s",
                             check->model.of_model, check->methods[i]->name);
    }
    check->method_count = suited;
    return STATUS_DONE;
}
