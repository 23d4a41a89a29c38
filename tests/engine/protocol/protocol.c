/* SPDX-License-Identifier: MIT */
#include "engine/protocol/protocol.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t seed_max = (uint64_t)1 << 53;

/* Checks that the message is this text, and frees it. */
static void check_text(struct message *message, const char *text)
{
    assert_false(message->is_short);
    message_add(message, "", 1);
    assert_string_equal(message->bytes, text);
    message_free(message);
}

static void test_a_place(void **state)
{
    const struct protocol_place place = {.rank = 3,
                                         .ranks = 64,
                                         .inputs = 784,
                                         .classes = 10,
                                         .scratch = "/tmp/a \"b\" \\ \xc3\xa9",
                                         .seed = seed_max - 1,
                                         .deviation = 0.1};
    struct protocol_place read;
    struct message message = {0};
    void *memory;
    (void)state;
    protocol_write_place(&message, &place);
    assert_true(protocol_read_place(message.bytes, message.used - 1, &read, &memory));
    assert_true(read.rank == 3 && read.ranks == 64 && read.inputs == 784 && read.targets == 0);
    assert_true(read.classes == 10 && read.seed == seed_max - 1 && read.deviation == 0.1);
    assert_string_equal(read.scratch, place.scratch);
    free(memory);
    check_text(&message, "{\"rank\":3,\"ranks\":64,\"inputs\":784,\"targets\":0,\"classes\":10,"
                         "\"seed\":9007199254740991,\"deviation\":0.10000000000000001,"
                         "\"scratch\":\"/tmp/a \\\"b\\\" \\\\ \xc3\xa9\"}\n");
}

static void test_what_is_no_place(void **state)
{
    static const char *const lines[] = {
        "",
        "{}",
        "{\"rank\":0}",
        "[0]",
        "{\"rank\":-1,\"ranks\":1,\"inputs\":0,\"targets\":0,\"classes\":0,\"seed\":0,"
        "\"deviation\":0,\"scratch\":\"a\"}",
        "{\"rank\":0,\"ranks\":1,\"inputs\":0,\"targets\":0,\"classes\":0,\"seed\":0,"
        "\"deviation\":0,\"scratch\":null}"};
    struct protocol_place place;
    void *memory;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        assert_false(protocol_read_place(lines[i], strlen(lines[i]), &place, &memory));
        assert_null(memory);
    }
}

static void test_ready(void **state)
{
    static const struct {
        const char *line, *text;
    } others[] = {
        {"", "does not say that it is ready: its line is empty"},
        {"ready", "does not say that it is ready: its line is not an object of JSON"},
        {"{}", "does not say that it is ready: {}"},
        {"{\"ready\":false}", "does not say that it is ready: {\"ready\":false}"},
        {"{\"ready\":1}", "does not say that it is ready: {\"ready\":1}"},
        {"{\"ready\":true,\"failed\":\"no licence\"}", "no licence"},
        {"{\"failed\":\"\"}", "has failed, and does not say why"},
        {"{\"failed\":{}}", "says that it has failed, and gives no text as the reason"},
    };
    char text[PROTOCOL_TEXT_SIZE];
    struct message message = {0};
    (void)state;
    protocol_write_ready(&message);
    assert_true(protocol_read_ready(message.bytes, message.used - 1, text));
    check_text(&message, "{\"ready\":true}\n");
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        assert_false(protocol_read_ready(others[i].line, strlen(others[i].line), text));
        assert_memory_equal(text, others[i].text, strlen(others[i].text));
    }
}

static const double theta[] = {0.1, -0.0, 1e300}, inputs[] = {2, 0.5}, targets[] = {7};
static const struct dtrain_shape shape = {.inputs = 2, .parameters = 3, .targets = 1};

static void check_call(enum protocol_question question, const struct dtrain_call *call,
                       const char *line, size_t numbers)
{
    struct message message = {0};
    enum protocol_question read_question;
    struct dtrain_call read;
    size_t bytes = 1;
    double taken[6];
    protocol_write_call(&message, question, 17, &shape, call, false);
    assert_memory_equal(message.bytes, line, strlen(line));
    assert_int_equal(message.used, strlen(line) + 8 * numbers);
    assert_true(protocol_read_call(line, strlen(line) - 1, &read_question, &read, &bytes));
    assert_int_equal(read_question, question);
    assert_int_equal(bytes, 8 * numbers);
    assert_true(read.iteration == call->iteration && read.row == call->row);
    assert_true(read.label == call->label && read.seed == call->seed);
    assert_int_equal(read.attempt, call->attempt);
    protocol_take_doubles(message.bytes + strlen(line), numbers, taken);
    assert_memory_equal(taken, theta, sizeof theta);
    if (call->inputs)
        assert_memory_equal(taken + 3, inputs, sizeof inputs);
    if (call->targets)
        assert_memory_equal(taken + 5, targets, sizeof targets);
    message_free(&message);
}

static void test_questions(void **state)
{
    (void)state;
    struct dtrain_call call = {.theta = theta, .label = -1, .iteration = 3, .row = 5, .seed = 12};
    check_call(
        PROTOCOL_EVALUATE, &call,
        "{\"evaluate\":17,\"iteration\":3,\"row\":5,\"label\":null,\"seed\":12,\"attempt\":0,"
        "\"bytes\":24}\n",
        3);
    call = (struct dtrain_call){.theta = theta,
                                .inputs = inputs,
                                .label = 9,
                                .iteration = -1,
                                .row = ((int64_t)1 << 53) - 1,
                                .seed = seed_max - 1,
                                .attempt = 2};
    check_call(PROTOCOL_PREDICT, &call,
               "{\"predict\":17,\"iteration\":-1,\"row\":9007199254740991,\"label\":9,"
               "\"seed\":9007199254740991,\"attempt\":2,\"bytes\":40}\n",
               5);
    call.label = 0;
    call.inputs = NULL;
    check_call(PROTOCOL_PREDICT, &call,
               "{\"predict\":17,\"iteration\":-1,\"row\":9007199254740991,\"label\":0,"
               "\"seed\":9007199254740991,\"attempt\":2,\"bytes\":24}\n",
               3);
    call.inputs = inputs;
    call.targets = targets;
    call.label = -1;
    check_call(PROTOCOL_EVALUATE, &call,
               "{\"evaluate\":17,\"iteration\":-1,\"row\":9007199254740991,\"label\":null,"
               "\"seed\":9007199254740991,\"attempt\":2,\"bytes\":48}\n",
               6);
}

static void test_questions_as_text(void **state)
{
    const struct dtrain_call call = {
        .theta = theta, .inputs = inputs, .targets = targets, .label = -1};
    struct message message = {0};
    (void)state;
    protocol_write_call(&message, PROTOCOL_EVALUATE, 0, &shape, &call, true);
    check_text(&message, "{\"evaluate\":0,\"iteration\":0,\"row\":0,\"label\":null,\"seed\":0,"
                         "\"attempt\":0,\"theta\":[0.10000000000000001,-0.0,"
                         "1.0000000000000001e+300],\"inputs\":[2,0.5],\"targets\":[7]}\n");
    const struct dtrain_call alone = {.theta = theta, .label = 1};
    protocol_write_call(&message, PROTOCOL_EVALUATE, 0, &shape, &alone, true);
    check_text(&message, "{\"evaluate\":0,\"iteration\":0,\"row\":0,\"label\":1,\"seed\":0,"
                         "\"attempt\":0,\"theta\":[0.10000000000000001,-0.0,"
                         "1.0000000000000001e+300]}\n");
}

static void test_what_is_no_question(void **state)
{
    static const char *const lines[] = {
        "",
        "{}",
        "evaluate",
        "{\"iteration\":0,\"row\":0,\"label\":null,\"seed\":0,\"attempt\":0,\"bytes\":8}",
        "{\"evaluate\":-1,\"iteration\":0,\"row\":0,\"seed\":0,\"attempt\":0,\"bytes\":8}",
        "{\"evaluate\":0,\"iteration\":0,\"row\":-1,\"seed\":0,\"attempt\":0,\"bytes\":8}",
        "{\"evaluate\":0,\"iteration\":0,\"row\":0,\"seed\":1e300,\"attempt\":0,\"bytes\":8}",
        "{\"evaluate\":0,\"iteration\":0,\"row\":0,\"seed\":0,\"attempt\":\"0\",\"bytes\":8}",
        "{\"evaluate\":0,\"iteration\":0,\"row\":0,\"seed\":0,\"attempt\":0,\"bytes\":-8}",
        "{\"evaluate\":0,\"iteration\":0,\"row\":0,\"seed\":0,\"attempt\":0}",
        "{\"evaluate\":0,\"iteration\":0,\"row\":0,\"label\":-1,\"seed\":0,\"attempt\":0,"
        "\"bytes\":8}",
    };
    enum protocol_question question;
    struct dtrain_call call;
    size_t bytes;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i)
        assert_false(protocol_read_call(lines[i], strlen(lines[i]), &question, &call, &bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_place),
        cmocka_unit_test(test_what_is_no_place),
        cmocka_unit_test(test_ready),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_questions_as_text),
        cmocka_unit_test(test_what_is_no_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
