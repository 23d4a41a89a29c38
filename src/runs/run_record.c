/* SPDX-License-Identifier: MIT */
#include "run_record.h"

#include "common/multiversion.h"
#include "common/version.h"
#include "files/atomic_file.h"
#include "files/path.h"
#include "json_number.h"
#include "json_text.h"
#include "ranks/collective.h"

#include <hdf5.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Frees a JSON value that could not be completed for want of memory, and returns NULL. */
static json_t *give_up(json_t *json)
{
    json_decref(json);
    return NULL;
}

static json_t *new_event(const char *event, int64_t iteration)
{
    char text[32];
    const time_t now = time(NULL);
    struct tm utc;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    return json_pack("{s:s, s:s, s:I}", "event", event, "time", text, "iteration",
                     (json_int_t)iteration);
}

static json_t *describe_settings(const struct settings *settings)
{
    json_t *options = json_object();
    for (int i = 0; i < settings->count; ++i) {
        const struct setting *setting = settings->list + i;
        json_t *option = json_pack("{s:o, s:s}", "value", json_text_new(setting->value), "origin",
                                   setting->origin);
        if (json_object_set_new(options, setting->name, option) != 0)
            return give_up(options);
    }
    return options;
}

static json_t *command_line(char *const *argv)
{
    json_t *words = json_array();
    for (; *argv; ++argv)
        if (json_array_append_new(words, json_text_new(*argv)) != 0)
            return give_up(words);
    return words;
}

static json_t *library_versions(void)
{
    char mpi[WORLD_MPI_SIZE], hdf5[32];
    unsigned major, minor, release;
    world_mpi_version(mpi);
    H5get_libversion(&major, &minor, &release);
    snprintf(hdf5, sizeof hdf5, "%u.%u.%u", major, minor, release);
    return json_pack("{s:s, s:s}", "mpi", mpi, "hdf5", hdf5);
}

/* The compiler and its flags, and the instruction set that rank 0 uses. */
static json_t *describe_build(void)
{
    return json_pack("{s:s, s:s, s:s}", "compiler", DTRAIN_COMPILER, "flags", DTRAIN_COMPILER_FLAGS,
                     "instruction_set", multiversion_in_use());
}

static json_t *describe_values(const struct samples_extent *values)
{
    return json_pack("{s:f, s:f, s:f, s:I}", "smallest", values->smallest, "largest",
                     values->largest, "mean", values->sum / (double)values->count, "count",
                     (json_int_t)values->count);
}

static json_t *describe_dataset(const struct run_dataset *dataset)
{
    char fingerprint[20];
    if (!dataset)
        return json_null();
    snprintf(fingerprint, sizeof fingerprint, "%016llx", (unsigned long long)dataset->fingerprint);
    json_t *object = json_pack(
        "{s:o, s:I, s:I, s:i, s:i, s:s, s:o}", "path", json_text_new(dataset->path), "train_rows",
        (json_int_t)dataset->train_rows, "test_rows", (json_int_t)dataset->test_rows, "inputs",
        dataset->inputs, dataset->labelled ? "classes" : "targets", dataset->outputs, "fingerprint",
        fingerprint, "values", describe_values(&dataset->values));
    if (dataset->recipe &&
        json_object_set_new(object, "recipe", json_loads(dataset->recipe, 0, NULL)) != 0)
        return give_up(object);
    return object;
}

static json_t *describe_parameter(const struct parameters *parameters, size_t p)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_text_new(parameters->names[p]), "initial",
        json_number_new(parameters->initial[p]), "lower", json_number_new(parameters->lower[p]),
        "upper", json_number_new(parameters->upper[p]), "scale",
        json_number_new(parameters->scale[p]), "step", json_number_new(parameters->step[p]));
}

static json_t *describe_parameters(const struct parameters *parameters)
{
    json_t *list = json_array();
    for (size_t p = 0; p < parameters->count; ++p)
        if (json_array_append_new(list, describe_parameter(parameters, p)) != 0)
            return give_up(list);
    return list;
}

static json_t *describe_model(const struct run_model *model)
{
    json_t *object =
        json_pack("{s:o, s:i}", "name", json_text_new(model->name), "residuals", model->residuals);
    if (model->parameters->count <= RUN_MODEL_PARAMETERS_MAX &&
        json_object_set_new(object, "parameters", describe_parameters(model->parameters)) != 0)
        return give_up(object);
    return object;
}

static json_t *describe_weights(const struct run_weights *weights)
{
    if (!weights->file)
        return json_null();
    return json_pack("{s:o, s:s}", "file", json_text_new(weights->file), "digest", weights->digest);
}

/* Writes run.json: the record with one more event. Frees both; either may be NULL. */
static enum status write_record(const char *run_dir, json_t *record, json_t *event,
                                struct error *error)
{
    char path[PATH_MAX];
    path_join(path, run_dir, "run.json");
    const bool complete = json_array_append_new(json_object_get(record, "events"), event) == 0;
    char *text = complete ? json_dumps(record, JSON_INDENT(2)) : NULL;
    const enum status status = text ? atomic_file_write(path, text, strlen(text), error)
                                    : error_memory(error, path, "the record of the run");
    free(text);
    json_decref(record);
    return status;
}

static json_t *host_list(const char *hosts, int ranks)
{
    json_t *list = json_array();
    for (int rank = 0; rank < ranks; ++rank)
        if (json_array_append_new(list, json_text_new(hosts + (size_t)rank * WORLD_HOST_SIZE)) != 0)
            return give_up(list);
    return list;
}

/* Reads run.json; returns NULL if there is no record to which events can be added. */
static json_t *load_record(const char *run_dir)
{
    char path[PATH_MAX];
    path_join(path, run_dir, "run.json");
    json_t *record = json_load_file(path, 0, NULL);
    return json_is_array(json_object_get(record, "events")) ? record : give_up(record);
}

/* A start or, if iteration > -1, a resume, with the ranks and hosts that run from then on. */
static json_t *start_event(const struct world *world, const char *hosts, char *const *argv,
                           int64_t iteration)
{
    json_t *event = new_event(iteration > -1 ? "resume" : "start", iteration > -1 ? iteration : 0);
    const bool complete = json_object_set_new(event, "ranks", json_integer(world->size)) == 0 &&
                          json_object_set_new(event, "hosts", host_list(hosts, world->size)) == 0 &&
                          json_object_set_new(event, "command_line", command_line(argv)) == 0;
    return complete ? event : give_up(event);
}

static json_t *new_record(const struct world *world, const char *hosts,
                          const struct settings *settings, char *const *argv,
                          const struct run_dataset *dataset, const struct run_model *model,
                          const struct run_weights *weights)
{
    json_t *record =
        json_pack("{s:s, s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "version", version_number(),
                  "revision", version_revision(), "build", describe_build(), "command_line",
                  command_line(argv), "ranks", world->size, "hosts", host_list(hosts, world->size),
                  "libraries", library_versions(), "options", describe_settings(settings),
                  "dataset", describe_dataset(dataset), "weights", describe_weights(weights));
    if ((model && json_object_set_new(record, "model", describe_model(model)) != 0) ||
        json_object_set_new(record, "events", json_array()) != 0)
        return give_up(record);
    return record;
}

enum status run_record_start(const struct world *world, const char *run_dir,
                             const struct settings *settings, char *const *argv,
                             const struct run_dataset *dataset, const struct run_model *model,
                             const struct run_weights *weights, int64_t iteration,
                             struct error *error)
{
    char host[WORLD_HOST_SIZE];
    void *hosts;
    world_host_name(host);
    if (collective_gather(world, host, sizeof host, &hosts, error))
        return error->status;
    enum status status = STATUS_DONE;
    if (world->rank == 0) {
        json_t *record = iteration > -1 ? load_record(run_dir) : NULL;
        if (!record)
            record = new_record(world, hosts, settings, argv, dataset, model, weights);
        status = write_record(run_dir, record, start_event(world, hosts, argv, iteration), error);
    }
    free(hosts);
    return world_agree(world, status, error);
}

enum status run_record_event(const char *run_dir, const char *event, int64_t iteration,
                             const char *reason, struct error *error)
{
    json_t *record = load_record(run_dir);
    if (!record)
        return error_set(error, STATUS_FAILED, "%s/run.json: cannot be read", run_dir);
    json_t *entry = new_event(event, iteration);
    if (reason && json_object_set_new(entry, "reason", json_text_new(reason)) != 0)
        entry = give_up(entry);
    return write_record(run_dir, record, entry, error);
}

bool run_record_values(const char *run_dir, struct samples_extent *values)
{
    json_t *record = load_record(run_dir);
    json_int_t count;
    *values = (struct samples_extent){0};
    const bool read = json_unpack(json_object_get(json_object_get(record, "dataset"), "values"),
                                  "{s:F, s:F, s:F, s:I}", "smallest", &values->smallest, "largest",
                                  &values->largest, "mean", &values->sum, "count", &count) == 0;
    json_decref(record);
    if (read) {
        values->count = count;
        values->sum *= (double)count;
    }
    return read;
}

/* Appends name and value to the texts. */
static bool add_option(struct run_options *options, const char *name, const char *value)
{
    const size_t name_bytes = strlen(name) + 1, value_bytes = strlen(value) + 1;
    char *longer = realloc(options->texts, options->bytes + name_bytes + value_bytes);
    if (!longer)
        return false;
    memcpy(longer + options->bytes, name, name_bytes);
    memcpy(longer + options->bytes + name_bytes, value, value_bytes);
    options->texts = longer;
    options->bytes += name_bytes + value_bytes;
    return true;
}

static int64_t finished_at(const json_t *record)
{
    const json_t *events = json_object_get(record, "events");
    const json_t *last = json_array_get(events, json_array_size(events) - 1);
    const char *name = json_string_value(json_object_get(last, "event"));
    if (!name || strcmp(name, "finish") != 0)
        return -1;
    return json_integer_value(json_object_get(last, "iteration"));
}

/* Appends what the record says about the weights, if anything. */
static bool add_weights(struct run_options *options, const json_t *record)
{
    const json_t *weights = json_object_get(record, "weights");
    const char *file = json_string_value(json_object_get(weights, "file"));
    const char *digest = json_string_value(json_object_get(weights, "digest"));
    const char *numbers = json_string_value(json_object_get(weights, "parameters"));
    return !file || (!digest && !numbers) ||
           (add_option(options, "weights.file", file) &&
            (!digest || add_option(options, "weights.digest", digest)) &&
            (!numbers || add_option(options, "weights.parameters", numbers)));
}

bool run_record_has_weights(const struct run_options *options, const struct tensors *tensors,
                            const double *theta)
{
    const char *recorded = settings_find_text(options->texts, options->bytes, "weights.digest");
    struct tensors covered = *tensors;
    struct digest digest;
    char text[DIGEST_TEXT_SIZE];
    if (!recorded) {
        /* Version 0.3.1 recorded this one, which did not cover the activation. */
        recorded = settings_find_text(options->texts, options->bytes, "weights.parameters");
        covered.activation[0] = '\0';
    }
    if (!recorded || !digest_parameters(&covered, theta, &digest))
        return false;
    digest_format(digest, text);
    return strcmp(text, recorded) == 0;
}

enum status run_record_read_options(const char *run_dir, struct run_options *options,
                                    struct error *error)
{
    json_t *record = load_record(run_dir), *option;
    const char *name;
    bool read = record != NULL, fits = true;
    *options = (struct run_options){0};
    json_object_foreach(json_object_get(record, "options"), name, option)
    {
        const char *value = json_string_value(json_object_get(option, "value"));
        read = read && value;
        fits = fits && (!value || add_option(options, name, value));
    }
    fits = fits && add_weights(options, record);
    options->finished = finished_at(record);
    json_decref(record);
    if (read && fits && options->texts)
        return STATUS_DONE;
    free(options->texts);
    options->texts = NULL;
    if (!fits)
        return error_memory(error, run_dir, "its options");
    return error_set(
        error, STATUS_FAILED,
        "%s/run.json: is not there, or is no record of a run: name the directory of a run",
        run_dir);
}

enum status run_record_options(const struct world *world, const char *run_dir,
                               struct run_options *options, struct error *error)
{
    *options = (struct run_options){0};
    enum status status = STATUS_DONE;
    if (world->rank == 0)
        status = run_record_read_options(run_dir, options, error);
    status = world_agree(world, status, error);
    if (!status) {
        collective_broadcast(world, &options->finished, sizeof options->finished);
        collective_broadcast(world, &options->bytes, sizeof options->bytes);
        if (world->rank != 0)
            options->texts = malloc(options->bytes);
        status = world_agree_memory(world, options->texts, NULL, "the options of the run", error);
    }
    if (!status) {
        collective_broadcast(world, options->texts, options->bytes);
        return STATUS_DONE;
    }
    free(options->texts);
    options->texts = NULL;
    return status;
}
