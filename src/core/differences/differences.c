/* SPDX-License-Identifier: MIT */
#include "differences.h"

#include "common/named.h"

#include <math.h>
#include <string.h>

enum failure_policy failure_policy_find(const char *name)
{
    static const struct row {
        const char *name;
        enum failure_policy policy;
    } policies[] = {
        {.name = "stop", .policy = FAILURE_STOP},
        {.name = "one-sided", .policy = FAILURE_ONE_SIDED},
        {.name = "skip", .policy = FAILURE_SKIP},
    };
    const struct row *row = FIND_NAMED(policies, name);
    return row->policy;
}

/* Whether one side of a pair is missing in the row, so that the row's own loss helps. Where that is
 * not needed anyway (own_first), all sides are pairs. */
static bool has_half_pair(const struct table *table, const double *losses, int64_t row)
{
    const double *of_sides = losses + table_side(table, row, 0);
    for (size_t side = 0; side < table->side_count; side += 2)
        if (isnan(of_sides[side]) != isnan(of_sides[side + 1]))
            return true;
    return false;
}

size_t differences_wanted(const struct table *table, enum failure_policy policy,
                          const double *losses, uint32_t *numbers)
{
    size_t count = 0;
    if (policy != FAILURE_ONE_SIDED || table->own_first)
        return 0;
    for (int64_t row = 0; row < table->rows; ++row)
        if (has_half_pair(table, losses, row))
            numbers[count++] = (uint32_t)table_own(table, row);
    return count;
}

/* A loss, and the parameter's value that it belongs to. */
struct point {
    double at, loss;
};

/* NaN where a loss is missing. The divisor is how far apart the two values are after rounding,
 * which for a large theta is not the step. */
static double quotient(struct point upper, struct point lower)
{
    return (upper.loss - lower.loss) / (upper.at - lower.at);
}

static double quotient_of_side(struct point own, struct point moved)
{
    return moved.at > own.at ? quotient(moved, own) : quotient(own, moved);
}

/* The difference of a row and a parameter. `moved` has its sides, 1 or 2, + before -. */
static double take_difference(struct differences *differences, enum failure_policy policy,
                              struct point own, const struct point *moved, size_t sides)
{
    const double q = sides == 2 ? quotient(moved[0], moved[1]) : quotient_of_side(own, moved[0]);
    if (!isnan(q) || sides == 1 || policy != FAILURE_ONE_SIDED)
        return q;
    const double one_sided = quotient_of_side(own, isnan(moved[0].loss) ? moved[1] : moved[0]);
    differences->one_sided += !isnan(one_sided);
    return one_sided;
}

/* How many sides the parameter of a side has, of which this is the first: 1 or 2. */
static size_t sides_of(const struct table *table, size_t side)
{
    const struct table_side *sides = &table->sides[side];
    return side + 1 < table->side_count && sides[0].parameter == sides[1].parameter ? 2 : 1;
}

/* Adds the differences of a row, for each parameter that has one. */
static void add_row(const struct table *table, enum failure_policy policy, const double *losses,
                    int64_t row, double weight, struct differences *differences)
{
    const double *of_sides = losses + table_side(table, row, 0);
    for (size_t side = 0, sides; side < table->side_count; side += sides) {
        const size_t p = table->sides[side].parameter;
        const struct point own = {table->theta[p], losses[table_own(table, row)]};
        struct point moved[2];
        sides = sides_of(table, side);
        for (size_t i = 0; i < sides; ++i)
            moved[i] = (struct point){table_moved(table, p, table->sides[side + i].side),
                                      of_sides[side + i]};
        const double q = take_difference(differences, policy, own, moved, sides);
        if (isnan(q)) {
            ++differences->left_out;
            continue;
        }
        differences->gradient[p] += weight * q;
        ++differences->rows[p];
    }
}

/* Turns the sums into means, and counts the free parameters without one. */
static void finish(const struct parameters *parameters, struct differences *differences)
{
    for (size_t p = 0; p < parameters->count; ++p)
        if (differences->rows[p] > 0)
            differences->gradient[p] /= (double)differences->rows[p];
        else if (parameters_is_free(parameters, p) && differences->without++ == 0)
            differences->first_without = p;
}

void differences_take(const struct table *table, enum failure_policy policy, const double *losses,
                      const double *weights, struct differences *differences)
{
    const size_t parameters = table->parameters->count;
    *differences = (struct differences){
        .gradient = differences->gradient, .rows = differences->rows, .first_without = parameters};
    memset(differences->gradient, 0, parameters * sizeof *differences->gradient);
    memset(differences->rows, 0, parameters * sizeof *differences->rows);
    for (int64_t row = 0; row < table->rows; ++row)
        add_row(table, policy, losses, row, weights ? weights[row] : 1, differences);
    finish(table->parameters, differences);
}

void differences_of_row(const struct table *table, enum failure_policy policy, const double *losses,
                        int64_t row, double *quotients, int64_t *room)
{
    const size_t parameters = table->parameters->count;
    struct differences differences = {.gradient = quotients, .rows = room};
    memset(quotients, 0, parameters * sizeof *quotients);
    memset(room, 0, parameters * sizeof *room);
    add_row(table, policy, losses, row, 1, &differences);
    for (size_t p = 0; p < parameters; ++p)
        if (room[p] == 0)
            quotients[p] = (double)NAN;
}

double differences_mean_loss(const double *losses, const double *weights, int64_t rows)
{
    double sum = 0, sum_of_shares = 0;
    int64_t count = 0;
    for (int64_t row = 0; row < rows; ++row)
        count += !isnan(losses[row]);
    for (int64_t row = 0; row < rows; ++row)
        if (!isnan(losses[row])) {
            const double weight = weights ? weights[row] : 1;
            sum += weight * losses[row];
            sum_of_shares += weight / (double)count * losses[row];
        }
    if (count == 0)
        return (double)NAN;
    /* A sum may exceed what a double holds where the mean does not. */
    return isfinite(sum) ? sum / (double)count : sum_of_shares;
}
