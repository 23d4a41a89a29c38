/* SPDX-License-Identifier: MIT
 *
 * A model that misbehaves as the environment says: function HOSTILE_AT does HOSTILE_DO in its call
 * number HOSTILE_CALL (default: in every call), on rank HOSTILE_RANK (default: on all). Before it
 * hangs it makes the file HOSTILE_MARK. Each call adds its function's name to the file
 * HOSTILE_CALLS, if that is set. */
#include <dtrain/dtrain.h>
#include <fenv.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int overflow_stack(int depth)
{
    volatile char page[4096];
    page[0] = (char)depth;
    return depth < 1 << 30 ? overflow_stack(depth + 1) + page[0] : 0;
}

static const char *setting(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value ? value : otherwise;
}

static int is_turn(const char *function)
{
    static int calls;
    if (strcmp(setting("HOSTILE_AT", ""), function) != 0)
        return 0;
    /* Each launcher says it in another variable. */
    const char *rank = setting("OMPI_COMM_WORLD_RANK", setting("PMI_RANK", "0"));
    if (strcmp(setting("HOSTILE_RANK", rank), rank) != 0)
        return 0;
    const int call = atoi(setting("HOSTILE_CALL", "0"));
    return ++calls == call || call == 0;
}

static void hang(const char *mark)
{
    FILE *file = fopen(mark, "w");
    if (file)
        fclose(file);
    for (;;)
        sleep(1);
}

static void note_call(const char *function)
{
    const char *path = getenv("HOSTILE_CALLS");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%s\n", function);
    fclose(file);
}

/* Misbehaves, if it is the turn of this call; returns the odd loss where that is the deed. */
static double misbehave(const char *function)
{
    const char *deed = setting("HOSTILE_DO", "");
    note_call(function);
    if (!is_turn(function))
        return 0;
    if (strcmp(deed, "exit") == 0)
        exit(0);
    if (strcmp(deed, "fork") == 0) {
        const pid_t child = fork();
        if (child == 0)
            exit(0);
        waitpid(child, NULL, 0);
    }
    if (strcmp(deed, "segv") == 0)
        raise(SIGSEGV);
    if (strcmp(deed, "abort") == 0)
        abort();
    if (strcmp(deed, "overflow") == 0)
        return overflow_stack(0);
    if (strcmp(deed, "round") == 0)
        fesetround(FE_UPWARD);
    if (strcmp(deed, "slow") == 0)
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    if (strcmp(deed, "hang") == 0)
        hang(setting("HOSTILE_MARK", "/dev/null"));
    return strcmp(deed, "nan") == 0 ? (double)NAN : strcmp(deed, "large") == 0 ? 40 : 0;
}

static size_t count_parameters(int inputs, int classes)
{
    (void)classes;
    misbehave("parameters");
    return (size_t)inputs;
}

static double absolute_loss(const struct dtrain_shape *shape, const double *theta,
                            const double *inputs, int label)
{
    double sum = label;
    for (int i = 0; i < shape->inputs; ++i)
        sum -= theta[i] * inputs[i];
    if (strcmp(setting("HOSTILE_DO", ""), "flat") == 0)
        return 1;
    if (strcmp(setting("HOSTILE_DO", ""), "jump") == 0)
        return theta[0] > 0.5;
    return fabs(sum) + misbehave("loss");
}

static int predict(const struct dtrain_shape *shape, const double *theta, const double *inputs)
{
    (void)shape;
    misbehave("predict");
    return theta[0] * inputs[0] > 0.5;
}

static void initialize(const struct dtrain_shape *shape, uint64_t seed, double deviation,
                       double *theta)
{
    (void)seed;
    (void)deviation;
    const double odd = misbehave("initialize");
    for (size_t p = 0; p < shape->parameters; ++p)
        theta[p] = 0.5 + odd;
}

const struct dtrain_model *dtrain_model(void)
{
    static const struct dtrain_model model = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "hostile",
                                              .parameters = count_parameters,
                                              .loss = absolute_loss,
                                              .predict = predict,
                                              .initialize = initialize,
                                              .loss_range = 32};
    misbehave("dtrain_model");
    return &model;
}
