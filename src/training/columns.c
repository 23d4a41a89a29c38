/* SPDX-License-Identifier: MIT */
#include "columns.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 79, INDENT = 11 };

struct columns columns_of(const char *beginning)
{
    return (struct columns){(size_t)printf("%s", beginning)};
}

struct columns columns_begin(const char *label)
{
    return (struct columns){(size_t)printf("  %-*s", INDENT - 2, label)};
}

static void add_piece(struct columns *columns, const char *piece, size_t length)
{
    if (columns->used + 1 + length > WIDTH && columns->used > INDENT)
        columns->used = (size_t)printf("\n%*s", INDENT, "") - 1;
    columns->used += (size_t)printf(" %.*s", (int)length, piece);
}

void columns_add(struct columns *columns, const char *text)
{
    const char *piece = text;
    for (const char *at = text; *at; ++at)
        if (*at == ' ' && at > piece && (at[-1] == ',' || at[-1] == ';')) {
            add_piece(columns, piece, (size_t)(at - piece));
            piece = at + 1;
        }
    add_piece(columns, piece, strlen(piece));
}

void columns_end(struct columns *columns)
{
    putchar('\n');
    columns->used = 0;
}
