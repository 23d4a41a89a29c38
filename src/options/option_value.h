/* SPDX-License-Identifier: MIT
 *
 * The value of an option: read from the text that a user gives, and written as such a text. `field`
 * is the member of struct config that the option sets. */
#ifndef DTRAIN_OPTION_VALUE_H
#define DTRAIN_OPTION_VALUE_H

#include "common/setting.h"
#include "options.h"

/* Sets the field. False if the option does not take such a value; the field is then undefined. */
bool option_value_parse(const struct option_spec *spec, const char *text, void *field);

/* Returns STATUS_USAGE with a line that says which values the option takes; `name` is what the user
 * calls the option. */
enum status option_value_refuse(const struct option_spec *spec, const char *name, const char *text,
                                struct error *error);

/* The words "a|b" that the option takes; NULL if it takes no words of its own. */
const char *option_value_words(const struct option_spec *spec);

/* The text of the field, ready to be parsed again. That of a number is written into `number`. */
const char *option_value_text(const struct option_spec *spec, const void *field,
                              char number[SETTING_NUMBER_SIZE]);

/* The text of the whole number that the field's word stands for, written into `number`; NULL if the
 * field is not such a word. */
const char *option_value_stands_for(const struct option_spec *spec, const void *field,
                                    char number[SETTING_NUMBER_SIZE]);

#endif
