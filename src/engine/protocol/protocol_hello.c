/* SPDX-License-Identifier: MIT */
#include "protocol.h"

#include "common/xxh3.h"
#include "json_line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of each parameter: its object, its name, five numbers, and some that dtrain does not know. */
enum { VALUES_OF_A_PARAMETER = 10, OTHER_VALUES = 1000 };

/* What a hello is made of, and where faults are told. */
struct reading {
    const json_t *root, *list;
    struct protocol_hello *hello;
    char *text;
};

static bool read_version(const struct reading *reading)
{
    int64_t version;
    const json_t *value = json_line_member(reading->root, "dtrain_model");
    if (!value)
        return json_line_fault(reading->text, "its hello has no \"dtrain_model\", the version of "
                                              "the protocol");
    if (!json_line_integer(value, 1, INT32_MAX, &version))
        return json_line_fault(reading->text, "its hello: \"dtrain_model\" is not a version of the "
                                              "protocol, such as 1");
    if (version > PROTOCOL_VERSION)
        return json_line_fault(reading->text,
                               "speaks version %d of the protocol, and this dtrain version %d: "
                               "it needs a later dtrain",
                               (int)version, PROTOCOL_VERSION);
    return true;
}

static bool read_residuals(const struct reading *reading)
{
    int64_t residuals = 0;
    const json_t *value = json_line_member(reading->root, "residuals");
    if (value && !json_line_integer(value, 0, PROTOCOL_RESIDUALS_MAX, &residuals))
        return json_line_fault(reading->text,
                               "its hello: \"residuals\" is not an integer from 0 to %d",
                               PROTOCOL_RESIDUALS_MAX);
    reading->hello->residuals = (int)residuals;
    return true;
}

static bool read_forms(const struct reading *reading)
{
    const json_t *numbers = json_line_member(reading->root, "numbers");
    const json_t *predicts = json_line_member(reading->root, "predicts");
    const char *form = "binary";
    if (numbers && (!json_line_string(numbers, &form) ||
                    (strcmp(form, "binary") != 0 && strcmp(form, "text") != 0)))
        return json_line_fault(reading->text,
                               "its hello: \"numbers\" is neither \"binary\" nor \"text\"");
    if (predicts && !json_is_boolean(predicts))
        return json_line_fault(reading->text, "its hello: \"predicts\" is neither true nor false");
    reading->hello->text = strcmp(form, "text") == 0;
    reading->hello->predicts = json_is_true(predicts);
    return true;
}

static bool find_list(struct reading *reading)
{
    reading->list = json_line_member(reading->root, "parameters");
    if (!json_is_array(reading->list) || json_array_size(reading->list) == 0)
        return json_line_fault(reading->text,
                               "its hello has no list \"parameters\" of one parameter or more");
    reading->hello->count = json_array_size(reading->list);
    if (reading->hello->count > PROTOCOL_PARAMETERS_MAX)
        return json_line_fault(reading->text, "has %zu parameters, more than %d",
                               reading->hello->count, PROTOCOL_PARAMETERS_MAX);
    return true;
}

/* The bytes of all names. */
static size_t measure_names(const struct reading *reading, const char *name)
{
    size_t size = strlen(name) + 1;
    for (size_t p = 0; p < reading->hello->count; ++p)
        size += json_string_length(json_object_get(json_array_get(reading->list, p), "name")) + 1;
    return size;
}

/* Copies a name to *names, and moves *names behind it. */
static char *copy_name(char **names, const char *name)
{
    char *const to = *names;
    const size_t size = strlen(name) + 1;
    memcpy(to, name, size);
    *names += size;
    return to;
}

/* A number that is 0 where it is left out. */
static bool read_number(const struct reading *reading, size_t p, const char *key, double *number)
{
    const json_t *value = json_line_member(json_array_get(reading->list, p), key);
    *number = 0;
    if (value && !json_line_number(value, number))
        return json_line_fault(reading->text, "its hello: \"%s\" of parameter %zu is not a number",
                               key, p);
    return true;
}

static bool read_finite(const struct reading *reading, size_t p, const char *key, double *number)
{
    if (!read_number(reading, p, key, number))
        return false;
    return isfinite(*number) ||
           json_line_fault(reading->text, "its hello: \"%s\" of parameter %zu is not finite", key,
                           p);
}

/* A bound may be infinite, which is none; without any, both become 0. */
static bool read_bounds(const struct reading *reading, size_t p, struct dtrain_parameter *parameter)
{
    const json_t *entry = json_array_get(reading->list, p);
    const bool has_lower = json_line_member(entry, "lower");
    const bool has_upper = json_line_member(entry, "upper");
    if (!read_number(reading, p, "lower", &parameter->lower) ||
        !read_number(reading, p, "upper", &parameter->upper))
        return false;
    if (isnan(parameter->lower) || parameter->lower == (double)INFINITY)
        return json_line_fault(reading->text, "its hello: \"lower\" of parameter %zu is not finite",
                               p);
    if (isnan(parameter->upper) || parameter->upper == -(double)INFINITY)
        return json_line_fault(reading->text, "its hello: \"upper\" of parameter %zu is not finite",
                               p);
    /* In struct dtrain_parameter that would be none. */
    if (has_lower && has_upper && parameter->lower == 0 && parameter->upper == 0)
        return json_line_fault(reading->text,
                               "its hello: \"lower\" and \"upper\" of parameter %zu are both 0: "
                               "leave out both if it has no bounds, or else the parameter",
                               p);
    if (has_lower && !has_upper)
        parameter->upper = (double)INFINITY;
    if (has_upper && !has_lower)
        parameter->lower = -(double)INFINITY;
    if (isinf(parameter->lower) && isinf(parameter->upper))
        parameter->lower = parameter->upper = 0;
    return true;
}

static bool read_parameter(const struct reading *reading, size_t p, char **names)
{
    struct dtrain_parameter *parameter = &reading->hello->list[p];
    const json_t *entry = json_array_get(reading->list, p);
    *parameter = (struct dtrain_parameter){0};
    if (!json_is_object(entry))
        return json_line_fault(reading->text, "its hello: parameter %zu is not an object", p);
    const json_t *name = json_line_member(entry, "name");
    const char *string = NULL;
    if (name && !json_line_string(name, &string))
        return json_line_fault(reading->text, "its hello: the name of parameter %zu is not a text",
                               p);
    if (string)
        parameter->name = copy_name(names, string);
    return read_finite(reading, p, "initial", &parameter->initial) &&
           read_bounds(reading, p, parameter) &&
           read_finite(reading, p, "scale", &parameter->scale) &&
           read_finite(reading, p, "step", &parameter->step);
}

/* Names and parameters, in one block of memory. */
static bool read_lists(const struct reading *reading)
{
    struct protocol_hello *hello = reading->hello;
    const char *name;
    if (!json_line_string(json_line_member(reading->root, "name"), &name))
        return json_line_fault(reading->text, "its hello has no \"name\" that is a text");
    const size_t size = hello->count * sizeof *hello->list;
    char *memory = malloc(size + measure_names(reading, name));
    if (!memory)
        return json_line_fault(reading->text, "not enough memory for %zu parameters", hello->count);
    char *names = memory + size;
    hello->memory = memory;
    hello->list = hello->memory;
    hello->name = copy_name(&names, name);
    for (size_t p = 0; p < hello->count; ++p)
        if (!read_parameter(reading, p, &names))
            return false;
    return true;
}

static bool read_members(struct reading *reading)
{
    const json_t *failed = json_line_member(reading->root, "failed");
    if (failed)
        return json_line_reason(failed, reading->text);
    return read_version(reading) && read_residuals(reading) && read_forms(reading) &&
           find_list(reading) && read_lists(reading);
}

bool protocol_read_hello(const char *line, size_t length, struct protocol_hello *hello, char *text)
{
    const size_t values = (size_t)PROTOCOL_PARAMETERS_MAX * VALUES_OF_A_PARAMETER + OTHER_VALUES;
    char fault[PROTOCOL_TEXT_SIZE];
    *hello = (struct protocol_hello){0};
    json_t *root = json_line_read(line, length, values, fault);
    if (!root) {
        json_line_fault(text, "its first line %s", fault);
        return json_line_quote(text, line, length);
    }
    struct reading reading = {.root = root, .hello = hello, .text = text};
    const bool is_read = read_members(&reading);
    json_decref(root);
    if (!is_read)
        protocol_hello_free(hello);
    return is_read;
}

void protocol_hello_free(struct protocol_hello *hello)
{
    free(hello->memory);
    *hello = (struct protocol_hello){0};
}

/* The end of the name counts, so that "ab", "c" is not "a", "bc". */
static void hash_parameter(XXH3_state_t *state, const struct dtrain_parameter *parameter)
{
    const double numbers[] = {parameter->name != NULL, parameter->initial, parameter->lower,
                              parameter->upper,        parameter->scale,   parameter->step};
    char bytes[sizeof numbers];
    message_encode_doubles(bytes, numbers, sizeof numbers / sizeof *numbers);
    XXH3_64bits_update(state, bytes, sizeof bytes);
    if (parameter->name)
        XXH3_64bits_update(state, parameter->name, strlen(parameter->name) + 1);
}

uint64_t protocol_hello_hash(const struct protocol_hello *hello)
{
    const double numbers[] = {hello->residuals, hello->text, hello->predicts, (double)hello->count};
    char bytes[sizeof numbers];
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    message_encode_doubles(bytes, numbers, sizeof numbers / sizeof *numbers);
    XXH3_64bits_update(&state, bytes, sizeof bytes);
    XXH3_64bits_update(&state, hello->name, strlen(hello->name) + 1);
    for (size_t p = 0; p < hello->count; ++p)
        hash_parameter(&state, &hello->list[p]);
    return XXH3_64bits_digest(&state);
}

/* Adds a member for a number that is not 0, which it is when it is left out. */
static void add_number(struct message *message, const char *key, double number)
{
    if (number != 0 || signbit(number))
        message_print(message, ",\"%s\":%.17g", key, number);
}

/* With one finite bound, the other is infinite if it is left out. */
static void add_bound(struct message *message, const char *key, double bound)
{
    if (isfinite(bound))
        message_print(message, ",\"%s\":%.17g", key, bound);
}

static void add_parameter(struct message *message, const struct dtrain_parameter *parameter)
{
    message_print(message, "{\"name\":");
    if (parameter->name)
        message_add_string(message, parameter->name);
    else
        message_print(message, "null");
    add_number(message, "initial", parameter->initial);
    if (parameter->lower != 0 || parameter->upper != 0) {
        add_bound(message, "lower", parameter->lower);
        add_bound(message, "upper", parameter->upper);
    }
    add_number(message, "scale", parameter->scale);
    add_number(message, "step", parameter->step);
    message_print(message, "}");
}

void protocol_write_hello(struct message *message, const struct protocol_hello *hello)
{
    message_print(message, "{\"dtrain_model\":%d,\"name\":", PROTOCOL_VERSION);
    message_add_string(message, hello->name);
    message_print(message, ",\"residuals\":%d,\"numbers\":\"%s\",\"predicts\":%s,\"parameters\":[",
                  hello->residuals, hello->text ? "text" : "binary",
                  hello->predicts ? "true" : "false");
    for (size_t p = 0; p < hello->count; ++p) {
        if (p > 0)
            message_add(message, ",", 1);
        add_parameter(message, &hello->list[p]);
    }
    message_print(message, "]}\n");
}
