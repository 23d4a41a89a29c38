/* SPDX-License-Identifier: MIT
 *
 * Of a recipe, the names and units of a network's outputs are read; each kind of damage is refused
 * with a line of its own. */
#include "runs/recipe.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct recipe_fit two_classes = {true, 2, 2}, two_numbers = {false, 2, 2},
                               one_number = {false, 1, 1};

#define BEGINNING        "{\"recipe\": 1, \"kind\": \"table\", \"target\": "
#define CLASSES(names)   BEGINNING "{\"kind\": \"classes\", \"names\": " names "}}"
#define NUMBERS(columns) BEGINNING "{\"kind\": \"numbers\", \"columns\": " columns "}}"

static struct recipe parse(const char *text, const struct recipe_fit *fit)
{
    struct recipe recipe;
    struct error error;
    if (recipe_parse(&recipe, text, "a.h5", fit, &error))
        fail_msg("%s", error.text);
    return recipe;
}

/* The line is "a.h5: /recipe: PROBLEM: import the data again". */
static void expect_refusal(const char *text, const struct recipe_fit *fit, const char *problem)
{
    char line[512];
    struct recipe recipe;
    struct error error;
    snprintf(line, sizeof line, "a.h5: /recipe: %s: import the data again", problem);
    assert_int_equal(recipe_parse(&recipe, text, "a.h5", fit, &error), STATUS_FAILED);
    assert_string_equal(error.text, line);
    recipe_free(&recipe);
}

static void test_names_of_classes(void **state)
{
    (void)state;
    struct recipe recipe =
        parse(CLASSES("[\"caf\\u00e9\", \"a \\\"b\\\"\\n\\u001b[31m\"]"), &two_classes);
    assert_int_equal(recipe.count, 2);
    assert_string_equal(recipe_name(&recipe, 0), "caf\303\251");
    assert_string_equal(recipe_name(&recipe, 1), "a \"b\"\n\033[31m");
    assert_null(recipe_name(&recipe, 2));
    assert_near(recipe_restore(&recipe, 1, 0.3), 0.3, 0);
    recipe_free(&recipe);
    assert_null(recipe_name(&recipe, 0));
}

static void test_units_of_numbers(void **state)
{
    (void)state;
    struct recipe recipe = parse(
        NUMBERS("[{\"name\": \"mpg\", \"mean\": 23.5, \"deviation\": 8}, {\"name\": \"raw\"}]"),
        &two_numbers);
    assert_string_equal(recipe_name(&recipe, 0), "mpg");
    assert_near(recipe_unit(&recipe, 0), 8, 0);
    assert_near(recipe_restore(&recipe, 0, -0.5), 19.5, 0);
    assert_near(recipe_unit(&recipe, 1), 1, 0);
    assert_near(recipe_restore(&recipe, 1, -0.5), -0.5, 0);
    recipe_free(&recipe);
}

static void test_no_recipe_changes_nothing(void **state)
{
    (void)state;
    struct recipe recipe = parse(NULL, &two_numbers);
    assert_int_equal(recipe.count, 0);
    assert_null(recipe_name(&recipe, 0));
    assert_near(recipe_unit(&recipe, 0), 1, 0);
    assert_near(recipe_restore(&recipe, 0, 0.7), 0.7, 0);
    recipe_free(&recipe);
}

/* The network of --classes has outputs that the data do not know. */
static void test_fewer_names_than_outputs(void **state)
{
    (void)state;
    const struct recipe_fit up_to_four = {true, 1, 4};
    struct recipe recipe = parse(CLASSES("[\"a\", \"b\"]"), &up_to_four);
    assert_string_equal(recipe_name(&recipe, 1), "b");
    assert_null(recipe_name(&recipe, 3));
    recipe_free(&recipe);
}

static void test_the_rmse_of_a_single_number_has_its_unit(void **state)
{
    (void)state;
    const struct score score = {.loss = 0.5, .measures = {0.25, 0.75}};
    struct recipe one =
        parse(NUMBERS("[{\"name\": \"price\", \"mean\": 1, \"deviation\": 40000}]"), &one_number);
    struct recipe two =
        parse(NUMBERS("[{\"name\": \"a\", \"deviation\": 4}, {\"name\": \"b\"}]"), &two_numbers);
    struct recipe classes = parse(CLASSES("[\"a\", \"b\"]"), &two_classes);
    assert_string_equal(recipe_measure(&one, &score_of_numbers, &score, 0).text, "10000");
    assert_string_equal(recipe_measure(&one, &score_of_numbers, &score, 1).text, "0.7500");
    assert_string_equal(recipe_measure(&two, &score_of_numbers, &score, 0).text, "0.2500");
    assert_string_equal(recipe_measure(&classes, &score_of_classes, &score, 0).text, "0.2500");
    recipe_free(&one);
    recipe_free(&two);
    recipe_free(&classes);
}

static void test_what_is_no_recipe(void **state)
{
    (void)state;
    static const char *const none = "is no recipe, a JSON object with the member \"recipe\"";
    static const char *const others[] = {"[]", "3", "{}", "{\"recipe\": \"1\"}",
                                         "{\"recipe\": 1.5}"};
    static const char *const broken[] = {"",
                                         "{",
                                         "{\"recipe\": 1",
                                         "{\"recipe\": NaN}",
                                         "{\"recipe\": 1e999}",
                                         "{\"recipe\": 1, \"recipe\": 1}",
                                         "{\"a\": \"\\u0000\"}",
                                         "{\"a\": \"\377\"}",
                                         "{} {}"};
    struct recipe recipe;
    struct error error;
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
        expect_refusal(others[i], &two_classes,
                       i == 1 ? "is not JSON: line 1: '[' or '{' expected near '3'" : none);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; ++i) {
        assert_int_equal(recipe_parse(&recipe, broken[i], "a.h5", &two_classes, &error),
                         STATUS_FAILED);
        assert_non_null(strstr(error.text, "a.h5: /recipe: is not JSON: line 1: "));
        recipe_free(&recipe);
    }
    assert_int_equal(recipe_parse(&recipe, "{\"recipe\": 2}", "a.h5", &two_classes, &error),
                     STATUS_FAILED);
    assert_string_equal(error.text, "a.h5: /recipe: is of version 2, and this dtrain reads version "
                                    "1: take the dtrain that imported the data");
}

static void test_targets_that_are_not_as_they_should_be(void **state)
{
    (void)state;
    static const char *const no_kind = "has no target of the kind classes or numbers";
    expect_refusal("{\"recipe\": 1}", &two_classes, no_kind);
    expect_refusal(BEGINNING "[1]}", &two_classes, no_kind);
    expect_refusal(BEGINNING "{\"kind\": 3}}", &two_classes, no_kind);
    expect_refusal(BEGINNING "{\"kind\": \"words\"}}", &two_classes, no_kind);
    expect_refusal(BEGINNING "{\"kind\": \"classes\"}}", &two_classes, "has no list of names");
    expect_refusal(CLASSES("{\"a\": 1}"), &two_classes, "has no list of names");
    expect_refusal(CLASSES("[\"a\"]"), &two_classes, "names 1 classes, but there are 2");
    expect_refusal(CLASSES("[\"a\", \"b\", \"c\"]"), &two_classes,
                   "names 3 classes, but there are 2");
    expect_refusal(CLASSES("[\"a\", 7]"), &two_classes, "the name of output 1 is no text");
    expect_refusal(CLASSES("[\"a\", null]"), &two_classes, "the name of output 1 is no text");
    expect_refusal(CLASSES("[\"a\", \"b\"]"), &two_numbers,
                   "is about classes, but numbers are predicted");
    expect_refusal(NUMBERS("[{\"name\": \"a\"}]"), &two_classes,
                   "is about numbers, but classes are predicted");
    expect_refusal(NUMBERS("3"), &one_number, "has no list of columns in its target");
    expect_refusal(NUMBERS("[]"), &one_number, "names 0 targets, but there are 1");
    expect_refusal(NUMBERS("[\"a\"]"), &one_number, "the name of output 0 is no text");
    expect_refusal(NUMBERS("[{}]"), &one_number, "the name of output 0 is no text");
}

static void test_deviations_are_finite_and_above_0(void **state)
{
    (void)state;
    static const char *const bad[] = {"\"deviation\": 0",     "\"deviation\": -1",
                                      "\"deviation\": \"1\"", "\"deviation\": null",
                                      "\"mean\": []",         "\"mean\": true"};
    char text[256];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        snprintf(text, sizeof text, NUMBERS("[{\"name\": \"a\\n\", %s}]"), bad[i]);
        expect_refusal(text, &one_number,
                       "the mean of target 'a\\x0a' must be a number, and its deviation one above "
                       "0");
    }
}

/* JSON as deep as jansson reads it could not be read again within run.json. */
static void test_what_is_nested_deeply_is_refused(void **state)
{
    (void)state;
    static const int depths[] = {65, 2000, 100000};
    static char text[2 * 100000 + 100];
    struct recipe recipe;
    struct error error;
    for (size_t i = 0; i < sizeof depths / sizeof *depths; ++i) {
        char *at = text + sprintf(text, "{\"recipe\": 1, \"deep\": ");
        memset(at, '[', (size_t)depths[i]);
        memset(at + depths[i], ']', (size_t)depths[i]);
        memcpy(at + 2 * (size_t)depths[i], "}", sizeof "}");
        assert_int_equal(recipe_parse(&recipe, text, "a.h5", &two_classes, &error), STATUS_FAILED);
        assert_non_null(strstr(error.text, i < 2 ? "a.h5: /recipe: is nested too deeply"
                                                 : "a.h5: /recipe: is not JSON: line 1: "));
        recipe_free(&recipe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_classes),
        cmocka_unit_test(test_units_of_numbers),
        cmocka_unit_test(test_no_recipe_changes_nothing),
        cmocka_unit_test(test_fewer_names_than_outputs),
        cmocka_unit_test(test_the_rmse_of_a_single_number_has_its_unit),
        cmocka_unit_test(test_what_is_no_recipe),
        cmocka_unit_test(test_targets_that_are_not_as_they_should_be),
        cmocka_unit_test(test_deviations_are_finite_and_above_0),
        cmocka_unit_test(test_what_is_nested_deeply_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
