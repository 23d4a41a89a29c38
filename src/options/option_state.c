/* SPDX-License-Identifier: MIT */
#include "option_state.h"

#include "option_value.h"

#include <string.h>

void *option_field(struct config *config, const struct option_spec *spec)
{
    return (char *)config + spec->offset;
}

enum config_origin option_origin(const struct config *config, const struct option_spec *spec)
{
    return config->origins[spec - option_table];
}

struct option_name option_called(const struct config *config, const struct option_spec *spec)
{
    return option_name(spec, option_origin(config, spec));
}

void option_set_default(struct config *config, const struct option_spec *spec)
{
    void *const field = option_field(config, spec);
    config->origins[spec - option_table] = ORIGIN_DEFAULT;
    if (spec->initial)
        option_value_parse(spec, spec->initial, field);
    else if (spec->kind == FLAG)
        *(bool *)field = false;
    else if (spec->kind == WORDS)
        ((struct config_words *)field)->count = 0;
    else
        *(const char **)field = NULL; /* a text: options of all other kinds have a value */
}

bool option_is_given(const struct config *config, const struct option_spec *spec)
{
    const enum config_origin origin = option_origin(config, spec);
    return origin == ORIGIN_ENVIRONMENT || origin == ORIGIN_COMMAND_LINE;
}

const struct option_spec *option_find(const struct config *config, size_t offset)
{
    const struct option_spec *spec = option_table;
    while (spec->offset != offset || !(spec->commands & config->command))
        ++spec;
    return spec;
}

const struct option_spec *option_find_named(const struct config *config, const char *name)
{
    const struct option_spec *spec = option_table;
    while (strcmp(spec->name, name) != 0 || !(spec->commands & config->command))
        ++spec;
    return spec;
}
