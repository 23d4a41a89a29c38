/* SPDX-License-Identifier: MIT */
#include "gradient_result.h"

#include <stdlib.h>

bool gradient_result_create(struct gradient_result *result, const struct parameters *parameters,
                            int64_t rows, size_t width, size_t count)
{
    const size_t values = (size_t)rows * width;
    *result = (struct gradient_result){
        .parameters = parameters, .rows = rows, .width = width, .count = count};
    result->theta = calloc(parameters->count, sizeof *result->theta);
    result->gradient = calloc(parameters->count, sizeof *result->gradient);
    result->differences = calloc(parameters->count, sizeof *result->differences);
    result->values = calloc(values, sizeof *result->values);
    result->jacobian = calloc(values, parameters->count * sizeof *result->jacobian);
    result->outcomes = calloc(count, sizeof *result->outcomes);
    result->seconds = calloc(count, sizeof *result->seconds);
    result->numbered = calloc(count, sizeof *result->numbered);
    result->moved = calloc(count, sizeof *result->moved);
    result->sides = calloc(count, sizeof *result->sides);
    if (result->theta && result->gradient && result->differences && result->values &&
        result->jacobian && result->outcomes && result->seconds && result->numbered &&
        result->moved && result->sides)
        return true;
    gradient_result_destroy(result);
    return false;
}

void gradient_result_destroy(struct gradient_result *result)
{
    free(result->theta);
    free(result->gradient);
    free(result->differences);
    free(result->values);
    free(result->jacobian);
    free(result->outcomes);
    free(result->seconds);
    free(result->numbered);
    free(result->moved);
    free(result->sides);
    *result = (struct gradient_result){0};
}
