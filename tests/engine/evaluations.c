/* SPDX-License-Identifier: MIT
 *
 * Under mpirun: the evaluations of a table are carried out once each, whichever ranks there are and
 * on however many nodes, and all ranks then have what a lone process computes, to the bit: values,
 * failures, attempts. Those that a journal holds, or that were done before a stop, are not
 * repeated. Linked with several_nodes.c, ranks form nodes of NODE_RANKS. */
#include "engine/evaluations.h"

#include "common/clock.h"
#include "common/xxh3.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PARAMETERS = 5, ROWS = 6, INPUTS = 3, TARGETS = 2, WIDTH_MAX = 3, FIRST_ROW = 100 };

/* The model: its values and failures follow from what it is told, and from nothing else. */
static int calls;
static bool is_slow;

static size_t count_parameters(int inputs, int classes)
{
    (void)inputs;
    (void)classes;
    return PARAMETERS;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    /* The third has no room above, the fourth none at all. */
    static const struct dtrain_parameter list[PARAMETERS] = {
        {.name = "inflow", .step = 0.25},
        {.name = "outlet", .step = 0.1},
        {.name = "seepage", .lower = -1, .upper = 1, .step = 0.5},
        {.name = "depth", .initial = 2, .lower = 2, .upper = 2},
        {.name = "slope", .step = 1e-3}};
    (void)shape;
    return list;
}

static uint64_t add_to(uint64_t key, const void *bytes, size_t count)
{
    return bytes ? XXH3_64bits_withSeed(bytes, count, key) : key + 1;
}

static uint64_t key_of(const struct dtrain_call *call)
{
    uint64_t key = add_to(call->seed, call->theta, PARAMETERS * sizeof *call->theta);
    key = add_to(key, call->inputs, INPUTS * sizeof *call->inputs);
    key = add_to(key, call->targets, TARGETS * sizeof *call->targets);
    key = add_to(key, &call->row, sizeof call->row);
    key = add_to(key, &call->label, sizeof call->label);
    return add_to(key, &call->iteration, sizeof call->iteration);
}

/* One in four fails at first, and for one to three attempts: it says so, or gives NaN. */
static enum dtrain_outcome evaluate(const struct dtrain_shape *shape,
                                    const struct dtrain_call *call, double *outputs)
{
    const uint64_t key = key_of(call);
    const int width = shape->residuals > 0 ? shape->residuals : 1;
    const bool fails = key % 4 == 0 && call->attempt <= (int)(key / 8 % 3);
    ++calls;
    if (is_slow)
        clock_sleep(0.02);
    for (int i = 0; i < width; ++i)
        outputs[i] = (double)(key >> (11 + i)) * (call->attempt % 2 ? -0x1p-53 : 0x1p-53);
    if (fails && key & 4)
        outputs[width - 1] = (double)NAN;
    return fails && !(key & 4) ? DTRAIN_FAILED : DTRAIN_DONE;
}

/* One way in which evaluations can be made. */
struct variant {
    bool has_data, labelled;
    int residuals;
    enum difference_kind difference;
    enum random_numbers random_numbers;
    int retries;
};

static const struct variant variants[] = {
    {.retries = 1},
    {.has_data = true, .residuals = 3, .random_numbers = RANDOM_EACH},
    {.has_data = true, .labelled = true, .difference = DIFFERENCE_FORWARD, .retries = 2},
    {.residuals = 2, .random_numbers = RANDOM_RUN, .retries = 5},
};

struct bench {
    const struct variant *variant;
    struct dtrain_model functions;
    struct model_call noted;
    struct model model;
    struct parameters parameters;
    struct evaluations evaluations;
    double theta[PARAMETERS];
    uint32_t numbers[512];
};

static bool bench_open(struct bench *bench, const struct world *world,
                       const struct variant *variant, bool again_lost)
{
    const int inputs = variant->has_data ? INPUTS : 0;
    const int targets = variant->has_data && !variant->labelled ? TARGETS : 0;
    const struct dtrain_shape data = {
        .inputs = inputs, .classes = variant->labelled ? 10 : 0, .targets = targets};
    const struct evaluations_rules rules = {.difference = variant->difference,
                                            .random_numbers = variant->random_numbers,
                                            .seed = 7,
                                            .retries = variant->retries,
                                            .again_lost = again_lost};
    char fault[PARAMETERS_FAULT_SIZE];
    struct error error;
    *bench = (struct bench){.variant = variant, .theta = {0.5, -0.0, 0.75, 2, 1e9}};
    bench->functions = (struct dtrain_model){.version = DTRAIN_MODEL_VERSION,
                                             .name = "pond",
                                             .parameters = count_parameters,
                                             .residuals = variant->residuals,
                                             .describe = describe,
                                             .evaluate = evaluate};
    return user_model_make(&bench->model, &bench->functions, &bench->noted, &data) &&
           user_model_describe(&bench->model, 1e-4, &bench->parameters, fault) &&
           evaluations_open(&bench->evaluations, world, &bench->model, &rules, ROWS, inputs,
                            targets, NULL, &error) == STATUS_DONE;
}

static void bench_close(struct bench *bench)
{
    evaluations_close(&bench->evaluations);
    parameters_destroy(&bench->parameters);
}

static void fill(const struct bench *bench, struct batch *batch, int64_t iteration)
{
    if (!bench->variant->has_data) {
        batch_take_replicates(batch, iteration);
        return;
    }
    batch_begin(batch, iteration);
    for (int64_t i = 0; i < ROWS; ++i) {
        const float inputs[INPUTS] = {(float)i, (float)iteration, 0.5F};
        const double targets[TARGETS] = {(double)(i * iteration), -0.0};
        const struct sample sample = {
            .inputs = INPUTS,
            .row = FIRST_ROW + (i * 7 + iteration) % ROWS,
            .target = {bench->variant->labelled ? (int)i : TARGET_UNKNOWN, targets},
            .weight = 1,
            .floats = inputs};
        batch_put(batch, i, &sample);
    }
}

/* Begins the table of an iteration, at another theta in each. */
static bool begin_table(struct bench *bench, int64_t iteration)
{
    struct evaluations *evaluations = &bench->evaluations;
    struct error error;
    if (iteration > 1)
        fill(bench, &evaluations->before, iteration - 1);
    fill(bench, &evaluations->batch, iteration);
    bench->theta[0] = 0.5 / (double)iteration;
    calls = 0;
    return evaluations_begin(evaluations, iteration, bench->theta, iteration > 1 ? ROWS : 0,
                             &error) == STATUS_DONE;
}

/* Carries out the numbers begin .. end - 1, or every second of them. Returns whether all are there.
 */
static bool carry_out(struct bench *bench, size_t begin, size_t end, size_t by, int64_t *flag)
{
    size_t count = 0;
    for (size_t number = begin; number < end; number += by)
        bench->numbers[count++] = (uint32_t)number;
    evaluations_evaluate(&bench->evaluations, bench->numbers, count);
    return evaluations_share(&bench->evaluations, flag);
}

/* What a lone process finds: calls the model as the header of the interface says. */
static enum outcome find_alone(const struct bench *bench, size_t number, double *values,
                               int *attempts)
{
    const struct evaluations *evaluations = &bench->evaluations;
    const struct evaluation what = table_evaluation(&evaluations->table, number);
    const struct batch *batch =
        what.kind == EVALUATION_AFTER ? &evaluations->before : &evaluations->batch;
    const int width = evaluations->width, before = calls;
    double theta[PARAMETERS];
    struct dtrain_call call = {.theta = theta, .iteration = batch->iteration};
    enum outcome outcome = OUTCOME_NONE;
    memcpy(theta, bench->theta, sizeof theta);
    if (what.kind == EVALUATION_SIDE)
        theta[what.parameter] += what.side * bench->parameters.step[what.parameter];
    batch_describe(batch, what.row, &call);
    call.seed =
        random_numbers_seed(bench->variant->random_numbers, 7, batch->iteration, call.row, number);
    for (*attempts = 0; *attempts <= bench->variant->retries && outcome != OUTCOME_DONE;
         ++*attempts) {
        call.attempt = *attempts;
        outcome = evaluate(&bench->model.user.shape, &call, values) == DTRAIN_DONE ? OUTCOME_DONE
                                                                                   : OUTCOME_FAILED;
        if (outcome == OUTCOME_DONE && !isfinite(values[width - 1]))
            outcome = OUTCOME_NOT_FINITE;
    }
    calls = before;
    return outcome;
}

static bool result_is_right(const struct bench *bench, size_t number)
{
    const struct evaluations *evaluations = &bench->evaluations;
    const size_t width = (size_t)evaluations->width;
    const struct result *result = &evaluations->results[number];
    const double loss = evaluations->losses[number];
    double values[WIDTH_MAX];
    int attempts;
    const enum outcome outcome = find_alone(bench, number, values, &attempts);
    if (result->outcome != outcome || result->attempts != attempts || result->seconds < 0)
        return false;
    if (outcome != OUTCOME_DONE)
        return isnan(loss);
    return memcmp(evaluations->values + number * width, values, width * sizeof *values) == 0 &&
           loss == evaluator_loss(&bench->model, values);
}

/* Whether the numbers begin .. end - 1 have their results, or every second of them, and the others
 * none; of a journal's results `rank` is -1. */
static bool results_are_right(const struct bench *bench, size_t begin, size_t end, size_t by)
{
    const struct evaluations *evaluations = &bench->evaluations;
    for (size_t number = begin; number < end; ++number) {
        const bool is_missing = evaluations->results[number].outcome == OUTCOME_NONE;
        if (is_missing != ((number - begin) % by != 0) ||
            (is_missing ? !isnan(evaluations->losses[number]) : !result_is_right(bench, number)))
            return false;
    }
    return true;
}

/* Whether all ranks have the same results, the ranks and seconds of them included. */
static bool results_are_equal(const struct bench *bench)
{
    const struct evaluations *evaluations = &bench->evaluations;
    uint64_t hash = 0;
    for (size_t number = 0; number < evaluations->table.count; ++number) {
        const struct result *result = &evaluations->results[number];
        hash = add_to(hash, &result->outcome, sizeof result->outcome);
        hash = add_to(hash, &result->attempts, sizeof result->attempts);
        hash = add_to(hash, &result->rank, sizeof result->rank);
        hash = add_to(hash, &result->seconds, sizeof result->seconds);
        hash = add_to(hash, &evaluations->losses[number], sizeof *evaluations->losses);
    }
    return collective_equals_first(evaluations->world, hash);
}

/* Whether this rank has called the model as often as it made attempts, by the results. */
static bool calls_are_right(const struct bench *bench)
{
    const struct evaluations *evaluations = &bench->evaluations;
    int attempts = 0;
    for (size_t number = 0; number < evaluations->table.count; ++number)
        if (evaluations->results[number].rank == evaluations->world->rank)
            attempts += evaluations->results[number].attempts;
    return calls == attempts;
}

/* The parameters have seven sides, one on one side only, or four. So the rows' own losses belong to
 * the first round, or for the forward difference, anyway. */
static bool table_is_as_described(const struct bench *bench, int64_t iteration)
{
    const struct table *table = &bench->evaluations.table;
    const bool is_forward = bench->variant->difference == DIFFERENCE_FORWARD;
    const size_t sides = is_forward ? 4 : 7;
    return table->side_count == sides && table->own_first &&
           table->count == ROWS * (sides + 1 + (iteration > 1));
}

/* Two iterations, each in two rounds, of which the second is asked for some that are there. */
static bool evaluates_all(const struct world *world, const struct variant *variant)
{
    struct bench bench;
    bool right = bench_open(&bench, world, variant, false);
    const struct evaluations *evaluations = &bench.evaluations;
    for (int64_t iteration = 1; iteration < 3; ++iteration) {
        int64_t flag = world->rank + 1;
        right = begin_table(&bench, iteration) && right;
        right = table_is_as_described(&bench, iteration) && right;
        const size_t count = evaluations->table.count;
        right = carry_out(&bench, 1, count, 2, &flag) && right;
        right = flag == (int64_t)world->size * (world->size + 1) / 2 && right;
        right = results_are_right(&bench, 1, count, 2) && right;
        right = carry_out(&bench, 0, count, 1, &flag) && right;
        /* There is nothing left to do. */
        right = carry_out(&bench, 0, count, 1, &flag) && right;
        right = results_are_right(&bench, 0, count, 1) && right;
        right = results_are_equal(&bench) && right;
        right = calls_are_right(&bench) && right;
        right = evaluations->sum.evaluated == count && evaluations->requests == 0 && right;
        right = evaluations->sum.longest <= evaluations->sum.seconds && right;
        right = evaluations->sum.seconds <= evaluations->sum.wall && right;
        evaluations_learn(&bench.evaluations);
    }
    bench_close(&bench);
    return right;
}

/* A rank that begins late, here after all others, does not make the ranks busier than they can be.
 */
static bool is_never_too_busy(const struct world *world)
{
    struct bench bench;
    int64_t flag = 0;
    bool right = bench_open(&bench, world, &variants[0], false);
    struct evaluations *evaluations = &bench.evaluations;
    right = begin_table(&bench, 1) && right;
    uint32_t numbers[] = {0, 1, 2};
    evaluations_evaluate(evaluations, numbers, 3);
    evaluations->began = clock_seconds() + 1;
    right = evaluations_share(evaluations, &flag) && right;
    right =
        evaluations->sum.seconds > 0 && evaluations->sum.wall >= evaluations->sum.seconds && right;
    bench_close(&bench);
    return right;
}

/* What is learned is the same on all ranks: each expects what it took. */
static bool learns_seconds(const struct world *world)
{
    struct bench bench;
    int64_t flag = 0;
    bool right = bench_open(&bench, world, &variants[0], false);
    struct evaluations *evaluations = &bench.evaluations;
    right = begin_table(&bench, 1) && right;
    const struct table *table = &evaluations->table;
    right = carry_out(&bench, 0, table->count, 1, &flag) && right;
    evaluations_learn(evaluations);
    for (size_t number = 0; number < table->count; ++number)
        right = plan_expect(&evaluations->memory, table, evaluations->batch.numbered, number) ==
                    evaluations->results[number].seconds &&
                right;
    bench_close(&bench);
    return right;
}

/* A trial has the result of the evaluation, and leaves no trace. */
static bool trials_leave_no_trace(const struct world *world)
{
    struct bench bench;
    bool right = bench_open(&bench, world, &variants[3], false);
    const struct evaluations *evaluations = &bench.evaluations;
    right = begin_table(&bench, 2) && right;
    for (size_t number = 0; number < evaluations->table.count; ++number) {
        double values[WIDTH_MAX], expected[WIDTH_MAX];
        int attempts;
        const enum outcome outcome = evaluations_try(&bench.evaluations, number, values);
        right = outcome == find_alone(&bench, number, expected, &attempts) && right;
        right =
            (outcome != OUTCOME_DONE || memcmp(values, expected, 2 * sizeof *values) == 0) && right;
        right = evaluations->results[number].outcome == OUTCOME_NONE && right;
        right = isnan(evaluations->losses[number]) && right;
    }
    right = memcmp(evaluations->point, bench.theta, sizeof bench.theta) == 0 && right;
    bench_close(&bench);
    return right;
}

/* The last rank is asked to stop once it has evaluated something. */
static bool ask(void *context)
{
    const struct world *world = context;
    return world->rank == world->size - 1 && calls > 0;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* What was done when the ranks stopped is not done again. */
static bool stops_and_goes_on(const struct world *world)
{
    struct bench bench;
    int64_t flag = 0;
    struct world asked = *world;
    bool right = bench_open(&bench, world, &variants[0], false);
    struct evaluations *evaluations = &bench.evaluations;
    evaluations->context = &asked;
    right = begin_table(&bench, 2) && right;
    const size_t count = evaluations->table.count;
    evaluations->asks_to_stop = ask;
    is_slow = true;
    right = !carry_out(&bench, 0, count, 1, &flag) && right;
    right = evaluations->requests == 1 && right;
    right = evaluations->sum.evaluated > 0 && evaluations->sum.evaluated < count && right;
    right = results_are_equal(&bench) && calls_are_right(&bench) && right;
    evaluations->asks_to_stop = never;
    is_slow = false;
    right = carry_out(&bench, 0, count, 1, &flag) && evaluations->requests == 0 && right;
    right = results_are_right(&bench, 0, count, 1) && calls_are_right(&bench) && right;
    right = evaluations->sum.evaluated == count && right;
    bench_close(&bench);
    return right;
}

/* Opens a bench that goes on with what is in the folder. */
static bool bench_go_on(struct bench *bench, const struct world *world, const char *folder,
                        bool again_lost, int start)
{
    struct error error;
    return bench_open(bench, world, &variants[1], again_lost) &&
           evaluations_keep_journal(&bench->evaluations, JOURNAL_ON, folder, 42, &error) ==
               STATUS_DONE &&
           bench->evaluations.start == start;
}

/* Evaluates a part of the second iteration, as a run does that is killed then. */
static bool leave_journal(const struct world *world, const char *folder, size_t end)
{
    struct bench bench;
    struct error error;
    int64_t flag = 0;
    bool right = bench_go_on(&bench, world, folder, false, 0);
    right = begin_table(&bench, 2) && right;
    right = carry_out(&bench, 0, end, 1, &flag) && right;
    right = evaluations_flush(&bench.evaluations, &error) == STATUS_DONE && right;
    bench_close(&bench);
    return right;
}

/* Goes on: what the journal holds comes back, without a call, but for lost ones if these are to be
 * tried again. The rest is evaluated. */
static bool goes_on_from_journal(const struct world *world, const char *folder, size_t end,
                                 bool again_lost, int start)
{
    struct bench bench;
    struct error error;
    int64_t flag = 0;
    bool right = bench_go_on(&bench, world, folder, again_lost, start);
    const struct evaluations *evaluations = &bench.evaluations;
    /* There is nothing of the first iteration, and something of the second. */
    right = begin_table(&bench, 1) && evaluations->results[0].outcome == OUTCOME_NONE && right;
    right = begin_table(&bench, 2) && evaluations->past_last == 2 && right;
    size_t lost = 0;
    for (size_t number = 0; number < evaluations->table.count; ++number) {
        const struct result *result = &evaluations->results[number];
        double values[WIDTH_MAX];
        int attempts;
        const bool is_lost = outcome_is_lost(find_alone(&bench, number, values, &attempts));
        const bool is_back = number < end && !(is_lost && again_lost);
        lost += is_lost && number < end;
        right = (result->outcome != OUTCOME_NONE) == is_back && right;
        right = (!is_back || (result->rank == -1 && result_is_right(&bench, number))) && right;
    }
    right = lost > 0 && calls == 0 && right;
    right = carry_out(&bench, 0, evaluations->table.count, 1, &flag) && right;
    right = results_are_right(&bench, 0, evaluations->table.count, 1) && right;
    right = calls_are_right(&bench) && results_are_equal(&bench) && right;
    right =
        evaluations->sum.evaluated == evaluations->table.count - end + (again_lost ? lost : 0) &&
        right;
    right = evaluations_flush(&bench.evaluations, &error) == STATUS_DONE && right;
    evaluations_forget(&bench.evaluations, 2);
    bench_close(&bench);
    return right;
}

/* At another theta they are of no use. */
static bool ignores_another_theta(const struct world *world, const char *folder)
{
    struct bench bench;
    bool right = bench_go_on(&bench, world, folder, false, 1);
    bench.theta[4] = nextafter(bench.theta[4], 0);
    right = begin_table(&bench, 2) && right;
    for (size_t number = 0; number < bench.evaluations.table.count; ++number)
        right = bench.evaluations.results[number].outcome == OUTCOME_NONE && right;
    bench_close(&bench);
    return right;
}

static bool journals_are_used(const struct world *world)
{
    char folder[] = "/tmp/dtrain-test-XXXXXX";
    struct error error;
    bool right = world->rank != 0 || mkdtemp(folder);
    collective_broadcast(world, folder, sizeof folder);
    right = leave_journal(world, folder, 30) && right;
    right = ignores_another_theta(world, folder) && right;
    right = goes_on_from_journal(world, folder, 30, true, 1) && right;
    /* That start has forgotten what it has added. */
    right = goes_on_from_journal(world, folder, 30, false, 2) && right;
    /* The others have opened their files by now, and need the folder no more. */
    collective_largest(world, 0);
    if (world->rank == 0)
        right =
            journal_remove(folder, INT_MAX, &error) == STATUS_DONE && access(folder, F_OK) && right;
    return right;
}

/* Rank 0 has read from failures.jsonl what an earlier start left: losses by the clock and by the
 * model, and a hit that cost nothing. */
static bool take_records(struct bench *bench)
{
    static const struct outcome_record list[] = {
        {1, 4, OUTCOME_TIMED_OUT, 1, true},      {2, 3, OUTCOME_TIMED_OUT, 2, true},
        {2, 5, OUTCOME_FAILED, 7, true},         {2, 8, OUTCOME_CRASHED, 9, false},
        {2, 100000, OUTCOME_TIMED_OUT, 2, true}, {3, 6, OUTCOME_TIMED_OUT, 2, true}};
    struct outcome_records records = {0};
    struct error error;
    if (bench->evaluations.world->rank == 0) {
        records.count = sizeof list / sizeof *list;
        records.list = malloc(sizeof list);
        memcpy(records.list, list, sizeof list);
    }
    return evaluations_take_records(&bench->evaluations, &records, &error) == STATUS_DONE &&
           !records.list;
}

/* Whether a result is as on record, and no rank has evaluated it. */
static bool is_fact(const struct bench *bench, size_t number)
{
    const struct result *result = &bench->evaluations.results[number];
    return result->outcome == OUTCOME_TIMED_OUT && result->hit == OUTCOME_TIMED_OUT &&
           result->attempts == 2 && result->rank == -1 && isnan(result->seconds) &&
           isnan(bench->evaluations.losses[number]);
}

/* Whether number 8, which is done, is told as it was hit; or, if it fails, as it fails. */
static bool tells_hit(const struct bench *bench)
{
    const struct result *result = &bench->evaluations.results[8];
    return result->outcome == OUTCOME_DONE && result->hit == OUTCOME_CRASHED &&
           result->attempts == 9;
}

/* The clock's losses are facts; what was hit and done is done again, and told as before, also by
 * the journal. */
static bool facts_are_kept(const struct world *world)
{
    char folder[] = "/tmp/dtrain-test-XXXXXX";
    struct bench bench;
    struct error error;
    int64_t flag = 0;
    bool right = world->rank != 0 || mkdtemp(folder);
    collective_broadcast(world, folder, sizeof folder);
    right = bench_go_on(&bench, world, folder, false, 0) && right;
    const struct evaluations *evaluations = &bench.evaluations;
    right = take_records(&bench) && begin_table(&bench, 2) && right;
    const size_t count = evaluations->table.count;
    right = is_fact(&bench, 3) && evaluations->results[5].outcome == OUTCOME_NONE && right;
    right = carry_out(&bench, 0, count, 1, &flag) && right;
    right = is_fact(&bench, 3) && evaluations->sum.evaluated == count - 1 && right;
    right = tells_hit(&bench) && results_are_equal(&bench) && right;
    evaluations_learn(&bench.evaluations);
    right = evaluations_flush(&bench.evaluations, &error) == STATUS_DONE && right;
    bench_close(&bench);
    /* That start is killed, and what failures.jsonl had is cut. */
    right = bench_go_on(&bench, world, folder, false, 1) && begin_table(&bench, 2) && right;
    right = tells_hit(&bench) && bench.evaluations.results[8].rank == -1 && right;
    bench_close(&bench);
    collective_largest(world, 0);
    if (world->rank == 0)
        right = journal_remove(folder, INT_MAX, &error) == STATUS_DONE && right;
    return right;
}

/* With --on-failure stop, what was lost is tried once more. */
static bool facts_may_be_tried_again(const struct world *world)
{
    struct bench bench;
    int64_t flag = 0;
    bool right = bench_open(&bench, world, &variants[1], true);
    const struct evaluations *evaluations = &bench.evaluations;
    right = take_records(&bench) && begin_table(&bench, 2) && right;
    right = evaluations->results[3].outcome == OUTCOME_NONE && right;
    right = carry_out(&bench, 0, evaluations->table.count, 1, &flag) && right;
    right = result_is_right(&bench, 3) && tells_hit(&bench) && right;
    bench_close(&bench);
    return right;
}

/* All ranks hear that one of them cannot evaluate any more. */
static bool hears_of_a_broken_rank(const struct world *world)
{
    struct bench bench;
    int64_t flag = 0;
    bool right = bench_open(&bench, world, &variants[0], false);
    struct evaluations *evaluations = &bench.evaluations;
    right = begin_table(&bench, 2) && right;
    right = carry_out(&bench, 0, 3, 1, &flag) && !evaluations->broken && right;
    if (world->rank == world->size - 1)
        error_set(&evaluations->evaluator.failure, STATUS_FAILED, "pond: gone");
    carry_out(&bench, 0, 6, 1, &flag);
    right = evaluations->broken && right;
    bench_close(&bench);
    return right;
}

static bool names_are_right(const struct world *world)
{
    static const struct {
        int variant;
        size_t number;
        const char *name;
    } cases[] = {{0, 3, "replicate 3"},
                 {0, 6, "replicate 0"},
                 {0, 12, "inflow + h, replicate 0"},
                 {0, 13, "inflow - h, replicate 0"},
                 {1, 1, "row 102"},
                 {1, 7, "row 103"},
                 {1, 12 + 7 + 4, "seepage - h, row 103"}};
    bool right = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct bench bench;
        char name[64];
        right = bench_open(&bench, world, &variants[cases[i].variant], false) && right;
        right = begin_table(&bench, 2) && right;
        evaluations_name(&bench.evaluations, cases[i].number, name, sizeof name);
        right = strcmp(name, cases[i].name) == 0 && right;
        bench_close(&bench);
    }
    return right;
}

static bool refuses_too_many(const struct world *world)
{
    static const struct evaluations_rules rules;
    struct bench bench;
    struct evaluations evaluations;
    struct error error;
    bool right = bench_open(&bench, world, &variants[1], false);
    right = evaluations_open(&evaluations, world, &bench.model, &rules, 1 << 23, 0, 0, NULL,
                             &error) == STATUS_FAILED &&
            strstr(error.text, "of the model pond would give more than 134217728 numbers") && right;
    evaluations_close(&evaluations);
    bench_close(&bench);
    return right;
}

int main(int argc, char **argv)
{
    struct world world = world_open(&argc, &argv);
    int wrong = 0;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; ++i)
        wrong |= !evaluates_all(&world, &variants[i]) << i;
    wrong |= !learns_seconds(&world) << 4 | !trials_leave_no_trace(&world) << 5 |
             !stops_and_goes_on(&world) << 6;
    wrong |= !journals_are_used(&world) << 7 | !names_are_right(&world) << 8 |
             !refuses_too_many(&world) << 9 | !is_never_too_busy(&world) << 10;
    wrong |= !facts_are_kept(&world) << 11 | !facts_may_be_tried_again(&world) << 12 |
             !hears_of_a_broken_rank(&world) << 13;
    MPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_INT, MPI_BOR, world.comm);
    if (world.rank == 0)
        printf("checks that went wrong: %#x\n", (unsigned)wrong);
    world_close(&world);
    return wrong != 0;
}
