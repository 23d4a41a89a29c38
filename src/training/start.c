/* SPDX-License-Identifier: MIT */
#include "start.h"

#include "columns.h"
#include "common/printable.h"
#include "ranks/collective.h"
#include "ranks/cores.h"
#include "ranks/launcher.h"
#include "ranks/placement.h"

#include <stdio.h>
#include <string.h>

/* ", tanh"; "" if it is the sigmoid, or a model has none. */
static void describe_activation(const struct tensors *tensors, char *text, size_t size)
{
    text[0] = '\0';
    if (!activation_goes_unnamed(tensors->activation))
        snprintf(text, size, ", %s", tensors->activation);
}

static void print_method(const struct trainer *trainer)
{
    const struct config *config = trainer->config;
    char activation[TENSOR_NAME_SIZE + 2], text[PRINTABLE_PATH_SIZE];
    struct columns columns = columns_of("dtrain:");
    describe_activation(&trainer->model.tensors, activation, sizeof activation);
    snprintf(text, sizeof text, "%s%s, %zu parameters, %s gradients, batches of %lld",
             trainer->model.description, activation, trainer->model.tensors.parameters,
             config->gradient, (long long)config->batch_size);
    columns_add(&columns, text);
    columns_end(&columns);
}

/* "2 parameters of the model epidemic (infection, recovery), central differences, 64 replicates" */
static void print_evaluations(const struct trainer *trainer)
{
    enum { NAMES_SHOWN = 8 };
    const struct parameters *parameters = trainer->model.user.parameters;
    const bool shown = parameters->named && parameters->count <= NAMES_SHOWN;
    const bool is_process = config_has_process(trainer->config);
    char text[PRINTABLE_PATH_SIZE];
    struct columns columns = columns_of("dtrain:");
    snprintf(text, sizeof text, "%zu parameter%s%s", parameters->count,
             parameters->count == 1 ? "" : "s", trainer->model.of_model);
    columns_add(&columns, text);
    for (size_t p = 0; shown && p < parameters->count; ++p) {
        snprintf(text, sizeof text, "%s%s%s", p == 0 ? "(" : "", parameters->names[p],
                 p + 1 == parameters->count ? ")," : ",");
        columns_add(&columns, text);
    }
    snprintf(text, sizeof text, "%s%s differences,", shown ? "" : "by ",
             trainer->config->difference);
    columns_add(&columns, text);
    const long long batch = (long long)trainer->config->batch_size;
    if (dataset_is_there(trainer->loader.dataset))
        snprintf(text, sizeof text, "batches of %lld%s", batch, is_process ? "," : "");
    else
        snprintf(text, sizeof text, "%lld replicate%s%s", batch, batch == 1 ? "" : "s",
                 is_process ? "," : "");
    columns_add(&columns, text);
    if (is_process)
        columns_add(&columns, "each simulation in a process of its own");
    columns_end(&columns);
}

static void print_line(const char *label, const char *text)
{
    char shown[PRINTABLE_PATH_SIZE];
    struct columns columns = columns_begin(label);
    printable_copy(shown, sizeof shown, text);
    columns_add(&columns, shown);
    columns_end(&columns);
}

/* "each simulation may use 1 core", of those of its rank, and how it may use more. Collective. */
static void describe_cores(const struct world *world, char *text, size_t size)
{
    const int own = cores_of_process();
    const int least = (int)collective_spread(world, own).minimum;
    const bool is_bound =
        launcher_ranks_of_node() > 0 && collective_largest(world, cores_of_host() - own) > 0;
    snprintf(text, size, "each simulation may use %d core%s%s", least, least == 1 ? "" : "s",
             is_bound ? ": start mpirun with --bind-to none or --map-by slot:PE=4 for more" : "");
}

/* The next origin, from setting *at on, that no setting before has; NULL if there is none.
 * "default" does not count. */
static const char *next_origin(const struct settings *settings, int *at)
{
    for (; *at < settings->count; ++*at) {
        const char *const origin = settings->list[*at].origin;
        bool is_new = strcmp(origin, "default") != 0;
        for (int before = 0; before < *at; ++before)
            is_new = is_new && strcmp(settings->list[before].origin, origin) != 0;
        if (is_new)
            return settings->list[(*at)++].origin;
    }
    return NULL;
}

/* "hidden 20, batch-size 1000 (command line)". */
static void add_settings(struct columns *columns, const struct settings *settings,
                         const char *origin)
{
    char value[PRINTABLE_PATH_SIZE], item[PRINTABLE_PATH_SIZE + 128];
    int left = 0;
    for (int i = 0; i < settings->count; ++i)
        left += strcmp(settings->list[i].origin, origin) == 0;
    for (int i = 0; i < settings->count; ++i) {
        const struct setting *setting = settings->list + i;
        if (strcmp(setting->origin, origin) != 0)
            continue;
        printable_copy(value, sizeof value, setting->value);
        snprintf(item, sizeof item, --left > 0 ? "%s %s," : "%s %s (%s);", setting->name, value,
                 origin);
        columns_add(columns, item);
    }
}

/* Lists the settings that differ from their defaults. */
static void print_settings(const struct config *config)
{
    struct settings settings;
    struct columns columns = columns_begin("settings");
    const char *origin;
    int at = 0, origins = 0;
    config_settings(config, &settings);
    for (; (origin = next_origin(&settings, &at)); ++origins)
        add_settings(&columns, &settings, origin);
    columns_add(&columns, origins > 0 ? "others by default" : "all by default");
    columns_end(&columns);
}

static void print_starting_point(const struct schedule *schedule)
{
    if (schedule->resumed && schedule->first == schedule->last)
        printf("dtrain: the run is finished already: %lld iterations\n", (long long)schedule->last);
    else if (schedule->resumed)
        printf("dtrain: resuming after iteration %lld\n", (long long)schedule->first);
}

void start_announce(const struct trainer *trainer)
{
    char placement[512], cores[128];
    const bool has_data = dataset_is_there(trainer->loader.dataset);
    const struct config *config = trainer->config;
    placement_describe(trainer->world, placement, sizeof placement);
    if (config_has_process(config))
        describe_cores(trainer->world, cores, sizeof cores);
    if (trainer->world->rank == 0 && !config->quiet) {
        trainer->model.kind->evaluates ? print_evaluations(trainer) : print_method(trainer);
        if (has_data)
            data_summary_print(&trainer->loader.summary, &trainer->recipe, config->validation_rows);
        if (config->dry_run)
            print_line("dry run", "nothing is written");
        else
            print_line("run in", trainer->recorder.directory);
        print_line("ranks", placement);
        if (config_has_process(config))
            print_line("cores", cores);
        if (trainer->model.kind->evaluates && trainer->by_evaluations.same_bits)
            print_line("model", "gives the same bits after other evaluations and on all ranks");
        print_settings(config);
        print_starting_point(&trainer->schedule);
        fflush(stdout);
    }
    if (has_data)
        data_summary_report(&trainer->loader.summary, config->validation_rows, trainer->world);
}
