/* SPDX-License-Identifier: MIT */
#include "guarded_program.h"

#include "common/clock.h"
#include "guard.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often a wait asks whether it is to stop. */
static const double asking_seconds = 0.1;

/* A program that ends closes its descriptors a moment before its guard can know how it has ended;
 * on a busy machine that moment may be long. */
static const double report_seconds = 2;

/* The guard is gone a few milliseconds after it was told to kill. It takes longer only to remove a
 * large scratch folder, or where a process cannot be killed. */
static const double guard_seconds = 20, killed_guard_seconds = 1;

/* What one read takes, the room of a pipe; and how many of them empty the largest one (1 MiB). */
enum { READ_SIZE = 64 * 1024, READS_OF_A_PIPE = 16 };

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

/* The program has closed this descriptor of its own. */
static void note_closed(struct guarded_program *program, int descriptor)
{
    if (program->closed)
        return;
    program->closed = descriptor;
    program->closed_at = clock_seconds();
}

/* write() to a pipe. Where nobody reads, it fails without a SIGPIPE, whatever that signal means to
 * the process now: in a user's own program it is the user who decides. */
static ssize_t write_quietly(int descriptor, const char *bytes, size_t size)
{
    sigset_t broken_pipe, before, pending;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    sigemptyset(&pending);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    /* A signal that was not blocked cannot have been pending. */
    if (sigismember(&before, SIGPIPE))
        sigpending(&pending);
    const ssize_t written = write(descriptor, bytes, size);
    const int cause = errno;
    if (written < 0 && cause == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&broken_pipe, NULL, &(struct timespec){0, 0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    return written;
}

/* Nobody reads from the pipe of requests any more. */
static void note_unread(struct guarded_program *program)
{
    note_closed(program, GUARD_REQUESTS);
    close_descriptor(&program->requests);
    program->to_send_size = 0;
}

/* Sends as much as the pipe takes. */
static void send_some(struct guarded_program *program)
{
    while (program->to_send_size > 0 && program->requests >= 0) {
        const ssize_t written =
            write_quietly(program->requests, program->to_send, program->to_send_size);
        if (written >= 0) {
            program->to_send += written;
            program->to_send_size -= (size_t)written;
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR) {
            note_unread(program);
        }
    }
    if (program->requests < 0)
        program->to_send_size = 0;
}

/* read() that is not interrupted. Returns the bytes, 0 if nothing is there now, -1 at the end. */
static ssize_t read_some(int descriptor, char *bytes, size_t size)
{
    ssize_t count;
    do
        count = read(descriptor, bytes, size);
    while (count < 0 && errno == EINTR);
    if (count == 0 || (count < 0 && errno != EAGAIN))
        return -1;
    return count < 0 ? 0 : count;
}

/* Takes what is there of the answers, up to the room of a pipe. Whether there was anything. */
static bool read_answers(struct guarded_program *program)
{
    char bytes[READ_SIZE];
    if (program->answers < 0)
        return false;
    const ssize_t count = read_some(program->answers, bytes, sizeof bytes);
    if (count < 0) {
        note_closed(program, GUARD_ANSWERS);
        close_descriptor(&program->answers);
    }
    if (count > 0)
        message_add(&program->came, bytes, (size_t)count);
    return count > 0;
}

/* Passes on what has been printed. A program that never stops printing does not keep this busy. */
static void read_stream(struct guarded_program *program, enum output_stream stream)
{
    char bytes[READ_SIZE];
    ssize_t count = 1;
    for (int i = 0; i < READS_OF_A_PIPE && count > 0 && program->streams[stream] >= 0; ++i) {
        count = read_some(program->streams[stream], bytes, sizeof bytes);
        if (count > 0)
            output_lines_add(program->lines, stream, bytes, (size_t)count);
    }
    if (count < 0)
        close_descriptor(&program->streams[stream]);
}

/* Reads how the program has ended, or that the guard is gone. */
static void read_report(struct guarded_program *program)
{
    struct guard_report report;
    const ssize_t count = read_some(program->life, (char *)&report, sizeof report);
    if (count == (ssize_t)sizeof report) {
        program->has_status = true;
        program->cannot_start = report.cannot_start;
        program->status = report.number;
    } else if (count != 0) {
        close_descriptor(&program->life);
    }
}

/* Waits until something comes or can be sent, or for some time, and deals with it. */
static void serve(struct guarded_program *program, double seconds)
{
    enum { REQUESTS, ANSWERS, LIFE, STREAMS, SOURCES = STREAMS + OUTPUT_STREAMS };
    struct pollfd sources[SOURCES] = {
        [REQUESTS] = {program->requests, program->to_send_size > 0 ? POLLOUT : 0, 0},
        [ANSWERS] = {program->answers, POLLIN, 0},
        [LIFE] = {program->life, POLLIN, 0},
        [STREAMS] = {program->streams[OUTPUT_OF_STDOUT], POLLIN, 0},
        [STREAMS + 1] = {program->streams[OUTPUT_OF_STDERR], POLLIN, 0},
    };
    if (poll(sources, SOURCES, (int)ceil(1000 * seconds)) <= 0)
        return;
    /* An error is told even where nothing is to be sent: what was sent is not read then. */
    if (sources[REQUESTS].revents & POLLERR)
        note_unread(program);
    else if (sources[REQUESTS].revents)
        send_some(program);
    if (sources[LIFE].revents)
        read_report(program);
    if (sources[ANSWERS].revents)
        read_answers(program);
    /* poll() looks at one source after the other: what was printed before an answer that it has
     * seen, it has seen, too. So that is read before the answer is used. */
    for (enum output_stream stream = 0; stream < OUTPUT_STREAMS; ++stream)
        if (sources[STREAMS + stream].revents)
            read_stream(program, stream);
}

/* What is waited for. */
struct wanted {
    bool is_line;
    size_t size;     /* of the bytes, or the most of a line */
    size_t searched; /* bytes without a newline */
    size_t length;   /* of the line that was found */
};

static enum guarded_event look(const struct guarded_program *program, struct wanted *wanted)
{
    const struct message *came = &program->came;
    if (came->is_short)
        return GUARDED_TOO_LONG;
    if (!wanted->is_line)
        return came->used >= wanted->size ? GUARDED_CAME : GUARDED_LATE;
    const char *const newline =
        came->used > wanted->searched
            ? memchr(came->bytes + wanted->searched, '\n', came->used - wanted->searched)
            : NULL;
    wanted->length = newline ? (size_t)(newline - came->bytes) : came->used;
    wanted->searched = wanted->length;
    if (wanted->length > wanted->size)
        return GUARDED_TOO_LONG;
    return newline ? GUARDED_CAME : GUARDED_LATE;
}

/* Whether nothing more can come but what is in the pipe already. Others may still have that open;
 * so its end is no sign. */
static bool is_over(const struct guarded_program *program)
{
    return program->has_status || program->life < 0 ||
           (program->closed && clock_seconds() > program->closed_at + report_seconds);
}

/* Forgets what the last receive has given out. */
static void drop_taken(struct guarded_program *program)
{
    struct message *came = &program->came;
    came->used -= program->taken;
    if (came->used > 0 && program->taken > 0)
        memmove(came->bytes, came->bytes + program->taken, came->used);
    program->taken = 0;
}

/* Waits. An answer to a request that has not been sent completely is none yet: the rest would be
 * taken for the next request. */
static enum guarded_event receive(struct guarded_program *program, struct wanted *wanted,
                                  const struct guarded_wait *wait)
{
    const double deadline = wait->seconds > 0 ? clock_seconds() + wait->seconds : INFINITY;
    double asking = clock_seconds() + asking_seconds;
    drop_taken(program);
    send_some(program);
    for (;;) {
        const enum guarded_event event = look(program, wanted);
        if (event == GUARDED_TOO_LONG || (event == GUARDED_CAME && program->to_send_size == 0))
            return event;
        if (is_over(program)) {
            if (!read_answers(program))
                return GUARDED_ENDED;
            continue;
        }
        const double now = clock_seconds();
        if (now >= deadline)
            return GUARDED_LATE;
        if (now >= asking) {
            if (wait->asks_to_stop && wait->asks_to_stop(wait->context))
                return GUARDED_STOPPED;
            asking = now + asking_seconds;
        }
        serve(program, fmin(deadline, asking) - now);
    }
}

bool guarded_program_has_more(struct guarded_program *program)
{
    drop_taken(program);
    read_answers(program);
    return program->came.used > 0;
}

void guarded_program_send(struct guarded_program *program, const char *bytes, size_t size)
{
    program->to_send = bytes;
    program->to_send_size = size;
}

void guarded_program_end_requests(struct guarded_program *program)
{
    program->to_send_size = 0;
    close_descriptor(&program->requests);
}

enum guarded_event guarded_program_receive_line(struct guarded_program *program, size_t limit,
                                                const struct guarded_wait *wait, const char **line,
                                                size_t *length)
{
    struct wanted wanted = {.is_line = true, .size = limit};
    const enum guarded_event event = receive(program, &wanted, wait);
    if (event == GUARDED_CAME) {
        *line = program->came.bytes;
        *length = wanted.length;
        program->taken = wanted.length + 1;
    }
    return event;
}

enum guarded_event guarded_program_receive_bytes(struct guarded_program *program, size_t size,
                                                 const struct guarded_wait *wait,
                                                 const char **bytes)
{
    struct wanted wanted = {.size = size};
    const enum guarded_event event = receive(program, &wanted, wait);
    if (event == GUARDED_CAME) {
        *bytes = program->came.bytes;
        program->taken = size;
    }
    return event;
}

/* Waits until the guard has ended; false if it takes longer. */
static bool guard_ends(struct guarded_program *program, double seconds)
{
    const double deadline = clock_seconds() + seconds;
    while (program->life >= 0 && clock_seconds() < deadline)
        serve(program, fmax(deadline - clock_seconds(), 0));
    return program->life < 0;
}

void guarded_program_kill(struct guarded_program *program)
{
    if (!program->is_running)
        return;
    /* These stay open, so that the program does not notice and end by itself, but are not served.
     */
    int requests = program->requests, answers = program->answers;
    program->requests = program->answers = -1;
    program->to_send_size = 0;
    program->is_guard_lost = program->life < 0 && !program->has_status;
    if (program->life >= 0)
        shutdown(program->life, SHUT_WR);
    bool has_ended = guard_ends(program, guard_seconds);
    if (!has_ended) {
        kill(-program->guard, SIGKILL);
        has_ended = guard_ends(program, killed_guard_seconds);
    }
    while (waitpid(program->guard, NULL, has_ended ? 0 : WNOHANG) < 0 && errno == EINTR)
        ;
    for (enum output_stream stream = 0; stream < OUTPUT_STREAMS; ++stream)
        read_stream(program, stream);
    output_lines_end(program->lines);
    close_descriptor(&requests);
    close_descriptor(&answers);
    close_descriptor(&program->life);
    for (enum output_stream stream = 0; stream < OUTPUT_STREAMS; ++stream)
        close_descriptor(&program->streams[stream]);
    message_free(&program->came);
    program->taken = 0;
    program->is_running = false;
}

void guarded_program_describe_end(const struct guarded_program *program, char *text, size_t size)
{
    if (program->cannot_start)
        snprintf(text, size, "cannot be started: %s", strerror(program->status));
    else if (program->has_status && WIFEXITED(program->status))
        snprintf(text, size, "ended with exit code %d", WEXITSTATUS(program->status));
    else if (program->has_status)
        snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(program->status),
                 strsignal(WTERMSIG(program->status)));
    else if (program->is_guard_lost)
        snprintf(text, size, "was killed, as its guard was (dtrain-guard)");
    else
        snprintf(text, size, "closed descriptor %d",
                 program->closed ? program->closed : GUARD_ANSWERS);
}
