/* SPDX-License-Identifier: MIT */
#include "options/config.h"
#include "options/misspelt.h"
#include "options/options.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16 };

/* Parses a command line given as one text. */
static enum status parse(const char *line, struct config *config, struct error *error)
{
    static char words[512];
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
    assert_int_equal(config.hidden.count, 1);
    assert_int_equal(config.hidden.values[0], 50);
    assert_string_equal(config.activation, "sigmoid");
    assert_int_equal(config.batch_size, 100);
    assert_near(config.learning_rate, 0.1, 0);
    assert_int_equal(config.iterations, 10000);
    assert_int_equal(config.seed, 0);
    assert_null(config.init_std.word);
    assert_near(config.init_std.number, 0.01, 0);
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
    assert_int_equal(config.hidden.values[0], 9);
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
    static const char *const names[] = {"DTRAIN_HIDEN", "DTRAIN_LR",      "DTRAIN_SPAM",
                                        "DTRAIN_JSON",  "DTRAIN_VERSION", "DTRAIN_ROOT"};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        setenv(names[i], "1", 1);
    misspelt_variables(out);
    fclose(out);
    assert_non_null(strstr(text, "dtrain: DTRAIN_HIDEN: ignored, as dtrain has no such setting; "
                                 "did you mean DTRAIN_HIDDEN?\n"));
    assert_non_null(strstr(text, "dtrain: DTRAIN_LR: ignored, as dtrain has no such setting; did "
                                 "you mean DTRAIN_LEARNING_RATE?\n"));
    assert_non_null(strstr(text, "dtrain: DTRAIN_SPAM: ignored, as dtrain has no such setting\n"));
    for (size_t i = 3; i < sizeof names / sizeof *names; ++i)
        assert_null(strstr(text, names[i]));
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        unsetenv(names[i]);
    free(text);
}

/* One name of each of our options that other programs have another name for. */
static void test_the_names_of_other_programs_are_known(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"--dataset", "data"},
        {"--validation-fraction=0.1", "validation-rows"},
        {"--num-classes", "classes"},
        {"--hidden-layer-sizes", "hidden"},
        {"--nonlinearity", "activation"},
        {"--bs", "batch-size"},
        {"--lr", "learning-rate"},
        {"--LR=0.1", "learning-rate"},
        {"-lr", "learning-rate"},
        {"--learning_rate_init", "learning-rate"},
        {"--max-epochs", "epochs"},
        {"--n_epochs", "epochs"},
        {"--max_iter", "iterations"},
        {"--steps", "iterations"},
        {"--random_state", "seed"},
        {"--init-scale", "init-std"},
        {"--pretrained", "weights"},
        {"--grad-method", "gradient"},
        {"--solver", "optimizer"},
        {"--rho", "decay"},
        {"--wd", "weight-decay"},
        {"--alpha", "weight-decay"},
        {"--output_dir", "run-dir"},
        {"--checkpoint-dir", "run-dir"},
        {"--restart", "resume"},
        {"--from-checkpoint", "resume"},
        {"--timeout", "max-time"},
        {"--save-every", "checkpoint-every"},
        {"--save_total_limit", "keep"},
        {"--log-every", "eval-every"},
        {"--n-iter-no-change", "patience"},
        {"--early_stopping", "patience"},
        {"--verbose", "progress"},
        {"--silent", "quiet"},
        {"--stall_timeout=5", "stall-timeout"},
        {"--Dry_Run", "dry-run"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        struct config config;
        struct error error = {0};
        char line[128], expected[128];
        snprintf(line, sizeof line, "dtrain %s", names[i][0]);
        snprintf(expected, sizeof expected, "unknown option %s; did you mean --%s?", names[i][0],
                 names[i][1]);
        assert_int_equal(parse(line, &config, &error), STATUS_USAGE);
        assert_string_equal(error.text, expected);
    }
}

/* Where it is not the default, whoever gave it. */
static void test_a_stall_timeout_that_is_given_limits_calls(void **state)
{
    (void)state;
    struct config config;
    struct error error;
    assert_int_equal(parse("dtrain", &config, &error), STATUS_DONE);
    assert_near(config.stall_timeout, 300, 0);
    assert_false(config_limits_calls(&config));
    assert_int_equal(parse("dtrain --stall-timeout 300", &config, &error), STATUS_DONE);
    assert_true(config_limits_calls(&config));
    assert_int_equal(parse("dtrain eval w.h5 --stall-timeout 0", &config, &error), STATUS_DONE);
    assert_false(config_limits_calls(&config));
    assert_int_equal(parse("dtrain batches", &config, &error), STATUS_DONE);
    assert_false(config_limits_calls(&config));
    setenv("DTRAIN_STALL_TIMEOUT", "1h", 1);
    assert_int_equal(parse("dtrain gradcheck", &config, &error), STATUS_DONE);
    assert_true(config_limits_calls(&config));
    unsetenv("DTRAIN_STALL_TIMEOUT");
}

/* Only options of the command are suggested. */
static void test_other_commands_have_other_options(void **state)
{
    (void)state;
    struct config config;
    struct error error = {0};
    assert_int_equal(parse("dtrain gradcheck --steps 1", &config, &error), STATUS_USAGE);
    assert_string_equal(error.text, "unknown option --steps; did you mean --step?");
    assert_int_equal(parse("dtrain eval --lr 1 w.h5", &config, &error), STATUS_USAGE);
    assert_string_equal(error.text, "unknown option --lr; see dtrain --help");
}

/* Also the last ones of a long table, whose places must not be taken for letters. */
static void test_every_option_is_found(void **state)
{
    (void)state;
    for (int c = 0; c < command_count; ++c)
        for (const struct option_spec *spec = option_table; spec < option_table + option_count;
             ++spec) {
            struct config config;
            struct error error = {0};
            char line[128];
            if (!(spec->commands & command_table[c].command) || spec->kind == FLAG)
                continue;
            snprintf(line, sizeof line, "dtrain %s --%s no@value", command_table[c].name,
                     spec->name);
            parse(line, &config, &error);
            assert_int_equal(config.origins[spec - option_table], ORIGIN_COMMAND_LINE);
        }
}

static void test_bad_lines_name_the_option(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"dtrain --hidden 0", "--hidden"},
        {"dtrain --hidden 1_0", "--hidden: '1_0' is not a list of up to 15 whole numbers from 1 to "
                                "65536, such as 100,50"},
        {"dtrain --hidden 1e5", "--hidden: '1e5' is"},
        {"dtrain --iterations 10_000",
         "--iterations: '10_000' is not a whole number from 0 to "
         "1000000000000: write a number in digits alone, or like 1e4"},
        {"dtrain --iterations 5epochs", "write a number in digits alone"},
        {"dtrain --iterations 1e", "write a number in digits alone"},
        {"dtrain --iterations 1.5e3", "write a number in digits alone"},
        {"dtrain --iterations 10e-1", "write a number in digits alone"},
        {"dtrain --iterations 1e13", "is not a whole number"},
        {"dtrain --iterations 1e99999999999999999999", "is not a whole number"},
        {"dtrain --iterations -1e1", "is not a whole number"},
        {"dtrain --eval-every 1_000", "nor auto: write a number in digits alone"},
        {"dtrain --hidden 100,", "--hidden: '100,' is"},
        {"dtrain --hidden ,100", "--hidden: ',100' is"},
        {"dtrain --hidden 100,,100", "--hidden: '100,,100' is"},
        {"dtrain --hidden 100;100", "--hidden: '100;100' is"},
        {"dtrain --hidden 100,0", "--hidden: '100,0' is"},
        {"dtrain --hidden 65537", "--hidden: '65537' is"},
        {"dtrain --hidden 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", "--hidden: '1,2,"},
        {"dtrain --activation softplus", "--activation: 'softplus' is none of sigmoid|tanh|relu"},
        {"dtrain gradcheck --activation Tanh", "--activation"},
        {"dtrain --init-std kaiming",
         "--init-std: 'kaiming' is neither a number from 0 to 1000 nor he|xavier"},
        {"dtrain --init-std X", "--init-std: 'X' is"},
        {"dtrain --init-std he|xavier", "--init-std: 'he|xavier' is"},
        {"dtrain --init-std -1", "--init-std: '-1' is"},
        {"dtrain gradcheck --init-std hee", "--init-std: 'hee' is"},
        {"dtrain --eval-every never",
         "--eval-every: 'never' is neither a whole number from 0 to 1000000000000 nor auto"},
        {"dtrain gradcheck --rows 3:3",
         "--rows: '3:3' is not A:B with 0 <= A < B <= 1000000000000"},
        {"dtrain gradcheck --rows 3", "--rows: '3' is not A:B"},
        {"dtrain gradcheck --rows 3:", "--rows: '3:' is not A:B"},
        {"dtrain gradcheck --rows :3", "--rows: ':3' is not A:B"},
        {"dtrain gradcheck --rows 3:2", "--rows: '3:2' is not A:B"},
        {"dtrain gradcheck --rows -1:2", "--rows: '-1:2' is not A:B"},
        {"dtrain gradcheck --rows 0:2x", "--rows: '0:2x' is not A:B"},
        {"dtrain gradcheck --rows 0:2:4", "--rows: '0:2:4' is not A:B"},
        {"dtrain gradcheck --rows 0:1e13", "--rows: '0:1e13' is not A:B"},
        {"dtrain gradcheck --step 1e-4,x",
         "--step: '1e-4,x' is not a list of up to 16 numbers from 1e-12 to 1000"},
        {"dtrain gradcheck --step 1e-4,", "--step: '1e-4,' is not a list"},
        {"dtrain gradcheck --step ,1e-4", "--step: ',1e-4' is not a list"},
        {"dtrain gradcheck --step 1;2", "--step: '1;2' is not a list"},
        {"dtrain gradcheck --step 1,nan", "--step: '1,nan' is not a list"},
        {"dtrain gradcheck --step 1,1e-13", "--step: '1,1e-13' is not a list"},
        {"dtrain gradcheck --step 1,1001", "--step: '1,1001' is not a list"},
        {"dtrain gradcheck --step 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "--step: '1,1,"},
        {"dtrain gradcheck --step 1,2 --output g.h5",
         "--output: takes the gradients of one --step"},
        {"dtrain gradcheck --methods forward",
         "--methods: 'forward' is not a list of up to 3 of numerical|literal|backprop"},
        {"dtrain gradcheck --methods literal,num", "--methods: 'literal,num' is not"},
        {"dtrain gradcheck --methods literal,", "--methods: 'literal,' is not"},
        {"dtrain gradcheck --methods ,literal", "--methods: ',literal' is not"},
        {"dtrain gradcheck --methods literal|backprop", "--methods: 'literal|backprop' is not"},
        {"dtrain gradcheck --methods literal,literal,literal,literal", "--methods: 'literal,l"},
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
        {"dtrain plto", "did you mean plot"},
        {"dtrain exporte run", "did you mean export"},
        {"dtrain --quiet plot", "unexpected 'plot': a command must be the first word"},
        {"dtrain predict weights.h5", "--images"},
        {"dtrain --json", "unknown option --json; see"},
        {"dtrain surplus", "surplus"},
        {"dtrain train train", "unexpected 'train': a command must be the first word"},
        {"dtrain --hidden 5 eval", "unexpected 'eval': a command must be the first word"},
        {"dtrain train evl", "unexpected argument 'evl'"},
        {"dtrain --weights w.h5 --init-std 0.01", "--init-std: has no effect"},
        {"dtrain gradcheck --weights w.h5 --init-std 1", "--init-std: has no effect"},
        {"dtrain --weights w.h5 --init-std he", "--init-std: has no effect"},
        {"dtrain gradcheck --weights w.h5 --seed 1", "--seed: has no effect"},
        {"dtrain eval", "eval"},
        {"dtrain eval a b", "b"},
        {"dtrain diff a", "diff needs two runs, checkpoints or weights files: dtrain diff A B"},
        {"dtrain diff a b c", "unexpected argument 'c'"},
        {"dtrain import out.h5 --train-images a", "--train-labels"},
        {"dtrain batches --sampling epoch --rows 10", "--batch-size"},
        {"dtrain --replicates 0", "--replicates: '0' is not a whole number from 1 to 131072"},
        {"dtrain --random-numbers never",
         "--random-numbers: 'never' is none of iteration|run|each"},
        {"dtrain --difference backward", "--difference: 'backward' is none of central|forward"},
        {"dtrain --retries 101", "--retries: '101' is not a whole number from 0 to 100"},
        {"dtrain --on-failure ignore", "--on-failure: 'ignore' is none of stop|one-sided|skip"},
        {"dtrain --max-failures 10", "--max-failures: '10' is not a number from 0 to 1"},
        {"dtrain --journal yes", "--journal: 'yes' is none of auto|on|off"},
        {"dtrain --audit -0.1", "--audit: '-0.1' is not a number from 0 to 1"},
        {"dtrain --no-check=1", "takes no value"},
        {"dtrain eval w.h5 --on-failure skip", "unknown option --on-failure"},
        {"dtrain gradcheck --retries 1", "unknown option --retries"},
        {"dtrain gradient --rows 3:3", "--rows: '3:3' is not A:B"},
        {"dtrain gradient --journal on", "--journal on: give --output too"},
        {"dtrain gradient --weights w.h5", "unknown option --weights"},
        {"dtrain gradcheck --model-command ./m", "unknown option --model-command"},
        {"dtrain --model-command ./m --evaluation-timeout soon",
         "--evaluation-timeout: 'soon' is not a time such as 90, 90s, 30m or 2h"},
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
    assert_int_equal(settings.count, 57);
    assert_int_equal(shaping, 32);
    assert_string_equal(find_setting(&settings, "hidden")->value, "12");
    assert_string_equal(find_setting(&settings, "hidden")->origin, "command line");
    assert_string_equal(find_setting(&settings, "step")->origin, "default");
    for (size_t i = 0; i < sizeof values / sizeof *values; ++i)
        assert_string_equal(find_setting(&settings, values[i][0])->value, values[i][1]);
}

/* Whatever a user writes, the record is the same for the same value. */
static void test_values_are_recorded_in_one_form(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"--hidden 050", "hidden", "50"},
        {"--hidden 100,0100,+7", "hidden", "100,100,7"},
        {"--hidden 65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,"
         "65536,65536",
         "hidden",
         "65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,65536,"
         "65536"},
        {"--activation relu", "activation", "relu"},
        {"--init-std he", "init-std", "he"},
        {"--init-std 1e-2", "init-std", "0.01"},
        {"--iterations 1e4", "iterations", "10000"},
        {"--iterations 0e99999999", "iterations", "0"},
        {"--batch-size 013E+2", "batch-size", "1300"},
        {"--hidden 1e2,50", "hidden", "100,50"},
        {"--eval-every 1e3", "eval-every", "1000"},
        {"--seed 9e15", "seed", "9000000000000000"},
        {"gradcheck", "rows", "0:3"},
        {"gradcheck --rows 007:1e3", "rows", "7:1000"},
        {"gradcheck", "step", "0.0001"},
        {"gradcheck --step 0.50,1e-12,1000", "step", "0.5,1e-12,1e+03"},
        /* As many numbers as there may be, of as many digits. */
        {"gradcheck --step "
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12",
         "step",
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12,1.2345678901234567e-12,1.2345678901234567e-12,"
         "1.2345678901234567e-12"},
        {"gradcheck", "methods", ""},
        {"gradcheck --methods literal", "methods", "literal"},
        {"gradcheck --methods numerical,backprop,literal", "methods", "numerical,backprop,literal"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct config config;
        struct error error;
        struct settings settings;
        char line[512];
        snprintf(line, sizeof line, "dtrain %s", cases[i][0]);
        assert_int_equal(parse(line, &config, &error), STATUS_DONE);
        config_settings(&config, &settings);
        assert_string_equal(find_setting(&settings, cases[i][1])->value, cases[i][2]);
    }
}

/* Commands find them parsed. */
static void test_lists_are_parsed(void **state)
{
    (void)state;
    struct config config;
    struct error error;
    assert_int_equal(parse("dtrain gradcheck", &config, &error), STATUS_DONE);
    assert_int_equal(config.methods.count, 0);
    assert_int_equal(parse("dtrain gradcheck --rows 10:12 --step 0.5,1e-4 --methods "
                           "backprop,literal",
                           &config, &error),
                     STATUS_DONE);
    assert_int_equal(config.row_range.begin, 10);
    assert_int_equal(config.row_range.end, 12);
    assert_int_equal(config.steps.count, 2);
    assert_near(config.steps.values[0], 0.5, 0);
    assert_near(config.steps.values[1], 1e-4, 0);
    assert_int_equal(config.methods.count, 2);
    assert_string_equal(config.methods.values[0], "backprop");
    assert_string_equal(config.methods.values[1], "literal");
}

/* Checkpoints take a setting that they do not record for `unrecorded`, so that has to be the text
 * of the default. Of the options of version 0.1.0 they record all. */
static void test_what_checkpoints_do_not_record(void **state)
{
    (void)state;
    struct config config;
    struct error error;
    struct settings settings;
    int unrecorded = 0;
    assert_int_equal(parse("dtrain", &config, &error), STATUS_DONE);
    config_settings(&config, &settings);
    for (int i = 0; i < settings.count; ++i)
        if (settings.list[i].unrecorded) {
            assert_true(settings.list[i].shapes_run);
            assert_string_equal(settings.list[i].unrecorded, settings.list[i].value);
            ++unrecorded;
        }
    assert_int_equal(unrecorded, 20);
    assert_string_equal(find_setting(&settings, "activation")->unrecorded, "sigmoid");
    assert_null(find_setting(&settings, "hidden")->unrecorded);
    assert_null(find_setting(&settings, "keep")->unrecorded);
}

/* What shapes a run, and what may be another in each start of it. */
static void test_options_of_models_that_evaluate(void **state)
{
    (void)state;
    static const struct {
        const char *name, *initial, *given, *recorded;
        bool shapes_run;
    } cases[] = {
        {"replicates", "1", "064", "64", true},
        {"random-numbers", "iteration", "each", "each", true},
        {"difference", "central", "forward", "forward", true},
        {"retries", "0", "2", "2", true},
        {"on-failure", "stop", "one-sided", "one-sided", true},
        {"max-failures", "0.1", "1", "1", false},
        {"journal", "auto", "off", "off", false},
        {"no-check", "0", NULL, "1", false},
        {"audit", "0", "0.01", "0.01", false},
        {"scratch", "", "here", "here", false},
        {"model-command", "", "./m", "./m", false},
        {"isolate --model m.so", "0", NULL, "1", false},
        {"evaluation-timeout", "0", "2m --model-command ./m", "1.2e+02", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct config config;
        struct settings settings;
        struct error error;
        char line[128];
        const char *const given = cases[i].given;
        assert_int_equal(parse("dtrain", &config, &error), STATUS_DONE);
        config_settings(&config, &settings);
        char name[32]; /* without the options that it needs */
        snprintf(name, sizeof name, "%.*s", (int)strcspn(cases[i].name, " "), cases[i].name);
        const struct setting *setting = find_setting(&settings, name);
        assert_string_equal(setting->value, cases[i].initial);
        assert_int_equal(setting->shapes_run, cases[i].shapes_run);
        snprintf(line, sizeof line, "dtrain --%s %s", cases[i].name, given ? given : "");
        assert_int_equal(parse(line, &config, &error), STATUS_DONE);
        config_settings(&config, &settings);
        assert_string_equal(find_setting(&settings, name)->value, cases[i].recorded);
    }
}

/* A run that has stopped at a failure may be told to go on without such evaluations. */
static void test_only_a_stop_at_failures_may_be_replaced(void **state)
{
    (void)state;
    struct config config;
    struct settings settings;
    struct error error;
    assert_int_equal(parse("dtrain", &config, &error), STATUS_DONE);
    config_settings(&config, &settings);
    for (int i = 0; i < settings.count; ++i)
        if (strcmp(settings.list[i].name, "on-failure") == 0)
            assert_string_equal(settings.list[i].undecided, "stop");
        else
            assert_null(settings.list[i].undecided);
}

/* By the length of an epoch alone, so that a resume that raises --iterations changes nothing. */
static void test_periods_are_whole_epochs_of_enough_iterations(void **state)
{
    (void)state;
    static const struct {
        int64_t epoch;
        const char *evaluations, *checkpoints; /* "0": one epoch */
    } cases[] = {{1, "10", "300"},  {3, "12", "300"}, {9, "18", "306"},
                 {10, "0", "300"},  {7, "14", "301"}, {200, "0", "400"},
                 {299, "0", "598"}, {300, "0", "0"},  {1000000000000, "0", "0"}};
    static const char checkpoints[] = "checkpoint-every", evaluations[] = "eval-every";
    struct config config;
    struct settings settings;
    struct error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_int_equal(parse("dtrain", &config, &error), STATUS_DONE);
        assert_int_equal(config_settle(&config, 1, cases[i].epoch, &error), STATUS_DONE);
        config_settings(&config, &settings);
        assert_string_equal(find_setting(&settings, evaluations)->value, "auto");
        assert_string_equal(find_setting(&settings, evaluations)->stands_for, cases[i].evaluations);
        assert_string_equal(find_setting(&settings, checkpoints)->stands_for, cases[i].checkpoints);
    }
    assert_int_equal(parse("dtrain --eval-every 0 --checkpoint-every 7", &config, &error),
                     STATUS_DONE);
    assert_int_equal(config_settle(&config, 1, 1, &error), STATUS_DONE);
    config_settings(&config, &settings);
    assert_string_equal(find_setting(&settings, evaluations)->value, "0");
    assert_null(find_setting(&settings, evaluations)->stands_for);
    assert_int_equal(config.eval_every.number, 0);
    assert_int_equal(config.checkpoint_every.number, 7);
}

/* Epochs are of so many rows that batches do not divide; and what they come to is counted exactly.
 */
static void test_epochs_are_iterations(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int64_t rows, iterations; /* -1: refused */
    } cases[] = {{"dtrain --epochs 5", 60000, 3000},
                 {"dtrain --epochs 5", 112, 5},
                 {"dtrain --epochs 50", 112, 56},
                 {"dtrain --epochs 1", 99, 1},
                 {"dtrain --epochs 3", 10, 1},
                 {"dtrain --epochs 7 --batch-size 3", 10, 23},
                 {"dtrain --epochs 0", 60000, 10000},
                 {"dtrain --epochs 100 --batch-size 100", 1000000000000, 1000000000000},
                 {"dtrain --epochs 1000000000000", 100, 1000000000000},
                 {"dtrain --epochs 1000000000000", 101, -1},
                 {"dtrain --epochs 1000000000000 --batch-size 131072", 131071, 999992370605},
                 {"dtrain --epochs 1000000000000 --batch-size 1", 1000000000000, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct config config;
        struct error error;
        assert_int_equal(parse(cases[i].line, &config, &error), STATUS_DONE);
        assert_int_equal(config_settle(&config, cases[i].rows, 1, &error),
                         cases[i].iterations < 0 ? STATUS_USAGE : STATUS_DONE);
        if (cases[i].iterations >= 0)
            assert_int_equal(config.iterations, cases[i].iterations);
        else
            assert_non_null(strstr(error.text, "--epochs 1000000000000: these are more than "
                                               "1000000000000 iterations"));
    }
}

/* The command line before the environment, and both before another run. */
static void test_one_of_epochs_and_iterations_counts(void **state)
{
    (void)state;
    static const char run[] = "epochs\0"
                              "5\0iterations\0"
                              "3000";
    static const char older[] = "iterations\0"
                                "3000";
    static const struct {
        const char *variables[2], *options; /* of epochs and iterations; and the command line */
        const char *of;                     /* the other run; NULL: none */
        size_t bytes;
        int64_t epochs, iterations;
    } cases[] = {
        {{NULL, NULL}, "--epochs 2", NULL, 0, 2, 10000},
        {{NULL, "30"}, "--epochs 2", NULL, 0, 2, 10000},
        {{"3", NULL}, "--iterations 20", NULL, 0, 0, 20},
        {{"3", NULL}, "", NULL, 0, 3, 10000},
        {{NULL, "30"}, "--like r", run, sizeof run, 0, 30},
        {{"3", NULL}, "--like r", run, sizeof run, 3, 10000},
        {{NULL, NULL}, "--like r", run, sizeof run, 5, 10000},
        {{NULL, NULL}, "--like r --iterations 20", run, sizeof run, 0, 20},
        {{NULL, NULL}, "--like r --epochs 0", run, sizeof run, 0, 3000},
        {{NULL, NULL}, "--like r --epochs 2", older, sizeof older, 2, 10000},
        {{NULL, NULL}, "--like r", older, sizeof older, 0, 3000},
    };
    struct config config;
    struct error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char text[64];
        if (cases[i].variables[0])
            setenv("DTRAIN_EPOCHS", cases[i].variables[0], 1);
        if (cases[i].variables[1])
            setenv("DTRAIN_ITERATIONS", cases[i].variables[1], 1);
        snprintf(text, sizeof text, "dtrain %s", cases[i].options);
        assert_int_equal(parse(text, &config, &error), STATUS_DONE);
        if (cases[i].of)
            assert_int_equal(config_take_like(&config, cases[i].of, cases[i].bytes, &error),
                             STATUS_DONE);
        assert_int_equal(config.epochs, cases[i].epochs);
        assert_int_equal(config.iterations, cases[i].iterations);
        unsetenv("DTRAIN_EPOCHS");
        unsetenv("DTRAIN_ITERATIONS");
    }
    assert_int_equal(parse("dtrain --epochs 2 --iterations 9", &config, &error), STATUS_USAGE);
    assert_string_equal(error.text, "--epochs and --iterations: give one of the two");
    setenv("DTRAIN_EPOCHS", "2", 1);
    setenv("DTRAIN_ITERATIONS", "9", 1);
    assert_int_equal(parse("dtrain", &config, &error), STATUS_USAGE);
    assert_string_equal(error.text, "DTRAIN_EPOCHS and DTRAIN_ITERATIONS: give one of the two");
    unsetenv("DTRAIN_EPOCHS");
    unsetenv("DTRAIN_ITERATIONS");
}

/* Settings of a run as its run.json names them: one of an older version names no activation. */
static void test_a_run_is_taken_from_its_record(void **state)
{
    (void)state;
    static const char deep[] = "hidden\0"
                               "30,20\0"
                               "activation\0tanh\0init-std\0xavier\0keep\0"
                               "9";
    static const char older[] = "hidden\0"
                                "20\0init-std\0"
                                "0.5";
    static const char damaged[] = "hidden\0"
                                  "20,";
    struct config config;
    struct error error;
    assert_int_equal(parse("dtrain verify run", &config, &error), STATUS_DONE);
    assert_int_equal(config_take_run(&config, "run", deep, sizeof deep, &error), STATUS_DONE);
    assert_int_equal(config.hidden.count, 2);
    assert_int_equal(config.hidden.values[1], 20);
    assert_string_equal(config.activation, "tanh");
    assert_string_equal(config.init_std.word, "xavier");
    assert_int_equal(config_take_run(&config, "run", older, sizeof older, &error), STATUS_DONE);
    assert_int_equal(config.hidden.count, 1);
    assert_string_equal(config.activation, "sigmoid");
    assert_null(config.init_std.word);
    assert_near(config.init_std.number, 0.5, 0);
    assert_int_equal(config_take_run(&config, "run", damaged, sizeof damaged, &error),
                     STATUS_FAILED);
    assert_string_equal(error.text, "run/run.json: '20,' is no value of --hidden");
}

/* The settings of a run like another one, of which run.json has the texts. */
static enum status parse_like(const char *line, const char *texts, size_t bytes,
                              struct config *config, struct settings *settings, struct error *error)
{
    assert_int_equal(parse(line, config, error), STATUS_DONE);
    const enum status status = config_take_like(config, texts, bytes, error);
    config_settings(config, settings);
    return status;
}

static void assert_setting(const struct settings *settings, const char *name, const char *value,
                           const char *origin)
{
    const struct setting *setting = find_setting(settings, name);
    if (strcmp(setting->value, value) != 0 || strcmp(setting->origin, origin) != 0)
        fail_msg("%s is %s (%s), not %s (%s)", name, setting->value, setting->origin, value,
                 origin);
}

static void test_a_run_can_be_like_another(void **state)
{
    (void)state;
    static const char run[] = "data\0mine.h5\0hidden\0"
                              "30,20\0activation\0sigmoid\0batch-size\0"
                              "10\0learning-rate\0"
                              "0.5\0iterations\0"
                              "700\0keep\0"
                              "9\0seed\0"
                              "3\0run-dir\0there\0resume\0"
                              "1\0dry-run\0"
                              "1\0like\0older\0max-time\0"
                              "60\0quiet\0"
                              "1\0progress\0bar\0weights\0\0of-tomorrow\0"
                              "4";
    static const char *const values[][3] = {
        {"data", "mine.h5", "run"},
        {"hidden", "30,20", "run"},
        {"activation", "sigmoid", "default"},
        {"batch-size", "8", "command line"},
        {"learning-rate", "0.1", "environment"},
        {"iterations", "700", "run"},
        {"keep", "9", "run"},
        {"seed", "0", "command line"},
        {"step", "0.0001", "default"},
        {"run-dir", "", "default"},
        {"resume", "0", "default"},
        {"dry-run", "0", "default"},
        {"like", "other", "command line"},
        {"max-time", "0", "default"},
        {"quiet", "0", "default"},
        {"progress", "auto", "default"},
        {"weights", "", "default"},
    };
    struct config config;
    struct settings settings;
    struct error error;
    setenv("DTRAIN_LEARNING_RATE", "0.1", 1);
    assert_int_equal(parse_like("dtrain --like other --batch-size 8 --seed 0", run, sizeof run,
                                &config, &settings, &error),
                     STATUS_DONE);
    unsetenv("DTRAIN_LEARNING_RATE");
    for (size_t i = 0; i < sizeof values / sizeof *values; ++i)
        assert_setting(&settings, values[i][0], values[i][1], values[i][2]);
}

/* What a run says of its network or optimizer, and is of no use beside what was given, is left out:
 * checkpoints would record it. */
static void test_what_has_no_effect_is_not_taken_from_a_run(void **state)
{
    (void)state;
    static const char run[] = "hidden\0"
                              "30\0activation\0tanh\0init-std\0"
                              "0.5\0optimizer\0adam\0beta1\0"
                              "0.8";
    static const char *const lines[] = {"dtrain --like other --weights w.h5",
                                        "dtrain --like other --weights w.h5 --model own.so"};
    const struct config_integers hidden = {2, {20, 10}};
    struct config config;
    struct settings settings;
    struct error error;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        assert_int_equal(parse_like(lines[i], run, sizeof run, &config, &settings, &error),
                         STATUS_DONE);
        assert_setting(&settings, "hidden", "50", "default");
        assert_setting(&settings, "activation", "sigmoid", "default");
        assert_setting(&settings, "init-std", "0.01", "default");
    }
    assert_int_equal(parse_like("dtrain --like other --model own.so", run, sizeof run, &config,
                                &settings, &error),
                     STATUS_DONE);
    assert_setting(&settings, "hidden", "50", "default");
    assert_setting(&settings, "init-std", "0.5", "run");
    static const char rule[] = "init-std\0he";
    assert_int_equal(parse_like("dtrain --like other --model own.so", rule, sizeof rule, &config,
                                &settings, &error),
                     STATUS_DONE);
    assert_setting(&settings, "init-std", "0.01", "default");
    static const char patient[] = "validation-rows\0"
                                  "60\0patience\0"
                                  "3";
    assert_int_equal(parse_like("dtrain --like other --validation-rows 0", patient, sizeof patient,
                                &config, &settings, &error),
                     STATUS_DONE);
    assert_setting(&settings, "patience", "0", "default");
    assert_int_equal(parse_like("dtrain --like other --model own.so", run, sizeof run, &config,
                                &settings, &error),
                     STATUS_DONE);
    assert_setting(&settings, "beta1", "0.8", "run");
    assert_int_equal(config_drop_unused(&config, "beta1", "--optimizer sgd", &error), STATUS_DONE);
    config_adopt_network(&config, &hidden, "relu");
    config_settings(&config, &settings);
    assert_setting(&settings, "beta1", "0.9", "default");
    assert_setting(&settings, "hidden", "20,10", "weights");
}

static void test_what_does_not_fit_the_other_run_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *name, *value; /* what is given, and what the run has */
        enum status status;
        const char *text;
    } cases[] = {
        {"dtrain --like r --init-std 0.1", "weights", "w.h5", STATUS_USAGE,
         "--init-std: has no effect with the --weights of --like r: leave it out"},
        {"dtrain --like r --hidden 30", "model", "own.so", STATUS_USAGE,
         "--hidden: has no effect with the --model of --like r: leave it out"},
        {"dtrain --like r", "hidden", "20,", STATUS_FAILED,
         "r/run.json: '20,' is no value of --hidden"},
        {"dtrain --like r --hidden 20", "hidden", "20,", STATUS_DONE, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char texts[32];
        struct config config;
        struct settings settings;
        struct error error = {0};
        const int bytes =
            snprintf(texts, sizeof texts, "%s%c%s", cases[i].name, 0, cases[i].value) + 1;
        assert_int_equal(
            parse_like(cases[i].line, texts, (size_t)bytes, &config, &settings, &error),
            cases[i].status);
        assert_string_equal(error.text, cases[i].text);
    }
}

/* A text that is too long for a path is none, whoever has written the record. */
static void test_long_texts_are_not_taken_from_a_run(void **state)
{
    (void)state;
    static char texts[sizeof "data" + CONFIG_TEXT_MAX + 2] = "data";
    struct config config;
    struct settings settings;
    struct error error;
    memset(texts + sizeof "data", 'a', CONFIG_TEXT_MAX);
    assert_int_equal(
        parse_like("dtrain --like r", texts, sizeof texts - 1, &config, &settings, &error),
        STATUS_DONE);
    texts[sizeof "data" + CONFIG_TEXT_MAX] = 'a';
    assert_int_equal(parse_like("dtrain --like r", texts, sizeof texts, &config, &settings, &error),
                     STATUS_FAILED);
    assert_non_null(strstr(error.text, "a' is no value of --data"));
}

static void test_weights_decide_on_the_network(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *refusal; /* NULL: none */
        const char *origins[2];
    } cases[] = {
        {"dtrain --weights w.h5", NULL, {"weights", "weights"}},
        {"dtrain --weights w.h5 --hidden 20,10", NULL, {"command line", "weights"}},
        {"dtrain --weights w.h5 --activation tanh", NULL, {"weights", "command line"}},
        {"dtrain --weights w.h5 --hidden 50",
         "--hidden 50: the network of --weights w.h5 has 20,10",
         {NULL}},
        {"dtrain --weights w.h5 --hidden 10,20",
         "--hidden 10,20: the network of --weights w.h5 has 20,10",
         {NULL}},
        {"dtrain --weights w.h5 --hidden 20,10 --activation sigmoid",
         "--activation sigmoid: the network of --weights w.h5 has tanh",
         {NULL}},
        {"dtrain gradcheck --weights w.h5 --hidden 99",
         "--hidden 99: the network of --weights w.h5 has 20,10",
         {NULL}},
    };
    const struct config_integers hidden = {2, {20, 10}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct config config;
        struct error error;
        struct settings settings;
        assert_int_equal(parse(cases[i].line, &config, &error), STATUS_DONE);
        assert_int_equal(config_check_network(&config, &hidden, "tanh", "softmax", &error),
                         cases[i].refusal ? STATUS_USAGE : STATUS_DONE);
        if (cases[i].refusal) {
            assert_string_equal(error.text, cases[i].refusal);
            continue;
        }
        config_adopt_network(&config, &hidden, "tanh");
        config_settings(&config, &settings);
        const struct setting *found[] = {find_setting(&settings, "hidden"),
                                         find_setting(&settings, "activation")};
        assert_string_equal(found[0]->value, "20,10");
        assert_string_equal(found[1]->value, "tanh");
        for (int which = 0; which < 2; ++which) {
            assert_string_equal(found[which]->origin, cases[i].origins[which]);
            assert_true(found[which]->shapes_run && found[which]->replaced);
        }
    }
}

/* One model, and options about its process only where it has one. */
static void test_what_processes_do_not_go_with_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *text; /* NULL: nothing is refused */
    } cases[] = {
        {"dtrain --model-command ./m", NULL},
        {"dtrain --model m.so --isolate --evaluation-timeout 10m", NULL},
        {"dtrain --model-command ./m --evaluation-timeout 10m", NULL},
        {"dtrain eval w.h5 --model m.so --isolate", NULL},
        {"dtrain --model m.so --evaluation-timeout 0", NULL},
        /* These may have the model of another run. */
        {"dtrain --like r --isolate --evaluation-timeout 10m", NULL},
        {"dtrain verify r --isolate", NULL},
        {"dtrain verify r --evaluation-timeout 10m", NULL},
        {"dtrain --model-command ./m --model m.so",
         "--model-command: has no effect with --model: leave out one of the two"},
        {"dtrain eval w.h5 --model m.so --model-command ./m",
         "--model-command: has no effect with --model: leave out one of the two"},
        {"dtrain --model-command ./m --isolate",
         "--isolate: has no effect with --model-command: leave out one of the two"},
        {"dtrain --model-command ./m --hidden 5",
         "--hidden: has no effect with --model-command: leave out one of the two"},
        {"dtrain --model-command ./m --init-std he",
         "--init-std: 'he' is a rule for the layers of a network: give the model a number"},
        {"dtrain --isolate",
         "--isolate: give --model too: it is the model that then runs in a process of its own"},
        {"dtrain --model m.so --evaluation-timeout 1",
         "--evaluation-timeout: needs --model-command or --isolate: in this process an evaluation "
         "cannot be stopped"},
        {"dtrain eval w.h5 --model m.so --evaluation-timeout 1",
         "--evaluation-timeout: needs --model-command or --isolate: in this process an evaluation "
         "cannot be stopped"},
    };
    struct config config;
    struct error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        error = (struct error){0};
        const enum status status = parse(cases[i].line, &config, &error);
        if (status != (cases[i].text ? STATUS_USAGE : STATUS_DONE) ||
            strcmp(error.text, cases[i].text ? cases[i].text : "") != 0)
            fail_msg("'%s' gave: %s", cases[i].line, error.text);
    }
    assert_int_equal(parse("dtrain --model-command ./m", &config, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, &error), STATUS_USAGE);
    assert_string_equal(
        error.text, "--model-command: has no effect with this program's own model: leave it out");
    assert_int_equal(parse("dtrain --model m.so --isolate", &config, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, &error), STATUS_USAGE);
    assert_string_equal(error.text,
                        "--isolate: has no effect with this program's own model: leave it out");
    setenv("DTRAIN_MODEL_COMMAND", "./mine", true);
    assert_int_equal(parse("dtrain --model m.so", &config, &error), STATUS_USAGE);
    unsetenv("DTRAIN_MODEL_COMMAND");
    assert_string_equal(
        error.text, "DTRAIN_MODEL_COMMAND: has no effect with --model: leave out one of the two");
}

/* Whoever has written a run must not decide what is executed. */
static void test_a_command_is_never_taken_from_a_run(void **state)
{
    (void)state;
    static const char run[] = "model-command\0python3 pond.py\0evaluation-timeout\0"
                              "60";
    static const char hostile[] = "model-command\0\x1b[2J'; rm -r x";
    static const char isolated[] = "model\0own.so\0isolate\0"
                                   "1\0evaluation-timeout\0"
                                   "60";
    static const char none[] = "model\0";
    struct config config;
    struct settings settings;
    struct error error;
    assert_int_equal(parse_like("dtrain --like r", run, sizeof run, &config, &settings, &error),
                     STATUS_USAGE);
    assert_string_equal(error.text,
                        "r: its model is a command, which is never taken from a run: give it "
                        "again, if you trust it: --model-command 'python3 pond.py'");
    assert_int_equal(
        parse_like("dtrain --like r", hostile, sizeof hostile, &config, &settings, &error),
        STATUS_USAGE);
    assert_non_null(strstr(error.text, "--model-command $'\\x1b[2J\\'; rm -r x'"));
    assert_int_equal(parse("dtrain verify r", &config, &error), STATUS_DONE);
    assert_int_equal(config_take_run(&config, "r", run, sizeof run, &error), STATUS_USAGE);
    assert_null(config.model_command);
    assert_int_equal(parse("dtrain verify r --model-command ./m", &config, &error), STATUS_DONE);
    assert_int_equal(config_take_run(&config, "r", run, sizeof run, &error), STATUS_DONE);
    assert_string_equal(config.model_command, "./m");
    setenv("DTRAIN_MODEL_COMMAND", "./mine", true);
    assert_int_equal(parse_like("dtrain --like r", run, sizeof run, &config, &settings, &error),
                     STATUS_DONE);
    unsetenv("DTRAIN_MODEL_COMMAND");
    assert_setting(&settings, "model-command", "./mine", "environment");
    assert_setting(&settings, "evaluation-timeout", "6e+01", "run");
    /* Another model in its place, and the other way round. */
    assert_int_equal(
        parse_like("dtrain --like r --model own.so", run, sizeof run, &config, &settings, &error),
        STATUS_DONE);
    assert_setting(&settings, "evaluation-timeout", "0", "default");
    assert_int_equal(parse_like("dtrain --like r --model-command ./m", isolated, sizeof isolated,
                                &config, &settings, &error),
                     STATUS_DONE);
    assert_setting(&settings, "model", "", "default");
    assert_setting(&settings, "isolate", "0", "default");
    assert_int_equal(
        parse_like("dtrain --like r", isolated, sizeof isolated, &config, &settings, &error),
        STATUS_DONE);
    assert_setting(&settings, "isolate", "1", "run");
    /* What is known only with the run. */
    assert_int_equal(parse("dtrain verify r --isolate", &config, &error), STATUS_DONE);
    assert_int_equal(config_take_run(&config, "r", none, sizeof none, &error), STATUS_USAGE);
    assert_int_equal(parse("dtrain verify r --isolate", &config, &error), STATUS_DONE);
    assert_int_equal(config_take_run(&config, "r", isolated, sizeof isolated, &error), STATUS_DONE);
}

/* A user's model has no layers, whether it is in a file or in the program. */
static void test_layers_beside_a_model_are_refused(void **state)
{
    (void)state;
    struct config config;
    struct error error;
    assert_int_equal(parse("dtrain --model own.so --hidden 50", &config, &error), STATUS_USAGE);
    assert_string_equal(error.text,
                        "--hidden: has no effect with --model: leave out one of the two");
    assert_int_equal(parse("dtrain --hidden 50", &config, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, &error), STATUS_USAGE);
    assert_int_equal(parse("dtrain gradcheck --model own.so", &config, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, &error), STATUS_DONE);
    assert_int_equal(parse("dtrain --activation sigmoid", &config, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, &error), STATUS_USAGE);
    assert_string_equal(error.text,
                        "--activation: has no effect with this program's own model: leave it out");
    assert_int_equal(parse("dtrain --model own.so --init-std 0.5", &config, &error), STATUS_DONE);
    assert_int_equal(parse("dtrain --model own.so --init-std he", &config, &error), STATUS_USAGE);
    assert_string_equal(
        error.text,
        "--init-std: 'he' is a rule for the layers of a network: give the model a number");
    setenv("DTRAIN_INIT_STD", "xavier", 1);
    assert_int_equal(parse("dtrain gradcheck", &config, &error), STATUS_DONE);
    assert_int_equal(config_link_model(&config, &error), STATUS_USAGE);
    unsetenv("DTRAIN_INIT_STD");
    assert_non_null(strstr(error.text, "DTRAIN_INIT_STD: 'xavier' is a rule"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers_beside_a_model_are_refused),
        cmocka_unit_test(test_what_processes_do_not_go_with_is_refused),
        cmocka_unit_test(test_a_command_is_never_taken_from_a_run),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_the_command_line_wins_over_the_environment),
        cmocka_unit_test(test_flags_in_the_environment_are_words),
        cmocka_unit_test(test_misspelt_variables_are_named),
        cmocka_unit_test(test_the_names_of_other_programs_are_known),
        cmocka_unit_test(test_a_stall_timeout_that_is_given_limits_calls),
        cmocka_unit_test(test_other_commands_have_other_options),
        cmocka_unit_test(test_every_option_is_found),
        cmocka_unit_test(test_bad_lines_name_the_option),
        cmocka_unit_test(test_texts_are_short_enough_for_a_path),
        cmocka_unit_test(test_every_setting_is_listed),
        cmocka_unit_test(test_values_are_recorded_in_one_form),
        cmocka_unit_test(test_lists_are_parsed),
        cmocka_unit_test(test_what_checkpoints_do_not_record),
        cmocka_unit_test(test_options_of_models_that_evaluate),
        cmocka_unit_test(test_only_a_stop_at_failures_may_be_replaced),
        cmocka_unit_test(test_periods_are_whole_epochs_of_enough_iterations),
        cmocka_unit_test(test_epochs_are_iterations),
        cmocka_unit_test(test_one_of_epochs_and_iterations_counts),
        cmocka_unit_test(test_a_run_is_taken_from_its_record),
        cmocka_unit_test(test_a_run_can_be_like_another),
        cmocka_unit_test(test_what_has_no_effect_is_not_taken_from_a_run),
        cmocka_unit_test(test_what_does_not_fit_the_other_run_is_refused),
        cmocka_unit_test(test_long_texts_are_not_taken_from_a_run),
        cmocka_unit_test(test_weights_decide_on_the_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
