/* SPDX-License-Identifier: MIT
 *
 * A model with evaluate() and without data, which misbehaves as the environment says: its function
 * FALLIBLE_AT does FALLIBLE_DO, on rank FALLIBLE_RANK (default: on all); evaluate() does it in row
 * FALLIBLE_ROW only. Its loss is half the row, plus 1 for each attempt before, read from a text
 * with a decimal point. It leaves a file in its scratch folder. */
#include <dtrain/dtrain.h>
#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank;

static const char *setting(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value ? value : otherwise;
}

/* Returns whether FALLIBLE_DO is `deed`, and it is the turn of this function. */
static int does(const char *deed, const char *function)
{
    return strcmp(setting("FALLIBLE_DO", ""), deed) == 0 &&
           strcmp(setting("FALLIBLE_AT", "evaluate"), function) == 0 &&
           atoi(setting("FALLIBLE_RANK", "-1")) <= rank;
}

static void crash_at(const char *function)
{
    if (does("segv", function))
        raise(SIGSEGV);
    if (does("exit", function))
        exit(0);
}

static size_t count_parameters(int inputs, int classes)
{
    return inputs + classes == 0 ? 2 : 0;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    static const struct dtrain_parameter good[] = {{.name = "inflow", .initial = 1},
                                                   {.name = "outlet", .initial = 2}};
    static const struct dtrain_parameter bad[] = {{.name = "inflow", .lower = 2, .upper = 1},
                                                  {.name = "outlet"}};
    (void)shape;
    crash_at("describe");
    return does("bad", "describe") ? bad : good;
}

static void *set_up(const struct dtrain_shape *shape, const struct dtrain_place *place)
{
    char path[4096];
    (void)shape;
    rank = place->rank;
    setlocale(LC_ALL, "");
    snprintf(path, sizeof path, "%s/mesh", place->scratch);
    FILE *file = fopen(path, "w");
    if (!file)
        return NULL;
    fclose(file);
    crash_at("setup");
    return does("fail", "setup") ? NULL : &rank;
}

static void tear_down(void *state)
{
    if (state == &rank)
        crash_at("teardown");
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    char text[64];
    (void)shape;
    snprintf(text, sizeof text, "%.1f", (double)call->row / 2 + call->attempt);
    *outputs = strchr(text, ',') ? -1 : strtod(text, NULL);
    if (call->row != atoi(setting("FALLIBLE_ROW", "5")))
        return DTRAIN_DONE;
    crash_at("evaluate");
    if (does("round", "evaluate"))
        fesetround(FE_UPWARD);
    if (does("nan", "evaluate"))
        *outputs = (double)NAN;
    if (does("fail", "evaluate") || (does("once", "evaluate") && call->attempt == 0))
        return DTRAIN_FAILED;
    return DTRAIN_DONE;
}

const struct dtrain_model *dtrain_model(void)
{
    static const struct dtrain_model model = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "fallible",
                                              .parameters = count_parameters,
                                              .describe = describe,
                                              .setup = set_up,
                                              .teardown = tear_down,
                                              .evaluate = evaluate};
    return &model;
}
