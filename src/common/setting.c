/* SPDX-License-Identifier: MIT */
#include "setting.h"

#include <string.h>

const char *setting_to_record(const struct setting *setting)
{
    return setting->stands_for ? setting->stands_for : setting->value;
}

const char *settings_find_text(const char *texts, size_t bytes, const char *name)
{
    for (const char *text = texts; text < texts + bytes;) {
        const char *value = text + strlen(text) + 1;
        if (strcmp(text, name) == 0)
            return value;
        text = value + strlen(value) + 1;
    }
    return NULL;
}
