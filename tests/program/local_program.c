/* SPDX-License-Identifier: MIT
 *
 * A program that has set its locale before it calls dtrain_main, and finds it as it was. Exit code
 * 99 where the locale has no decimal comma. */
#include "dtrain/dtrain.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

enum { NO_COMMA = 99 };

static bool has_comma(void)
{
    return strcmp(localeconv()->decimal_point, ",") == 0;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (!has_comma())
        return NO_COMMA;
    const int code = dtrain_main(argc, argv, NULL);
    return has_comma() ? code : NO_COMMA;
}
