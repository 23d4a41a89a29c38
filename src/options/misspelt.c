/* SPDX-License-Identifier: MIT */
#include "misspelt.h"

#include "common/printable.h"
#include "options.h"

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

enum status misspelt_option(enum command command, const char *given, struct error *error)
{
    const struct option_spec *nearest = NULL;
    char word[WORD_MAX] = "";
    const size_t length = strcspn(given, "=");
    int least = max_mistakes(length - strspn(given, "-")) + 1;
    snprintf(word, sizeof word, "%.*s", (int)length, given);
    for (int i = 0; i < option_count && length < WORD_MAX; ++i) {
        const struct option_name name = option_name(option_table + i, ORIGIN_COMMAND_LINE);
        const int distance = word_distance(word, name.text);
        if ((option_table[i].commands & command) && distance < least) {
            least = distance;
            nearest = option_table + i;
        }
    }
    if (least == 0)
        return error_set(error, STATUS_USAGE, "option %s takes no value", word);
    if (nearest)
        return error_set(error, STATUS_USAGE, "unknown option %s; did you mean --%s?", given,
                         nearest->name);
    return error_set(error, STATUS_USAGE, "unknown option %s; see dtrain --help", given);
}

enum status misspelt_word(const char *word, bool has_command, struct error *error)
{
    for (int i = 0; i < command_count && strlen(word) < WORD_MAX; ++i) {
        const int distance = word_distance(word, command_table[i].name);
        if (distance == 0)
            return error_set(error, STATUS_USAGE,
                             "unexpected '%s': a command must be the first word, as in: dtrain %s "
                             "[OPTIONS]",
                             word, word);
        if (distance <= max_mistakes(strlen(word)) && !has_command)
            return error_set(error, STATUS_USAGE, "unknown command '%s'; did you mean %s?", word,
                             command_table[i].name);
    }
    return error_set(error, STATUS_USAGE, "unexpected argument '%s'; see dtrain --help", word);
}

/* Whether some command has a setting of that variable, or it is no setting at all; if not, *nearest
 * becomes the variable that is most like it, or "". */
static bool is_known(const char *variable, struct option_name *nearest)
{
    /* What module files set for the programs they offer, those of Spack and EasyBuild for one. */
    static const char *const places[] = {"VERSION", "ROOT", "HOME", "DIR", "BASE",
                                         "PREFIX",  "BIN",  "LIB",  "INC"};
    const char *const own = variable + strlen("DTRAIN_");
    int least = max_mistakes(strlen(own)) + 1;
    nearest->text[0] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; ++i)
        if (strcmp(own, places[i]) == 0)
            return true;
    for (int i = 0; i < option_count && strlen(variable) < WORD_MAX; ++i) {
        const struct option_name name = option_name(option_table + i, ORIGIN_ENVIRONMENT);
        const int distance = word_distance(variable, name.text);
        if (distance == 0)
            return true;
        if (option_table[i].commands != COMMAND_ANY && distance < least) {
            least = distance;
            *nearest = name;
        }
    }
    return false;
}

void misspelt_variables(FILE *out)
{
    for (char *const *entry = environ; *entry; ++entry) {
        char variable[128], shown[4 * sizeof variable];
        struct option_name nearest;
        if (strncmp(*entry, "DTRAIN_", strlen("DTRAIN_")) != 0)
            continue;
        snprintf(variable, sizeof variable, "%.*s", (int)strcspn(*entry, "="), *entry);
        if (is_known(variable, &nearest))
            continue;
        printable_copy(shown, sizeof shown, variable);
        fprintf(out, "dtrain: %s: ignored, as dtrain has no such setting%s%s%s\n", shown,
                nearest.text[0] ? "; did you mean " : "", nearest.text, nearest.text[0] ? "?" : "");
    }
}
