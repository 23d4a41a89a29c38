/* SPDX-License-Identifier: MIT
 *
 * The words of a command line, as a POSIX shell would split it, without a shell: spaces, tabs and
 * newlines between words; '...', "..." and backslashes as a shell has them. Nothing is expanded,
 * so $, *, ~ and ; are characters like others. */
#ifndef DTRAIN_COMMAND_WORDS_H
#define DTRAIN_COMMAND_WORDS_H

/* Returns the words, with NULL after the last; free(words) frees all of them. NULL if a quote is
 * not closed, a backslash is the last character, there is no word or memory is short: *fault then
 * says which, as the end of a line about the command. */
char **command_words_split(const char *command, const char **fault);

#endif
