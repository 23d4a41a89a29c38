/* SPDX-License-Identifier: MIT */
#include "evaluations.h"

#include "common/clock.h"
#include "common/xxh3.h"
#include "ranks/collective.h"
#include "recollection.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often a rank that evaluates looks whether it is to stop, in seconds. */
static const double look_every = 0.1;

/* What a rank sends: whether it was asked to stop, the caller's flag, whether its model has written
 * to theta, and whether it cannot evaluate any more; then, for each evaluation from the first that
 * is to be done, a word about the result, and its values: 64 bits each. */
enum { HEAD = 4 };
static size_t words_of(const struct evaluations *e, size_t count)
{
    return HEAD + count * (1 + (size_t)e->width);
}

static bool make_room(struct evaluations *e, size_t capacity)
{
    const size_t parameters = e->model->tensors.parameters;
    e->values = malloc(capacity * (size_t)e->width * sizeof *e->values);
    e->losses = malloc(capacity * sizeof *e->losses);
    e->results = malloc(capacity * sizeof *e->results);
    e->point = malloc(parameters * sizeof *e->point);
    e->local = malloc(words_of(e, capacity) * sizeof *e->local);
    e->todo = malloc(capacity * sizeof *e->todo);
    e->list = malloc(capacity * sizeof *e->list);
    e->scratch = malloc(capacity * sizeof *e->scratch);
    e->expected = malloc(capacity * sizeof *e->expected);
    e->loads = malloc((size_t)e->world->size * sizeof *e->loads);
    e->room = malloc((size_t)e->width * sizeof *e->room);
    return e->values && e->losses && e->results && e->point && e->local && e->todo && e->list &&
           e->scratch && e->expected && e->room && e->loads;
}

/* How many evaluations a table has at most. */
static enum status find_capacity(struct evaluations *e, int64_t rows, struct error *error)
{
    e->capacity = table_capacity(e->model->user.parameters, rows);
    if (e->capacity <= TABLE_MAX / (size_t)e->width)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "the evaluations of an iteration%s would give more than %zu numbers: use a "
                     "smaller batch",
                     e->model->of_model, TABLE_MAX);
}

static bool never(void *context)
{
    (void)context;
    return false;
}

/* Asked while an evaluation is under way. */
static bool is_asked(void *context)
{
    struct evaluations *e = context;
    return e->asks_to_stop(e->context);
}

enum status evaluations_open(struct evaluations *e, const struct world *world,
                             const struct model *model, const struct evaluations_rules *rules,
                             int64_t rows, int inputs, int targets, const char *scratch,
                             struct error *error)
{
    *e = (struct evaluations){.world = world,
                              .model = model,
                              .rules = *rules,
                              .asks_to_stop = never,
                              .width = evaluator_width(model),
                              .past_last = -1};
    if (find_capacity(e, rows, error))
        return error->status;
    const bool made = make_room(e, e->capacity) && batch_create(&e->batch, rows, inputs, targets) &&
                      batch_create(&e->before, rows, inputs, targets) &&
                      table_create(&e->table, model->user.parameters) &&
                      plan_memory_create(&e->memory, model->tensors.parameters, rows);
    if (world_agree_memory(world, made, NULL, "the evaluations of an iteration", error) ||
        node_list_create(&e->nodes, world, error) || queue_create(&e->queue, world, error))
        return error->status;
    if (evaluator_open(&e->evaluator, world, model, scratch, error))
        return error->status;
    e->evaluator.asks_to_stop = is_asked;
    e->evaluator.context = e;
    return STATUS_DONE;
}

void evaluations_close(struct evaluations *e)
{
    evaluator_close(&e->evaluator);
    journal_close(&e->journal);
    journal_past_destroy(&e->past);
    queue_destroy(&e->queue);
    node_list_destroy(&e->nodes);
    plan_memory_destroy(&e->memory);
    table_destroy(&e->table);
    batch_destroy(&e->batch);
    batch_destroy(&e->before);
    void *const room[] = {e->values, e->losses,  e->results,  e->point, e->local, e->todo,
                          e->list,   e->scratch, e->expected, e->room,  e->loads, e->records.list};
    for (size_t i = 0; i < sizeof room / sizeof *room; ++i)
        free(room[i]);
    *e = (struct evaluations){0};
}

enum status evaluations_keep_journal(struct evaluations *e, enum journal_mode mode,
                                     const char *folder, uint64_t run_hash, struct error *error)
{
    enum status status = STATUS_DONE;
    if (e->world->rank == 0) {
        e->start = journal_next_start(folder);
        status = journal_past_read(&e->past, folder, run_hash, e->width, error);
        e->past_last = e->past.last;
    }
    if (world_agree(e->world, status, error))
        return error->status;
    collective_broadcast(e->world, &e->start, sizeof e->start);
    collective_broadcast(e->world, &e->past_last, sizeof e->past_last);
    e->keeps_journal = mode != JOURNAL_OFF;
    status = journal_open(&e->journal, mode, folder, e->start, e->world->rank, run_hash, e->width,
                          error);
    return world_agree(e->world, status, error);
}

enum status evaluations_take_records(struct evaluations *e, struct outcome_records *records,
                                     struct error *error)
{
    collective_broadcast(e->world, &records->count, sizeof records->count);
    const size_t bytes = records->count * sizeof *records->list;
    if (e->world->rank != 0)
        records->list = malloc(bytes + 1);
    e->records = *records;
    *records = (struct outcome_records){0};
    const bool has = e->records.list || e->records.count == 0;
    if (world_agree_memory(e->world, has, NULL, "the failures on record", error))
        return error->status;
    collective_broadcast(e->world, e->records.list, bytes);
    return STATUS_DONE;
}

/* Takes over a result; `values` are (width) doubles. */
static void keep(struct evaluations *e, size_t number, struct result result, const void *values)
{
    double *const own = e->values + number * (size_t)e->width;
    e->results[number] = result;
    e->losses[number] = (double)NAN;
    if (result.outcome != OUTCOME_DONE)
        return;
    memcpy(own, values, (size_t)e->width * sizeof *own);
    e->losses[number] = evaluator_loss(e->model, own);
}

/* Takes over what a record says. */
static void take_record(struct evaluations *e, const struct recollection *recollection, size_t i)
{
    struct journal_record record;
    const void *values = recollection_record(recollection, i, &record);
    const struct result result = {.outcome = (enum outcome)record.outcome,
                                  .hit = (enum outcome)record.hit,
                                  .attempts = record.attempts,
                                  .rank = -1,
                                  .seconds = (float)record.seconds};
    if (record.evaluation < e->table.count && result.outcome != OUTCOME_NONE &&
        result.outcome < OUTCOMES && result.hit < OUTCOMES &&
        !(e->rules.again_lost && outcome_is_lost(result.outcome)))
        keep(e, record.evaluation, result, values);
}

static const struct outcome_record *record_of(const struct evaluations *e, size_t number)
{
    return outcome_records_find(&e->records, e->iteration, (int64_t)number);
}

/* Takes over what is lost by the run's own record, and is in no journal. Its loss is NaN already.
 */
static void take_facts(struct evaluations *e)
{
    const struct outcome_records *records = &e->records;
    for (size_t i = outcome_records_begin(records, e->iteration);
         i < records->count && records->list[i].iteration == e->iteration; ++i) {
        const struct outcome_record *record = &records->list[i];
        const size_t number = (size_t)record->number;
        if (!e->rules.again_lost && outcome_record_is_fact(record) && number < e->table.count &&
            e->results[number].outcome == OUTCOME_NONE)
            e->results[number] = result_recorded(record);
    }
}

/* All ranks take over what the journals of earlier starts hold of the iteration. */
static enum status recall(struct evaluations *e, uint64_t theta_hash, struct error *error)
{
    struct recollection recollection;
    if (e->iteration > e->past_last)
        return STATUS_DONE;
    const enum status status = recollection_take(&recollection, e->world, &e->past, e->iteration,
                                                 theta_hash, e->width, error);
    for (size_t i = 0; !status && i < recollection.count; ++i)
        take_record(e, &recollection, i);
    recollection_free(&recollection);
    return status;
}

enum status evaluations_begin(struct evaluations *e, int64_t iteration, const double *theta,
                              int64_t before, struct error *error)
{
    const size_t parameters = e->model->tensors.parameters;
    e->iteration = iteration;
    e->sum = (struct evaluations_sum){0};
    e->lost_reason[0] = '\0';
    table_fill(&e->table, e->rules.difference, theta, before, e->batch.rows);
    memset(e->results, 0, e->table.count * sizeof *e->results);
    for (size_t number = 0; number < e->table.count; ++number)
        e->losses[number] = (double)NAN;
    memcpy(e->point, theta, parameters * sizeof *theta);
    const uint64_t theta_hash =
        e->keeps_journal ? XXH3_64bits(theta, parameters * sizeof *theta) : 0;
    journal_begin(&e->journal, iteration, theta_hash, e->table.first);
    if (recall(e, theta_hash, error))
        return error->status;
    take_facts(e);
    return STATUS_DONE;
}

const struct batch *evaluations_batch(const struct evaluations *e, const struct evaluation *what)
{
    return what->kind == EVALUATION_AFTER ? &e->before : &e->batch;
}

struct dtrain_call evaluations_call(const struct evaluations *e, size_t number,
                                    const struct evaluation *what)
{
    const struct batch *batch = evaluations_batch(e, what);
    struct dtrain_call call = {.theta = e->point, .iteration = batch->iteration};
    batch_describe(batch, what->row, &call);
    call.seed = random_numbers_seed(e->rules.random_numbers, e->rules.seed, batch->iteration,
                                    call.row, number);
    return call;
}

static struct attempts evaluate(struct evaluations *e, size_t number, double *values)
{
    const struct evaluation what = table_evaluation(&e->table, number);
    struct dtrain_call call = evaluations_call(e, number, &what);
    double *const moved = e->point + what.parameter;
    const double before = *moved;
    if (what.side != 0)
        *moved = table_moved(&e->table, what.parameter, what.side);
    const struct attempts attempts =
        evaluator_evaluate(&e->evaluator, number, &call, e->rules.retries, values);
    /* Put back, not added back: x + h - h is not x. */
    *moved = before;
    return attempts;
}

enum outcome evaluations_try(struct evaluations *e, size_t number, double *values)
{
    evaluator_enter(&e->evaluator);
    const struct attempts attempts = evaluate(e, number, values);
    evaluator_leave(&e->evaluator);
    return attempts.outcome;
}

/* Lists the numbers that have no result yet. */
static void list_todo(struct evaluations *e, const uint32_t *numbers, size_t count)
{
    e->todo_count = 0;
    for (size_t i = 0; i < count; ++i)
        if (e->results[numbers[i]].outcome == OUTCOME_NONE)
            e->todo[e->todo_count++] = numbers[i];
}

/* Puts what this node has to do of it into the order in which it is to begin. */
static size_t plan(struct evaluations *e)
{
    const struct plan_nodes nodes = {e->nodes.count, e->nodes.own, e->nodes.ranks, e->loads};
    for (size_t i = 0; i < e->todo_count; ++i)
        e->expected[i] = plan_expect(&e->memory, &e->table, e->batch.numbered, e->todo[i]);
    return plan_make(&nodes, e->todo, e->expected, e->todo_count, e->scratch, e->list);
}

/* Where this rank's words about an evaluation are, in what it sends. */
static int64_t *words_about(const struct evaluations *e, size_t number)
{
    return e->local + HEAD + (number - e->todo[0]) * (1 + (size_t)e->width);
}

/* Adds a result to the journal. */
static void add_record(struct evaluations *e, size_t number, const struct result *result,
                       const double *values)
{
    const struct journal_record record = {.iteration = e->iteration,
                                          .evaluation = (uint32_t)number,
                                          .outcome = (uint8_t)result->outcome,
                                          .attempts = (uint8_t)result->attempts,
                                          .hit = (uint8_t)result->hit,
                                          .seconds = result->seconds};
    journal_add(&e->journal, &record, values);
}

/* Keeps the reason of the first evaluation of the table that was lost on this rank. */
static void note_reason(struct evaluations *e, size_t number)
{
    if (e->lost_reason[0] && e->lost_number < number)
        return;
    e->lost_number = number;
    snprintf(e->lost_reason, sizeof e->lost_reason, "%s", e->evaluator.reason);
}

/* Notes a result in the journal, and in what this rank sends. */
static void note(struct evaluations *e, size_t number, const struct result *result,
                 const double *values)
{
    int64_t *const words = words_about(e, number);
    words[0] = result_to_word(result);
    if (result->outcome == OUTCOME_DONE)
        memcpy(words + 1, values, (size_t)e->width * sizeof *values);
    else
        note_reason(e, number);
    add_record(e, number, result, values);
}

/* Whether this rank is to begin no further evaluation. If it was asked to stop, its node follows.
 */
static bool is_to_stop(struct evaluations *e, double now)
{
    if (now - e->asked >= look_every) {
        e->asked = now;
        if (e->asks_to_stop(e->context))
            queue_close(&e->queue);
    }
    return queue_is_closed(&e->queue);
}

/* Takes evaluations from the list of the node until none is left. */
static void work_off(struct evaluations *e)
{
    double *const values = e->room;
    double began = clock_seconds();
    while (!is_to_stop(e, began)) {
        const size_t place = queue_take(&e->queue);
        if (place >= e->listed)
            break;
        e->begun = place + 1;
        const size_t number = e->list[place];
        const struct attempts attempts = evaluate(e, number, values);
        if (attempts.outcome == OUTCOME_NONE) {
            queue_close(&e->queue);
            break;
        }
        const double ended = clock_seconds();
        struct result result = result_make(&attempts, record_of(e, number), e->rules.repeats);
        result.rank = e->world->rank;
        result.seconds = (float)(ended - began);
        note(e, number, &result, values);
        began = ended;
    }
}

void evaluations_evaluate(struct evaluations *e, const uint32_t *numbers, size_t count)
{
    e->began = clock_seconds();
    list_todo(e, numbers, count);
    e->words = words_of(e, e->todo_count > 0 ? e->todo[e->todo_count - 1] - e->todo[0] + 1 : 0);
    memset(e->local, 0, e->words * sizeof *e->local);
    if (e->todo_count == 0)
        return;
    e->listed = plan(e);
    e->begun = 0;
    queue_open(&e->queue);
    evaluator_enter(&e->evaluator);
    work_off(e);
    evaluator_leave(&e->evaluator);
}

/* Takes over the results of all ranks. Returns whether all are there. */
static bool take_all(struct evaluations *e)
{
    bool complete = true;
    for (size_t i = 0; i < e->todo_count; ++i) {
        const int64_t *const words = words_about(e, e->todo[i]);
        const struct result result = result_from_word(words[0]);
        complete = complete && result.outcome != OUTCOME_NONE;
        if (result.outcome == OUTCOME_NONE)
            continue;
        keep(e, e->todo[i], result, words + 1);
        ++e->sum.evaluated;
        e->sum.seconds += (double)result.seconds;
        e->sum.longest = fmax(e->sum.longest, (double)result.seconds);
    }
    return complete;
}

/* Whether the model has only read the theta that it was given. */
static bool theta_is_whole(const struct evaluations *e)
{
    const size_t bytes = e->model->tensors.parameters * sizeof *e->point;
    return memcmp(e->point, e->table.theta, bytes) == 0;
}

bool evaluations_share(struct evaluations *e, int64_t *flag)
{
    e->local[0] = e->asks_to_stop(e->context);
    e->local[1] = *flag;
    e->local[2] = !theta_is_whole(e);
    e->local[3] = e->evaluator.failure.status != STATUS_DONE;
    collective_sum(e->world, e->local, e->words);
    e->requests = e->local[0];
    e->spoilt = e->local[2] > 0;
    e->broken = e->local[3] > 0;
    *flag = e->local[1];
    const bool complete = take_all(e);
    /* A rank that began late, when the others were nearly done, measures less than they took. */
    e->sum.wall = fmax(e->sum.wall + (clock_seconds() - e->began) * e->world->size, e->sum.seconds);
    return complete;
}

enum status evaluations_check_model(const struct evaluations *e, struct error *error)
{
    if (!e->spoilt)
        return STATUS_DONE;
    return error_set(error, STATUS_FAILED,
                     "the model %s has changed the theta that it was given: its evaluate() may "
                     "only read it",
                     e->model->description);
}

void evaluations_learn(struct evaluations *e)
{
    float *const seconds = e->expected;
    for (size_t number = 0; number < e->table.count; ++number) {
        const struct result *result = &e->results[number];
        seconds[number] = result->outcome == OUTCOME_NONE ? NAN : result->seconds;
    }
    plan_remember(&e->memory, &e->table, e->batch.numbered, seconds);
}

void evaluations_forget(struct evaluations *e, int64_t iteration)
{
    journal_forget(&e->journal);
    for (size_t number = 0; e->iteration > iteration && number < e->table.count; ++number) {
        const struct result *result = &e->results[number];
        if (result->outcome != OUTCOME_NONE && result->rank == e->world->rank)
            add_record(e, number, result, e->values + number * (size_t)e->width);
    }
}

enum status evaluations_flush(struct evaluations *e, struct error *error)
{
    return journal_flush(&e->journal, error);
}

void evaluations_name(const struct evaluations *e, size_t number, char *text, size_t size)
{
    const struct evaluation what = table_evaluation(&e->table, number);
    const struct batch *batch = evaluations_batch(e, &what);
    const bool has_data = e->batch.inputs > 0;
    char moved[PARAMETERS_NAME_MAX + 16] = "";
    if (what.kind == EVALUATION_SIDE)
        snprintf(moved, sizeof moved, "%s %s h, ", e->model->user.parameters->names[what.parameter],
                 what.side > 0 ? "+" : "-");
    snprintf(text, size, "%s%s %lld", moved, has_data ? "row" : "replicate",
             (long long)batch->numbered[what.row]);
}
