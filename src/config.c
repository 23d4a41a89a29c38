/* SPDX-License-Identifier: MIT */
#include "dtrain/config.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, INTEGER, REAL, DURATION, TEXT, CHOICE };

struct option_spec {
    const char *name;
    unsigned commands;
    enum kind kind;
    size_t offset;        /* of the value in struct config */
    const char *initial;  /* the default, as a user would write it; NULL: none */
    const char *argument; /* what the help calls the value, or the choices a|b */
    double minimum, maximum;
    bool shapes_run;
    const char *help;
};

#define AT(field) offsetof(struct config, field)

/* Iterations and rows are bounded so that sums over them stay far below 2^63. */
static const double many = 1e12;

static const struct option_spec table[] = {
    {"data", COMMAND_TRAIN | COMMAND_EVAL | COMMAND_GRADCHECK, TEXT, AT(data), NULL, "FILE", 0, 0,
     false, "dataset (HDF5); default: the MNIST that comes with dtrain"},
    {"hidden", COMMAND_TRAIN, INTEGER, AT(hidden), "50", "H", 1, 65536, true, "hidden units"},
    {"batch-size", COMMAND_TRAIN | COMMAND_BATCHES, INTEGER, AT(batch_size), "100", "B", 1, 131072,
     true, "samples in a mini-batch, over all ranks"},
    {"learning-rate", COMMAND_TRAIN, REAL, AT(learning_rate), "0.1", "X", 0, 1e6, true,
     "step of the gradient descent"},
    {"iterations", COMMAND_TRAIN, INTEGER, AT(iterations), "10000", "N", 0, many, false,
     "mini-batches to train on"},
    {"seed", COMMAND_TRAIN | COMMAND_BATCHES, INTEGER, AT(seed), "0", "S", 0, 9e15, true,
     "of all random numbers"},
    {"init-std", COMMAND_TRAIN, REAL, AT(init_std), "0.01", "X", 0, 1e3, true,
     "standard deviation of the initial weights"},
    {"weights", COMMAND_TRAIN | COMMAND_GRADCHECK, TEXT, AT(weights), NULL, "FILE[:/GROUP]", 0, 0,
     true, "start from these weights (HDF5: W1, b1, W2, b2)"},
    {"gradient", COMMAND_TRAIN, CHOICE, AT(gradient), "numerical", "numerical|literal|backprop", 0,
     0, true, "how gradients are computed"},
    {"step", COMMAND_TRAIN, REAL, AT(step), "1e-4", "H", 1e-12, 1e3, true,
     "h of the central difference"},
    {"sampling", COMMAND_TRAIN | COMMAND_BATCHES, CHOICE, AT(sampling), "replacement",
     "replacement|epoch", 0, 0, true, "how rows are drawn"},
    {"reduce", COMMAND_TRAIN, CHOICE, AT(reduce), "auto", "auto|mpi|shared", 0, 0, false,
     "how gradients are summed: MPI_Allreduce, or by a node's shared memory"},
    {"run-dir", COMMAND_TRAIN, TEXT, AT(run_dir), NULL, "DIR", 0, 0, false,
     "where the run is written; default: the next free runs/NNNN"},
    {"resume", COMMAND_TRAIN, FLAG, AT(resume), NULL, NULL, 0, 0, false,
     "go on from the newest sound checkpoint in --run-dir, or begin where there is none"},
    {"max-time", COMMAND_TRAIN, DURATION, AT(max_time), "0", "TIME", 0, 1e9, false,
     "stop by itself after 90, 90s, 30m, 2h or 1d, resumable; 0: never"},
    {"stall-timeout", COMMAND_TRAIN, DURATION, AT(stall_timeout), "300", "TIME", 0, 1e9, false,
     "end the job where a rank makes no progress for so long; 0: never"},
    {"checkpoint-every", COMMAND_TRAIN, INTEGER, AT(checkpoint_every), "0", "N", 0, many, false,
     "iterations between checkpoints; 0: one epoch"},
    {"keep", COMMAND_TRAIN, INTEGER, AT(keep), "3", "N", 1, 1e6, false,
     "newest checkpoints to keep"},
    {"eval-every", COMMAND_TRAIN, INTEGER, AT(eval_every), "0", "N", 0, many, true,
     "iterations between evaluations; 0: one epoch"},
    {"quiet", COMMAND_TRAIN, FLAG, AT(quiet), NULL, NULL, 0, 0, false, "print nothing but errors"},
    {"split", COMMAND_EVAL, CHOICE, AT(split), "test", "test|train", 0, 0, false,
     "which part of the dataset"},
    {"json", COMMAND_EVAL, FLAG, AT(json), NULL, NULL, 0, 0, false, "print one JSON object"},
    {"rows", COMMAND_GRADCHECK, TEXT, AT(row_range), "0:3", "A:B", 0, 0, false,
     "training rows A to B - 1"},
    {"step", COMMAND_GRADCHECK, TEXT, AT(steps), "1e-4", "H[,H...]", 0, 0, false,
     "h of the central difference; several are compared in turn"},
    {"methods", COMMAND_GRADCHECK, TEXT, AT(methods), "numerical,literal,backprop", "LIST", 0, 0,
     false, "gradient methods; each is compared with the first"},
    {"tolerance", COMMAND_GRADCHECK, REAL, AT(tolerance), "1e-6", "X", 0, 1, false,
     "largest relative difference that passes"},
    {"output", COMMAND_GRADCHECK, TEXT, AT(output), NULL, "FILE", 0, 0, false,
     "write the gradients (HDF5: /METHOD/W1 ...)"},
    {"hidden", COMMAND_GRADCHECK, INTEGER, AT(hidden), "50", "H", 1, 65536, true,
     "hidden units, without --weights"},
    {"seed", COMMAND_GRADCHECK, INTEGER, AT(seed), "0", "S", 0, 9e15, true,
     "of the initial weights, without --weights"},
    {"init-std", COMMAND_GRADCHECK, REAL, AT(init_std), "0.01", "X", 0, 1e3, true,
     "deviation of the initial weights, without --weights"},
    {"iterations", COMMAND_BATCHES, INTEGER, AT(iterations), "1", "N", 0, many, false,
     "mini-batches to print"},
    {"rows", COMMAND_BATCHES, INTEGER, AT(rows), "60000", "N", 1, many, false,
     "rows of the dataset"},
    {"train-images", COMMAND_IMPORT, TEXT, AT(train_images), NULL, "FILE", 0, 0, false,
     "IDX file, plain or .gz"},
    {"train-labels", COMMAND_IMPORT, TEXT, AT(train_labels), NULL, "FILE", 0, 0, false,
     "IDX file, plain or .gz"},
    {"test-images", COMMAND_IMPORT, TEXT, AT(test_images), NULL, "FILE", 0, 0, false,
     "IDX file, plain or .gz"},
    {"test-labels", COMMAND_IMPORT, TEXT, AT(test_labels), NULL, "FILE", 0, 0, false,
     "IDX file, plain or .gz"},
    {"name", COMMAND_IMPORT, TEXT, AT(name), "MNIST", "TEXT", 0, 0, false, "the dataset's name"},
    {"source", COMMAND_IMPORT, TEXT, AT(source),
     "http://yann.lecun.com/exdb/mnist/ (Y. LeCun, C. Cortes, C. Burges)", "TEXT", 0, 0, false,
     "where it comes from"},
    {"license", COMMAND_IMPORT, TEXT, AT(license), "CC BY-SA 3.0", "TEXT", 0, 0, false,
     "its licence"},
    {"help", ~0u, FLAG, AT(help), NULL, NULL, 0, 0, false, "print this help and exit"},
    {"version", ~0u, FLAG, AT(version), NULL, NULL, 0, 0, false, "print the version and exit"},
};

enum { OPTIONS = sizeof table / sizeof *table };
_Static_assert(sizeof table / sizeof *table <= CONFIG_OPTIONS_MAX, "raise CONFIG_OPTIONS_MAX");

static const struct {
    const char *name;
    enum command command;
    const char *operand, *help;
} commands[] = {
    {"train", COMMAND_TRAIN, NULL, "train the network (the default command)"},
    {"eval", COMMAND_EVAL, "FILE[:/GROUP]", "loss and accuracy of saved weights"},
    {"gradcheck", COMMAND_GRADCHECK, NULL, "compare the gradient methods"},
    {"batches", COMMAND_BATCHES, NULL, "print the rows of each mini-batch, a line an iteration"},
    {"import", COMMAND_IMPORT, "OUT.h5", "make a dataset from IDX files"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* Whether text is one of the choices "a|b|c". */
static bool is_choice(const char *choices, const char *text)
{
    const size_t length = strlen(text);
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (length == strcspn(at, "|") && strncmp(at, text, length) == 0)
            return true;
    return false;
}

static bool parse_integer(const char *text, const struct option_spec *spec, int64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 && (double)*value >= spec->minimum &&
           (double)*value <= spec->maximum;
}

static bool parse_real(const char *text, const struct option_spec *spec, double *value)
{
    char *end;
    *value = strtod(text, &end);
    /* A NaN fails both comparisons. */
    return end != text && *end == '\0' && *value >= spec->minimum && *value <= spec->maximum;
}

/* Seconds, or a number with the unit s, m, h or d. */
static bool parse_duration(const char *text, const struct option_spec *spec, double *value)
{
    static const struct {
        char letter;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char *end;
    *value = strtod(text, &end);
    if (end == text)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; ++i)
        if (*end == units[i].letter) {
            *value *= units[i].seconds;
            ++end;
            break;
        }
    return *end == '\0' && *value >= spec->minimum && *value <= spec->maximum;
}

static bool parse_value(struct config *config, const struct option_spec *spec, const char *text)
{
    void *field = (char *)config + spec->offset;
    switch (spec->kind) {
    case FLAG:
        *(bool *)field = strcmp(text, "0") != 0;
        return true;
    case INTEGER:
        return parse_integer(text, spec, field);
    case REAL:
        return parse_real(text, spec, field);
    case DURATION:
        return parse_duration(text, spec, field);
    case CHOICE:
        *(const char **)field = text;
        return is_choice(spec->argument, text);
    case TEXT:
        *(const char **)field = text;
        return *text != '\0';
    }
    return false;
}

/* `given` is how the user named the option: "--step" or "DTRAIN_STEP". */
static enum status set_option(struct config *config, const struct option_spec *spec,
                              enum config_origin origin, const char *given, const char *text,
                              struct error *error)
{
    config->origins[spec - table] = origin;
    if (parse_value(config, spec, text))
        return STATUS_DONE;
    switch (spec->kind) {
    case INTEGER:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a whole number from %.0f to %.0f",
                         given, text, spec->minimum, spec->maximum);
    case REAL:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a number from %g to %g", given, text,
                         spec->minimum, spec->maximum);
    case DURATION:
        return error_set(error, STATUS_USAGE, "%s: '%s' is not a time such as 90, 90s, 30m or 2h",
                         given, text);
    case CHOICE:
        return error_set(error, STATUS_USAGE, "%s: '%s' is none of %s", given, text,
                         spec->argument);
    default:
        return error_set(error, STATUS_USAGE, "%s needs a value", given);
    }
}

static void environment_name(const char *option, char *name, size_t size)
{
    snprintf(name, size, "DTRAIN_%s", option);
    for (char *c = name; *c; ++c)
        *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
}

static enum status set_defaults(struct config *config, struct error *error)
{
    for (const struct option_spec *spec = table; spec < table + OPTIONS; ++spec) {
        char name[64];
        environment_name(spec->name, name, sizeof name);
        const char *value = getenv(name);
        if (!(spec->commands & config->command))
            continue;
        if (spec->initial)
            parse_value(config, spec, spec->initial);
        if (value && set_option(config, spec, ORIGIN_ENVIRONMENT, name, value, error))
            return STATUS_USAGE;
    }
    return STATUS_DONE;
}

/* The command's options in getopt's form; val is the table's index + 1. */
static void getopt_options(enum command command, struct option options[OPTIONS + 1])
{
    int count = 0;
    for (int i = 0; i < OPTIONS; ++i)
        if (table[i].commands & command)
            options[count++] = (struct option){
                table[i].name, table[i].kind == FLAG ? no_argument : required_argument, NULL,
                i + 1};
    options[count] = (struct option){0};
}

static enum status parse_options(int argc, char **argv, struct config *config, struct error *error)
{
    struct option options[OPTIONS + 1];
    int found;
    getopt_options(config->command, options);
    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (found == ':')
            return error_set(error, STATUS_USAGE, "option %s needs a value", argv[optind - 1]);
        if (found == '?')
            return error_set(error, STATUS_USAGE, "unknown option %s; see dtrain --help",
                             argv[optind - 1]);
        if (found == 'h') {
            config->help = true;
            continue;
        }
        const struct option_spec *spec = table + found - 1;
        char given[64];
        snprintf(given, sizeof given, "--%s", spec->name);
        if (set_option(config, spec, ORIGIN_COMMAND_LINE, given, optarg ? optarg : "1", error))
            return STATUS_USAGE;
    }
    return STATUS_DONE;
}

static enum status check(const struct config *config, struct error *error)
{
    if (config->command == COMMAND_EVAL && !config->file)
        return error_set(error, STATUS_USAGE,
                         "eval needs a weights file: dtrain eval FILE[:/GROUP]");
    if (config->command == COMMAND_TRAIN && config->resume && !config->run_dir)
        return error_set(error, STATUS_USAGE, "--resume: say with --run-dir which run");
    if (config->command == COMMAND_IMPORT &&
        !(config->file && config->train_images && config->train_labels && config->test_images &&
          config->test_labels))
        return error_set(error, STATUS_USAGE,
                         "import needs OUT.h5, --train-images, --train-labels, --test-images and "
                         "--test-labels");
    if (config->command == COMMAND_BATCHES && strcmp(config->sampling, "epoch") == 0 &&
        config->batch_size > config->rows)
        return error_set(error, STATUS_USAGE,
                         "--sampling epoch: --batch-size is larger than the number of rows");
    return STATUS_DONE;
}

enum status config_parse(int argc, char **argv, struct config *config, struct error *error)
{
    *config = (struct config){.command = COMMAND_TRAIN};
    for (int i = 0; argc > 1 && i < COMMANDS; ++i)
        if (strcmp(argv[1], commands[i].name) == 0) {
            config->command = commands[i].command;
            --argc;
            ++argv;
            break;
        }
    if (set_defaults(config, error) || parse_options(argc, argv, config, error))
        return STATUS_USAGE;
    if (config->help || config->version)
        return STATUS_DONE;

    const bool takes_file = config->command & (COMMAND_EVAL | COMMAND_IMPORT);
    if (argc > optind && takes_file)
        config->file = argv[optind++];
    if (argc > optind)
        return error_set(error, STATUS_USAGE, "unexpected argument '%s'; see dtrain --help",
                         argv[optind]);
    return check(config, error);
}

void config_each(const struct config *config,
                 void (*visit)(void *context, const struct config_entry *entry), void *context)
{
    static const char *const origins[] = {"default", "environment", "command line"};
    for (int i = 0; i < OPTIONS; ++i) {
        const void *field = (const char *)config + table[i].offset;
        char value[64];
        struct config_entry entry = {table[i].name, value, origins[config->origins[i]],
                                     table[i].shapes_run};
        if (!(table[i].commands & config->command) || table[i].commands == ~0u)
            continue;
        if (table[i].kind == INTEGER)
            snprintf(value, sizeof value, "%lld", (long long)*(const int64_t *)field);
        else if (table[i].kind == REAL || table[i].kind == DURATION)
            snprintf(value, sizeof value, "%.17g", *(const double *)field);
        else if (table[i].kind == FLAG)
            snprintf(value, sizeof value, "%d", *(const bool *)field);
        else
            entry.value = *(const char *const *)field ? *(const char *const *)field : "";
        visit(context, &entry);
    }
}

static void print_option(FILE *out, const struct option_spec *spec)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", spec->name, spec->argument ? " " : "",
             spec->argument ? spec->argument : "");
    fprintf(out, "  %-38s %s", left, spec->help);
    if (spec->initial)
        fprintf(out, " (%s)", spec->initial);
    fputc('\n', out);
}

void config_print_help(FILE *out, enum command command)
{
    fputs("dtrain: trains a network by numerical gradients, the same bits on any number of ranks\n"
          "\n"
          "  mpirun -np 8 dtrain [train] [OPTIONS]\n",
          out);
    for (int i = 1; i < COMMANDS; ++i)
        fprintf(out, "  dtrain %s%s%s [OPTIONS]\n", commands[i].name,
                commands[i].operand ? " " : "", commands[i].operand ? commands[i].operand : "");
    fputs("\n", out);
    for (int i = 0; i < COMMANDS; ++i)
        if (commands[i].command == command)
            fprintf(out, "Options of dtrain %s, which is to %s:\n", commands[i].name,
                    commands[i].help);
    for (const struct option_spec *spec = table; spec < table + OPTIONS; ++spec)
        if (spec->commands & command)
            print_option(out, spec);
    fputs("\nEach option can be set in the environment: DTRAIN_RUN_DIR is --run-dir.\n"
          "dtrain COMMAND --help tells a command's options.\n",
          out);
}
