/* SPDX-License-Identifier: MIT */
#include "descendants.h"

#include "kill_round.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads the parent and the process group of a process. False if it is gone. */
static bool read_family(const char *process, pid_t *parent, pid_t *group)
{
    char path[PATH_MAX], text[512];
    snprintf(path, sizeof path, "/proc/%s/stat", process);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    /* "PID (NAME) STATE PARENT GROUP ...", where the name may hold anything. */
    const char *const name_end = strrchr(text, ')');
    return name_end && sscanf(name_end + 1, " %*c %d %d", parent, group) == 2;
}

/* Kills a child, and its group at the same instant, so that none of the group can fork meanwhile.
 * All groups but this process's own hold descendants only, because it leads its session. */
static void kill_child(pid_t child, pid_t group)
{
    if (group > 1 && group != getpgrp())
        kill(-group, SIGKILL);
    kill(child, SIGKILL);
}

/* Nobody but this process can wait for its children, so no PID read here can be that of a later
 * process by the time it is killed. That is why grandchildren have to wait until they are orphans,
 * and so children. */
static void kill_children(void)
{
    DIR *const processes = opendir("/proc");
    const struct dirent *entry;
    pid_t parent, group;
    while (processes && (entry = readdir(processes))) {
        const pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
        if (process > 0 && read_family(entry->d_name, &parent, &group) && parent == getpid())
            kill_child(process, group);
    }
    if (processes)
        closedir(processes);
}

/* Takes note of the children that have ended. False if there are no others. */
static bool has_children(void)
{
    pid_t ended;
    do
        ended = waitpid(-1, NULL, WNOHANG);
    while (ended > 0 || (ended < 0 && errno == EINTR));
    return ended == 0;
}

void descendants_kill(void)
{
    for (int round = 0; has_children(); ++round) {
        kill_children();
        kill_round_wait(round);
    }
}
