/* SPDX-License-Identifier: MIT
 *
 * A program that sets its locale before it calls dtrain_main. Its exit code is 99 if that locale
 * has no decimal comma, before the call or after it. */
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
