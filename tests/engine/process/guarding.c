/* SPDX-License-Identifier: MIT
 *
 * A process, or a rank, that starts a program behind the guard, prints each line that comes
 * from it, and then how it has ended.
 *     guarding GUARD SCRATCH COMMAND */
#include "engine/process/clean_environment.h"
#include "engine/process/command_words.h"
#include "engine/process/guarded_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

int main(int count, char **arguments)
{
    static struct output_lines lines;
    static struct guarded_program program;
    const struct guarded_wait patient = {.seconds = 0};
    const char *fault, *line;
    char end[200];
    size_t length;
    if (count != 4)
        return 2;
    char **const words = command_words_split(arguments[3], &fault);
    char **const environment = clean_environment_make(environ, 0, 1, arguments[2], NULL);
    if (!words || !environment)
        return 1;
    const int cause =
        guarded_program_start(&program, arguments[1], words, environment, arguments[2], &lines);
    if (cause) {
        fprintf(stderr, "%s: %s\n", arguments[1], strerror(cause));
        return 1;
    }
    while (guarded_program_receive_line(&program, 1000, &patient, &line, &length) == GUARDED_CAME) {
        printf("%.*s\n", (int)length, line);
        fflush(stdout);
    }
    guarded_program_kill(&program);
    guarded_program_describe_end(&program, end, sizeof end);
    printf("%s\n", end);
    free(words);
    free(environment);
    return 0;
}
