/* SPDX-License-Identifier: MIT */
#include "marked.h"

#include "kill_round.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether the entry is NAME=VALUE. */
static bool is_mark(const char *entry, const char *name, const char *value)
{
    const size_t length = strlen(name);
    return strncmp(entry, name, length) == 0 && entry[length] == '=' &&
           strcmp(entry + length + 1, value) == 0;
}

/* A process that has ended, or is another user's, has no environment here. */
static bool is_marked(const char *process, const char *name, const char *value)
{
    char path[PATH_MAX], *entry = NULL;
    size_t room = 0;
    bool is = false;
    snprintf(path, sizeof path, "/proc/%s/environ", process);
    FILE *const environment = fopen(path, "re");
    while (environment && !is && getdelim(&entry, &room, '\0', environment) > 0)
        is = is_mark(entry, name, value);
    free(entry);
    if (environment)
        fclose(environment);
    return is;
}

/* Whether there were any. A PID that was read just now is that of no later process: the kernel
 * gives out all others first. */
static bool kill_all(const char *name, const char *value)
{
    bool found = false;
    DIR *const processes = opendir("/proc");
    const struct dirent *entry;
    while (processes && (entry = readdir(processes))) {
        const pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
        if (process <= 0 || process == getpid() || !is_marked(entry->d_name, name, value))
            continue;
        kill(process, SIGKILL);
        found = true;
    }
    if (processes)
        closedir(processes);
    return found;
}

void marked_kill(const char *name, const char *value)
{
    for (int round = 0; kill_all(name, value); ++round)
        kill_round_wait(round);
}
