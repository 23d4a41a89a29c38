/* SPDX-License-Identifier: MIT */
#include "command_words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char spaces[] = " \t\n";

/* Where the command is read, and where the characters of its words are written. */
struct splitting {
    const char *from;
    char *to;
};

/* Takes a backslash and what follows. Within "..." it is a character like others, unless one of
 * four follows that would not be themselves there, or a newline; which is dropped with it. */
static const char *take_backslash(struct splitting *splitting, bool is_quoted)
{
    const char next = splitting->from[1];
    if (next == '\0')
        return "its last character is a backslash";
    if (is_quoted && !strchr("$`\"\\\n", next))
        *splitting->to++ = '\\';
    if (next != '\n')
        *splitting->to++ = next;
    splitting->from += 2;
    return NULL;
}

/* Takes '...' or "...". */
static const char *take_quoted(struct splitting *splitting)
{
    const char quote = *splitting->from++;
    while (*splitting->from && *splitting->from != quote) {
        if (quote == '"' && *splitting->from == '\\') {
            const char *const fault = take_backslash(splitting, true);
            if (fault)
                return fault;
        } else {
            *splitting->to++ = *splitting->from++;
        }
    }
    if (*splitting->from == '\0')
        return quote == '"' ? "a \" is not closed" : "a ' is not closed";
    ++splitting->from;
    return NULL;
}

/* Takes a word, and ends it. Returns what is wrong with it, or NULL. */
static const char *take_word(struct splitting *splitting)
{
    const char *fault = NULL;
    while (!fault && *splitting->from && !strchr(spaces, *splitting->from)) {
        if (*splitting->from == '\\')
            fault = take_backslash(splitting, false);
        else if (*splitting->from == '"' || *splitting->from == '\'')
            fault = take_quoted(splitting);
        else
            *splitting->to++ = *splitting->from++;
    }
    *splitting->to++ = '\0';
    return fault;
}

/* Passes over what is between words: also a backslash before a newline, which is nothing. */
static void skip_spaces(struct splitting *splitting)
{
    for (;;) {
        splitting->from += strspn(splitting->from, spaces);
        if (strncmp(splitting->from, "\\\n", 2) != 0)
            return;
        splitting->from += 2;
    }
}

char **command_words_split(const char *command, const char **fault)
{
    /* A word takes a character at least, and one to separate it from the next. */
    const size_t length = strlen(command), most = length / 2 + 2;
    char **const words = malloc(most * sizeof *words + length + 1);
    if (!words) {
        *fault = "not enough memory";
        return NULL;
    }
    struct splitting splitting = {command, (char *)(words + most)};
    size_t count = 0;
    *fault = NULL;
    for (skip_spaces(&splitting); *splitting.from && !*fault; skip_spaces(&splitting)) {
        words[count++] = splitting.to;
        *fault = take_word(&splitting);
    }
    words[count] = NULL;
    if (!*fault && count == 0)
        *fault = "it has no words";
    if (!*fault)
        return words;
    free(words);
    return NULL;
}
