/* SPDX-License-Identifier: MIT
 *
 * A model that evaluates, with planted troubles, as the environment says. Without data it has
 * PLANTED_P parameters (6); with data, any number of inputs, and one parameter more than inputs.
 *
 *     PLANTED_FAIL    the share of evaluations that fail: they report it or give NaN, by turns
 *     PLANTED_HEAL    the attempt from which they do not
 *     PLANTED_HANG, PLANTED_CRASH   the shares that hang, and that crash in one of six ways
 *     PLANTED_ONCE    a folder that remembers what has hung or crashed, in files that are named
 *                     by the way and the evaluation: each does so once; without it, none does
 *     PLANTED_SLEEP   the mean seconds of an evaluation, lognormal with PLANTED_SIGMA (1.5)
 *     PLANTED_COUNT   a file of 8 bytes, in which evaluations are counted as they begin
 *     PLANTED_SCALE   a factor of the loss
 *     PLANTED_REMEMBER, PLANTED_RANK   how much the loss depends on calls before, or on the rank
 *     PLANTED_LATER   from which call of a process on it remembers
 *     PLANTED_INITIAL   where all parameters begin (0.25)
 *     PLANTED_LOWER     the lower bound of every third parameter (-1)
 *     PLANTED_BOUND_ALL   the bounds are those of all parameters
 *     PLANTED_NAME    what parameters are called
 *     PLANTED_UPPER, PLANTED_UNIT   the upper bound, and the scale, of every third
 *     PLANTED_STEP    the step of all
 *     PLANTED_SETUP   "fail": setup() fails on the last rank; "gone": it fails once something has
 *                     hung or crashed; "move": it makes the scratch folder the working folder, and
 *                     what was left there must be at hand later
 *     PLANTED_WRITE   "theta": evaluations write to theta
 *
 * Whatever an evaluation does is a function of theta, row, seed and attempt. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <dirent.h>
#include <dtrain/dtrain.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double number(const char *name, double otherwise)
{
    const char *value = getenv(name);
    return value && *value ? atof(value) : otherwise;
}

static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static double uniform(uint64_t key)
{
    return ((double)(mix(key) >> 11) + 0.5) * 0x1p-53;
}

/* What distinguishes an evaluation from the others, but for the attempt. */
static uint64_t key_of(const struct dtrain_shape *shape, const struct dtrain_call *call)
{
    uint64_t key = mix((uint64_t)call->row) ^ call->seed;
    for (size_t p = 0; p < shape->parameters; ++p) {
        uint64_t bits;
        memcpy(&bits, &call->theta[p], sizeof bits);
        key = mix(key ^ bits);
    }
    return key;
}

struct state {
    struct dtrain_place place;
    double calls, sleep, sigma, fail, hang, crash, heal, scale, remember, later, by_rank;
    const char *once;
    bool has_moved, writes;
    _Atomic uint64_t *count;
};

/* Whether something is remembered in the folder: a name besides . and .. */
static bool remembers(const char *folder)
{
    int names = 0;
    DIR *const directory = folder ? opendir(folder) : NULL;
    if (!directory)
        return false;
    while (readdir(directory))
        ++names;
    closedir(directory);
    return names > 2;
}

static void *setup(const struct dtrain_shape *shape, const struct dtrain_place *place)
{
    const char *fault = getenv("PLANTED_SETUP"), *count = getenv("PLANTED_COUNT");
    struct state *state = calloc(1, sizeof *state);
    (void)shape;
    if (fault && strcmp(fault, "gone") == 0 && remembers(getenv("PLANTED_ONCE"))) {
        free(state);
        return NULL;
    }
    if (!state || (fault && strcmp(fault, "fail") == 0 && place->rank == place->ranks - 1)) {
        free(state);
        return NULL;
    }
    *state = (struct state){.place = *place,
                            .sleep = number("PLANTED_SLEEP", 0),
                            .sigma = number("PLANTED_SIGMA", 1.5),
                            .fail = number("PLANTED_FAIL", 0),
                            .hang = number("PLANTED_HANG", 0),
                            .crash = number("PLANTED_CRASH", 0),
                            .once = getenv("PLANTED_ONCE"),
                            .heal = number("PLANTED_HEAL", 1000),
                            .scale = number("PLANTED_SCALE", 1),
                            .remember = number("PLANTED_REMEMBER", 0),
                            .later = number("PLANTED_LATER", 0),
                            .by_rank = number("PLANTED_RANK", 0)};
    const char *const write = getenv("PLANTED_WRITE");
    state->writes = write && strcmp(write, "theta") == 0;
    state->has_moved = fault && strcmp(fault, "move") == 0;
    if (state->has_moved && (chdir(place->scratch) != 0 || close(creat("here", 0600)) != 0)) {
        free(state);
        return NULL;
    }
    const int file = count ? open(count, O_RDWR) : -1;
    if (file >= 0) {
        void *at = mmap(NULL, sizeof *state->count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        state->count = at == MAP_FAILED ? NULL : at;
        close(file);
    }
    return state;
}

static void teardown(void *state)
{
    free(state);
}

static void sleep_for(double seconds)
{
    const struct timespec time = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};
    nanosleep(&time, NULL);
}

/* Lognormal, with that mean. */
static double duration(const struct state *state, uint64_t key)
{
    const double normal =
        sqrt(-2 * log(uniform(key ^ 1))) * cos(6.283185307179586 * uniform(key ^ 2));
    return state->sleep * exp(state->sigma * normal - 0.5 * state->sigma * state->sigma);
}

/* A bowl for each row: its lowest point depends on the row, or on the inputs and the target. */
static double bowl(const struct dtrain_shape *shape, const struct dtrain_call *call)
{
    double sum = 0;
    if (call->inputs) {
        double error = call->theta[shape->inputs];
        for (int i = 0; i < shape->inputs; ++i)
            error += call->theta[i] * call->inputs[i];
        error -= call->targets ? call->targets[0] : call->label;
        return error * error / 2;
    }
    for (size_t p = 0; p < shape->parameters; ++p) {
        const double off = call->theta[p] - 0.5 - 0.1 * uniform(call->seed + p);
        sum += (1 + (double)p) * off * off;
    }
    return sum / 2;
}

static void fault(void)
{
    raise(SIGSEGV);
}

static void be_killed(void)
{
    raise(SIGKILL);
}

static void end_well(void)
{
    _exit(0);
}

static void end_badly(void)
{
    _exit(3);
}

/* As programs do that look at what they get. */
static void run_out_of_memory(void)
{
    const struct rlimit little = {1 << 26, 1 << 26};
    setrlimit(RLIMIT_AS, &little);
    if (mmap(NULL, 1 << 30, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
        _exit(1);
}

static void hang(void)
{
    for (;;)
        pause();
}

static const struct way {
    const char *name;
    void (*end)(void);
} hanging = {"hang", hang},
  crashing[] = {
      {"segv", fault},      {"abort", abort},    {"exit0", end_well},
      {"exit3", end_badly}, {"kill", be_killed}, {"memory", run_out_of_memory},
};

/* Hangs or crashes, unless the evaluation has done so before. Those that fail never do. */
static void be_hit(const struct state *state, uint64_t key)
{
    const double drawn = uniform(key ^ 3) - state->fail;
    if (!state->once || drawn < 0 || drawn >= state->hang + state->crash)
        return;
    const struct way *const way =
        drawn < state->hang ? &hanging
                            : &crashing[mix(key ^ 4) % (sizeof crashing / sizeof *crashing)];
    char mark[4096];
    snprintf(mark, sizeof mark, "%s/%s-%016llx", state->once, way->name, (unsigned long long)key);
    if (close(open(mark, O_CREAT | O_EXCL | O_WRONLY, 0600)) == 0)
        way->end();
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    struct state *state = call->state;
    const uint64_t key = key_of(shape, call);
    if (state->count)
        atomic_fetch_add(state->count, 1);
    if (state->sleep > 0)
        sleep_for(duration(state, key));
    be_hit(state, key);
    ++state->calls;
    if (state->has_moved && access("here", F_OK) != 0)
        return DTRAIN_FAILED;
    if (state->writes) {
        double *theta;
        memcpy(&theta, &call->theta, sizeof theta); /* a pointer that is not const */
        theta[0] = 1;
    }
    *outputs = state->scale * bowl(shape, call) + state->by_rank * state->place.rank;
    if (state->calls >= state->later)
        *outputs += state->remember * state->calls;
    if (call->attempt >= state->heal || uniform(key ^ 3) >= state->fail)
        return DTRAIN_DONE;
    *outputs = NAN;
    return mix(key) & 1 ? DTRAIN_DONE : DTRAIN_FAILED;
}

static size_t count_parameters(int inputs, int classes)
{
    (void)classes;
    return inputs == 0 ? (size_t)number("PLANTED_P", 6) : (size_t)inputs + 1;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    static struct dtrain_parameter list[4096];
    static char names[4096][32];
    const char *name = getenv("PLANTED_NAME");
    const double upper = number("PLANTED_UPPER", 0.505), unit = number("PLANTED_UNIT", 2);
    const double step = number("PLANTED_STEP", 1e-3), lower = number("PLANTED_LOWER", -1);
    const double initial = number("PLANTED_INITIAL", 0.25);
    if (shape->parameters > sizeof list / sizeof *list)
        return NULL;
    for (size_t p = 0; p < shape->parameters; ++p) {
        snprintf(names[p], sizeof names[p], "%.8s%zu", name ? name : "p", p);
        list[p] = (struct dtrain_parameter){.name = names[p], .initial = initial, .step = step};
        if (p % 3 == 2 || getenv("PLANTED_BOUND_ALL")) {
            list[p].lower = lower;
            list[p].upper = upper;
        }
        if (p % 3 == 1)
            list[p].scale = unit;
    }
    return list;
}

const struct dtrain_model *dtrain_model(void)
{
    static const struct dtrain_model model = {.version = DTRAIN_MODEL_VERSION,
                                              .name = "planted",
                                              .parameters = count_parameters,
                                              .describe = describe,
                                              .setup = setup,
                                              .teardown = teardown,
                                              .evaluate = evaluate};
    return &model;
}
