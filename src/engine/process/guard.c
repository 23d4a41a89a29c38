/* SPDX-License-Identifier: MIT
 *
 * The program dtrain-guard, which stands between a rank and a program of the user's:
 *
 *     dtrain-guard SCRATCH WORD...
 *
 * It runs the words as a command, and tells the rank how the command has ended. Then, or as soon as
 * the rank is gone or shuts the socket down, it kills everything that the command has started, or
 * had started with its environment by a daemon on this host; removes the folder SCRATCH ("": none)
 * and ends. guarded_program.c starts it in a session of its own, all signals having their default
 * action. No MPI and no HDF5, so it starts in a millisecond.
 */
#define _GNU_SOURCE /* pipe2 */
#include "guard.h"

#include "descendants.h"
#include "files/scratch_folder.h"
#include "marked.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Closes the descriptors above its own, which the rank's launcher or libraries have left open. */
static void close_others(void)
{
    DIR *const open_ones = opendir("/proc/self/fd");
    const struct dirent *entry;
    while (open_ones && (entry = readdir(open_ones))) {
        const int descriptor = (int)strtol(entry->d_name, NULL, 10);
        if (descriptor > GUARD_RANK && descriptor != dirfd(open_ones))
            close(descriptor);
    }
    if (open_ones)
        closedir(open_ones);
}

/* Becomes the command. Returns only if that fails, with the cause in errno. */
static void become(char **words, pid_t guard)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    /* In case the guard itself is killed, now or later. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == guard && sigprocmask(SIG_SETMASK, &none, NULL) == 0)
        execvp(words[0], words);
}

/* Starts the command. Returns its PID; if it cannot be started, -1 with the cause in errno. */
static pid_t start(char **words)
{
    int failure[2], cause = 0;
    const pid_t guard = getpid();
    if (pipe2(failure, O_CLOEXEC) != 0)
        return -1;
    const pid_t command = fork();
    if (command == 0) {
        become(words, guard);
        cause = errno;
        _exit(write(failure[1], &cause, sizeof cause) < 0);
    }
    if (command < 0)
        cause = errno;
    close(failure[1]);
    /* A command that starts closes its end, and there is nothing to read. */
    while (command > 0 && read(failure[0], &cause, sizeof cause) < 0 && errno == EINTR)
        ;
    close(failure[0]);
    errno = cause;
    return cause == 0 ? command : -1;
}

/* Waits for all children that have ended, adopted ones too. Whether the command is one of them. */
static bool has_ended(pid_t command, int *status)
{
    bool ended = false;
    int other;
    for (pid_t child; (child = waitpid(-1, &other, WNOHANG)) > 0;) {
        if (child != command)
            continue;
        ended = true;
        *status = other;
    }
    return ended;
}

/* Waits until the command ends, or, returning false, until the rank does not want it any more. */
static bool wait_for_end(pid_t command, int *status)
{
    sigset_t of_children;
    sigemptyset(&of_children);
    sigaddset(&of_children, SIGCHLD);
    const int children = signalfd(-1, &of_children, SFD_CLOEXEC);
    struct pollfd sources[] = {{GUARD_RANK, POLLIN, 0}, {children, POLLIN, 0}};
    struct signalfd_siginfo signal;
    for (;;) {
        if (poll(sources, 2, -1) < 0 && errno != EINTR)
            return false;
        if (sources[1].revents && read(children, &signal, sizeof signal) < 0)
            return false;
        /* First, so that a rank that gives a command up because it has ended still hears how. */
        if (has_ended(command, status))
            return true;
        if (sources[0].revents)
            return false;
    }
}

static void report(bool cannot_start, int number)
{
    const struct guard_report words = {cannot_start, number};
    send(GUARD_RANK, &words, sizeof words, MSG_NOSIGNAL);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "dtrain-guard: is started by dtrain, and not by hand\n");
        return 2;
    }
    /* Launchers and Ctrl-C send signals to everything: it is the rank that decides. */
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    close_others();
    fcntl(GUARD_RANK, F_SETFD, FD_CLOEXEC);

    int status = 0;
    const pid_t command = start(arguments + 2);
    if (command < 0)
        report(true, errno);
    /* Only the command's own copies keep its pipes open now. */
    for (int descriptor = 0; descriptor < GUARD_RANK; ++descriptor)
        close(descriptor);
    if (command > 0 && wait_for_end(command, &status))
        report(false, status);
    descendants_kill();
    if (!arguments[1][0])
        return 0;
    /* No other program has this folder in its environment (clean_environment.c). */
    marked_kill("DTRAIN_SCRATCH", arguments[1]);
    scratch_folder_remove(arguments[1]);
    return 0;
}
