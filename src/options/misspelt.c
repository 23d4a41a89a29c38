/* SPDX-License-Identifier: MIT */
#include "misspelt.h"

#include "common/printable.h"
#include "options.h"
#include "scripts.h"

#include <stdlib.h>
#include <string.h>

/* POSIX declares it in no header. */
extern char **environ;

enum { WORD_MAX = 32 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* The Levenshtein distance: how many letters to insert, delete or replace to turn one word into the
 * other. Keeps one row of the usual table. `from` must be shorter than WORD_MAX. */
static int word_distance(const char *from, const char *to)
{
    int row[WORD_MAX + 1];
    const int length = (int)strlen(from);
    for (int i = 0; i <= length; ++i)
        row[i] = i;
    for (int j = 0; to[j]; ++j) {
        int diagonal = row[0];
        row[0] = j + 1;
        for (int i = 1; i <= length; ++i) {
            const int replaced = diagonal + (from[i - 1] != to[j]);
            diagonal = row[i];
            row[i] = smaller(replaced, smaller(row[i], row[i - 1]) + 1);
        }
    }
    return row[length];
}

/* How many mistakes in a word still leave its meaning clear. */
static int max_mistakes(size_t letters)
{
    return smaller(3, (int)letters / 2);
}

/* What other programs, or people, call our options. */
/* clang-format would give each member a line of its own. */
/* clang-format off */
static const struct {
    const char *option, *names;
} peers[] = {
    {.option = "data", .names = "dataset data-dir data-path data-file train-data"},
    {.option = "validation-rows",
     .names = "val-rows val-size val-split val-fraction valid-size validation-size "
              "validation-split validation-fraction num-val holdout"},
    {.option = "classes", .names = "num-classes n-classes nclasses"},
    {.option = "hidden",
     .names = "hidden-layers hidden-layer-sizes hidden-size hidden-sizes hidden-dim hidden-units "
              "n-hidden num-hidden layers layer-sizes units width neurons"},
    {.option = "activation", .names = "act activation-function nonlinearity"},
    {.option = "batch-size",
     .names = "bs batch batchsize minibatch minibatch-size mini-batch-size train-batch-size "
              "per-device-train-batch-size"},
    {.option = "learning-rate", .names = "lr eta step-size learning-rate-init base-lr initial-lr"},
    {.option = "epochs",
     .names = "epoch max-epoch max-epochs num-epochs n-epochs nepochs num-train-epochs"},
    {.option = "iterations",
     .names = "iter iters max-iter max-iters n-iter n-iters num-iters num-iterations "
              "max-iterations steps max-steps num-steps n-steps train-steps"},
    {.option = "seed", .names = "random-seed random-state manual-seed rng-seed"},
    {.option = "init-std", .names = "init-scale init-stddev weight-init kernel-initializer"},
    {.option = "weights",
     .names = "init-weights init-from pretrained load load-weights finetune model-path"},
    {.option = "gradient", .names = "gradients gradient-method grad-method"},
    {.option = "optimizer", .names = "opt optim optimiser solver"},
    {.option = "epsilon", .names = "eps"},
    {.option = "decay", .names = "rho"},
    {.option = "weight-decay", .names = "wd l2 l2-reg l2-penalty reg alpha lambda"},
    {.option = "run-dir",
     .names = "output out output-dir out-dir outdir output-path log-dir logdir save save-dir "
              "save-path work-dir workdir checkpoint-dir ckpt-dir results-dir exp-dir"},
    {.option = "resume",
     .names = "restart continue cont from-checkpoint load-checkpoint resume-from "
              "resume-from-checkpoint"},
    {.option = "max-time", .names = "time-limit timeout walltime max-seconds"},
    {.option = "checkpoint-every",
     .names = "checkpoint-interval checkpoint-freq ckpt-every ckpt-interval save-every "
              "save-interval save-freq save-steps"},
    {.option = "keep", .names = "max-checkpoints keep-last save-total-limit max-to-keep"},
    {.option = "eval-every",
     .names = "eval-interval eval-freq eval-steps evaluate-every test-every test-interval "
              "val-every val-interval log-every log-interval log-freq print-every print-freq"},
    {.option = "patience",
     .names = "early-stop early-stopping early-stopping-patience early-stopping-rounds "
              "n-iter-no-change"},
    {.option = "progress", .names = "verbose verbosity progress-bar"},
    {.option = "quiet", .names = "silent"},
};
/* clang-format on */

/* Whether the word is one of a list that blanks separate. */
static bool is_listed(const char *words, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = words; *at; at += strspn(at, " ")) {
        const size_t letters = strcspn(at, " ");
        if (letters == length && strncmp(at, word, length) == 0)
            return true;
        at += letters;
    }
    return false;
}

/* Our name for what others call `word`; the word itself if they call nothing so. */
static const char *translate(const char *word)
{
    for (size_t i = 0; i < sizeof peers / sizeof *peers; ++i)
        if (is_listed(peers[i].names, word))
            return peers[i].option;
    return word;
}

/* Copies a name as options are written: small letters and hyphens. A name that is too long becomes
 * "". */
static void copy_name(char name[WORD_MAX], const char *text)
{
    const size_t length = strcspn(text, "=");
    snprintf(name, WORD_MAX, "%.*s", length < WORD_MAX ? (int)length : 0, text);
    for (char *c = name; *c; ++c)
        *c = *c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
}

/* The option, of one of the commands, that is most like `word`; NULL if none is like it. */
static const struct option_spec *find_nearest(unsigned commands, const char *word)
{
    const struct option_spec *nearest = NULL;
    int least = max_mistakes(strlen(word)) + 1;
    for (const struct option_spec *spec = option_table; spec < option_table + option_count;
         ++spec) {
        const int distance = word_distance(word, spec->name);
        if ((spec->commands & commands) && distance < least) {
            least = distance;
            nearest = spec;
        }
    }
    return nearest;
}

/* The option that the text, without hyphens before it, probably means; NULL if there is none. */
static const struct option_spec *find_meant(unsigned commands, const char *text)
{
    char name[WORD_MAX];
    copy_name(name, text);
    const struct option_spec *meant = find_nearest(commands, translate(name));
    return meant ? meant : find_nearest(commands, name);
}

/* Whether the command has exactly that option, but as a flag: it was given a value. */
static bool is_flag_with_value(enum command command, const char *given)
{
    const size_t length = strcspn(given, "=");
    for (int i = 0; i < option_count; ++i) {
        const struct option_name name = option_name(option_table + i, ORIGIN_COMMAND_LINE);
        if ((option_table[i].commands & command) && strlen(name.text) == length &&
            strncmp(given, name.text, length) == 0)
            return true;
    }
    return false;
}

enum status misspelt_option(enum command command, const char *given, struct error *error)
{
    if (is_flag_with_value(command, given))
        return error_set(error, STATUS_USAGE, "option %.*s takes no value",
                         (int)strcspn(given, "="), given);
    const struct option_spec *meant = find_meant(command, given + strspn(given, "-"));
    if (meant)
        return error_set(error, STATUS_USAGE, "unknown option %s; did you mean --%s?", given,
                         meant->name);
    return error_set(error, STATUS_USAGE, "unknown option %s; see dtrain --help", given);
}

/* The command or script that is most like `word`; NULL if none is like it. */
static const char *nearest_command(const char *word)
{
    const char *nearest = NULL;
    int least = max_mistakes(strlen(word)) + 1;
    if (strlen(word) >= WORD_MAX)
        return NULL;
    for (int i = 0; i < command_count + script_count; ++i) {
        const char *const name =
            i < command_count ? command_table[i].name : script_table[i - command_count].name;
        const int mistakes = word_distance(word, name);
        if (mistakes < least) {
            least = mistakes;
            nearest = name;
        }
    }
    return nearest;
}

enum status misspelt_command(const char *word, struct error *error)
{
    const char *const nearest = nearest_command(word);
    if (nearest)
        return error_set(error, STATUS_USAGE, "unknown command '%s'; did you mean %s?", word,
                         nearest);
    return error_set(error, STATUS_USAGE, "unknown command '%s'; see dtrain --help", word);
}

enum status misspelt_word(const char *word, bool has_command, struct error *error)
{
    const char *const nearest = nearest_command(word);
    if (nearest && strcmp(nearest, word) == 0)
        return error_set(error, STATUS_USAGE,
                         "unexpected '%s': a command must be the first word, as in: dtrain %s "
                         "[OPTIONS]",
                         word, word);
    if (nearest && !has_command)
        return misspelt_command(word, error);
    return error_set(error, STATUS_USAGE, "unexpected argument '%s'; see dtrain --help", word);
}

/* Whether the variable is a setting of some command, or is not meant as one. */
static bool is_known(const char *variable)
{
    /* What module files, such as those of Spack and EasyBuild, set for the programs they offer. */
    static const char *const places[] = {"VERSION", "ROOT", "HOME", "DIR", "BASE",
                                         "PREFIX",  "BIN",  "LIB",  "INC"};
    for (size_t i = 0; i < sizeof places / sizeof *places; ++i)
        if (strcmp(variable + strlen("DTRAIN_"), places[i]) == 0)
            return true;
    for (int i = 0; i < option_count; ++i)
        if (strcmp(variable, option_name(option_table + i, ORIGIN_ENVIRONMENT).text) == 0)
            return true;
    return false;
}

void misspelt_variables(FILE *out)
{
    for (char *const *entry = environ; *entry; ++entry) {
        char variable[128], shown[4 * sizeof variable];
        if (strncmp(*entry, "DTRAIN_", strlen("DTRAIN_")) != 0)
            continue;
        snprintf(variable, sizeof variable, "%.*s", (int)strcspn(*entry, "="), *entry);
        if (is_known(variable))
            continue;
        printable_copy(shown, sizeof shown, variable);
        const struct option_spec *meant = find_meant(~0u, variable + strlen("DTRAIN_"));
        fprintf(out, "dtrain: %s: ignored, as dtrain has no such setting", shown);
        if (meant && meant->commands != COMMAND_ANY)
            fprintf(out, "; did you mean %s?", option_name(meant, ORIGIN_ENVIRONMENT).text);
        fputc('\n', out);
    }
}
