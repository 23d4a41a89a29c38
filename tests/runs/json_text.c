/* SPDX-License-Identifier: MIT */
#include "runs/json_text.h"
#include "testing.h"

#include <string.h>

static void expect(const char *name, const char *wanted)
{
    json_t *read = json_loads(json_text(name).text, JSON_DECODE_ANY, NULL);
    assert_non_null(read);
    assert_string_equal(json_string_value(read), wanted);
    json_decref(read);
}

static void test_every_name_is_valid_json(void **state)
{
    (void)state;
    expect("", "");
    expect("inflow", "inflow");
    expect("theta[0]", "theta[0]");
    expect("\"a\\", "\"a\\");
    expect("d\xc3\xa9"
           "bit",
           "d\xc3\xa9"
           "bit");
    expect("a\n\x1b\xff", "a\\x0a\\x1b\\xff");
}

static void test_long_names_fit(void **state)
{
    (void)state;
    char name[5 * PARAMETERS_NAME_MAX + 1];
    static const char odd[] = {'"', '\\', '\n', '\xff'};
    for (size_t i = 0; i < sizeof odd; ++i)
        for (size_t length = PARAMETERS_NAME_MAX; length < sizeof name; length += 100) {
            memset(name, odd[i], length);
            name[length] = '\0';
            json_t *read = json_loads(json_text(name).text, JSON_DECODE_ANY, NULL);
            assert_true(json_string_length(read) >= PARAMETERS_NAME_MAX);
            json_decref(read);
        }
}

static void test_a_text_of_any_length_is_a_value(void **state)
{
    (void)state;
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    json_t *whole = json_text_new(text), *odd = json_text_new("caf\xe9");
    assert_string_equal(json_string_value(whole), text);
    assert_string_equal(json_string_value(odd), "caf\\xe9");
    json_decref(whole);
    json_decref(odd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_is_valid_json),
        cmocka_unit_test(test_long_names_fit),
        cmocka_unit_test(test_a_text_of_any_length_is_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
