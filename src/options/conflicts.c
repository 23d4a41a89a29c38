/* SPDX-License-Identifier: MIT
 *
 * Options that have no effect with others, or with what is known once files are open. */
#include "conflicts.h"

#include "option_state.h"
#include "option_value.h"

#include <string.h>

bool conflicts_has_model(const struct config *config)
{
    return config->model || config->model_command || config->has_linked_model;
}

/* Whether the option describes the network. */
static bool describes_network(const struct option_spec *spec)
{
    return OPTION_SETS(spec, hidden) || OPTION_SETS(spec, activation) || OPTION_SETS(spec, loss);
}

static bool is_replaced_by_model(const struct config *config, const struct option_spec *spec)
{
    return conflicts_has_model(config) && describes_network(spec);
}

bool conflicts_is_for_classes(const struct config *config, const struct option_spec *spec)
{
    return (OPTION_SETS(spec, classes) || OPTION_SETS(spec, class_weights)) && config->loss &&
           strcmp(config->loss, "squares") == 0;
}

bool conflicts_is_replaced(const struct config *config, const struct option_spec *spec)
{
    return is_replaced_by_model(config, spec) || conflicts_is_for_classes(config, spec) ||
           (config->weights && (describes_network(spec) || OPTION_SETS(spec, init_std) ||
                                (OPTION_SETS(spec, seed) && config->command == COMMAND_GRADCHECK)));
}

/* Refuses --init-std he beside a model, whose initialize() takes a number. */
static enum status check_rule(const struct config *config, struct error *error)
{
    if (!conflicts_has_model(config) || !config->init_std.word)
        return STATUS_DONE;
    const struct option_spec *spec = option_find(config, offsetof(struct config, init_std));
    return error_set(error, STATUS_USAGE,
                     "%s: '%s' is a rule for the layers of a network: give the model a number",
                     option_called(config, spec).text, config->init_std.word);
}

/* The option by which the user gives a model, at its offset in struct config. */
static size_t model_option(const struct config *config)
{
    return config->model ? offsetof(struct config, model) : offsetof(struct config, model_command);
}

/* Refuses an option together with the one that sets the member at that offset. */
static enum status refuse_beside(const struct config *config, const char *name, size_t offset,
                                 struct error *error)
{
    const struct option_spec *other = option_find(config, offset);
    if (option_origin(config, other) == ORIGIN_RUN)
        return error_set(error, STATUS_USAGE,
                         "%s: has no effect with the --%s of --like %s: leave it out", name,
                         other->name, config->like);
    return error_set(error, STATUS_USAGE, "%s: has no effect with --%s: leave out one of the two",
                     name, other->name);
}

static enum status refuse_beside_linked(const char *name, struct error *error)
{
    return error_set(error, STATUS_USAGE,
                     "%s: has no effect with this program's own model: leave it out", name);
}

/* Refuses a second model. */
static enum status check_models(const struct config *config, struct error *error)
{
    if (!config_has_process(config))
        return STATUS_DONE;
    const size_t given = config->model_command ? offsetof(struct config, model_command)
                                               : offsetof(struct config, isolate);
    const struct option_name name = option_called(config, option_find(config, given));
    if (config->has_linked_model)
        return refuse_beside_linked(name.text, error);
    return config->model_command && config->model
               ? refuse_beside(config, name.text, offsetof(struct config, model), error)
               : STATUS_DONE;
}

enum status conflicts_check(const struct config *config, struct error *error)
{
    for (int i = 0; i < option_count; ++i) {
        const struct option_spec *spec = option_table + i;
        const struct option_name name = option_called(config, spec);
        if (!option_is_given(config, spec) || !conflicts_is_replaced(config, spec))
            continue;
        if (conflicts_is_for_classes(config, spec))
            return refuse_beside(config, name.text, offsetof(struct config, loss), error);
        if (!is_replaced_by_model(config, spec) && !describes_network(spec))
            return refuse_beside(config, name.text, offsetof(struct config, weights), error);
        if (is_replaced_by_model(config, spec) && !config->has_linked_model)
            return refuse_beside(config, name.text, model_option(config), error);
        if (is_replaced_by_model(config, spec))
            return refuse_beside_linked(name.text, error);
    }
    return check_models(config, error) || check_rule(config, error) ? error->status : STATUS_DONE;
}

enum status conflicts_check_process(const struct config *config, struct error *error)
{
    const struct option_spec *isolate = option_find(config, offsetof(struct config, isolate));
    const struct option_spec *timeout =
        option_find(config, offsetof(struct config, evaluation_timeout));
    if (config->isolate && config->model_command)
        return refuse_beside(config, option_called(config, isolate).text,
                             offsetof(struct config, model_command), error);
    if (config->isolate && !config->model)
        return error_set(error, STATUS_USAGE,
                         "%s: give --model too: it is the model that then runs "
                         "in a process of its own",
                         option_called(config, isolate).text);
    if (config->evaluation_timeout > 0 && !config_has_process(config))
        return error_set(error, STATUS_USAGE,
                         "%s: needs --model-command or --isolate: in this process an evaluation "
                         "cannot be stopped",
                         option_called(config, timeout).text);
    return STATUS_DONE;
}

void conflicts_choose_model(struct config *config)
{
    if (config->model_command)
        config_leave_out(config, "model");
    if (config->model_command || config->has_linked_model)
        config_leave_out(config, "isolate");
    if (!config_has_process(config))
        config_leave_out(config, "evaluation-timeout");
}

enum status conflicts_choose_length(struct config *config, struct error *error)
{
    const struct option_spec *epochs = option_find(config, offsetof(struct config, epochs));
    const struct option_spec *iterations = option_find(config, offsetof(struct config, iterations));
    const enum config_origin origin = option_origin(config, iterations);
    const bool both = option_is_given(config, epochs) && option_is_given(config, iterations);
    if (both && option_origin(config, epochs) == origin)
        return error_set(error, STATUS_USAGE, "%s and %s: give one of the two",
                         option_name(epochs, origin).text, option_name(iterations, origin).text);
    if (option_is_given(config, iterations) && !(both && origin == ORIGIN_ENVIRONMENT))
        option_set_default(config, epochs);
    else if (config->epochs > 0)
        option_set_default(config, iterations);
    return STATUS_DONE;
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

enum status config_drop_unused(struct config *config, const char *name, const char *other,
                               struct error *error)
{
    const struct option_spec *spec = option_find_named(config, name);
    if (option_is_given(config, spec))
        return error_set(error, STATUS_USAGE, "%s: has no effect with %s: leave out one of the two",
                         option_called(config, spec).text, other);
    option_set_default(config, spec);
    return STATUS_DONE;
}

void config_leave_out(struct config *config, const char *name)
{
    const struct option_spec *spec = option_find_named(config, name);
    if (option_origin(config, spec) == ORIGIN_RUN)
        option_set_default(config, spec);
}

enum status config_link_model(struct config *config, struct error *error)
{
    config->has_linked_model = true;
    if (config->help || config->version || config->generate)
        return STATUS_DONE;
    return conflicts_check(config, error);
}

/* Compares what the user gave with the value in the network of --weights. */
static enum status check_found(const struct config *config, size_t offset, const void *found,
                               struct error *error)
{
    const struct option_spec *spec = option_find(config, offset);
    char numbers[2][SETTING_NUMBER_SIZE];
    const char *given = option_value_text(spec, (const char *)config + offset, numbers[0]);
    const char *text = option_value_text(spec, found, numbers[1]);
    if (!option_is_given(config, spec) || strcmp(given, text) == 0)
        return STATUS_DONE;
    return error_set(error, STATUS_USAGE, "%s %s: the network of --weights %s has %s",
                     option_called(config, spec).text, given, config->weights, text);
}

enum status config_check_network(const struct config *config, const struct config_integers *hidden,
                                 const char *activation, const char *loss, struct error *error)
{
    if (check_found(config, offsetof(struct config, hidden), hidden, error))
        return error->status;
    if (check_found(config, offsetof(struct config, activation), &activation, error))
        return error->status;
    return strcmp(config->loss, "auto") == 0
               ? STATUS_DONE
               : check_found(config, offsetof(struct config, loss), &loss, error);
}
