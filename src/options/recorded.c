/* SPDX-License-Identifier: MIT
 *
 * Settings that come from a run or its weights, and the list of all settings that is recorded. */
#include "common/printable.h"
#include "conflicts.h"
#include "option_state.h"
#include "option_value.h"

#include <string.h>

const char *config_run_of_weights(const struct config *config)
{
    const struct option_spec *spec = option_find(config, offsetof(struct config, weights));
    if (config->repeated_run)
        return config->repeated_run;
    if (config->resume)
        return config->run_dir;
    return option_origin(config, spec) == ORIGIN_RUN ? config->like : NULL;
}

static void note_weights(struct config *config, size_t offset)
{
    enum config_origin *origin = config->origins + (option_find(config, offset) - option_table);
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

/* Takes a value from the record of a run in place of the default. False if the option takes no such
 * value. */
static bool take_value(struct config *config, const struct option_spec *spec, const char *value)
{
    char numbers[2][SETTING_NUMBER_SIZE];
    void *const field = option_field(config, spec);
    const char *const initial = option_value_text(spec, field, numbers[0]);
    if (strlen(value) > CONFIG_TEXT_MAX || !option_value_parse(spec, value, field))
        return false;
    if (strcmp(option_value_text(spec, field, numbers[1]), initial) != 0)
        config->origins[spec - option_table] = ORIGIN_RUN;
    return true;
}

/* Gives the options of a training that last as long as `least`, or longer, their recorded values,
 * or otherwise their defaults. What the user has given stays. */
static enum status take_options(struct config *config, enum option_record least,
                                const char *run_dir, const char *texts, size_t bytes,
                                struct error *error)
{
    for (const struct option_spec *spec = option_table; spec < option_table + option_count;
         ++spec) {
        if (!(spec->commands & COMMAND_TRAIN) || spec->record < least ||
            option_is_given(config, spec))
            continue;
        const char *value = settings_find_text(texts, bytes, spec->name);
        option_set_default(config, spec);
        if (value && *value && !take_value(config, spec, value))
            return error_set(error, STATUS_FAILED, "%s/run.json: '%s' is no value of --%s", run_dir,
                             value, spec->name);
    }
    return STATUS_DONE;
}

void config_take_evaluations(struct config *config, const char *texts, size_t bytes)
{
    static const char *const names[] = {"replicates", "random-numbers", "retries", "seed"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        const struct option_spec *spec = option_find_named(config, names[i]);
        const char *value = settings_find_text(texts, bytes, names[i]);
        if (value && *value && !option_is_given(config, spec) && !take_value(config, spec, value))
            option_set_default(config, spec);
    }
}

enum status config_want_command(const struct config *config, const char *run_dir, const char *texts,
                                size_t bytes, struct error *error)
{
    const char *command = settings_find_text(texts, bytes, "model-command");
    char shown[PRINTABLE_WORD_SIZE];
    if (!command || !*command || conflicts_has_model(config))
        return STATUS_DONE;
    printable_word(shown, command);
    return error_set(error, STATUS_USAGE,
                     "%s: its model is a command, which is never taken from a run: give it again, "
                     "if you trust it: --model-command %s",
                     run_dir, shown);
}

enum status config_take_run(struct config *config, const char *run_dir, const char *texts,
                            size_t bytes, struct error *error)
{
    if (config_want_command(config, run_dir, texts, bytes, error))
        return error->status;
    config->command = COMMAND_TRAIN;
    return take_options(config, RECORDED, run_dir, texts, bytes, error) ||
                   conflicts_check_process(config, error)
               ? error->status
               : STATUS_DONE;
}

enum status config_take_like(struct config *config, const char *texts, size_t bytes,
                             struct error *error)
{
    if (config_want_command(config, config->like, texts, bytes, error) ||
        take_options(config, NOT_RECORDED, config->like, texts, bytes, error))
        return error->status;
    conflicts_choose_model(config);
    for (const struct option_spec *spec = option_table; spec < option_table + option_count; ++spec)
        if (option_origin(config, spec) == ORIGIN_RUN && conflicts_is_replaced(config, spec))
            option_set_default(config, spec);
    if (conflicts_has_model(config) && config->init_std.word)
        config_leave_out(config, "init-std");
    if (config->validation_rows == 0)
        config_leave_out(config, "patience");
    if (conflicts_choose_length(config, error))
        return error->status;
    return conflicts_check(config, error) || conflicts_check_process(config, error) ? error->status
                                                                                    : STATUS_DONE;
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
        if (!(spec->commands & config->command) || spec->commands == COMMAND_ANY ||
            conflicts_is_for_classes(config, spec))
            continue;
        const int at = settings->count++;
        const char *const field = (const char *)config + spec->offset;
        settings->list[at] = (struct setting){
            .name = spec->name,
            .value = option_value_text(spec, field, settings->numbers[at]),
            .stands_for = option_value_stands_for(spec, field, settings->numbers[at]),
            .origin = origins[option_origin(config, spec)],
            .shapes_run = spec->record >= RECORDED,
            .replaced = conflicts_is_replaced(config, spec),
            .unrecorded = spec->record == RECORDED_IF_CHANGED ? spec->initial : NULL,
            .undecided = spec->undecided,
        };
    }
}
