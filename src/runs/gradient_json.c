/* SPDX-License-Identifier: MIT */
#include "gradient_json.h"

#include "common/version.h"
#include "files/atomic_file.h"
#include "json_number.h"
#include "json_text.h"

#include <stdlib.h>

/* "[1.5,null]" */
static void print_numbers(FILE *out, const double *numbers, size_t count)
{
    fputc('[', out);
    for (size_t i = 0; i < count; ++i)
        fprintf(out, "%s%s", i > 0 ? "," : "", json_number(numbers[i]).text);
    fputc(']', out);
}

/* The same for numbers (rows, count), row by row. */
static void print_table(FILE *out, const double *numbers, size_t rows, size_t count)
{
    fputc('[', out);
    for (size_t i = 0; i < rows; ++i) {
        fputs(i > 0 ? "," : "", out);
        print_numbers(out, numbers + i * count, count);
    }
    fputc(']', out);
}

static void print_jacobian(FILE *out, const struct gradient_result *result)
{
    const size_t of_row = result->width * result->parameters->count;
    fputc('[', out);
    for (size_t row = 0; row < (size_t)result->rows; ++row) {
        fputs(row > 0 ? "," : "", out);
        print_table(out, result->jacobian + row * of_row, result->width, result->parameters->count);
    }
    fputc(']', out);
}

static void print_of_parameters(FILE *out, const struct gradient_result *result)
{
    const struct parameters *parameters = result->parameters;
    fputs("\"names\":[", out);
    for (size_t p = 0; p < parameters->count; ++p)
        fprintf(out, "%s%s", p > 0 ? "," : "", json_text(parameters->names[p]).text);
    fputs("],\n\"theta\":", out);
    print_numbers(out, result->theta, parameters->count);
    fputs(",\n\"steps\":", out);
    print_numbers(out, parameters->step, parameters->count);
    fputs(",\n\"gradient\":", out);
    print_numbers(out, result->gradient, parameters->count);
    fputs(",\n\"rows\":[", out);
    for (size_t p = 0; p < parameters->count; ++p)
        fprintf(out, "%s%lld", p > 0 ? "," : "", (long long)result->differences[p]);
    fputs("],\n", out);
}

void gradient_json_print(FILE *out, const struct gradient_result *result)
{
    fprintf(out, "{\"model\":%s,\n\"version\":\"%s\",\n", json_text(result->model).text,
            version_number());
    print_of_parameters(out, result);
    fprintf(out, "\"value\":%s,\n\"values\":", json_number(result->value).text);
    print_table(out, result->values, (size_t)result->rows, result->width);
    fputs(",\n\"jacobian\":", out);
    print_jacobian(out, result);
    fprintf(out, ",\n\"evaluations\":%zu,\n\"lost\":%zu}\n", result->count, result->lost);
}

enum status gradient_json_write(const char *path, const struct gradient_result *result,
                                struct error *error)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out)
        gradient_json_print(out, result);
    const bool printed = out && !ferror(out);
    const bool closed = out && fclose(out) == 0;
    const enum status status = printed && closed ? atomic_file_write(path, text, size, error)
                                                 : error_memory(error, path, "its text");
    free(text);
    return status;
}
