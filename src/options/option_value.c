/* SPDX-License-Identifier: MIT */
#include "option_value.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The longest number, such as -2.2250738585072014e-308, and the longest int. */
enum { REAL_LENGTH = 24, INTEGER_LENGTH = 11 };
_Static_assert(CONFIG_REALS_MAX *(REAL_LENGTH + 1) <= SETTING_NUMBER_SIZE &&
                   CONFIG_INTEGERS_MAX * (INTEGER_LENGTH + 1) <= SETTING_NUMBER_SIZE &&
                   CONFIG_WORDS_MAX * CONFIG_WORD_SIZE <= SETTING_NUMBER_SIZE,
               "the text of every list fits");

/* Whether that many bytes of text are one of the choices "a|b|c". */
static bool is_choice(const char *choices, const char *text, size_t length)
{
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (length == strcspn(at, "|") && strncmp(at, text, length) == 0)
            return true;
    return false;
}

const char *option_value_words(const struct option_spec *spec)
{
    if (spec->kind == REAL_OR_WORD || spec->kind == INTEGER_OR_WORD)
        return strchr(spec->argument, '|') + 1;
    if (spec->kind == WORDS)
        return spec->words;
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

/* Multiplies by 10 to the power of the exponent. False if the value gets too large. */
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
    value->word = is_choice(option_value_words(spec), text, strlen(text)) ? text : NULL;
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
        if (*end != ',')
            return *end == '\0';
        text = end + 1;
    }
    return false;
}

static bool parse_range(const char *text, const struct option_spec *spec, struct range *range)
{
    char *end;
    return read_integer(text, spec, &range->begin, &end) && *end == ':' &&
           parse_integer(end + 1, spec, &range->end) && range->begin < range->end;
}

/* Reads the number that a text begins with; *end is what is left of the text. */
static bool read_real(const char *text, const struct option_spec *spec, double *value, char **end)
{
    *value = strtod(text, end);
    /* A NaN fails both comparisons. */
    return *end != text && *value >= spec->minimum && *value <= spec->maximum;
}

static bool parse_real(const char *text, const struct option_spec *spec, double *value)
{
    char *end;
    return read_real(text, spec, value, &end) && *end == '\0';
}

static bool parse_reals(const char *text, const struct option_spec *spec, struct config_reals *list)
{
    double value;
    char *end;
    list->count = 0;
    while (list->count < CONFIG_REALS_MAX && read_real(text, spec, &value, &end)) {
        list->values[list->count++] = value;
        if (*end != ',')
            return *end == '\0';
        text = end + 1;
    }
    return false;
}

static bool parse_real_or_word(const char *text, const struct option_spec *spec,
                               struct config_real_or_word *value)
{
    value->word = is_choice(option_value_words(spec), text, strlen(text)) ? text : NULL;
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

static bool parse_words(const char *text, const struct option_spec *spec, struct config_words *list)
{
    list->count = 0;
    while (list->count < CONFIG_WORDS_MAX) {
        const size_t length = strcspn(text, ",");
        if (length >= CONFIG_WORD_SIZE || !is_choice(spec->words, text, length))
            return false;
        snprintf(list->values[list->count++], CONFIG_WORD_SIZE, "%.*s", (int)length, text);
        text += length;
        if (*text == '\0')
            return true;
        ++text;
    }
    return false;
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
    case RANGE:
        return parse_range(text, spec, field);
    case REAL:
        return parse_real(text, spec, field);
    case REALS:
        return parse_reals(text, spec, field);
    case REAL_OR_WORD:
        return parse_real_or_word(text, spec, field);
    case DURATION:
        return parse_duration(text, spec, field);
    case CHOICE:
        *(const char **)field = text;
        return is_choice(spec->argument, text, strlen(text));
    case WORDS:
        return parse_words(text, spec, field);
    case TEXT:
        *(const char **)field = text;
        return *text != '\0';
    }
    return false;
}

/* Advice about a whole number that is written with characters other than digits. */
static const char *advice(const char *text)
{
    return text[strspn(text, "+-0123456789")] ? ": write a number in digits alone, or like 1e4"
                                              : "";
}

static enum status refuse_list(const struct option_spec *spec, const char *name, const char *text,
                               struct error *error)
{
    if (spec->kind == INTEGERS)
        return error_set(error, STATUS_USAGE,
                         "%s: '%s' is not a list of up to %d whole numbers from %.0f to %.0f, such "
                         "as 100,50",
                         name, text, CONFIG_INTEGERS_MAX, spec->minimum, spec->maximum);
    if (spec->kind == REALS)
        return error_set(error, STATUS_USAGE,
                         "%s: '%s' is not a list of up to %d numbers from %g to %g", name, text,
                         CONFIG_REALS_MAX, spec->minimum, spec->maximum);
    return error_set(error, STATUS_USAGE, "%s: '%s' is not a list of up to %d of %s", name, text,
                     CONFIG_WORDS_MAX, spec->words);
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
    case RANGE:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not A:B with %.0f <= A < B <= %.0f",
                         name, text, spec->minimum, spec->maximum);
    case REAL:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a number from %g to %g", name, text,
                         spec->minimum, spec->maximum);
    case REAL_OR_WORD:
        return error_set(error, STATUS_USAGE, "%s: '%s' is neither a number from %g to %g nor %s",
                         name, text, spec->minimum, spec->maximum, option_value_words(spec));
    case INTEGERS:
    case REALS:
    case WORDS:
        return refuse_list(spec, name, text, error);
    case DURATION:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a time such as 90, 90s, 30m or 2h",
                         name, text);
    case CHOICE:
        return error_set(error, STATUS_USAGE, "%s: '%s' is none of %s", name, text, spec->argument);
    case TEXT:
        break;
    }
    return error_set(error, STATUS_USAGE, "%s needs a value", name);
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

/* Adds an item to the text of a list, which is empty at first. */
static void append_item(char text[SETTING_NUMBER_SIZE], const char *item)
{
    const size_t used = strlen(text);
    snprintf(text + used, SETTING_NUMBER_SIZE - used, "%s%s", used > 0 ? "," : "", item);
}

static void write_integers(const struct config_integers *list, char text[SETTING_NUMBER_SIZE])
{
    char item[INTEGER_LENGTH + 1];
    text[0] = '\0';
    for (int i = 0; i < list->count; ++i) {
        snprintf(item, sizeof item, "%d", list->values[i]);
        append_item(text, item);
    }
}

static void write_reals(const struct config_reals *list, char text[SETTING_NUMBER_SIZE])
{
    char item[REAL_LENGTH + 1];
    text[0] = '\0';
    for (int i = 0; i < list->count; ++i) {
        write_real(list->values[i], item, sizeof item);
        append_item(text, item);
    }
}

static void write_words(const struct config_words *list, char text[SETTING_NUMBER_SIZE])
{
    text[0] = '\0';
    for (int i = 0; i < list->count; ++i)
        append_item(text, list->values[i]);
}

static void write_range(struct range range, char text[SETTING_NUMBER_SIZE])
{
    snprintf(text, SETTING_NUMBER_SIZE, "%lld:%lld", (long long)range.begin, (long long)range.end);
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
        write_integers(field, number);
        return number;
    case RANGE:
        write_range(*(const struct range *)field, number);
        return number;
    case REAL:
    case DURATION:
        write_real(*(const double *)field, number, SETTING_NUMBER_SIZE);
        return number;
    case REAL_OR_WORD: {
        const struct config_real_or_word *const value = field;
        if (!value->word)
            write_real(value->number, number, SETTING_NUMBER_SIZE);
        return value->word ? value->word : number;
    }
    case REALS:
        write_reals(field, number);
        return number;
    case WORDS:
        write_words(field, number);
        return number;
    case FLAG:
        return *(const bool *)field ? "1" : "0";
    case TEXT:
    case CHOICE:
        break;
    }
    const char *const text = *(const char *const *)field;
    return text ? text : "";
}
