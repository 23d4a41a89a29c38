/* SPDX-License-Identifier: MIT */
#include "protocol.h"

#include "json_line.h"

#include <math.h>

/* What an answer is made of, and where it goes. */
struct reading {
    const json_t *list, *bytes, *class, *failed; /* one of these; the others are NULL */
    size_t count;
    double *values;
    int *class_of_row;
    char *text;
};

/* Whether the object is an answer of one kind. */
static bool find_members(const json_t *root, struct reading *reading)
{
    reading->list = json_line_member(root, "values");
    reading->bytes = json_line_member(root, "bytes");
    reading->class = json_line_member(root, "class");
    reading->failed = json_line_member(root, "failed");
    return !!reading->list + !!reading->bytes + !!reading->class + !!reading->failed == 1;
}

static enum protocol_answer nonsense(const struct reading *reading, const char *what)
{
    json_line_fault(reading->text, "spoke nonsense, %s", what);
    return PROTOCOL_NONSENSE;
}

static enum protocol_answer read_failed(const struct reading *reading)
{
    if (!json_is_string(reading->failed))
        return nonsense(reading, "\"failed\" is not a text");
    json_line_copy(reading->text, reading->failed);
    return PROTOCOL_FAILED;
}

static enum protocol_answer read_values(const struct reading *reading)
{
    if (!json_is_array(reading->list))
        return nonsense(reading, "\"values\" is not a list");
    const size_t size = json_array_size(reading->list);
    if (size != reading->count) {
        json_line_fault(reading->text, "spoke nonsense, %zu value%s instead of %zu", size,
                        size == 1 ? "" : "s", reading->count);
        return PROTOCOL_NONSENSE;
    }
    for (size_t i = 0; i < size; ++i) {
        const json_t *value = json_array_get(reading->list, i);
        if (json_is_null(value))
            reading->values[i] = (double)NAN;
        else if (!json_line_number(value, &reading->values[i]))
            return nonsense(reading, "a value is not a number");
    }
    return PROTOCOL_VALUES;
}

static enum protocol_answer read_bytes(const struct reading *reading)
{
    int64_t bytes;
    const int64_t wanted = (int64_t)(reading->count * sizeof *reading->values);
    if (json_line_integer(reading->bytes, wanted, wanted, &bytes))
        return PROTOCOL_BYTES;
    json_line_fault(reading->text, "spoke nonsense, \"bytes\" is not %lld", (long long)wanted);
    return PROTOCOL_NONSENSE;
}

static enum protocol_answer read_class(const struct reading *reading)
{
    int64_t class;
    if (!json_line_integer(reading->class, INT32_MIN, INT32_MAX, &class))
        return nonsense(reading, "\"class\" is not an integer");
    *reading->class_of_row = (int)class;
    return PROTOCOL_CLASS;
}

static enum protocol_answer read_members(const json_t *root, enum protocol_question question,
                                         struct reading *reading)
{
    if (!find_members(root, reading))
        return nonsense(reading, "not one of \"values\", \"bytes\", \"class\" and \"failed\"");
    if (reading->failed)
        return read_failed(reading);
    if ((question == PROTOCOL_PREDICT) != (reading->class != NULL))
        return nonsense(reading, question == PROTOCOL_PREDICT ? "not a \"class\""
                                                              : "a \"class\", and no values");
    if (reading->class)
        return read_class(reading);
    return reading->list ? read_values(reading) : read_bytes(reading);
}

enum protocol_answer protocol_read_answer(const char *line, size_t length,
                                          enum protocol_question question, size_t count,
                                          double *values, int *class, char *text)
{
    enum { OTHER_VALUES = 1000 }; /* more than any answer has besides its list */
    char fault[PROTOCOL_TEXT_SIZE];
    struct reading reading = {
        .count = count, .values = values, .class_of_row = class, .text = text};
    enum protocol_answer answer = PROTOCOL_NONSENSE;
    json_t *root = json_line_read(line, length, count + OTHER_VALUES, fault);
    if (root)
        answer = read_members(root, question, &reading);
    else
        json_line_fault(text, "spoke nonsense, what it wrote %s", fault);
    json_decref(root);
    if (answer == PROTOCOL_NONSENSE)
        json_line_quote(text, line, length);
    return answer;
}
