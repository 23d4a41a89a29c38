/* SPDX-License-Identifier: MIT */
#include "core/model/parameters.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct parameters create(const struct dtrain_parameter *list, size_t count, double step)
{
    struct parameters parameters;
    char fault[PARAMETERS_FAULT_SIZE] = "";
    if (!parameters_create(&parameters, list, count, step, fault))
        fail_msg("%s", fault);
    return parameters;
}

static void test_a_description_is_copied(void **state)
{
    (void)state;
    char name[] = "outlet";
    struct dtrain_parameter list[] = {
        {.name = name, .initial = 2, .lower = 1, .upper = 3, .scale = 10, .step = 0.5},
        {.initial = -1, .scale = 100},
        {.name = "Zufluß (m³)", .initial = 5, .lower = 5, .upper = 5},
        {.name = "rate", .initial = 1, .lower = 0, .upper = (double)INFINITY}};
    struct parameters parameters = create(list, 4, 1e-3);
    name[0] = 'X';
    memset(list, 0xff, sizeof list);
    assert_true(parameters.named);
    assert_int_equal(parameters.count, 4);
    assert_string_equal(parameters.names[0], "outlet");
    assert_string_equal(parameters.names[1], "theta[1]");
    assert_string_equal(parameters.names[2], "Zufluß (m³)");
    assert_true(parameters.initial[0] == 2 && parameters.initial[1] == -1);
    assert_true(parameters.lower[0] == 1 && parameters.upper[0] == 3);
    assert_true(parameters.lower[1] == -(double)INFINITY);
    assert_true(parameters.upper[1] == (double)INFINITY);
    assert_true(parameters.lower[3] == 0 && parameters.upper[3] == (double)INFINITY);
    assert_true(parameters.scale[0] == 10 && parameters.scale[2] == 1);
    /* A step of its own is not multiplied by the scale; the usual one is. */
    assert_true(parameters.step[0] == 0.5 && parameters.step[1] == 1e-3 * 100);
    assert_true(parameters.step[2] == 1e-3);
    assert_true(parameters_is_free(&parameters, 1) && !parameters_is_free(&parameters, 2));
    parameters_destroy(&parameters);
}

static void test_without_descriptions(void **state)
{
    (void)state;
    struct parameters parameters = create(NULL, 12, 1e-4);
    assert_false(parameters.named);
    assert_string_equal(parameters.names[11], "theta[11]");
    for (size_t p = 0; p < 12; ++p) {
        assert_true(parameters.initial[p] == 0 && parameters.scale[p] == 1);
        assert_true(parameters.step[p] == 1e-4);
        assert_true(parameters_is_free(&parameters, p));
    }
    parameters_destroy(&parameters);
}

/* Fails unless the description is refused in a line with these words, as parameter 1. */
static void check_refused(struct dtrain_parameter described, double step, const char *words)
{
    const struct dtrain_parameter list[] = {{.name = "first", .step = 1}, described};
    struct parameters parameters;
    char fault[PARAMETERS_FAULT_SIZE] = "";
    assert_false(parameters_create(&parameters, list, 2, step, fault));
    if (!strstr(fault, words) || strchr(fault, '\n'))
        fail_msg("'%s' is not in '%s'", words, fault);
    assert_null(parameters.names);
    assert_null(parameters.arena.last);
}

static void test_names_are_checked(void **state)
{
    (void)state;
    char longest[PARAMETERS_NAME_MAX + 2];
    memset(longest, 'x', PARAMETERS_NAME_MAX + 1);
    longest[PARAMETERS_NAME_MAX + 1] = '\0';
    check_refused((struct dtrain_parameter){.name = longest}, 1, "1 is longer than 100 bytes");
    longest[PARAMETERS_NAME_MAX] = '\0';
    const struct dtrain_parameter list[] = {{.name = longest}};
    struct parameters parameters = create(list, 1, 1);
    assert_string_equal(parameters.names[0], longest);
    parameters_destroy(&parameters);
    check_refused((struct dtrain_parameter){.name = ""}, 1, "parameter 1 is empty");
    const char *const bad[] = {"a\nb", "a\x1b[2J", "a\"b", "a\\b", "a\xff", "\xc2\x9bm", "\x7f"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        check_refused((struct dtrain_parameter){.name = bad[i]}, 1,
                      "the name of parameter 1 has a quote");
    check_refused((struct dtrain_parameter){.name = "first"}, 1,
                  "parameters 0 and 1 have the same name, first");
}

/* Also one that a parameter without a name would get; and neighbours of many. */
static void test_names_differ(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static struct dtrain_parameter list[COUNT];
    struct parameters parameters;
    char fault[PARAMETERS_FAULT_SIZE] = "";
    list[17].name = "theta[900]";
    assert_false(parameters_create(&parameters, list, COUNT, 1, fault));
    assert_string_equal(fault, "parameters 17 and 900 have the same name, theta[900]");
    list[17].name = "theta[1000]";
    parameters = create(list, COUNT, 1);
    assert_true(parameters.named);
    parameters_destroy(&parameters);
}

static void test_numbers_are_checked(void **state)
{
    (void)state;
    const double nan = (double)NAN, infinity = (double)INFINITY;
    const struct {
        struct dtrain_parameter described;
        const char *words;
    } faults[] = {
        {{.initial = nan}, "theta[1]: its initial value, nan, is not finite"},
        {{.initial = infinity}, "initial value, inf, is not finite"},
        {{.initial = 1, .lower = 2, .upper = 1}, "lower bound, 2, is not below or at the upper, 1"},
        {{.lower = nan, .upper = 1}, "lower bound, nan"},
        {{.lower = -1, .upper = nan}, "the upper, nan"},
        {{.initial = 3, .lower = 1, .upper = 2}, "initial value, 3, is not between 1 and 2"},
        {{.initial = 0x1.fffffffffffffp-1, .lower = 1, .upper = 2}, "0.99999999999999989"},
        {{.initial = 0, .lower = infinity, .upper = infinity}, "is not between inf and inf"},
        {{.scale = -1}, "scale, -1, is not"},
        {{.scale = nan}, "scale, nan, is not"},
        {{.scale = infinity}, "scale, inf, is not"},
        {{.step = -1e-3}, "step, -0.001, is not"},
        {{.step = nan}, "step, nan, is not"},
        {{.step = infinity}, "step, inf, is not"},
        {{.scale = 0x1p-1000}, "step, 0, is not"}, /* times 2^-100 */
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; ++i)
        check_refused(faults[i].described, 0x1p-100, faults[i].words);
}

static const struct dtrain_parameter bounded[] = {{.initial = 0, .lower = -1, .upper = 1},
                                                  {.initial = 0},
                                                  {.initial = 2, .lower = 2, .upper = 2}};

static void test_what_is_outside_is_found(void **state)
{
    (void)state;
    struct parameters parameters = create(bounded, 3, 1e-4);
    const double theta[][3] = {{-1, 5, 2},          {1, -1e300, 2},           {1.5, 0, 2},
                               {0, (double)NAN, 2}, {0, (double)INFINITY, 2}, {0, 0, 2.5}};
    const size_t outside[] = {3, 3, 0, 1, 1, 2};
    for (size_t i = 0; i < 6; ++i)
        assert_int_equal(parameters_first_outside(&parameters, theta[i]), outside[i]);
    parameters_destroy(&parameters);
}

static void test_clipping(void **state)
{
    (void)state;
    struct parameters parameters = create(bounded, 3, 1e-4);
    double theta[] = {1.5, 1e300, 1}, lower[] = {-7, 0, 3};
    parameters_clip(&parameters, theta);
    assert_true(theta[0] == 1 && theta[1] == 1e300 && theta[2] == 2);
    parameters_clip(&parameters, lower);
    assert_true(lower[0] == -1 && lower[1] == 0 && lower[2] == 2);
    /* These would hide that a run has diverged. */
    double lost[] = {(double)INFINITY, (double)NAN, (double)NAN};
    parameters_clip(&parameters, lost);
    assert_true(isinf(lost[0]) && isnan(lost[1]) && isnan(lost[2]));
    parameters_destroy(&parameters);
}

static uint64_t hash_of(const struct dtrain_parameter *list, size_t count, double step)
{
    struct parameters parameters = create(list, count, step);
    const uint64_t hash = parameters_hash(&parameters);
    parameters_destroy(&parameters);
    return hash;
}

static void test_the_hash_tells_runs_apart(void **state)
{
    (void)state;
    const struct dtrain_parameter known[] = {{.name = "ab", .lower = -1, .upper = 1},
                                             {.name = "c", .scale = 2, .step = 0.5}};
    const uint64_t hash = hash_of(known, 2, 1e-4);
    struct dtrain_parameter others[6][2];
    for (int i = 0; i < 6; ++i)
        memcpy(others[i], known, sizeof known);
    others[0][0].name = "a";
    others[0][1].name = "bc";
    others[1][0].lower = -2;
    others[2][0].upper = 2;
    others[3][1].scale = 3;
    others[4][1].step = 0.25;
    for (int i = 0; i < 5; ++i)
        assert_true(hash_of(others[i], 2, 1e-4) != hash);
    assert_true(hash_of(known, 2, 1e-3) != hash);
    assert_true(hash_of(known, 1, 1e-4) != hash);
    /* Where a run begins is in its checkpoint. */
    others[5][0].initial = 0.5;
    assert_true(hash_of(others[5], 2, 1e-4) == hash);
}

/* The hash was recorded once: journals of earlier versions are read by it. */
static void test_the_hash_stays_what_it_was(void **state)
{
    (void)state;
    assert_int_equal(hash_of(bounded, 3, 1e-4), UINT64_C(0x4cbf1c02c7626114));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_description_is_copied),
        cmocka_unit_test(test_without_descriptions),
        cmocka_unit_test(test_names_are_checked),
        cmocka_unit_test(test_names_differ),
        cmocka_unit_test(test_numbers_are_checked),
        cmocka_unit_test(test_what_is_outside_is_found),
        cmocka_unit_test(test_clipping),
        cmocka_unit_test(test_the_hash_tells_runs_apart),
        cmocka_unit_test(test_the_hash_stays_what_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
