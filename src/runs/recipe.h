/* SPDX-License-Identifier: MIT
 *
 * The recipe of a dataset, the JSON text in which an import says how it made the data: of all that
 * it holds, dtrain reads what the outputs of a network stand for. data/README.md describes it. Not
 * collective. */
#ifndef DTRAIN_RECIPE_H
#define DTRAIN_RECIPE_H

#include "common/error.h"
#include "core/model/score_kind.h"

#include <stdbool.h>

/* A class, or a number to be predicted. */
struct recipe_output {
    char *name;             /* UTF-8; may hold control characters */
    double mean, deviation; /* the dataset has (number - mean) / deviation; of a class: 0 and 1 */
};

struct recipe {
    int count; /* 0: there is no recipe */
    struct recipe_output *outputs;
};

/* What a recipe must be about: classes or numbers, and how many. */
struct recipe_fit {
    bool classes;
    int least, most;
};

/* Reads the text of `source`, a file; NULL stands for no recipe. Fails with one line, "SOURCE:
 * /recipe: ...", unless it is a recipe and fits. Free with recipe_free, also on failure. */
enum status recipe_parse(struct recipe *recipe, const char *text, const char *source,
                         const struct recipe_fit *fit, struct error *error);
void recipe_free(struct recipe *recipe);

/* The name of an output; NULL if it has none, as the outputs of --classes beyond those of the
 * data. */
const char *recipe_name(const struct recipe *recipe, int output);

/* The deviation by which errors of an output are multiplied to be in its own unit; 1 without a
 * recipe. */
double recipe_unit(const struct recipe *recipe, int output);

/* A number of the dataset in its own unit. */
double recipe_restore(const struct recipe *recipe, int output, double number);

/* A measure as it is shown on a screen: the RMSE of a single number in its own unit. */
struct recipe_measure {
    char text[32];
};
struct recipe_measure recipe_measure(const struct recipe *recipe, const struct score_kind *kind,
                                     const struct score *score, int measure);

#endif
