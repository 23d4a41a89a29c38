/* SPDX-License-Identifier: MIT */
#include "protocol.h"

#include "json_line.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Whole numbers of messages are below it: reals, which many programs read them as, hold them. */
static const int64_t integer_max = (int64_t)1 << 53;

/* How many values a line may have that is not a list of them: more than any that dtrain knows. */
enum { VALUES_OF_A_LINE = 1000 };

void protocol_write_place(struct message *message, const struct protocol_place *place)
{
    message_print(message,
                  "{\"rank\":%d,\"ranks\":%d,\"inputs\":%d,\"targets\":%d,\"classes\":%d,"
                  "\"seed\":%" PRIu64 ",\"deviation\":%.17g,\"scratch\":",
                  place->rank, place->ranks, place->inputs, place->targets, place->classes,
                  place->seed, place->deviation);
    message_add_string(message, place->scratch);
    message_print(message, "}\n");
}

/* A member that is an integer of C's. */
static bool read_int(const json_t *root, const char *key, int minimum, int *number)
{
    int64_t integer;
    if (!json_line_integer(json_line_member(root, key), minimum, INT32_MAX, &integer))
        return false;
    *number = (int)integer;
    return true;
}

static bool read_unsigned(const json_t *root, const char *key, uint64_t *number)
{
    int64_t integer;
    if (!json_line_integer(json_line_member(root, key), 0, integer_max, &integer))
        return false;
    *number = (uint64_t)integer;
    return true;
}

static bool read_place(const json_t *root, struct protocol_place *place)
{
    return read_int(root, "rank", 0, &place->rank) && read_int(root, "ranks", 1, &place->ranks) &&
           read_int(root, "inputs", 0, &place->inputs) &&
           read_int(root, "targets", 0, &place->targets) &&
           read_int(root, "classes", 0, &place->classes) &&
           read_unsigned(root, "seed", &place->seed) &&
           json_line_number(json_line_member(root, "deviation"), &place->deviation) &&
           json_line_string(json_line_member(root, "scratch"), &place->scratch);
}

bool protocol_read_place(const char *line, size_t length, struct protocol_place *place,
                         void **memory)
{
    char text[PROTOCOL_TEXT_SIZE];
    json_t *root = json_line_read(line, length, VALUES_OF_A_LINE, text);
    *memory = NULL;
    if (root && read_place(root, place))
        *memory = strdup(place->scratch);
    json_decref(root);
    place->scratch = *memory;
    return *memory != NULL;
}

void protocol_write_ready(struct message *message)
{
    message_print(message, "{\"ready\":true}\n");
}

static bool check_ready(const json_t *root, const char *line, size_t length, char *text)
{
    const json_t *failed = json_line_member(root, "failed");
    if (failed)
        return json_line_reason(failed, text);
    if (json_is_true(json_line_member(root, "ready")))
        return true;
    json_line_fault(text, "does not say that it is ready");
    return json_line_quote(text, line, length);
}

bool protocol_read_ready(const char *line, size_t length, char *text)
{
    char fault[PROTOCOL_TEXT_SIZE];
    json_t *root = json_line_read(line, length, VALUES_OF_A_LINE, fault);
    if (!root) {
        json_line_fault(text, "does not say that it is ready: its line %s", fault);
        return json_line_quote(text, line, length);
    }
    const bool is_ready = check_ready(root, line, length, text);
    json_decref(root);
    return is_ready;
}

/* The numbers of a call: theta, and what it has of the row. */
struct numbers {
    const char *key;
    const double *list;
    size_t count;
};

enum { LISTS = 3 };

static void find_numbers(const struct dtrain_shape *shape, const struct dtrain_call *call,
                         struct numbers numbers[LISTS])
{
    numbers[0] = (struct numbers){"theta", call->theta, shape->parameters};
    numbers[1] = (struct numbers){"inputs", call->inputs, call->inputs ? (size_t)shape->inputs : 0};
    numbers[2] =
        (struct numbers){"targets", call->targets, call->targets ? (size_t)shape->targets : 0};
}

static void add_text(struct message *message, const struct numbers numbers[LISTS])
{
    for (int i = 0; i < LISTS; ++i) {
        if (!numbers[i].list)
            continue;
        message_print(message, ",\"%s\":", numbers[i].key);
        message_add_list(message, numbers[i].list, numbers[i].count);
    }
    message_print(message, "}\n");
}

static void add_bytes(struct message *message, const struct numbers numbers[LISTS])
{
    size_t count = 0;
    for (int i = 0; i < LISTS; ++i)
        count += numbers[i].count;
    message_print(message, ",\"bytes\":%zu}\n", count * sizeof(double));
    for (int i = 0; i < LISTS; ++i)
        message_add_doubles(message, numbers[i].list, numbers[i].count);
}

static const char *const questions[] = {
    [PROTOCOL_EVALUATE] = "evaluate", [PROTOCOL_PREDICT] = "predict"};

void protocol_write_call(struct message *message, enum protocol_question question, size_t number,
                         const struct dtrain_shape *shape, const struct dtrain_call *call,
                         bool text)
{
    struct numbers numbers[LISTS];
    message_print(message, "{\"%s\":%zu,\"iteration\":%" PRId64 ",\"row\":%" PRId64 ",\"label\":",
                  questions[question], number, call->iteration, call->row);
    if (call->label < 0)
        message_print(message, "null");
    else
        message_print(message, "%d", call->label);
    message_print(message, ",\"seed\":%" PRIu64 ",\"attempt\":%d", call->seed, call->attempt);
    find_numbers(shape, call, numbers);
    if (text)
        add_text(message, numbers);
    else
        add_bytes(message, numbers);
}

static bool read_question(const json_t *root, enum protocol_question *question)
{
    uint64_t number;
    *question =
        json_line_member(root, questions[PROTOCOL_PREDICT]) ? PROTOCOL_PREDICT : PROTOCOL_EVALUATE;
    return read_unsigned(root, questions[*question], &number);
}

static bool read_call(const json_t *root, struct dtrain_call *call, size_t *bytes)
{
    uint64_t size = 0;
    const json_t *label = json_line_member(root, "label");
    *call = (struct dtrain_call){.label = -1};
    if ((label && !read_int(root, "label", 0, &call->label)) ||
        !json_line_integer(json_line_member(root, "iteration"), -1, integer_max,
                           &call->iteration) ||
        !json_line_integer(json_line_member(root, "row"), 0, integer_max, &call->row) ||
        !read_unsigned(root, "seed", &call->seed) ||
        !read_int(root, "attempt", 0, &call->attempt) || !read_unsigned(root, "bytes", &size))
        return false;
    *bytes = (size_t)size;
    return true;
}

bool protocol_read_call(const char *line, size_t length, enum protocol_question *question,
                        struct dtrain_call *call, size_t *bytes)
{
    char text[PROTOCOL_TEXT_SIZE];
    json_t *root = json_line_read(line, length, VALUES_OF_A_LINE, text);
    const bool is_read = root && read_question(root, question) && read_call(root, call, bytes);
    json_decref(root);
    return is_read;
}

void protocol_write_failed(struct message *message, const char *reason)
{
    message_print(message, "{\"failed\":");
    message_add_string(message, reason);
    message_print(message, "}\n");
}

void protocol_write_values(struct message *message, const double *values, size_t count)
{
    message_print(message, "{\"bytes\":%zu}\n", count * sizeof *values);
    message_add_doubles(message, values, count);
}

void protocol_write_class(struct message *message, int class)
{
    message_print(message, "{\"class\":%d}\n", class);
}

void protocol_take_doubles(const char *bytes, size_t count, double *numbers)
{
    for (size_t i = 0; i < count; ++i) {
        uint64_t word = 0;
        for (size_t byte = 0; byte < sizeof word; ++byte)
            word |= (uint64_t)(uint8_t)*bytes++ << (8 * byte);
        memcpy(&numbers[i], &word, sizeof word);
    }
}
