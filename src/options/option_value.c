/* SPDX-License-Identifier: MIT */
#include "option_value.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whether text is one of the choices "a|b|c". */
static bool is_choice(const char *choices, const char *text)
{
    const size_t length = strlen(text);
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (length == strcspn(at, "|") && strncmp(at, text, length) == 0)
            return true;
    return false;
}

const char *option_value_words(const struct option_spec *spec)
{
    if (spec->kind == REAL_OR_WORD || spec->kind == INTEGER_OR_WORD)
        return strchr(spec->argument, '|') + 1;
    return spec->kind == CHOICE ? spec->argument : NULL;
}

static bool parse_flag(const char *text, bool *value)
{
    static const char *const words[2][4] = {{"0", "false", "no", "off"},
                                            {"1", "true", "yes", "on"}};
    for (int meaning = 0; meaning < 2; ++meaning)
        for (int i = 0; i < 4; ++i)
            if (strcasecmp(text, words[meaning][i]) == 0) {
                *value = meaning == 1;
                return true;
            }
    return false;
}

/* Multiplies by 10 to the power of the exponent. False where the value gets too large. */
static bool scale(int64_t *value, long exponent, double maximum)
{
    for (; exponent > 0 && *value != 0; --exponent) {
        if (fabs((double)*value) > maximum)
            return false;
        *value *= 10;
    }
    return exponent >= 0;
}

/* Reads the whole number that a text begins with, such as 10000 or 1e4; *end is what is left of the
 * text. */
static bool read_integer(const char *text, const struct option_spec *spec, int64_t *value,
                         char **end)
{
    errno = 0;
    *value = strtoll(text, end, 10);
    const char *const mark = *end;
    if (mark == text || errno != 0)
        return false;
    if ((*mark == 'e' || *mark == 'E') &&
        (!scale(value, strtol(mark + 1, end, 10), spec->maximum) || *end == mark + 1))
        return false;
    return (double)*value >= spec->minimum && (double)*value <= spec->maximum;
}

static bool parse_integer(const char *text, const struct option_spec *spec, int64_t *value)
{
    char *end;
    return read_integer(text, spec, value, &end) && *end == '\0';
}

static bool parse_integer_or_word(const char *text, const struct option_spec *spec,
                                  struct config_integer_or_word *value)
{
    value->word = is_choice(option_value_words(spec), text) ? text : NULL;
    value->number = 0;
    return value->word || parse_integer(text, spec, &value->number);
}

static bool parse_integers(const char *text, const struct option_spec *spec,
                           struct config_integers *list)
{
    int64_t value;
    char *end;
    list->count = 0;
    while (list->count < CONFIG_INTEGERS_MAX && read_integer(text, spec, &value, &end)) {
        list->values[list->count++] = (int)value;
        if (*end == '\0')
            return true;
        if (*end != ',')
            return false;
        text = end + 1;
    }
    return false;
}

static bool parse_real(const char *text, const struct option_spec *spec, double *value)
{
    char *end;
    *value = strtod(text, &end);
    /* A NaN fails both comparisons. */
    return end != text && *end == '\0' && *value >= spec->minimum && *value <= spec->maximum;
}

static bool parse_real_or_word(const char *text, const struct option_spec *spec,
                               struct config_real_or_word *value)
{
    value->word = is_choice(option_value_words(spec), text) ? text : NULL;
    value->number = 0;
    return value->word || parse_real(text, spec, &value->number);
}

/* Seconds, or a number with the unit s, m, h or d. */
static bool parse_duration(const char *text, const struct option_spec *spec, double *value)
{
    static const struct {
        char letter;
        double seconds;
    } units[] = {
        {.letter = 's', .seconds = 1},
        {.letter = 'm', .seconds = 60},
        {.letter = 'h', .seconds = 3600},
        {.letter = 'd', .seconds = 86400},
    };
    char *end;
    *value = strtod(text, &end);
    if (end == text)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; ++i)
        if (*end == units[i].letter) {
            *value *= units[i].seconds;
            ++end;
            break;
        }
    return *end == '\0' && *value >= spec->minimum && *value <= spec->maximum;
}

bool option_value_parse(const struct option_spec *spec, const char *text, void *field)
{
    switch (spec->kind) {
    case FLAG:
        return parse_flag(text, field);
    case INTEGER:
        return parse_integer(text, spec, field);
    case INTEGER_OR_WORD:
        return parse_integer_or_word(text, spec, field);
    case INTEGERS:
        return parse_integers(text, spec, field);
    case REAL:
        return parse_real(text, spec, field);
    case REAL_OR_WORD:
        return parse_real_or_word(text, spec, field);
    case DURATION:
        return parse_duration(text, spec, field);
    case CHOICE:
        *(const char **)field = text;
        return is_choice(spec->argument, text);
    case TEXT:
        *(const char **)field = text;
        return *text != '\0';
    }
    return false;
}

/* What to say of a whole number that is written with other letters than digits. */
static const char *advice(const char *text)
{
    return text[strspn(text, "+-0123456789")] ? ": write a number in digits alone, or like 1e4"
                                              : "";
}

enum status option_value_refuse(const struct option_spec *spec, const char *name, const char *text,
                                struct error *error)
{
    switch (spec->kind) {
    case FLAG:
        return error_set(error, STATUS_USAGE,
                         "%s: '%s' is none of 1, 0, true, false, yes, no, on, off", name, text);
    case INTEGER:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a whole number from %.0f to %.0f%s",
                         name, text, spec->minimum, spec->maximum, advice(text));
    case INTEGER_OR_WORD:
        return error_set(
            error, STATUS_USAGE, "%s: '%s' is neither a whole number from %.0f to %.0f nor %s%s",
            name, text, spec->minimum, spec->maximum, option_value_words(spec), advice(text));
    case INTEGERS:
        return error_set(error, STATUS_USAGE,
                         "%s: '%s' is not a list of up to %d whole numbers from %.0f to %.0f, such "
                         "as 100,50",
                         name, text, CONFIG_INTEGERS_MAX, spec->minimum, spec->maximum);
    case REAL:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a number from %g to %g", name, text,
                         spec->minimum, spec->maximum);
    case REAL_OR_WORD:
        return error_set(error, STATUS_USAGE, "%s: '%s' is neither a number from %g to %g nor %s",
                         name, text, spec->minimum, spec->maximum, option_value_words(spec));
    case DURATION:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a time such as 90, 90s, 30m or 2h",
                         name, text);
    case CHOICE:
        return error_set(error, STATUS_USAGE, "%s: '%s' is none of %s", name, text, spec->argument);
    default:
        return error_set(error, STATUS_USAGE, "%s needs a value", name);
    }
}

/* The shortest text that reads back as the number: 0.1, not 0.10000000000000001. */
static void write_real(double number, char *text, size_t size)
{
    const int always_enough = 17; /* digits tell any two doubles apart */
    for (int digits = 1; digits <= always_enough; ++digits) {
        snprintf(text, size, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            return;
    }
}

static void write_integers(const struct config_integers *list, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < list->count && used < size; ++i)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%d", i > 0 ? "," : "", list->values[i]);
}

static const char *write_integer(int64_t value, char number[SETTING_NUMBER_SIZE])
{
    snprintf(number, SETTING_NUMBER_SIZE, "%lld", (long long)value);
    return number;
}

const char *option_value_stands_for(const struct option_spec *spec, const void *field,
                                    char number[SETTING_NUMBER_SIZE])
{
    const struct config_integer_or_word *const value = field;
    return spec->kind == INTEGER_OR_WORD && value->word ? write_integer(value->number, number)
                                                        : NULL;
}

const char *option_value_text(const struct option_spec *spec, const void *field,
                              char number[SETTING_NUMBER_SIZE])
{
    switch (spec->kind) {
    case INTEGER:
        return write_integer(*(const int64_t *)field, number);
    case INTEGER_OR_WORD: {
        const struct config_integer_or_word *const value = field;
        return value->word ? value->word : write_integer(value->number, number);
    }
    case INTEGERS:
        write_integers(field, number, SETTING_NUMBER_SIZE);
        return number;
    case REAL:
    case DURATION:
        write_real(*(const double *)field, number, SETTING_NUMBER_SIZE);
        return number;
    case REAL_OR_WORD: {
        const struct config_real_or_word *const value = field;
        if (value->word)
            return value->word;
        write_real(value->number, number, SETTING_NUMBER_SIZE);
        return number;
    }
    case FLAG:
        return *(const bool *)field ? "1" : "0";
    default: {
        const char *const text = *(const char *const *)field;
        return text ? text : "";
    }
    }
}
