/* SPDX-License-Identifier: MIT
 *
 * The command line. One table of options drives the parser, the help, the environment variables
 * and the record of a run; nothing else lists them. No MPI here: usage errors, --help and
 * --version are settled before MPI starts. */
#ifndef DTRAIN_CONFIG_H
#define DTRAIN_CONFIG_H

#include "common/error.h"
#include "common/range.h"
#include "common/setting.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits, so that an option can name all commands that take it. */
enum command {
    COMMAND_TRAIN = 1,
    COMMAND_EVAL = 2,
    COMMAND_GRADCHECK = 4,
    COMMAND_BATCHES = 8,
    COMMAND_IMPORT = 16,
    COMMAND_PREDICT = 32,
    COMMAND_DIGEST = 64,
    COMMAND_SELFTEST = 128,
    COMMAND_DIFF = 256,
    COMMAND_VERIFY = 512,
    COMMAND_GRADIENT = 2048,
    COMMAND_HELP = 1024 /* config_parse makes it the --help of another command */
};

/* Where an option's value came from. */
enum config_origin {
    ORIGIN_DEFAULT,
    ORIGIN_ENVIRONMENT,
    ORIGIN_COMMAND_LINE,
    ORIGIN_WEIGHTS, /* the file of --weights, in place of the default */
    ORIGIN_RUN      /* the record of another run */
};

enum { CONFIG_OPTIONS_MAX = SETTINGS_MAX };

/* The bounds of options that other folders depend on: the largest batch, width of a layer and
 * number of classes. */
enum { CONFIG_BATCH_MAX = 131072, CONFIG_WIDTH_MAX = 65536, CONFIG_CLASSES_MAX = 65536 };
_Static_assert(CONFIG_WIDTH_MAX < 100000000, "a width has at most 8 digits");

/* Lists of whole numbers, such as the widths of layers, of numbers, and of words. */
enum { CONFIG_INTEGERS_MAX = 15, CONFIG_REALS_MAX = 16, CONFIG_WORDS_MAX = 3 };
enum { CONFIG_WORD_SIZE = 16 };
_Static_assert(SETTING_NUMBER_SIZE >= CONFIG_INTEGERS_MAX * (8 + 1) + 1,
               "the text of a setting holds a list of numbers of 8 digits");
struct config_integers {
    int count;
    int values[CONFIG_INTEGERS_MAX];
};
struct config_reals {
    int count;
    double values[CONFIG_REALS_MAX];
};
struct config_words {
    int count; /* 0: none are given */
    char values[CONFIG_WORDS_MAX][CONFIG_WORD_SIZE];
};

/* A number, or a word that stands for a rule. */
struct config_real_or_word {
    const char *word; /* NULL: the number */
    double number;
};
struct config_integer_or_word {
    const char *word; /* NULL: the number */
    int64_t number;   /* for a word: what it stands for, once config_settle has been called */
};

/* The longest value of an option or operand, in bytes. A path made from one then fits into
 * PATH_MAX, since dtrain appends at most 61 bytes:
 * /checkpoints/iteration-1000000000000.h5.4398046511103.partial. */
enum { CONFIG_TEXT_MAX = PATH_MAX - 64 };

/* The effective settings; one that the command does not have is 0 or NULL. Texts point into argv,
 * the environment or the option table. */
struct config {
    enum command command;
    const char *file;          /* the command's operand: weights, a run, or the file to write */
    const char *other_file;    /* its second operand */
    char *const *command_line; /* argv, up to its NULL */
    bool help, version;

    const char *data, *weights, *run_dir, *gradient, *optimizer, *sampling, *reduce;
    int64_t classes, batch_size, seed;
    int64_t iterations, epochs;    /* epochs: in place of iterations (config_settle); 0: none */
    struct config_integers hidden; /* the width of each hidden layer */
    const char *activation;
    const char *loss, *class_weights;
    double learning_rate, step;
    struct config_real_or_word init_std, epsilon, decay_factor;
    const char *learning_rate_schedule;
    int64_t decay_every, warmup;
    double momentum, beta1, beta2, decay, weight_decay;
    struct config_integer_or_word checkpoint_every, eval_every; /* 0: one epoch */
    int64_t validation_rows, patience; /* patience is in epochs; 0: no early end */
    int64_t keep;
    double max_time, stall_timeout; /* seconds; 0: none */
    bool resume, quiet, dry_run, one_rank;

    /* Of models that evaluate. */
    int64_t replicates, retries;
    const char *random_numbers, *difference, *on_failure, *journal;
    double max_failures, audit;
    bool no_check, keep_values;
    const char *scratch;
    const char *model_command;
    bool isolate;
    double evaluation_timeout; /* seconds; 0: none */

    const char *like; /* the run whose options are taken where none are given; NULL: none */
    const char *progress;

    const char *split;
    bool json, probabilities;
    struct range row_range; /* 0:0: all, where the default says so */
    const char *at;         /* where the gradient is taken; NULL: where the model begins */
    struct config_reals steps;
    struct config_words methods; /* gradient methods, the first of which the others are compared
                                    with */
    const char *output;
    double tolerance;
    int64_t rows;
    const char *train_images, *train_labels, *test_images, *test_labels;
    const char *name, *source, *license;
    bool force;
    int64_t stretches;        /* of a run to repeat; 0: all */
    int64_t evaluations;      /* of a run's kept tables to repeat; 0: the run itself */
    const char *repeated_run; /* the run that training is to repeat; NULL: none */
    const char *weights_file; /* the file that holds the weights of --weights; NULL: as that says */
    const char *images, *model;
    bool has_linked_model; /* whether the calling program has a model of its own */
    const char *generate;

    enum config_origin origins[CONFIG_OPTIONS_MAX]; /* in the order of the table */
};

/* Fills *config from the table's defaults, DTRAIN_* variables and argv, in rising order of
 * precedence. STATUS_USAGE names the option or variable and what it takes. */
enum status config_parse(int argc, char **argv, struct config *config, struct error *error);

/* Lists the settings of the command, in the order of the table. Texts are not copied: the list is
 * valid as long as those of *config. Numbers stay as they are now. */
void config_settings(const struct config *config, struct settings *settings);

/* Whether --stall-timeout holds for a single call of a user's model, too: only where it is not the
 * default, for a simulation may take hours; and not for a process, which --evaluation-timeout
 * limits. */
bool config_limits_calls(const struct config *config);

/* Whether the user's model runs in a process of its own. */
bool config_has_process(const struct config *config);

/* Notes that the calling program has a model of its own. STATUS_USAGE if the user gave options that
 * have no effect with such a model. */
enum status config_link_model(struct config *config, struct error *error);

/* Checks the options that depend on the number of training rows, those to hold out included. */
enum status config_check_rows(const struct config *config, int64_t rows, struct error *error);

/* Computes the settings of a training that depend on the number of rows to train on and of
 * iterations in an epoch. STATUS_USAGE if --epochs are too many iterations. */
enum status config_settle(struct config *config, int64_t rows, int64_t epoch, struct error *error);

/* For an option `name` that has no effect with `other`, such as "--optimizer sgd": STATUS_USAGE if
 * the user has given it. A value from the run of --like is reset to the default. */
enum status config_drop_unused(struct config *config, const char *name, const char *other,
                               struct error *error);

/* Resets an option `name` to its default if its value comes from the run of --like: for one that
 * has no effect with what the user has given. */
void config_leave_out(struct config *config, const char *name);

/* Compares the hidden layers, activation and loss of the network of --weights with those that the
 * user gave, if any: STATUS_USAGE if the two differ. */
enum status config_check_network(const struct config *config, const struct config_integers *hidden,
                                 const char *activation, const char *loss, struct error *error);

/* STATUS_USAGE if the model of a recorded run is a command, and the user gives no model: a command
 * is never taken from a run. The line shows it, to be copied. run_dir names the run. */
enum status config_want_command(const struct config *config, const char *run_dir, const char *texts,
                                size_t bytes, struct error *error);

/* Turns *config into the settings for repeating a run: takes from the run's record
 * (settings_find_text) every setting that shapes it, or the default where an older version did not
 * record it. STATUS_FAILED if a recorded value is invalid, STATUS_USAGE as config_want_command;
 * run_dir names the run. The texts must stay as long as *config. */
enum status config_take_run(struct config *config, const char *run_dir, const char *texts,
                            size_t bytes, struct error *error);

/* Takes what the user has not given from the recorded settings of config->like, except options for
 * one start of a run, and those without effect with what the user gave. STATUS_FAILED if a recorded
 * value is invalid, STATUS_USAGE if the user gave an option that has no effect with those of the
 * run. The texts must stay as long as *config. */
enum status config_take_like(struct config *config, const char *texts, size_t bytes,
                             struct error *error);

/* Takes from the recorded settings of a run what the user of eval has not given: how a model that
 * evaluates is evaluated. Values that are invalid are left out. */
void config_take_evaluations(struct config *config, const char *texts, size_t bytes);

/* The run whose record gave --weights: the one that is repeated, resumed, or named by --like. NULL:
 * the user gave it. */
const char *config_run_of_weights(const struct config *config);

/* Sets the hidden layers and activation that are printed and recorded to those of --weights.
 * `activation` must stay as long as *config. */
void config_adopt_network(struct config *config, const struct config_integers *hidden,
                          const char *activation);

#endif
