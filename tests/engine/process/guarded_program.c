/* SPDX-License-Identifier: MIT
 *
 * Programs behind the guard answer, hang, talk too much, crash and leave others behind. */
#include "engine/process/guarded_program.h"
#include "common/clock.h"
#include "folder.h"
#include "testing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* What of the program's output tests look at. */
static struct output_lines lines;
static struct guarded_program program;
static const struct guarded_wait patient = {.seconds = 60};

static void start_words(char *const *words, const char *scratch)
{
    output_lines_clear(&lines);
    lines.drops_stdout = true;
    assert_int_equal(guarded_program_start(&program, DTRAIN_GUARD, words, environ, scratch, &lines),
                     0);
}

static char sh[] = "sh", option[] = "-c", python[] = "/usr/bin/python3";
static char script_text[4096];

static void start_shell(const char *script)
{
    char *const words[] = {sh, option, script_text, NULL};
    snprintf(script_text, sizeof script_text, "%s", script);
    start_words(words, NULL);
}

static void start_python(const char *script)
{
    char *const words[] = {python, option, script_text, NULL};
    snprintf(script_text, sizeof script_text, "import os, sys\n%s", script);
    start_words(words, NULL);
}

static void expect_line(const char *expected)
{
    const char *line;
    size_t length;
    assert_int_equal(guarded_program_receive_line(&program, 1000, &patient, &line, &length),
                     GUARDED_CAME);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(line, expected, length);
}

static void expect_event(enum guarded_event event, const struct guarded_wait *wait)
{
    const char *line;
    size_t length;
    assert_int_equal(guarded_program_receive_line(&program, 1000, wait, &line, &length), event);
}

/* Kills the program, and compares how it ended. */
static void expect_end(const char *expected)
{
    char text[200];
    guarded_program_kill(&program);
    assert_false(program.is_running);
    guarded_program_describe_end(&program, text, sizeof text);
    assert_string_equal(text, expected);
}

static void test_lines_and_bytes_come_back(void **state)
{
    (void)state;
    const char *bytes;
    start_shell("read -r line <&3; echo \"got $line\" >&4; printf 'more\\n12345678next\\n' >&4;"
                "cat <&3 >&4");
    guarded_program_send(&program, "this\n", 5);
    expect_line("got this");
    expect_line("more");
    assert_int_equal(guarded_program_receive_bytes(&program, 8, &patient, &bytes), GUARDED_CAME);
    assert_memory_equal(bytes, "12345678", 8);
    expect_line("next");
    guarded_program_send(&program, "\n", 1);
    expect_line("");
    guarded_program_end_requests(&program);
    expect_event(GUARDED_ENDED, &patient);
    expect_end("ended with exit code 0");
}

/* More than all pipes and sockets take, both ways. */
static void test_eight_megabytes_there_and_back(void **state)
{
    (void)state;
    enum { SIZE = 8 << 20 };
    char *const sent = malloc(SIZE);
    const char *bytes;
    for (int i = 0; i < SIZE; ++i)
        sent[i] = (char)(i * 7 + i / 251);
    start_shell("cat <&3 >&4");
    for (int i = 0; i < 2; ++i) {
        guarded_program_send(&program, sent, SIZE);
        assert_int_equal(guarded_program_receive_bytes(&program, SIZE, &patient, &bytes),
                         GUARDED_CAME);
        assert_memory_equal(bytes, sent, SIZE);
    }
    guarded_program_kill(&program);
    free(sent);
}

static void test_prints_much_before_it_reads(void **state)
{
    (void)state;
    char *const sent = malloc(1 << 20);
    memset(sent, 'x', 1 << 20);
    sent[(1 << 20) - 1] = '\n';
    start_python("for i in range(20000): print('%060d' % i)\n"
                 "sys.stdout.flush()\n"
                 "requests = open(3)\n"
                 "line = requests.readline()\n"
                 "print('read')\n"
                 "sys.stdout.flush()\n"
                 "os.write(4, b'%d\\n' % len(line))\n"
                 "requests.read()\n");
    guarded_program_send(&program, sent, 1 << 20);
    expect_line("1048576");
    /* What was printed before the line came has been taken in. */
    assert_int_equal(lines.kept_count, 20001);
    assert_string_equal(lines.last, "read");
    guarded_program_kill(&program);
    free(sent);
}

/* It is not until all has been sent that the next request may be. */
static void test_answers_before_it_reads(void **state)
{
    (void)state;
    char *const sent = calloc(1, 1 << 20);
    start_shell("echo early >&4; wc -c <&3 >&4");
    guarded_program_send(&program, sent, 1 << 20);
    expect_line("early");
    guarded_program_end_requests(&program);
    expect_line("1048576");
    guarded_program_kill(&program);
    free(sent);
}

/* What fits into a pipe may be there long after the program has ended. */
/* Where the answers have been taken, nothing more is there but what nobody has asked for. */
static void test_says_more_than_it_was_asked(void **state)
{
    (void)state;
    start_shell("echo one >&4; read -r line <&3; printf 'two\\nthree\\n' >&4; cat <&3");
    expect_line("one");
    assert_false(guarded_program_has_more(&program));
    guarded_program_send(&program, "\n", 1);
    expect_line("two");
    assert_true(guarded_program_has_more(&program));
    expect_line("three");
    assert_false(guarded_program_has_more(&program));
    guarded_program_kill(&program);
}

static void test_answers_of_a_program_that_has_ended(void **state)
{
    (void)state;
    const char *bytes;
    start_python("import fcntl\n"
                 "fcntl.fcntl(4, 1031, 1 << 20)\n" /* F_SETPIPE_SZ */
                 "os.write(4, b'x' * 500000 + b'\\nlast\\n')\n");
    clock_sleep(1);
    assert_int_equal(guarded_program_receive_bytes(&program, 500001, &patient, &bytes),
                     GUARDED_CAME);
    expect_line("last");
    expect_event(GUARDED_ENDED, &patient);
    expect_end("ended with exit code 0");
}

static void test_deadline(void **state)
{
    (void)state;
    const struct guarded_wait short_wait = {.seconds = 0.05};
    start_shell("while :; do echo talk; done");
    expect_event(GUARDED_LATE, &short_wait);
    /* It may still be waited for. */
    expect_event(GUARDED_LATE, &short_wait);
    expect_end("closed descriptor 4");
}

static bool ask(void *context)
{
    int *const count = context;
    return ++*count == 3;
}

static void test_stops_when_asked(void **state)
{
    (void)state;
    int count = 0;
    const struct guarded_wait wait = {.asks_to_stop = ask, .context = &count};
    start_shell("while :; do echo talk; done");
    expect_event(GUARDED_STOPPED, &wait);
    assert_int_equal(count, 3);
    guarded_program_kill(&program);
}

static void test_line_that_is_too_long(void **state)
{
    (void)state;
    const char *line;
    size_t length;
    start_shell("printf '1234567\\n12345678\\n' >&4; exec cat /dev/zero >&4");
    assert_int_equal(guarded_program_receive_line(&program, 7, &patient, &line, &length),
                     GUARDED_CAME);
    assert_int_equal(length, 7);
    assert_int_equal(guarded_program_receive_line(&program, 7, &patient, &line, &length),
                     GUARDED_TOO_LONG);
    guarded_program_kill(&program);
    start_shell("exec cat /dev/zero >&4");
    expect_event(GUARDED_TOO_LONG, &patient);
    guarded_program_kill(&program);
}

static void test_closes_its_descriptors(void **state)
{
    (void)state;
    start_shell("echo last >&4; exec 4>&-; sleep 1000");
    expect_line("last");
    expect_event(GUARDED_ENDED, &patient);
    expect_end("closed descriptor 4");
    /* SIGPIPE has its default action in this process, and would end it. */
    start_shell("echo closing >&4; exec 3<&-; sleep 1000");
    expect_line("closing");
    clock_sleep(0.5);
    guarded_program_send(&program, "a\n", 2);
    expect_event(GUARDED_ENDED, &patient);
    expect_end("closed descriptor 3");
}

/* A SIGPIPE that the user's program has blocked, and that waits already, is not taken from it. */
static void test_a_signal_of_the_users_waits(void **state)
{
    (void)state;
    sigset_t broken_pipe, before, pending;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    for (int is_pending = 0; is_pending < 2; ++is_pending) {
        pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
        if (is_pending)
            raise(SIGPIPE);
        start_shell("echo closing >&4; exec 3<&-; sleep 1000");
        expect_line("closing");
        clock_sleep(0.5);
        guarded_program_send(&program, "a\n", 2);
        expect_event(GUARDED_ENDED, &patient);
        expect_end("closed descriptor 3");
        sigpending(&pending);
        assert_int_equal(sigismember(&pending, SIGPIPE), is_pending);
        if (is_pending)
            sigwaitinfo(&broken_pipe, NULL);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
}

static void test_answers_what_it_has_not_read(void **state)
{
    (void)state;
    start_shell("exec 3<&-; sleep 0.2; echo no >&4; exit 1");
    char *const much = calloc(1, 1 << 20);
    guarded_program_send(&program, much, 1 << 20);
    expect_line("no");
    expect_event(GUARDED_ENDED, &patient);
    expect_end("ended with exit code 1");
    free(much);
}

static void test_exit_codes(void **state)
{
    (void)state;
    static const int codes[] = {0, 1, 3, 127, 255};
    char script[100], end[100];
    for (size_t i = 0; i < sizeof codes / sizeof *codes; ++i) {
        snprintf(script, sizeof script, "echo before >&4; exit %d", codes[i]);
        snprintf(end, sizeof end, "ended with exit code %d", codes[i]);
        start_shell(script);
        expect_line("before");
        expect_event(GUARDED_ENDED, &patient);
        expect_end(end);
    }
}

static void test_signals(void **state)
{
    (void)state;
    static const int signals[] = {SIGSEGV, SIGABRT, SIGFPE,  SIGBUS,  SIGILL,  SIGKILL, SIGTERM,
                                  SIGINT,  SIGHUP,  SIGQUIT, SIGPIPE, SIGUSR1, SIGXCPU, SIGALRM};
    char script[100], end[100];
    for (size_t i = 0; i < sizeof signals / sizeof *signals; ++i) {
        snprintf(script, sizeof script, "ulimit -c 0; kill -%d $$; sleep 1000", signals[i]);
        snprintf(end, sizeof end, "was killed by signal %d (%s)", signals[i],
                 strsignal(signals[i]));
        start_shell(script);
        expect_event(GUARDED_ENDED, &patient);
        expect_end(end);
    }
}

static void test_cannot_be_started(void **state)
{
    (void)state;
    char missing[] = "no-such-program", folder[] = "/", file[] = "./not-executable";
    char broken[] = "./broken";
    char *const programs[] = {missing, folder, file, broken};
    static const int causes[] = {ENOENT, EACCES, EACCES, ENOENT};
    char end[200];
    folder_write("not-executable", "#!/bin/sh\n", 10);
    folder_write("broken", "#!/no/such/program\n", 19);
    assert_int_equal(chmod("broken", 0700), 0);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; ++i) {
        char *const words[] = {programs[i], NULL};
        snprintf(end, sizeof end, "cannot be started: %s", strerror(causes[i]));
        start_words(words, NULL);
        expect_event(GUARDED_ENDED, &patient);
        expect_end(end);
    }
}

static void test_without_a_guard(void **state)
{
    (void)state;
    char *const words[] = {sh, NULL};
    program = (struct guarded_program){.is_running = false};
    assert_int_equal(guarded_program_start(&program, "/no/guard", words, environ, NULL, &lines),
                     ENOENT);
    assert_false(program.is_running);
    guarded_program_kill(&program);
}

static void test_what_the_program_inherits(void **state)
{
    (void)state;
    sigset_t mask, before;
    sigfillset(&mask);
    sigprocmask(SIG_SETMASK, &mask, &before);
    signal(SIGUSR2, SIG_IGN);
    const int open_file = open("/dev/null", O_RDONLY);
    start_python("for name in sorted(os.listdir('/proc/self/fd')): os.write(4, name.encode())\n"
                 "os.write(4, ('\\n' + os.readlink('/proc/self/fd/0') + '\\n').encode())\n"
                 "for line in open('/proc/self/status'):\n"
                 "    if line[:7] in ('SigBlk:', 'SigIgn:'):\n"
                 "        os.write(4, b'%x\\n' % (int(line[7:], 16) & 0x7effefff))\n"
                 "apart = os.getpgid(0) == os.getpid() != os.getsid(0) == os.getppid()\n"
                 "os.write(4, b'apart\\n' if apart else b'together\\n')\n");
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGUSR2, SIG_DFL);
    expect_line("012345"); /* 5 is the folder that lists them */
    expect_line("/dev/null");
    /* None is blocked or ignored, but for two of the C library and two of Python. */
    expect_line("0");
    expect_line("0");
    expect_line("apart");
    guarded_program_kill(&program);
    close(open_file);
}

static void test_output_is_passed_on(void **state)
{
    (void)state;
    start_shell("echo one; echo ready >&4; echo two; printf three; exit 1");
    expect_line("ready");
    expect_event(GUARDED_ENDED, &patient);
    expect_end("ended with exit code 1");
    assert_int_equal(lines.kept_count, 3);
    assert_string_equal(lines.last, "three");
}

/* What a program prints before it answers is passed on before the answer is given out. */
static void test_output_comes_before_the_answer(void **state)
{
    (void)state;
    start_shell("while read -r line <&3; do echo \"$line\"; echo \"$line\" >&4; done");
    for (int i = 0; i < 500; ++i) {
        char question[20], answer[20];
        snprintf(answer, sizeof answer, "%d", i);
        snprintf(question, sizeof question, "%d\n", i);
        guarded_program_send(&program, question, strlen(question));
        expect_line(answer);
        assert_int_equal(lines.kept_count, i + 1);
        assert_string_equal(lines.last, answer);
    }
    guarded_program_kill(&program);
}

/* Whether a process is left that has this text among its arguments. */
static bool is_left(const char *mark)
{
    char command[200];
    snprintf(command, sizeof command, "pgrep -f '[%c]%s' >/dev/null", mark[0], mark + 1);
    return system(command) == 0;
}

/* Ways of a process, which has a mark, to survive the one that has started it. */
static const char *const ways[] = {
    "sh -c 'sleep 1000; : %s' &",
    "setsid sh -c 'sleep 1000; : %s' &",
    "(setsid sh -c '(trap \"\" TERM INT HUP; sleep 1000; : %s) & ' &);",
};

/* Whoever inherits the pipes does not keep the wait going, and nobody is left. */
static void test_those_left_behind(void **state)
{
    (void)state;
    char mark[50], way[200], script[300];
    snprintf(mark, sizeof mark, "left-by-%d", (int)getpid());
    for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
        snprintf(way, sizeof way, ways[i], mark);
        snprintf(script, sizeof script, "%s sleep 0.1; echo started >&4; exit 7", way);
        start_shell(script);
        expect_line("started");
        expect_event(GUARDED_ENDED, &patient);
        expect_end("ended with exit code 7");
        assert_false(is_left(mark));
        snprintf(script, sizeof script, "%s sleep 0.1; echo started >&4; sleep 1000", way);
        start_shell(script);
        expect_line("started");
        assert_true(is_left(mark));
        guarded_program_kill(&program);
        assert_false(is_left(mark));
    }
}

static void test_the_scratch_folder_goes(void **state)
{
    (void)state;
    char *const words[] = {sh, option, script_text, NULL};
    char scratch[PATH_MAX];
    assert_int_equal(mkdir("scratch", 0700), 0);
    folder_write("precious", "precious", 8);
    assert_non_null(realpath("scratch", scratch));
    snprintf(script_text, sizeof script_text,
             "cd scratch && mkdir -p a/b/c && echo x >a/b/c/d && ln -s ../precious link &&"
             "ln -s ../.. a/up && mkfifo pipe && echo done >&4; cat <&3");
    start_words(words, scratch);
    expect_line("done");
    assert_int_equal(access("scratch/a/b/c/d", F_OK), 0);
    guarded_program_kill(&program);
    assert_int_equal(access("scratch", F_OK), -1);
    folder_expect_precious("precious");
}

/* The program itself goes with its guard; nobody is there who could kill what it has started. */
/* Starts a program that is no descendant of the guard, as a daemon would. */
static pid_t start_outside(const char *scratch)
{
    char entry[PATH_MAX + 32];
    snprintf(entry, sizeof entry, "DTRAIN_SCRATCH=%s", scratch);
    char sleep[] = "/bin/sleep", seconds[] = "1000", before[] = "A=1";
    char *const words[] = {sleep, seconds, NULL}, *const environment[] = {before, entry, NULL};
    pid_t process;
    assert_int_equal(posix_spawn(&process, sleep, NULL, NULL, words, environment), 0);
    return process;
}

/* srun has a daemon start what it is to run; the environment is the same. */
static void test_those_started_by_a_daemon(void **state)
{
    (void)state;
    char scratch[PATH_MAX], other[PATH_MAX + 1];
    int status;
    assert_int_equal(mkdir("scratch", 0700), 0);
    assert_non_null(realpath("scratch", scratch));
    snprintf(other, sizeof other, "%s2", scratch);
    const pid_t marked = start_outside(scratch), stranger = start_outside(other);
    snprintf(script_text, sizeof script_text, "echo here >&4; exec sleep 1000");
    start_words((char *[]){sh, option, script_text, NULL}, scratch);
    expect_line("here");
    guarded_program_kill(&program);
    assert_int_equal(waitpid(marked, &status, 0), marked);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(waitpid(stranger, &status, WNOHANG), 0);
    kill(stranger, SIGKILL);
    waitpid(stranger, &status, 0);
    assert_int_equal(access("scratch", F_OK), -1);
}

static void test_a_guard_that_is_killed(void **state)
{
    (void)state;
    char mark[50], script[200];
    snprintf(mark, sizeof mark, "with-the-guard-of-%d", (int)getpid());
    snprintf(script, sizeof script,
             "import time\nos.write(4, b'started\\n')\ntime.sleep(1000) # %s", mark);
    start_python(script);
    expect_line("started");
    assert_true(is_left(mark));
    kill(program.guard, SIGKILL);
    expect_event(GUARDED_ENDED, &patient);
    expect_end("was killed, as its guard was (dtrain-guard)");
    const double deadline = clock_seconds() + 30;
    while (is_left(mark) && clock_seconds() < deadline)
        clock_sleep(0.05);
    assert_false(is_left(mark));
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *const folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        ++count;
    closedir(folder);
    return count;
}

static void test_nothing_stays_open(void **state)
{
    (void)state;
    const int before = count_descriptors();
    for (int i = 0; i < 20; ++i) {
        start_shell("echo ready >&4; cat <&3");
        expect_line("ready");
        guarded_program_kill(&program);
    }
    start_shell("exit 1");
    expect_event(GUARDED_ENDED, &patient);
    guarded_program_kill(&program);
    assert_int_equal(count_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_and_bytes_come_back),
        cmocka_unit_test(test_eight_megabytes_there_and_back),
        cmocka_unit_test(test_prints_much_before_it_reads),
        cmocka_unit_test(test_answers_before_it_reads),
        cmocka_unit_test(test_says_more_than_it_was_asked),
        cmocka_unit_test(test_answers_of_a_program_that_has_ended),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_stops_when_asked),
        cmocka_unit_test(test_line_that_is_too_long),
        cmocka_unit_test(test_closes_its_descriptors),
        cmocka_unit_test(test_a_signal_of_the_users_waits),
        cmocka_unit_test(test_answers_what_it_has_not_read),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_cannot_be_started),
        cmocka_unit_test(test_without_a_guard),
        cmocka_unit_test(test_what_the_program_inherits),
        cmocka_unit_test(test_output_is_passed_on),
        cmocka_unit_test(test_output_comes_before_the_answer),
        cmocka_unit_test(test_those_left_behind),
        cmocka_unit_test(test_the_scratch_folder_goes),
        cmocka_unit_test(test_those_started_by_a_daemon),
        cmocka_unit_test(test_a_guard_that_is_killed),
        cmocka_unit_test(test_nothing_stays_open),
    };
    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
