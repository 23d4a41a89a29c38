/* SPDX-License-Identifier: MIT
 *
 * A stochastic epidemic, fitted to ten weeks of reported cases: a loss without data. It has no
 * derivative, since people are whole numbers; it depends on chance; and it has no value if the
 * epidemic dies out too soon:
 *
 *     mpirun -np 2 dtrain --model ./epidemic.so --replicates 64 --on-failure skip \
 *         --optimizer adam --learning-rate 0.005 --iterations 300 */
#include <dtrain/dtrain.h>
#include <math.h>

enum { WEEKS = 10 };
static const double people = 10000, first_ill = 10;
static const double cases[WEEKS] = {41, 93, 207, 438, 823, 1272, 1495, 1325, 928, 563};

/* theta: how many others an ill person infects in a day, as long as nobody is immune; and the rate
 * of recovery, per day. */
enum { INFECTION, RECOVERY, PARAMETERS };

static size_t count_parameters(int inputs, int classes)
{
    return inputs == 0 && classes == 0 ? PARAMETERS : 0;
}

/* The steps are wide enough for a difference to change some people's fate. */
static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    static const struct dtrain_parameter list[PARAMETERS] = {
        {.name = "infection", .initial = 0.35, .lower = 0.05, .upper = 1, .step = 0.01},
        {.name = "recovery", .initial = 0.2, .lower = 0.05, .upper = 1, .step = 0.01},
    };
    (void)shape;
    return list;
}

/* Uniform on (0, 1), as a function of its arguments alone (the mixer of SplitMix64). */
static double uniform(uint64_t seed, uint64_t number)
{
    uint64_t x = seed + 0x9e3779b97f4a7c15u * (number + 1);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return ((double)(x >> 11) + 0.5) * 0x1p-53;
}

/* What a random number is for. */
enum purpose { TO_INFECT, TO_RECOVER, PURPOSES };

/* A normal number for each day and purpose, whatever was drawn before. So with equal seeds the
 * epidemics on both sides of a difference meet the same luck. With a generator that has a state,
 * one more draw on one side would change all later numbers there. */
static double normal(uint64_t seed, int day, enum purpose purpose)
{
    const double turn = 6.283185307179586;
    const uint64_t number = 2 * ((uint64_t)day * PURPOSES + purpose);
    return sqrt(-2 * log(uniform(seed, number))) * cos(turn * uniform(seed, number + 1));
}

/* How many of n people something happens to that each of them meets with this probability: a
 * binomial number, by its normal approximation. */
static double draw(double n, double probability, double normal_number)
{
    const double deviation = sqrt(n * probability * (1 - probability));
    return fmin(fmax(nearbyint(n * probability + deviation * normal_number), 0), n);
}

struct epidemic {
    double well, ill;
};

/* Returns how many are infected on a day. */
static double pass_day(struct epidemic *now, const struct dtrain_call *call, int day)
{
    const double to_infect = 1 - exp(-call->theta[INFECTION] * now->ill / people);
    const double to_recover = 1 - exp(-call->theta[RECOVERY]);
    const double infected = draw(now->well, to_infect, normal(call->seed, day, TO_INFECT));
    const double recovered = draw(now->ill, to_recover, normal(call->seed, day, TO_RECOVER));
    now->well -= infected;
    now->ill += infected - recovered;
    return infected;
}

/* The mean squared error of the square roots of the weekly cases, whose deviation hardly depends on
 * their number. */
static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    struct epidemic now = {people - first_ill, first_ill};
    double sum = 0;
    (void)shape;
    for (int week = 0; week < WEEKS; ++week) {
        double infected = 0;
        for (int day = 7 * week; day < 7 * (week + 1); ++day)
            infected += pass_day(&now, call, day);
        if (now.ill == 0)
            return DTRAIN_FAILED; /* it died out: there is nothing to compare */
        const double error = sqrt(infected) - sqrt(cases[week]);
        sum += error * error;
    }
    *outputs = sum / WEEKS;
    return DTRAIN_DONE;
}

const struct dtrain_model *dtrain_model(void)
{
    static const struct dtrain_model model = {
        .version = DTRAIN_MODEL_VERSION,
        .name = "epidemic",
        .parameters = count_parameters,
        .describe = describe,
        .evaluate = evaluate,
    };
    return &model;
}
