/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "common/named.h"

#include <math.h>
#include <stdlib.h>

enum difference_kind difference_find(const char *name)
{
    static const struct row {
        const char *name;
        enum difference_kind kind;
    } kinds[] = {
        {.name = "central", .kind = DIFFERENCE_CENTRAL},
        {.name = "forward", .kind = DIFFERENCE_FORWARD},
    };
    const struct row *row = FIND_NAMED(kinds, name);
    return row->kind;
}

bool table_create(struct table *table, const struct parameters *parameters)
{
    *table = (struct table){.parameters = parameters};
    table->sides = malloc(2 * parameters->count * sizeof *table->sides);
    return table->sides != NULL;
}

void table_destroy(struct table *table)
{
    free(table->sides);
    *table = (struct table){0};
}

double table_moved(const struct table *table, size_t parameter, int side)
{
    return table->theta[parameter] + side * table->parameters->step[parameter];
}

static bool has_side(const struct table *table, size_t p, int side)
{
    const double moved = table_moved(table, p, side);
    return isfinite(moved) && moved != table->theta[p] && moved >= table->parameters->lower[p] &&
           moved <= table->parameters->upper[p];
}

static void add_side(struct table *table, size_t p, int side)
{
    table->sides[table->side_count++] = (struct table_side){(uint32_t)p, side};
}

static void add_sides(struct table *table, enum difference_kind kind, size_t p)
{
    const bool has_plus = has_side(table, p, +1);
    const bool has_minus = has_side(table, p, -1) && !(kind == DIFFERENCE_FORWARD && has_plus);
    if (has_plus)
        add_side(table, p, +1);
    if (has_minus)
        add_side(table, p, -1);
    table->own_first = table->own_first || has_plus != has_minus;
}

void table_fill(struct table *table, enum difference_kind kind, const double *theta, int64_t before,
                int64_t rows)
{
    table->before = before;
    table->rows = rows;
    table->theta = theta;
    table->side_count = 0;
    table->own_first = false;
    for (size_t p = 0; p < table->parameters->count; ++p)
        if (parameters_is_free(table->parameters, p))
            add_sides(table, kind, p);
    table->count = (size_t)before + (size_t)rows * (table->side_count + 1);
    table->first = table->own_first ? table->count : table->count - (size_t)rows;
}

/* The number of the first evaluation of EVALUATION_SIDE. */
static size_t first_side(const struct table *table)
{
    return (size_t)table->before + (table->own_first ? (size_t)table->rows : 0);
}

size_t table_own(const struct table *table, int64_t row)
{
    const size_t first = table->own_first ? (size_t)table->before : table->first;
    return first + (size_t)row;
}

size_t table_side(const struct table *table, int64_t row, size_t side)
{
    return first_side(table) + (size_t)row * table->side_count + side;
}

struct evaluation table_evaluation(const struct table *table, size_t number)
{
    if (number < (size_t)table->before)
        return (struct evaluation){.kind = EVALUATION_AFTER, .row = (int64_t)number};
    const size_t own = number - table_own(table, 0); /* huge for a number below */
    if (own < (size_t)table->rows)
        return (struct evaluation){.kind = EVALUATION_OWN, .row = (int64_t)own};
    const size_t i = number - first_side(table);
    const struct table_side *side = &table->sides[i % table->side_count];
    return (struct evaluation){.kind = EVALUATION_SIDE,
                               .row = (int64_t)(i / table->side_count),
                               .parameter = side->parameter,
                               .side = side->side};
}

size_t table_capacity(const struct parameters *parameters, int64_t rows)
{
    size_t of_row = 2; /* its loss after the update, and its own */
    for (size_t p = 0; p < parameters->count; ++p)
        of_row += parameters_is_free(parameters, p) ? 2 : 0;
    return (size_t)rows <= TABLE_MAX / of_row ? (size_t)rows * of_row : SIZE_MAX;
}
