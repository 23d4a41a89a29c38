/* SPDX-License-Identifier: MIT */
#include "common/named.h"
#include "conflicts.h"
#include "misspelt.h"
#include "option_state.h"
#include "option_value.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* Refuses a value or operand that is too long; `name` is what the error line calls it. */
static enum status check_length(const char *name, const char *text, struct error *error)
{
    if (strlen(text) <= CONFIG_TEXT_MAX)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE, "%s: is longer than %d bytes", name, CONFIG_TEXT_MAX);
}

static enum status set_option(struct config *config, const struct option_spec *spec,
                              enum config_origin origin, const char *text, struct error *error)
{
    const struct option_name name = option_name(spec, origin);
    config->origins[spec - option_table] = origin;
    if (check_length(name.text, text, error))
        return STATUS_USAGE;
    if (option_value_parse(spec, text, option_field(config, spec)))
        return STATUS_DONE;
    return option_value_refuse(spec, name.text, text, error);
}

/* Takes the values of the table, and over them those of the environment. */
static enum status set_defaults(struct config *config, struct error *error)
{
    for (const struct option_spec *spec = option_table; spec < option_table + option_count;
         ++spec) {
        const char *value = getenv(option_name(spec, ORIGIN_ENVIRONMENT).text);
        if (!(spec->commands & config->command) || spec->commands == COMMAND_ANY)
            continue;
        option_set_default(config, spec);
        if (value && set_option(config, spec, ORIGIN_ENVIRONMENT, value, error))
            return STATUS_USAGE;
    }
    return STATUS_DONE;
}

/* What getopt returns for the first option of the table. It is larger than any character, as those
 * are getopt's own answers: '?', ':' and the short options. */
enum { FIRST_OPTION = 256 };

/* The command's options in getopt's form. */
static void getopt_options(enum command command, struct option options[CONFIG_OPTIONS_MAX + 1])
{
    int count = 0;
    for (int i = 0; i < option_count; ++i)
        if (option_table[i].commands & command)
            options[count++] =
                (struct option){option_table[i].name,
                                option_table[i].kind == FLAG ? no_argument : required_argument,
                                NULL, FIRST_OPTION + i};
    options[count] = (struct option){0};
}

/* The word that getopt_long has just refused: the one before argv[optind], or that word itself
 * while letters of it are left, as in "-hidden". */
static const char *refused_word(char *const *argv)
{
    const char *const next = argv[optind];
    const bool is_left = next && next[0] == '-' && next[1] != '-' && optopt && strchr(next, optopt);
    return is_left ? next : argv[optind - 1];
}

static enum status parse_options(int argc, char **argv, struct config *config, struct error *error)
{
    struct option options[CONFIG_OPTIONS_MAX + 1];
    int found;
    getopt_options(config->command, options);
    opterr = 0;
    optind = 0; /* starts anew, whatever an earlier call has left */
    while ((found = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (found == ':')
            return error_set(error, STATUS_USAGE, "option %s needs a value", argv[optind - 1]);
        if (found == '?')
            return misspelt_option(config->command, refused_word(argv), error);
        if (found == 'h') {
            config->help = true;
            continue;
        }
        const struct option_spec *spec = option_table + (found - FIRST_OPTION);
        if (set_option(config, spec, ORIGIN_COMMAND_LINE, optarg ? optarg : "1", error))
            return STATUS_USAGE;
    }
    return STATUS_DONE;
}

/* How many operands the command has: a word of the help for each. */
static int count_operands(const struct command_spec *command)
{
    int count = command->operand != NULL;
    for (const char *c = command->operand; c && *c; ++c)
        count += *c == ' ';
    return count;
}

static enum status check_operands(const struct config *config, const struct command_spec *command,
                                  struct error *error)
{
    const char *last = count_operands(command) == 2 ? config->other_file : config->file;
    if ((config->file && check_length(config->file, config->file, error)) ||
        (config->other_file && check_length(config->other_file, config->other_file, error)))
        return STATUS_USAGE;
    if (!command->needed || last)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE, "%s needs %s: dtrain %s %s", command->name,
                     command->needed, command->name, command->operand);
}

/* Checks what depends on several options, and that the command has all that it needs. */
static enum status check_command(const struct config *config, struct error *error)
{
    if (config->command == COMMAND_PREDICT && !(config->file && config->images))
        return error_set(
            error, STATUS_USAGE,
            "predict needs weights and images: dtrain predict FILE[:/GROUP]|RUN --images "
            "FILE, or --rows FILE for a table");
    if (config->command == COMMAND_TRAIN && config->resume && !config->run_dir)
        return error_set(error, STATUS_USAGE, "--resume: name the run with --run-dir");
    if (config->command == COMMAND_IMPORT &&
        !(config->file && config->train_images && config->train_labels && config->test_images &&
          config->test_labels))
        return error_set(error, STATUS_USAGE,
                         "import needs OUT.h5, --train-images, --train-labels, --test-images and "
                         "--test-labels");
    if (config->command == COMMAND_GRADCHECK && config->output && config->steps.count > 1)
        return error_set(error, STATUS_USAGE, "--output: takes the gradients of one --step");
    if (config->command == COMMAND_GRADIENT && !config->output &&
        strcmp(config->journal, "on") == 0)
        return error_set(error, STATUS_USAGE,
                         "--journal on: give --output too, as the journal lies beside that file");
    if (config->command == COMMAND_VERIFY && config->stretches > 0 && config->evaluations > 0)
        return error_set(error, STATUS_USAGE, "--stretches and --evaluations: give one of the two");
    if (config->command == COMMAND_BATCHES && config_check_rows(config, config->rows, error))
        return STATUS_USAGE;
    if (conflicts_check(config, error))
        return STATUS_USAGE;
    /* Another run may have a --model, which is not known yet. */
    const bool knows_model = config->command & (COMMAND_EVAL | COMMAND_GRADIENT) ||
                             (config->command == COMMAND_TRAIN && !config->like);
    return knows_model ? conflicts_check_process(config, error) : STATUS_DONE;
}

/* The command of that name, or NULL. */
static const struct command_spec *find_command(const char *name)
{
    return find_named(command_table, (size_t)command_count, sizeof *command_table, name);
}

/* Makes "dtrain help COMMAND" what "dtrain COMMAND --help" is. */
static enum status take_help(int argc, char *const *argv, struct config *config,
                             struct error *error)
{
    const char *const word = argc > optind ? argv[optind++] : "train";
    const struct command_spec *command = find_command(word);
    if (argc > optind)
        return error_set(error, STATUS_USAGE, "unexpected argument '%s': help takes one command",
                         argv[optind]);
    if (!command)
        return misspelt_command(word, error);
    config->help = true;
    config->command = command->command;
    return STATUS_DONE;
}

enum status config_parse(int argc, char **argv, struct config *config, struct error *error)
{
    const struct command_spec *named = argc > 1 ? find_command(argv[1]) : NULL;
    const struct command_spec *command = named ? named : find_command("train");
    *config = (struct config){.command = command->command, .command_line = argv};
    argc -= named != NULL;
    argv += named != NULL;
    if (set_defaults(config, error) || parse_options(argc, argv, config, error))
        return STATUS_USAGE;
    if (config->help || config->version || config->generate)
        return STATUS_DONE;
    if (config->command == COMMAND_HELP)
        return take_help(argc, argv, config, error);

    if (argc > optind && count_operands(command) > 0)
        config->file = argv[optind++];
    if (argc > optind && count_operands(command) > 1)
        config->other_file = argv[optind++];
    if (argc > optind)
        return misspelt_word(argv[optind], named != NULL, error);
    if (check_operands(config, command, error) ||
        (config->command == COMMAND_TRAIN && conflicts_choose_length(config, error)))
        return STATUS_USAGE;
    return check_command(config, error);
}

bool config_has_process(const struct config *config)
{
    return config->model_command || config->isolate;
}

bool config_limits_calls(const struct config *config)
{
    return config->stall_timeout > 0 && !config_has_process(config) &&
           option_origin(config, option_find(config, offsetof(struct config, stall_timeout))) !=
               ORIGIN_DEFAULT;
}
