/* SPDX-License-Identifier: MIT */
#include "evaluation_name.h"

#include "json_text.h"

void evaluation_name_write(FILE *file, const struct evaluation_name *name)
{
    fprintf(file, "\"iteration\":%lld,\"evaluation\":%lld", (long long)name->iteration,
            (long long)name->number);
    if (name->parameter)
        fprintf(file, ",\"parameter\":%s,\"side\":\"%c\"", json_text(name->parameter).text,
                name->side > 0 ? '+' : '-');
    fprintf(file, ",\"row\":%lld", (long long)name->row);
}
