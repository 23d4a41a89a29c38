/* SPDX-License-Identifier: MIT */
#include "parameters.h"

#include "common/printable.h"
#include "common/xxh3.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes a line to fault, and returns false. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static bool
refuse(char *fault, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault, PARAMETERS_FAULT_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* Names are printed, and stand in files between quotes: they must need no escapes. */
static bool needs_escapes(const char *name)
{
    char printable[PARAMETERS_NAME_MAX + 1];
    printable_copy(printable, sizeof printable, name);
    return strcmp(printable, name) != 0 || strpbrk(name, "\"\\");
}

static bool check_name(const char *name, size_t p, char *fault)
{
    const size_t length = strnlen(name, PARAMETERS_NAME_MAX + 1);
    if (length == 0)
        return refuse(fault, "the name of parameter %zu is empty", p);
    if (length > PARAMETERS_NAME_MAX)
        return refuse(fault, "the name of parameter %zu is longer than %d bytes", p,
                      PARAMETERS_NAME_MAX);
    if (needs_escapes(name))
        return refuse(fault,
                      "the name of parameter %zu has a quote, a backslash, a control character, or "
                      "bytes that are not UTF-8",
                      p);
    return true;
}

/* Returns the length of the name. */
static size_t write_name(char *to, size_t size, const struct dtrain_parameter *described, size_t p)
{
    if (described->name)
        return (size_t)snprintf(to, size, "%s", described->name);
    return (size_t)snprintf(to, size, "theta[%zu]", p);
}

/* What a model without descriptions says of each parameter. */
static const struct dtrain_parameter nothing_described;

static const struct dtrain_parameter *description_of(const struct dtrain_parameter *list, size_t p)
{
    return list ? &list[p] : &nothing_described;
}

/* Copies the names one behind the other. */
static bool copy_names(struct parameters *parameters, const struct dtrain_parameter *list,
                       char *fault)
{
    char name[PARAMETERS_NAME_MAX + 1];
    size_t size = 0;
    for (size_t p = 0; p < parameters->count; ++p) {
        const struct dtrain_parameter *described = description_of(list, p);
        if (described->name && !check_name(described->name, p, fault))
            return false;
        parameters->named = parameters->named || described->name;
        size += write_name(name, sizeof name, described, p) + 1;
    }
    char *text = arena_take(&parameters->arena, size, 1);
    if (!text)
        return refuse(fault, "not enough memory for the names of %zu parameters",
                      parameters->count);
    for (size_t p = 0; p < parameters->count; ++p) {
        const size_t used = write_name(text, size, description_of(list, p), p) + 1;
        parameters->names[p] = text;
        text += used;
        size -= used;
    }
    return true;
}

/* Orders pointers to names by the names, and equal names by their parameters. */
static int compare_names(const void *a, const void *b)
{
    const char *const *first = *(const char *const *const *)a;
    const char *const *second = *(const char *const *const *)b;
    const int order = strcmp(*first, *second);
    return order != 0 ? order : (first > second) - (first < second);
}

static bool check_that_names_differ(const struct parameters *parameters, char *fault)
{
    const char **names = parameters->names;
    const char ***sorted = malloc(parameters->count * sizeof *sorted);
    bool differ = true;
    if (!sorted)
        return refuse(fault, "not enough memory to compare the names of %zu parameters",
                      parameters->count);
    for (size_t p = 0; p < parameters->count; ++p)
        sorted[p] = &names[p];
    qsort(sorted, parameters->count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < parameters->count && differ; ++i)
        if (strcmp(*sorted[i - 1], *sorted[i]) == 0)
            differ = refuse(fault, "parameters %td and %td have the same name, %s",
                            sorted[i - 1] - names, sorted[i] - names, *sorted[i]);
    free(sorted);
    return differ;
}

static bool copy_bounds(struct parameters *parameters, const struct dtrain_parameter *described,
                        size_t p, char *fault)
{
    const char *name = parameters->names[p];
    const bool bounded = described->lower != 0 || described->upper != 0;
    const double lower = bounded ? described->lower : -(double)INFINITY;
    const double upper = bounded ? described->upper : (double)INFINITY;
    const double initial = described->initial;
    if (!isfinite(initial))
        return refuse(fault, "parameter %s: its initial value, %g, is not finite", name, initial);
    if (!(lower <= upper))
        return refuse(fault, "parameter %s: its lower bound, %g, is not below or at the upper, %g",
                      name, lower, upper);
    /* With so many digits, a value just outside looks different from the bound. */
    if (initial < lower || initial > upper)
        return refuse(fault,
                      "parameter %s: its initial value, %.17g, is not between %.17g and %.17g",
                      name, initial, lower, upper);
    parameters->initial[p] = initial;
    parameters->lower[p] = lower;
    parameters->upper[p] = upper;
    return true;
}

static bool is_positive(double number)
{
    return isfinite(number) && number > 0;
}

static bool copy_scale(struct parameters *parameters, const struct dtrain_parameter *described,
                       size_t p, double step, char *fault)
{
    const char *name = parameters->names[p];
    const double scale = described->scale == 0 ? 1 : described->scale;
    const double h = described->step == 0 ? step * scale : described->step;
    if (!is_positive(scale))
        return refuse(fault, "parameter %s: its scale, %g, is not a finite number above 0", name,
                      scale);
    if (!is_positive(h))
        return refuse(fault, "parameter %s: its step, %g, is not a finite number above 0", name, h);
    parameters->scale[p] = scale;
    parameters->step[p] = h;
    return true;
}

static bool take_memory(struct parameters *parameters, char *fault)
{
    struct arena *arena = &parameters->arena;
    parameters->names = arena_take(arena, parameters->count, sizeof *parameters->names);
    parameters->initial = arena_numbers(arena, parameters->count);
    parameters->lower = arena_numbers(arena, parameters->count);
    parameters->upper = arena_numbers(arena, parameters->count);
    parameters->scale = arena_numbers(arena, parameters->count);
    parameters->step = arena_numbers(arena, parameters->count);
    return !arena->is_short ||
           refuse(fault, "not enough memory for %zu parameters", parameters->count);
}

static bool copy(struct parameters *parameters, const struct dtrain_parameter *list, double step,
                 char *fault)
{
    if (!take_memory(parameters, fault) || !copy_names(parameters, list, fault))
        return false;
    for (size_t p = 0; p < parameters->count; ++p) {
        const struct dtrain_parameter *described = description_of(list, p);
        if (!copy_bounds(parameters, described, p, fault) ||
            !copy_scale(parameters, described, p, step, fault))
            return false;
    }
    return !parameters->named || check_that_names_differ(parameters, fault);
}

bool parameters_create(struct parameters *parameters, const struct dtrain_parameter *list,
                       size_t count, double step, char *fault)
{
    *parameters = (struct parameters){.count = count};
    if (copy(parameters, list, step, fault))
        return true;
    parameters_destroy(parameters);
    return false;
}

void parameters_destroy(struct parameters *parameters)
{
    arena_free(&parameters->arena);
    *parameters = (struct parameters){0};
}

bool parameters_is_free(const struct parameters *parameters, size_t p)
{
    return parameters->lower[p] < parameters->upper[p];
}

size_t parameters_first_outside(const struct parameters *parameters, const double *theta)
{
    size_t p = 0;
    while (p < parameters->count && isfinite(theta[p]) && theta[p] >= parameters->lower[p] &&
           theta[p] <= parameters->upper[p])
        ++p;
    return p;
}

void parameters_clip(const struct parameters *parameters, double *theta)
{
    for (size_t p = 0; p < parameters->count; ++p) {
        if (!isfinite(theta[p]))
            continue;
        if (theta[p] < parameters->lower[p])
            theta[p] = parameters->lower[p];
        else if (theta[p] > parameters->upper[p])
            theta[p] = parameters->upper[p];
    }
}

/* As little-endian words, whatever the machine's order. */
static void add_doubles(XXH3_state_t *state, const double *values, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        uint64_t word;
        uint8_t bytes[sizeof word];
        memcpy(&word, &values[i], sizeof word);
        for (size_t byte = 0; byte < sizeof word; ++byte)
            bytes[byte] = (uint8_t)(word >> (8 * byte));
        XXH3_64bits_update(state, bytes, sizeof bytes);
    }
}

uint64_t parameters_hash(const struct parameters *parameters)
{
    const size_t count = parameters->count;
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    /* The end of each name counts, so that "ab", "c" is not "a", "bc". */
    for (size_t p = 0; p < count; ++p)
        XXH3_64bits_update(&state, parameters->names[p], strlen(parameters->names[p]) + 1);
    add_doubles(&state, parameters->lower, count);
    add_doubles(&state, parameters->upper, count);
    add_doubles(&state, parameters->scale, count);
    add_doubles(&state, parameters->step, count);
    return XXH3_64bits_digest(&state);
}
