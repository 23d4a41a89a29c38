/* SPDX-License-Identifier: MIT */
#include "names.h"

#include "common/printable.h"

#include <stdio.h>

struct names_cell names_cell(const struct recipe *recipe, int output)
{
    const char *const name = recipe_name(recipe, output);
    struct names_cell cell;
    if (name)
        printable_cell(cell.text, sizeof cell.text, name, NAMES_COLUMNS_MAX);
    else
        snprintf(cell.text, sizeof cell.text, "%d", output);
    cell.columns = printable_columns(cell.text);
    return cell;
}

int names_width(const struct recipe *recipe)
{
    const int heading = 5;
    int width = recipe->count > 0 ? heading : 0;
    for (int i = 0; i < recipe->count; ++i) {
        const int columns = names_cell(recipe, i).columns;
        width = columns > width ? columns : width;
    }
    return width;
}

/* printf pads by bytes, and a character may have several. */
void names_print(int width, const char *text)
{
    const int columns = printable_columns(text);
    printf("  %s%*s", text, width > columns ? width - columns : 0, "");
}
