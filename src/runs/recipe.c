/* SPDX-License-Identifier: MIT */
#include "recipe.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

/* An import nests a few levels. run.json holds the recipe two levels down, and jansson reads no
 * more than 2048. */
enum { DEPTH_MAX = 64 };

enum { WHAT_SIZE = 320 };

static enum status refuse(const char *source, struct error *error, const char *what)
{
    return error_set(error, STATUS_FAILED, "%s: /recipe: %s: import the data again", source, what);
}

/* Whether the value has at most `levels` of arrays and objects, one in the other. */
static bool is_shallow(json_t *value, int levels)
{
    const char *key;
    json_t *member;
    size_t i;
    if (levels == 0)
        return !json_is_object(value) && !json_is_array(value);
    json_object_foreach(value, key, member)
    {
        if (!is_shallow(member, levels - 1))
            return false;
    }
    json_array_foreach(value, i, member)
    {
        if (!is_shallow(member, levels - 1))
            return false;
    }
    return true;
}

/* Sets the name of an output to a JSON text. */
static enum status take_name(struct recipe_output *output, const json_t *name, const char *source,
                             int number, struct error *error)
{
    char what[WHAT_SIZE];
    if (!json_is_string(name)) {
        snprintf(what, sizeof what, "the name of output %d is no text", number);
        return refuse(source, error, what);
    }
    output->name = strdup(json_string_value(name));
    return output->name ? STATUS_DONE : error_memory(error, source, "its recipe");
}

/* Sets mean and deviation, which a column that was left as it is lacks. */
static enum status take_scale(struct recipe_output *output, const json_t *column,
                              const char *source, struct error *error)
{
    const json_t *mean = json_object_get(column, "mean");
    const json_t *deviation = json_object_get(column, "deviation");
    char what[WHAT_SIZE];
    if (mean)
        output->mean = json_is_number(mean) ? json_number_value(mean) : (double)NAN;
    if (deviation)
        output->deviation = json_is_number(deviation) ? json_number_value(deviation) : (double)NAN;
    if (isfinite(output->mean) && isfinite(output->deviation) && output->deviation > 0)
        return STATUS_DONE;
    snprintf(what, sizeof what,
             "the mean of target '%.100s' must be a number, and its deviation one above 0",
             output->name);
    return refuse(source, error, what);
}

/* An element of "names" or "columns". */
static enum status take_output(struct recipe *recipe, const json_t *element, bool is_class,
                               const char *source, struct error *error)
{
    struct recipe_output *output = &recipe->outputs[recipe->count];
    *output = (struct recipe_output){.deviation = 1};
    const json_t *name = is_class ? element : json_object_get(element, "name");
    if (take_name(output, name, source, recipe->count, error))
        return error->status;
    ++recipe->count;
    return is_class ? STATUS_DONE : take_scale(output, element, source, error);
}

static enum status check_count(size_t count, const char *source, const struct recipe_fit *fit,
                               struct error *error)
{
    char what[WHAT_SIZE];
    if (count >= (size_t)fit->least && count <= (size_t)fit->most)
        return STATUS_DONE;
    snprintf(what, sizeof what, "names %zu %s, but there are %d", count,
             fit->classes ? "classes" : "targets", fit->most);
    return refuse(source, error, what);
}

static enum status take_target(struct recipe *recipe, const json_t *target, const char *source,
                               const struct recipe_fit *fit, struct error *error)
{
    const char *const kind = json_string_value(json_object_get(target, "kind"));
    const bool classes = kind && strcmp(kind, "classes") == 0;
    const json_t *list = json_object_get(target, classes ? "names" : "columns");
    enum status status = STATUS_DONE;
    if (!kind || (!classes && strcmp(kind, "numbers") != 0))
        return refuse(source, error, "has no target of the kind classes or numbers");
    if (classes != fit->classes)
        return refuse(source, error,
                      classes ? "is about classes, but numbers are predicted"
                              : "is about numbers, but classes are predicted");
    if (!json_is_array(list))
        return refuse(source, error,
                      classes ? "has no list of names" : "has no list of columns in its target");
    if (check_count(json_array_size(list), source, fit, error))
        return error->status;
    recipe->outputs = calloc(json_array_size(list) + 1, sizeof *recipe->outputs);
    if (!recipe->outputs)
        return error_memory(error, source, "its recipe");
    for (size_t i = 0; !status && i < json_array_size(list); ++i)
        status = take_output(recipe, json_array_get(list, i), classes, source, error);
    return status;
}

static enum status take_root(struct recipe *recipe, json_t *root, const char *source,
                             const struct recipe_fit *fit, struct error *error)
{
    const json_t *version = json_object_get(root, "recipe");
    if (!json_is_object(root) || !json_is_integer(version))
        return refuse(source, error, "is no recipe, a JSON object with the member \"recipe\"");
    if (json_integer_value(version) != VERSION)
        return error_set(error, STATUS_FAILED,
                         "%s: /recipe: is of version %lld, and this dtrain reads version %d: take "
                         "the dtrain that imported the data",
                         source, (long long)json_integer_value(version), VERSION);
    if (!is_shallow(root, DEPTH_MAX))
        return refuse(source, error, "is nested too deeply");
    return take_target(recipe, json_object_get(root, "target"), source, fit, error);
}

enum status recipe_parse(struct recipe *recipe, const char *text, const char *source,
                         const struct recipe_fit *fit, struct error *error)
{
    json_error_t cause;
    char what[WHAT_SIZE];
    *recipe = (struct recipe){0};
    if (!text)
        return STATUS_DONE;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &cause);
    if (!root) {
        if (json_error_code(&cause) == json_error_out_of_memory)
            return error_memory(error, source, "its recipe");
        snprintf(what, sizeof what, "is not JSON: line %d: %s", cause.line, cause.text);
        return refuse(source, error, what);
    }
    const enum status status = take_root(recipe, root, source, fit, error);
    json_decref(root);
    return status;
}

void recipe_free(struct recipe *recipe)
{
    for (int i = 0; i < recipe->count; ++i)
        free(recipe->outputs[i].name);
    free(recipe->outputs);
    *recipe = (struct recipe){0};
}

const char *recipe_name(const struct recipe *recipe, int output)
{
    return output >= 0 && output < recipe->count ? recipe->outputs[output].name : NULL;
}

double recipe_unit(const struct recipe *recipe, int output)
{
    return output < recipe->count ? recipe->outputs[output].deviation : 1;
}

double recipe_restore(const struct recipe *recipe, int output, double number)
{
    if (output >= recipe->count)
        return number;
    return recipe->outputs[output].mean + recipe->outputs[output].deviation * number;
}

struct recipe_measure recipe_measure(const struct recipe *recipe, const struct score_kind *kind,
                                     const struct score *score, int measure)
{
    struct recipe_measure shown;
    const bool is_rmse = kind == &score_of_numbers && measure == 0;
    /* A unit may be of any size, so that four digits after the point may be none or too many. */
    if (is_rmse && recipe->count == 1)
        snprintf(shown.text, sizeof shown.text, "%.6g",
                 recipe_unit(recipe, 0) * score->measures[0]);
    else
        snprintf(shown.text, sizeof shown.text, "%.4f", score->measures[measure]);
    return shown;
}
