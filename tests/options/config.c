/* SPDX-License-Identifier: MIT */
#include "options/config.h"
#include "options/misspelt.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16 };

/* Parses a command line given as one text. */
static enum status parse(const char *line, struct config *config, struct error *error)
{
    static char words[256];
    char *argv[WORDS_MAX + 1] = {0};
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word && argc < WORDS_MAX; word = strtok(NULL, " "))
        argv[argc++] = word;
    return config_parse(argc, argv, config, error);
}

static void test_defaults(void **state)
{
    (void)state;
    struct config config;
    struct error error;
    assert_int_equal(parse("dtrain", &config, &error), STATUS_DONE);
    assert_int_equal(config.command, COMMAND_TRAIN);
    assert_int_equal(config.hidden, 50);
    assert_int_equal(config.batch_size, 100);
    assert_near(config.learning_rate, 0.1, 0);
    assert_int_equal(config.iterations, 10000);
    assert_int_equal(config.seed, 0);
    assert_near(config.init_std, 0.01, 0);
    assert_string_equal(config.gradient, "numerical");
    assert_near(config.step, 1e-4, 0);
    assert_string_equal(config.sampling, "replacement");
    assert_int_equal(config.keep, 3);
    assert_null(config.data);
}

static void test_the_command_line_wins_over_the_environment(void **state)
{
    (void)state;
    struct config config;
    struct error error;
    setenv("DTRAIN_LEARNING_RATE", "0.5", 1);
    setenv("DTRAIN_HIDDEN", "7", 1);
    assert_int_equal(parse("dtrain train --hidden=9 --quiet", &config, &error), STATUS_DONE);
    assert_near(config.learning_rate, 0.5, 0);
    assert_int_equal(config.hidden, 9);
    assert_true(config.quiet);
    setenv("DTRAIN_HIDDEN", "many", 1);
    assert_int_equal(parse("dtrain", &config, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "DTRAIN_HIDDEN"));
    /* Module files set it; it does not mean --version. */
    unsetenv("DTRAIN_HIDDEN");
    setenv("DTRAIN_VERSION", "0.1.0", 1);
    assert_int_equal(parse("dtrain", &config, &error), STATUS_DONE);
    assert_false(config.version);
    unsetenv("DTRAIN_VERSION");
    unsetenv("DTRAIN_LEARNING_RATE");
    unsetenv("DTRAIN_HIDDEN");
}

static void test_flags_in_the_environment_are_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool accepted, value;
    } cases[] = {{"1", true, true},   {"true", true, true}, {"Yes", true, true},
                 {"ON", true, true},  {"0", true, false},   {"False", true, false},
                 {"NO", true, false}, {"off", true, false}, {"", false, false},
                 {"2", false, false}, {"oui", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct config config;
        struct error error = {0};
        setenv("DTRAIN_QUIET", cases[i].text, 1);
        assert_int_equal(parse("dtrain", &config, &error),
                         cases[i].accepted ? STATUS_DONE : STATUS_USAGE);
        assert_int_equal(config.quiet, cases[i].value);
        if (!cases[i].accepted)
            assert_non_null(strstr(error.text, "DTRAIN_QUIET"));
    }
    unsetenv("DTRAIN_QUIET");
}

static void test_misspelt_variables_are_named(void **state)
{
    (void)state;
    static const char *const names[] = {"DTRAIN_HIDEN", "DTRAIN_LR", "DTRAIN_JSON",
                                        "DTRAIN_VERSION", "DTRAIN_ROOT"};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        setenv(names[i], "1", 1);
    misspelt_variables(out);
    fclose(out);
    assert_non_null(strstr(text, "dtrain: DTRAIN_HIDEN: ignored, as dtrain has no such setting; "
                                 "did you mean DTRAIN_HIDDEN?\n"));
    assert_non_null(strstr(text, "dtrain: DTRAIN_LR: ignored, as dtrain has no such setting\n"));
    for (size_t i = 2; i < sizeof names / sizeof *names; ++i)
        assert_null(strstr(text, names[i]));
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        unsetenv(names[i]);
    free(text);
}

static void test_bad_lines_name_the_option(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"dtrain --hidden 0", "--hidden"},
        {"dtrain --hidden 1e3", "--hidden"},
        {"dtrain --hidden", "--hidden"},
        {"dtrain --step nan", "--step"},
        {"dtrain --step inf", "--step"},
        {"dtrain --step 0", "--step"},
        {"dtrain --learning-rate -1", "--learning-rate"},
        {"dtrain --learning-rate 0.1x", "--learning-rate"},
        {"dtrain --iterations 9223372036854775808", "--iterations"},
        {"dtrain --gradient num", "--gradient"},
        {"dtrain --sampling numerical|literal", "--sampling"},
        {"dtrain --nonsense 3", "--nonsense"},
        {"dtrain --hiden 3", "did you mean --hidden"},
        {"dtrain --learning_rate=1", "did you mean --learning-rate"},
        {"dtrain --quiet=1", "takes no value"},
        {"dtrain -x", "unknown option -x;"},
        {"dtrain -hidden 3", "unknown option -hidden; did you mean --hidden"},
        {"dtrain --quiet -help", "unknown option -help; did you mean --help"},
        {"dtrain surplus --hidden 5 -xyx", "unknown option -xyx;"},
        {"dtrain evl", "did you mean eval"},
        {"dtrain predict weights.h5", "--images"},
        {"dtrain --json", "unknown option --json; see"},
        {"dtrain surplus", "surplus"},
        {"dtrain train train", "unexpected 'train': a command must be the first word"},
        {"dtrain --hidden 5 eval", "unexpected 'eval': a command must be the first word"},
        {"dtrain train evl", "unexpected argument 'evl'"},
        {"dtrain --weights w.h5 --init-std 0.01", "--init-std: has no effect"},
        {"dtrain gradcheck --weights w.h5 --init-std 1", "--init-std: has no effect"},
        {"dtrain gradcheck --weights w.h5 --seed 1", "--seed: has no effect"},
        {"dtrain eval", "eval"},
        {"dtrain eval a b", "b"},
        {"dtrain import out.h5 --train-images a", "--train-labels"},
        {"dtrain batches --sampling epoch --rows 10", "--batch-size"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        struct config config;
        struct error error = {0};
        if (parse(lines[i][0], &config, &error) != STATUS_USAGE || !strstr(error.text, lines[i][1]))
            fail_msg("'%s' gave: %s", lines[i][0], error.text);
    }
}

/* Texts that are too long for a path are refused, not truncated. */
static void test_texts_are_short_enough_for_a_path(void **state)
{
    (void)state;
    static char text[CONFIG_TEXT_MAX + 2];
    static char program[] = "dtrain", run_dir[] = "--run-dir", eval[] = "eval";
    char *option[] = {program, run_dir, text, NULL}, *operand[] = {program, eval, text, NULL};
    struct config config;
    struct error error;
    memset(text, 'a', CONFIG_TEXT_MAX);
    assert_int_equal(config_parse(3, option, &config, &error), STATUS_DONE);
    assert_ptr_equal(config.run_dir, text);
    assert_int_equal(config_parse(3, operand, &config, &error), STATUS_DONE);
    text[CONFIG_TEXT_MAX] = 'b';
    assert_int_equal(config_parse(3, option, &config, &error), STATUS_USAGE);
    assert_string_equal(error.text, "--run-dir: is longer than 4032 bytes");
    assert_int_equal(config_parse(3, operand, &config, &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "ab: is longer than 4032 bytes"));
    setenv("DTRAIN_DATA", text, true);
    assert_int_equal(config_parse(1, option, &config, &error), STATUS_USAGE);
    unsetenv("DTRAIN_DATA");
    assert_string_equal(error.text, "DTRAIN_DATA: is longer than 4032 bytes");
}

static const struct setting *find_setting(const struct settings *settings, const char *name)
{
    for (int i = 0; i < settings->count; ++i)
        if (strcmp(settings->list[i].name, name) == 0)
            return settings->list + i;
    fail_msg("there is no setting %s", name);
    return NULL;
}

static void test_every_setting_is_listed(void **state)
{
    (void)state;
    static const char *const values[][2] = {
        {"learning-rate", "0.1"}, {"step", "0.0001"},      {"max-time", "5.4e+03"},
        {"iterations", "10000"},  {"quiet", "1"},          {"resume", "0"},
        {"run-dir", ""},          {"gradient", "literal"},
    };
    struct config config;
    struct settings settings;
    struct error error;
    int shaping = 0;
    assert_int_equal(
        parse("dtrain --hidden 12 --quiet --max-time 90m --gradient literal", &config, &error),
        STATUS_DONE);
    config_settings(&config, &settings);
    for (int i = 0; i < settings.count; ++i)
        shaping += settings.list[i].shapes_run;
    assert_int_equal(settings.count, 24);
    assert_int_equal(shaping, 12);
    assert_string_equal(find_setting(&settings, "hidden")->value, "12");
    assert_string_equal(find_setting(&settings, "hidden")->origin, "command line");
    assert_string_equal(find_setting(&settings, "step")->origin, "default");
    for (size_t i = 0; i < sizeof values / sizeof *values; ++i)
        assert_string_equal(find_setting(&settings, values[i][0])->value, values[i][1]);
}

static void test_weights_decide_on_the_hidden_units(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum status status;
        const char *origin;
    } cases[] = {{"dtrain --weights w.h5", STATUS_DONE, "weights"},
                 {"dtrain --weights w.h5 --hidden 20", STATUS_DONE, "command line"},
                 {"dtrain --weights w.h5 --hidden 50", STATUS_USAGE, NULL},
                 {"dtrain gradcheck --weights w.h5 --hidden 99", STATUS_USAGE, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct config config;
        struct error error;
        struct settings settings;
        assert_int_equal(parse(cases[i].line, &config, &error), STATUS_DONE);
        assert_int_equal(config_check_hidden(&config, 20, &error), cases[i].status);
        if (cases[i].status)
            continue;
        config_adopt_hidden(&config, 20);
        config_settings(&config, &settings);
        const struct setting *hidden = find_setting(&settings, "hidden");
        assert_int_equal(config.hidden, 20);
        assert_string_equal(hidden->value, "20");
        assert_string_equal(hidden->origin, cases[i].origin);
        assert_true(hidden->shapes_run && hidden->replaced);
    }
}

/* A user's model has no hidden units, whether it is in a file or in the program. */
static void test_hidden_beside_a_model_is_refused(void **state)
{
    (void)state;
    static const struct dtrain_model model = {.name = "own"};
    struct config config;
    struct error error;
    assert_int_equal(parse("dtrain --model own.so --hidden 50", &config, &error), STATUS_USAGE);
    assert_string_equal(error.text,
                        "--hidden: has no effect with --model: leave out one of the two");
    assert_int_equal(parse("dtrain --hidden 50", &config, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, NULL, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, &model, &error), STATUS_USAGE);
    assert_int_equal(parse("dtrain gradcheck --model own.so", &config, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, &model, &error), STATUS_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hidden_beside_a_model_is_refused),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_the_command_line_wins_over_the_environment),
        cmocka_unit_test(test_flags_in_the_environment_are_words),
        cmocka_unit_test(test_misspelt_variables_are_named),
        cmocka_unit_test(test_bad_lines_name_the_option),
        cmocka_unit_test(test_texts_are_short_enough_for_a_path),
        cmocka_unit_test(test_every_setting_is_listed),
        cmocka_unit_test(test_weights_decide_on_the_hidden_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
