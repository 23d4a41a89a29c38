/* SPDX-License-Identifier: MIT */
#include "json_text.h"

#include "common/printable.h"

struct json_text json_text(const char *name)
{
    struct json_text json = {.text = "\""};
    char shown[JSON_TEXT_SHOWN + 1], *to = json.text + 1;
    printable_copy(shown, sizeof shown, name);
    for (const char *from = shown; *from; ++from) {
        if (*from == '"' || *from == '\\')
            *to++ = '\\';
        *to++ = *from;
    }
    *to++ = '"';
    *to = '\0';
    return json;
}

json_t *json_text_new(const char *text)
{
    char shown[PRINTABLE_PATH_SIZE];
    json_t *string = json_string(text);
    if (string)
        return string;
    printable_copy(shown, sizeof shown, text);
    return json_string(shown);
}
