/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2, POSIX_SPAWN_SETSID */
#include "guard.h"
#include "guarded_program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The descriptors of the guard, 0 to GUARD_RANK, each with its two ends: this process's, and the
 * one that becomes the guard's. The first, /dev/null, has none. */
enum { CHANNELS = GUARD_RANK + 1 };
enum end { OWN, GUARDS, ENDS };

static void close_ends(int channels[CHANNELS][ENDS], enum end end)
{
    for (int i = STDOUT_FILENO; i < CHANNELS; ++i)
        if (channels[i][end] >= 0)
            close(channels[i][end]);
}

/* Moves a descriptor above those of the guard, so that giving the guard one of these never closes
 * another one, and dup2 never finds it in place already and leaves it to be closed by exec. */
static bool move_up(int *descriptor)
{
    const int above = fcntl(*descriptor, F_DUPFD_CLOEXEC, 10);
    if (above < 0)
        return false;
    close(*descriptor);
    *descriptor = above;
    return true;
}

/* Opens one channel; this process's end never waits. False, with errno set, if it cannot. */
static bool open_channel(int number, int ends[ENDS])
{
    int pair[2];
    if (number == GUARD_RANK ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0
                             : pipe2(pair, O_CLOEXEC) != 0)
        return false;
    const bool is_written_here = number == GUARD_REQUESTS;
    ends[OWN] = pair[is_written_here];
    ends[GUARDS] = pair[!is_written_here];
    return move_up(ends + OWN) && move_up(ends + GUARDS) &&
           fcntl(ends[OWN], F_SETFL, O_NONBLOCK) == 0;
}

static bool open_channels(int channels[CHANNELS][ENDS])
{
    for (int i = 0; i < CHANNELS; ++i)
        channels[i][OWN] = channels[i][GUARDS] = -1;
    for (int i = STDOUT_FILENO; i < CHANNELS; ++i)
        if (!open_channel(i, channels[i]))
            return false;
    return true;
}

/* The arguments of the guard; free(result) frees all. NULL if memory is short. */
static char **make_arguments(char *const *words, const char *scratch)
{
    static const char title[] = "dtrain-guard";
    size_t count = 0;
    while (words[count])
        ++count;
    const size_t table = (count + 3) * sizeof *words, room = strlen(scratch) + 1;
    char **const arguments = malloc(table + sizeof title + room);
    if (!arguments)
        return NULL;
    arguments[0] = (char *)arguments + table;
    memcpy(arguments[0], title, sizeof title);
    arguments[1] = arguments[0] + sizeof title;
    memcpy(arguments[1], scratch, room);
    memcpy(arguments + 2, words, (count + 1) * sizeof *words);
    return arguments;
}

/* In a session of its own the guard, and with it the program, is out of reach of the terminal's
 * signals, and cannot be stopped for using it. All signals get their default actions, which the
 * program inherits. Returns 0, or an errno. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all;
    sigfillset(&all);
    const int failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (failure)
        return failure;
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
}

static int set_actions(posix_spawn_file_actions_t *actions, int channels[CHANNELS][ENDS])
{
    int failure = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (int i = STDOUT_FILENO; i < CHANNELS && !failure; ++i)
        failure = posix_spawn_file_actions_adddup2(actions, channels[i][GUARDS], i);
    return failure;
}

/* Starts the guard, without fork(): a rank may have much memory, and handlers of MPI's for forks.
 */
static int spawn(pid_t *process, const char *guard, char *const *arguments,
                 char *const *environment, int channels[CHANNELS][ENDS])
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int failure = posix_spawnattr_init(&attributes);
    if (failure)
        return failure;
    failure = posix_spawn_file_actions_init(&actions);
    if (!failure) {
        failure = set_attributes(&attributes);
        if (!failure)
            failure = set_actions(&actions, channels);
        if (!failure)
            failure = posix_spawn(process, guard, &actions, &attributes, arguments, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return failure;
}

int guarded_program_start(struct guarded_program *program, const char *guard, char *const *words,
                          char *const *environment, const char *scratch, struct output_lines *lines)
{
    int channels[CHANNELS][ENDS];
    pid_t process;
    char **const arguments = make_arguments(words, scratch ? scratch : "");
    int failure = arguments ? 0 : ENOMEM;
    if (!open_channels(channels) && !failure)
        failure = errno;
    if (!failure)
        failure = spawn(&process, guard, arguments, environment, channels);
    free(arguments);
    close_ends(channels, GUARDS);
    if (failure) {
        close_ends(channels, OWN);
        return failure;
    }
    *program = (struct guarded_program){
        .is_running = true,
        .guard = process,
        .requests = channels[GUARD_REQUESTS][OWN],
        .answers = channels[GUARD_ANSWERS][OWN],
        .life = channels[GUARD_RANK][OWN],
        .streams = {channels[STDOUT_FILENO][OWN], channels[STDERR_FILENO][OWN]},
        .lines = lines,
    };
    return 0;
}
