/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdio.h>

#define AT(field) offsetof(struct config, field)

/* The largest number of rows to hold out: the product with COUNT_MAX stays below 2^63. */
#define VALIDATION_ROWS_MAX 1e6

/* The largest number below 1. */
#define BELOW_1 (1 - 0x1p-53)

const struct option_spec option_table[] = {
    {"data", GROUP_DATA, COMMAND_TRAIN | COMMAND_EVAL | COMMAND_GRADCHECK | COMMAND_VERIFY, TEXT,
     AT(data), NULL, "FILE", 0, 0, NOT_RECORDED,
     "dataset (HDF5); default: the MNIST that comes with dtrain"},
    {"validation-rows", GROUP_DATA, COMMAND_TRAIN | COMMAND_BATCHES, INTEGER, AT(validation_rows),
     "0", "V", 0, VALIDATION_ROWS_MAX, RECORDED_IF_CHANGED,
     "training rows to hold out: evaluations are of them, and of the test set only at the end"},
    {"classes", GROUP_DATA, COMMAND_TRAIN, INTEGER, AT(classes), "0", "K", 0, 65536, RECORDED,
     "classes of the network, at least as many as in the data; 0: as many"},
    {"model", GROUP_METHOD, COMMAND_TRAIN | COMMAND_EVAL | COMMAND_GRADCHECK, TEXT, AT(model), NULL,
     "FILE.so", 0, 0, RECORDED, "a loss of your own (dtrain/dtrain.h) in place of the network"},
    {"hidden", GROUP_METHOD, COMMAND_TRAIN, INTEGERS, AT(hidden), "50", "H[,H...]", 1, 65536,
     RECORDED, "units of each hidden layer"},
    {"activation", GROUP_METHOD, COMMAND_TRAIN | COMMAND_GRADCHECK, CHOICE, AT(activation),
     "sigmoid", "sigmoid|tanh|relu", 0, 0, RECORDED_IF_CHANGED, "activation of the hidden units"},
    {"batch-size", GROUP_METHOD, COMMAND_TRAIN | COMMAND_BATCHES, INTEGER, AT(batch_size), "100",
     "B", 1, 131072, RECORDED, "samples in a mini-batch, over all ranks"},
    {"learning-rate", GROUP_METHOD, COMMAND_TRAIN, REAL, AT(learning_rate), "0.1", "X", 0, 1e6,
     RECORDED, "step size of gradient descent"},
    {"iterations", GROUP_METHOD, COMMAND_TRAIN, INTEGER, AT(iterations), "10000", "N", 0, COUNT_MAX,
     NOT_RECORDED, "mini-batches to train on"},
    {"epochs", GROUP_METHOD, COMMAND_TRAIN, INTEGER, AT(epochs), "0", "N", 0, COUNT_MAX,
     NOT_RECORDED,
     "in place of --iterations: passes over the training rows; 0: as --iterations says"},
    {"seed", GROUP_METHOD, COMMAND_TRAIN | COMMAND_BATCHES, INTEGER, AT(seed), "0", "S", 0, 9e15,
     RECORDED, "seed of all random numbers"},
    {"init-std", GROUP_METHOD, COMMAND_TRAIN, REAL_OR_WORD, AT(init_std), "0.01", "X|he|xavier", 0,
     1e3, RECORDED,
     "standard deviation of the initial weights; he: sqrt(2 / inputs), xavier: sqrt(1 / inputs)"},
    {"weights", GROUP_METHOD, COMMAND_TRAIN | COMMAND_GRADCHECK, TEXT, AT(weights), NULL,
     "FILE[:/GROUP]|RUN", 0, 0, RECORDED, "start from these weights (HDF5: W1, b1, W2, ...)"},
    {"gradient", GROUP_METHOD, COMMAND_TRAIN, CHOICE, AT(gradient), "numerical",
     "numerical|literal|backprop", 0, 0, RECORDED, "how gradients are computed"},
    {"step", GROUP_METHOD, COMMAND_TRAIN, REAL, AT(step), "1e-4", "H", 1e-12, 1e3, RECORDED,
     "h of the central difference"},
    {"optimizer", GROUP_METHOD, COMMAND_TRAIN, CHOICE, AT(optimizer), "sgd",
     "sgd|momentum|nesterov|adagrad|rmsprop|adam", 0, 0, RECORDED_IF_CHANGED,
     "how the gradient changes the parameters, by the formulas of PyTorch"},
    {"momentum", GROUP_METHOD, COMMAND_TRAIN, REAL, AT(momentum), "0.9", "X", 0, 1,
     RECORDED_IF_CHANGED, "of momentum and nesterov"},
    {"beta1", GROUP_METHOD, COMMAND_TRAIN, REAL, AT(beta1), "0.9", "X", 0, BELOW_1,
     RECORDED_IF_CHANGED, "of adam: how much of the mean of the gradients is kept"},
    {"beta2", GROUP_METHOD, COMMAND_TRAIN, REAL, AT(beta2), "0.999", "X", 0, BELOW_1,
     RECORDED_IF_CHANGED, "of adam: how much of the mean of their squares is kept"},
    {"decay", GROUP_METHOD, COMMAND_TRAIN, REAL, AT(decay), "0.99", "X", 0, 1, RECORDED_IF_CHANGED,
     "of rmsprop: how much of the mean of the squares is kept"},
    {"epsilon", GROUP_METHOD, COMMAND_TRAIN, REAL_OR_WORD, AT(epsilon), "auto", "X|auto", 0, 1,
     RECORDED_IF_CHANGED,
     "added to the root of the squares; auto: 1e-10 for adagrad, 1e-8 for rmsprop and adam"},
    {"weight-decay", GROUP_METHOD, COMMAND_TRAIN, REAL, AT(weight_decay), "0", "X", 0, 1e6,
     RECORDED_IF_CHANGED, "times each weight, added to its gradient; not for biases"},
    {"sampling", GROUP_METHOD, COMMAND_TRAIN | COMMAND_BATCHES, CHOICE, AT(sampling), "replacement",
     "replacement|epoch", 0, 0, RECORDED, "how rows are drawn"},
    {"reduce", GROUP_RUN, COMMAND_TRAIN | COMMAND_VERIFY, CHOICE, AT(reduce), "auto",
     "auto|mpi|shared", 0, 0, NOT_RECORDED,
     "how gradients are summed: by MPI_Allreduce, or through a node's shared memory"},
    {"run-dir", GROUP_RUN, COMMAND_TRAIN, TEXT, AT(run_dir), NULL, "DIR", 0, 0, ONE_START,
     "where the run is written; default: the next free runs/NNNN"},
    {"resume", GROUP_RUN, COMMAND_TRAIN, FLAG, AT(resume), NULL, NULL, 0, 0, ONE_START,
     "continue from the newest sound checkpoint in --run-dir; start afresh if there is none"},
    {"like", GROUP_RUN, COMMAND_TRAIN, TEXT, AT(like), NULL, "RUN", 0, 0, ONE_START,
     "train with the options of that run, except those that are given here"},
    {"dry-run", GROUP_RUN, COMMAND_TRAIN, FLAG, AT(dry_run), NULL, NULL, 0, 0, ONE_START,
     "check files, permissions and memory, estimate the time, and exit"},
    {"max-time", GROUP_RUN, COMMAND_TRAIN, DURATION, AT(max_time), "0", "TIME", 0, 1e9, ONE_START,
     "stop after this long (90, 90s, 30m, 2h, 1d); the run can be resumed; 0: never"},
    {"stall-timeout", GROUP_RUN, COMMAND_TRAIN | COMMAND_VERIFY, DURATION, AT(stall_timeout), "300",
     "TIME", 0, 1e9, NOT_RECORDED,
     "end the job if a rank makes no progress for this long; 0: never"},
    {"checkpoint-every", GROUP_RUN, COMMAND_TRAIN, INTEGER_OR_WORD, AT(checkpoint_every), "auto",
     "N|auto", 0, COUNT_MAX, NOT_RECORDED,
     "iterations between checkpoints; 0: one epoch; auto: whole epochs, at least 300 iterations"},
    {"keep", GROUP_RUN, COMMAND_TRAIN, INTEGER, AT(keep), "3", "N", 1, 1e6, NOT_RECORDED,
     "newest checkpoints to keep"},
    {"eval-every", GROUP_RUN, COMMAND_TRAIN, INTEGER_OR_WORD, AT(eval_every), "auto", "N|auto", 0,
     COUNT_MAX, RECORDED,
     "iterations between evaluations; 0: one epoch; auto: whole epochs, at least 10 iterations"},
    {"patience", GROUP_RUN, COMMAND_TRAIN, INTEGER, AT(patience), "0", "E", 0, 1e6, NOT_RECORDED,
     "end the run after E epochs (evaluations, where these are rarer) without a better accuracy on "
     "the validation rows; 0: never"},
    {"progress", GROUP_OUTPUT, COMMAND_TRAIN, CHOICE, AT(progress), "auto", "auto|bar|plain|none",
     0, 0, ONE_START, "auto: a bar on a terminal, plain lines elsewhere"},
    {"quiet", GROUP_OUTPUT, COMMAND_TRAIN | COMMAND_IMPORT | COMMAND_VERIFY, FLAG, AT(quiet), NULL,
     NULL, 0, 0, ONE_START, "print nothing but errors"},
    {"split", GROUP_DATA, COMMAND_EVAL, CHOICE, AT(split), "test", "test|train", 0, 0, NOT_RECORDED,
     "the part of the dataset to evaluate"},
    {"json", GROUP_OUTPUT, COMMAND_EVAL | COMMAND_PREDICT, FLAG, AT(json), NULL, NULL, 0, 0,
     NOT_RECORDED, "print one JSON object"},
    {"images", GROUP_DATA, COMMAND_PREDICT, TEXT, AT(images), NULL, "FILE[:/NAME]", 0, 0,
     NOT_RECORDED, "HDF5 (default name: /test/images), IDX (plain or .gz) or binary PGM"},
    {"rows", GROUP_DATA, COMMAND_GRADCHECK, TEXT, AT(row_range), "0:3", "A:B", 0, 0, NOT_RECORDED,
     "training rows A to B - 1"},
    {"step", GROUP_METHOD, COMMAND_GRADCHECK, TEXT, AT(steps), "1e-4", "H[,H...]", 0, 0,
     NOT_RECORDED, "h of the central difference; several are compared in turn"},
    {"methods", GROUP_METHOD, COMMAND_GRADCHECK, TEXT, AT(methods), NULL, "LIST", 0, 0,
     NOT_RECORDED,
     "gradient methods, each compared with the first (one alone: with half its step); default: "
     "all"},
    {"tolerance", GROUP_METHOD, COMMAND_GRADCHECK, REAL, AT(tolerance), "1e-6", "X", 0, 1,
     NOT_RECORDED, "largest relative difference that passes"},
    {"output", GROUP_OUTPUT, COMMAND_GRADCHECK, TEXT, AT(output), NULL, "FILE", 0, 0, NOT_RECORDED,
     "write the gradients (HDF5: /METHOD/W1 ...)"},
    {"hidden", GROUP_METHOD, COMMAND_GRADCHECK, INTEGERS, AT(hidden), "50", "H[,H...]", 1, 65536,
     RECORDED, "units of each hidden layer, without --weights"},
    {"seed", GROUP_METHOD, COMMAND_GRADCHECK, INTEGER, AT(seed), "0", "S", 0, 9e15, RECORDED,
     "seed of the initial weights, without --weights"},
    {"init-std", GROUP_METHOD, COMMAND_GRADCHECK, REAL_OR_WORD, AT(init_std), "0.01", "X|he|xavier",
     0, 1e3, RECORDED, "standard deviation of the initial weights, without --weights"},
    {"iterations", GROUP_METHOD, COMMAND_BATCHES, INTEGER, AT(iterations), "1", "N", 0, COUNT_MAX,
     NOT_RECORDED, "mini-batches to print"},
    {"rows", GROUP_DATA, COMMAND_BATCHES, INTEGER, AT(rows), "60000", "N", 1, COUNT_MAX,
     NOT_RECORDED, "rows of the dataset"},
    {"stretches", GROUP_RUN, COMMAND_VERIFY, INTEGER, AT(stretches), "0", "K", 0, 1e6, NOT_RECORDED,
     "repeat only K stretches between checkpoints, taken at random; 0: all"},
    {"train-images", GROUP_DATA, COMMAND_IMPORT, TEXT, AT(train_images), NULL, "FILE", 0, 0,
     NOT_RECORDED, "IDX file, plain or .gz"},
    {"train-labels", GROUP_DATA, COMMAND_IMPORT, TEXT, AT(train_labels), NULL, "FILE", 0, 0,
     NOT_RECORDED, "IDX file, plain or .gz"},
    {"test-images", GROUP_DATA, COMMAND_IMPORT, TEXT, AT(test_images), NULL, "FILE", 0, 0,
     NOT_RECORDED, "IDX file, plain or .gz"},
    {"test-labels", GROUP_DATA, COMMAND_IMPORT, TEXT, AT(test_labels), NULL, "FILE", 0, 0,
     NOT_RECORDED, "IDX file, plain or .gz"},
    {"name", GROUP_OUTPUT, COMMAND_IMPORT, TEXT, AT(name), NULL, "TEXT", 0, 0, NOT_RECORDED,
     "the dataset's name, for its attributes"},
    {"source", GROUP_OUTPUT, COMMAND_IMPORT, TEXT, AT(source), NULL, "TEXT", 0, 0, NOT_RECORDED,
     "where the dataset comes from, for its attributes"},
    {"license", GROUP_OUTPUT, COMMAND_IMPORT, TEXT, AT(license), NULL, "TEXT", 0, 0, NOT_RECORDED,
     "the dataset's licence, for its attributes"},
    {"force", GROUP_OUTPUT, COMMAND_GRADCHECK | COMMAND_IMPORT, FLAG, AT(force), NULL, NULL, 0, 0,
     NOT_RECORDED, "replace an output file that exists"},
    {"generate", GROUP_GENERAL, COMMAND_ANY, CHOICE, AT(generate), NULL, "man|completion", 0, 0,
     ONE_START, "print the man page, or completion for bash, and exit"},
    {"help", GROUP_GENERAL, COMMAND_ANY, FLAG, AT(help), NULL, NULL, 0, 0, ONE_START,
     "print this help and exit"},
    {"version", GROUP_GENERAL, COMMAND_ANY, FLAG, AT(version), NULL, NULL, 0, 0, ONE_START,
     "print the version and exit"},
};

const int option_count = sizeof option_table / sizeof *option_table;
_Static_assert(sizeof option_table / sizeof *option_table <= CONFIG_OPTIONS_MAX,
               "raise SETTINGS_MAX");

const struct command_spec command_table[] = {
    {"train", COMMAND_TRAIN, NULL, NULL, "train the network (the default command)"},
    {"eval", COMMAND_EVAL, "FILE[:/GROUP]|RUN", "weights",
     "loss, accuracy and confusion matrix of saved weights"},
    {"predict", COMMAND_PREDICT, "FILE[:/GROUP]|RUN", NULL,
     "class and probability of each image of a file"},
    {"gradcheck", COMMAND_GRADCHECK, NULL, NULL, "compare the gradient methods"},
    {"batches", COMMAND_BATCHES, NULL, NULL,
     "print the rows of each mini-batch, one line per iteration"},
    {"import", COMMAND_IMPORT, "OUT.h5", NULL, "make a dataset from IDX files"},
    {"digest", COMMAND_DIGEST, "FILE[:/GROUP]|RUN", "weights or a run",
     "the number that stands for all bits of saved weights, and of a run's metrics"},
    {"diff", COMMAND_DIFF, "A B", "two runs, checkpoints or weights files",
     "where two runs, checkpoints or weights files begin to differ"},
    {"verify", COMMAND_VERIFY, "RUN", "a run",
     "repeat a run, and compare it with its record bit by bit"},
    {"selftest", COMMAND_SELFTEST, NULL, NULL,
     "check that this machine and build compute the bits that they should"},
};
const int command_count = sizeof command_table / sizeof *command_table;

const char *const option_group_names[GROUPS] = {
    "Data", "Network and training", "Run", "Output", "General",
};

struct option_name option_name(const struct option_spec *spec, enum config_origin origin)
{
    struct option_name name;
    const bool is_variable = origin == ORIGIN_ENVIRONMENT;
    snprintf(name.text, sizeof name.text, "%s%s", is_variable ? "DTRAIN_" : "--", spec->name);
    for (char *c = name.text; *c && is_variable; ++c)
        *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    return name;
}
