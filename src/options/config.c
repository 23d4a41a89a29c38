/* SPDX-License-Identifier: MIT */
#include "common/named.h"
#include "misspelt.h"
#include "option_value.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* The member of *config that the option sets. */
static void *field_of(struct config *config, const struct option_spec *spec)
{
    return (char *)config + spec->offset;
}

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
    if (option_value_parse(spec, text, field_of(config, spec)))
        return STATUS_DONE;
    return option_value_refuse(spec, name.text, text, error);
}

static void set_default(struct config *config, const struct option_spec *spec)
{
    config->origins[spec - option_table] = ORIGIN_DEFAULT;
    if (spec->initial)
        option_value_parse(spec, spec->initial, field_of(config, spec));
}

/* Takes the values of the table, and over them those of the environment. */
static enum status set_defaults(struct config *config, struct error *error)
{
    for (const struct option_spec *spec = option_table; spec < option_table + option_count;
         ++spec) {
        const char *value = getenv(option_name(spec, ORIGIN_ENVIRONMENT).text);
        if (!(spec->commands & config->command) || spec->commands == COMMAND_ANY)
            continue;
        set_default(config, spec);
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
 * while letters of it are left, as of "-hidden". */
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

/* Whether there is a model of the user's in place of the network. */
static bool has_model(const struct config *config)
{
    return config->model || config->linked_model;
}

/* Whether the option says which network it is. */
static bool describes_network(const struct option_spec *spec)
{
    return OPTION_SETS(spec, hidden) || OPTION_SETS(spec, activation);
}

static bool is_replaced_by_model(const struct config *config, const struct option_spec *spec)
{
    return has_model(config) && describes_network(spec);
}

/* Whether something else determines what the option sets: --weights the network and its initial
 * values, a model of the user's that there is no network. */
static bool is_replaced(const struct config *config, const struct option_spec *spec)
{
    return is_replaced_by_model(config, spec) ||
           (config->weights && (describes_network(spec) || OPTION_SETS(spec, init_std) ||
                                (OPTION_SETS(spec, seed) && config->command == COMMAND_GRADCHECK)));
}

static bool is_given(const struct config *config, const struct option_spec *spec)
{
    const enum config_origin origin = config->origins[spec - option_table];
    return origin == ORIGIN_ENVIRONMENT || origin == ORIGIN_COMMAND_LINE;
}

/* The option of the command that sets the member of struct config at that offset. */
static const struct option_spec *find_option(const struct config *config, size_t offset)
{
    const struct option_spec *spec = option_table;
    while (spec->offset != offset || !(spec->commands & config->command))
        ++spec;
    return spec;
}

/* The option of the command that has that name: several commands have one of their own. */
static const struct option_spec *option_named(const struct config *config, const char *name)
{
    const struct option_spec *spec = option_table;
    while (strcmp(spec->name, name) != 0 || !(spec->commands & config->command))
        ++spec;
    return spec;
}

/* Refuses --init-std he beside a model, whose initialize() takes a number. */
static enum status check_rule(const struct config *config, struct error *error)
{
    if (!has_model(config) || !config->init_std.word)
        return STATUS_DONE;
    const struct option_spec *spec = find_option(config, offsetof(struct config, init_std));
    return error_set(error, STATUS_USAGE,
                     "%s: '%s' is a rule for the layers of a network: give the model a number",
                     option_name(spec, config->origins[spec - option_table]).text,
                     config->init_std.word);
}

/* Refuses an option beside the one that sets the member at that offset. */
static enum status refuse_beside(const struct config *config, const char *name, size_t offset,
                                 struct error *error)
{
    const struct option_spec *other = find_option(config, offset);
    if (config->origins[other - option_table] == ORIGIN_RUN)
        return error_set(error, STATUS_USAGE,
                         "%s: has no effect with the --%s of --like %s: leave it out", name,
                         other->name, config->like);
    return error_set(error, STATUS_USAGE, "%s: has no effect with --%s: leave out one of the two",
                     name, other->name);
}

/* Refuses options that would have no effect. Those that describe the network are checked later
 * where there is --weights, when that network is known (config_check_network). */
static enum status check_replaced(const struct config *config, struct error *error)
{
    for (int i = 0; i < option_count; ++i) {
        const struct option_spec *spec = option_table + i;
        const struct option_name name = option_name(spec, config->origins[i]);
        if (!is_given(config, spec) || !is_replaced(config, spec))
            continue;
        if (!is_replaced_by_model(config, spec) && !describes_network(spec))
            return refuse_beside(config, name.text, offsetof(struct config, weights), error);
        if (is_replaced_by_model(config, spec) && config->model)
            return refuse_beside(config, name.text, offsetof(struct config, model), error);
        if (is_replaced_by_model(config, spec))
            return error_set(error, STATUS_USAGE,
                             "%s: has no effect with this program's own model: leave it out",
                             name.text);
    }
    return check_rule(config, error);
}

static enum status check_operands(const struct config *config, const struct command_spec *command,
                                  struct error *error)
{
    const char *last = config->command == COMMAND_DIFF ? config->other_file : config->file;
    if ((config->file && check_length(config->file, config->file, error)) ||
        (config->other_file && check_length(config->other_file, config->other_file, error)))
        return STATUS_USAGE;
    if (!command->needed || last)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE, "%s needs %s: dtrain %s %s", command->name,
                     command->needed, command->name, command->operand);
}

enum status config_check_rows(const struct config *config, int64_t rows, struct error *error)
{
    const int64_t left = rows - config->validation_rows;
    if (left < 1)
        return error_set(error, STATUS_USAGE,
                         "--validation-rows %lld: there are %lld training rows only",
                         (long long)config->validation_rows, (long long)rows);
    if (strcmp(config->sampling, "epoch") == 0 && config->batch_size > left)
        return error_set(error, STATUS_USAGE,
                         "--sampling epoch: --batch-size %lld is larger than the %lld rows",
                         (long long)config->batch_size, (long long)left);
    if (config->patience > 0 && config->validation_rows == 0)
        return error_set(error, STATUS_USAGE,
                         "--patience: give --validation-rows too, as it is about their accuracy");
    return STATUS_DONE;
}

/* Gives one of --epochs and --iterations its default. What was given stays, and on the command line
 * rather than in the environment; where both are of another run, the epochs stay, by which its
 * iterations were counted. */
static enum status choose_length(struct config *config, struct error *error)
{
    const struct option_spec *epochs = find_option(config, offsetof(struct config, epochs));
    const struct option_spec *iterations = find_option(config, offsetof(struct config, iterations));
    const enum config_origin origin = config->origins[iterations - option_table];
    const bool both = is_given(config, epochs) && is_given(config, iterations);
    if (both && config->origins[epochs - option_table] == origin)
        return error_set(error, STATUS_USAGE, "%s and %s: give one of the two",
                         option_name(epochs, origin).text, option_name(iterations, origin).text);
    if (is_given(config, iterations) && !(both && origin == ORIGIN_ENVIRONMENT))
        set_default(config, epochs);
    else if (config->epochs > 0)
        set_default(config, iterations);
    return STATUS_DONE;
}

/* Checks what depends on several options, and that the command has all that it needs. */
static enum status check_command(const struct config *config, struct error *error)
{
    if (config->command == COMMAND_PREDICT && !(config->file && config->images))
        return error_set(
            error, STATUS_USAGE,
            "predict needs weights and images: dtrain predict FILE[:/GROUP]|RUN --images "
            "FILE");
    if (config->command == COMMAND_TRAIN && config->resume && !config->run_dir)
        return error_set(error, STATUS_USAGE, "--resume: name the run with --run-dir");
    if (config->command == COMMAND_IMPORT &&
        !(config->file && config->train_images && config->train_labels && config->test_images &&
          config->test_labels))
        return error_set(error, STATUS_USAGE,
                         "import needs OUT.h5, --train-images, --train-labels, --test-images and "
                         "--test-labels");
    if (config->command == COMMAND_BATCHES && config_check_rows(config, config->rows, error))
        return STATUS_USAGE;
    return check_replaced(config, error);
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
    if (!command)
        return misspelt_word(word, false, error);
    if (argc > optind)
        return misspelt_word(argv[optind], true, error);
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

    if (argc > optind && command->operand)
        config->file = argv[optind++];
    if (argc > optind && config->command == COMMAND_DIFF)
        config->other_file = argv[optind++];
    if (argc > optind)
        return misspelt_word(argv[optind], named != NULL, error);
    if (check_operands(config, command, error) ||
        (config->command == COMMAND_TRAIN && choose_length(config, error)))
        return STATUS_USAGE;
    return check_command(config, error);
}

enum status config_drop_unused(struct config *config, const char *name, const char *other,
                               struct error *error)
{
    const struct option_spec *spec = option_named(config, name);
    if (is_given(config, spec))
        return error_set(error, STATUS_USAGE, "%s: has no effect with %s: leave out one of the two",
                         option_name(spec, config->origins[spec - option_table]).text, other);
    set_default(config, spec);
    return STATUS_DONE;
}

void config_leave_out(struct config *config, const char *name)
{
    const struct option_spec *spec = option_named(config, name);
    if (config->origins[spec - option_table] == ORIGIN_RUN)
        set_default(config, spec);
}

enum status config_link_model(struct config *config, const struct dtrain_model *model,
                              struct error *error)
{
    config->linked_model = model;
    if (config->help || config->version || config->generate)
        return STATUS_DONE;
    return check_replaced(config, error);
}

/* Compares what the user gave with the value in the network of --weights. */
static enum status check_found(const struct config *config, size_t offset, const void *found,
                               struct error *error)
{
    const struct option_spec *spec = find_option(config, offset);
    char numbers[2][SETTING_NUMBER_SIZE];
    const char *given = option_value_text(spec, (const char *)config + offset, numbers[0]);
    const char *text = option_value_text(spec, found, numbers[1]);
    if (!is_given(config, spec) || strcmp(given, text) == 0)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE, "%s %s: the network of --weights %s has %s",
                     option_name(spec, config->origins[spec - option_table]).text, given,
                     config->weights, text);
}

enum status config_check_network(const struct config *config, const struct config_integers *hidden,
                                 const char *activation, struct error *error)
{
    if (check_found(config, offsetof(struct config, hidden), hidden, error))
        return error->status;
    return check_found(config, offsetof(struct config, activation), &activation, error);
}

const char *config_run_of_weights(const struct config *config)
{
    const struct option_spec *spec = find_option(config, offsetof(struct config, weights));
    if (config->repeated_run)
        return config->repeated_run;
    if (config->resume)
        return config->run_dir;
    return config->origins[spec - option_table] == ORIGIN_RUN ? config->like : NULL;
}

static void note_weights(struct config *config, size_t offset)
{
    enum config_origin *origin = config->origins + (find_option(config, offset) - option_table);
    if (*origin == ORIGIN_DEFAULT)
        *origin = ORIGIN_WEIGHTS;
}

void config_adopt_network(struct config *config, const struct config_integers *hidden,
                          const char *activation)
{
    config->hidden = *hidden;
    config->activation = activation;
    note_weights(config, offsetof(struct config, hidden));
    note_weights(config, offsetof(struct config, activation));
}

/* Takes a value from the record of a run in place of the default. False where the option has no
 * such value. */
static bool take_value(struct config *config, const struct option_spec *spec, const char *value)
{
    char numbers[2][SETTING_NUMBER_SIZE];
    void *const field = field_of(config, spec);
    const char *const initial = option_value_text(spec, field, numbers[0]);
    if (strlen(value) > CONFIG_TEXT_MAX || !option_value_parse(spec, value, field))
        return false;
    if (strcmp(option_value_text(spec, field, numbers[1]), initial) != 0)
        config->origins[spec - option_table] = ORIGIN_RUN;
    return true;
}

/* Gives the options of a training that last as long as `least`, or longer, their recorded values,
 * or else their defaults. What the user has given stays. */
static enum status take_options(struct config *config, enum option_record least,
                                const char *run_dir, const char *texts, size_t bytes,
                                struct error *error)
{
    for (const struct option_spec *spec = option_table; spec < option_table + option_count;
         ++spec) {
        if (!(spec->commands & COMMAND_TRAIN) || spec->record < least || is_given(config, spec))
            continue;
        const char *value = settings_find_text(texts, bytes, spec->name);
        set_default(config, spec);
        if (value && *value && !take_value(config, spec, value))
            return error_set(error, STATUS_FAILED, "%s/run.json: '%s' is no value of --%s", run_dir,
                             value, spec->name);
    }
    return STATUS_DONE;
}

enum status config_take_run(struct config *config, const char *run_dir, const char *texts,
                            size_t bytes, struct error *error)
{
    config->command = COMMAND_TRAIN;
    return take_options(config, RECORDED, run_dir, texts, bytes, error);
}

enum status config_take_like(struct config *config, const char *texts, size_t bytes,
                             struct error *error)
{
    if (take_options(config, NOT_RECORDED, config->like, texts, bytes, error))
        return error->status;
    for (const struct option_spec *spec = option_table; spec < option_table + option_count; ++spec)
        if (config->origins[spec - option_table] == ORIGIN_RUN && is_replaced(config, spec))
            set_default(config, spec);
    if (has_model(config) && config->init_std.word)
        config_leave_out(config, "init-std");
    if (config->validation_rows == 0)
        config_leave_out(config, "patience");
    if (choose_length(config, error))
        return error->status;
    return check_replaced(config, error);
}

void config_settings(const struct config *config, struct settings *settings)
{
    static const char *const origins[] = {
        [ORIGIN_DEFAULT] = "default",
        [ORIGIN_ENVIRONMENT] = "environment",
        [ORIGIN_COMMAND_LINE] = "command line",
        [ORIGIN_WEIGHTS] = "weights",
        [ORIGIN_RUN] = "run",
    };
    settings->count = 0;
    settings->repeats_run = config->repeated_run != NULL;
    for (int i = 0; i < option_count; ++i) {
        const struct option_spec *spec = option_table + i;
        if (!(spec->commands & config->command) || spec->commands == COMMAND_ANY)
            continue;
        const int at = settings->count++;
        const char *const field = (const char *)config + spec->offset;
        settings->list[at] = (struct setting){
            .name = spec->name,
            .value = option_value_text(spec, field, settings->numbers[at]),
            .stands_for = option_value_stands_for(spec, field, settings->numbers[at]),
            .origin = origins[config->origins[i]],
            .shapes_run = spec->record >= RECORDED,
            .replaced = is_replaced(config, spec),
            .unrecorded = spec->record == RECORDED_IF_CHANGED ? spec->initial : NULL,
        };
    }
}
