/* SPDX-License-Identifier: MIT
 *
 * Texts from outside in the JSON that dtrain writes. JSON is UTF-8: a byte that is not becomes
 * \xff. */
#ifndef DTRAIN_JSON_TEXT_H
#define DTRAIN_JSON_TEXT_H

#include "core/model/parameters.h"

#include <jansson.h>

/* Room for a name whose bytes have all become \xff. */
enum { JSON_TEXT_SHOWN = 4 * PARAMETERS_NAME_MAX };

/* Each of these may need a backslash; then there are the quotes and the end. */
struct json_text {
    char text[2 * JSON_TEXT_SHOWN + 3];
};

/* A name of at most PARAMETERS_NAME_MAX bytes as a JSON string, with its quotes; of a longer one,
 * the end may be left out. Control characters become \x1b. It lives to the end of the expression
 * that asks for it, such as a call of fprintf. */
struct json_text json_text(const char *name);

/* A text of any length as a value of jansson's; NULL if memory is short. */
json_t *json_text_new(const char *text);

#endif
