/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* environ */
#include "script.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER "share/dtrain/scripts"

/* The oldest Python that runs the scripts; CHECK compares with it, too. */
#define PYTHON "Python 3.9 or newer"

/* The Python in PATH may be that of conda or of a module, which lacks packages that the system's
 * has. */
static const char *const pythons[] = {"python3", "/usr/bin/python3"};
enum { PYTHONS = sizeof pythons / sizeof *pythons };

/* The environment's name for this program, by which scripts call it (scripts/dtrain/program.py). */
#define PROGRAM_VARIABLE "DTRAIN"

/* A program for Python: its exit code is CHECKED, plus a bit for each package among its arguments
 * that is not installed. It does not import them, which would take long. Packages are looked for as
 * a script does, not in the current folder. */
enum { CHECKED = 64, PACKAGES_MAX = 5 };
#define CHECK                                                                                      \
    "import importlib.util, sys\n"                                                                 \
    "sys.path = [folder for folder in sys.path if folder]\n"                                       \
    "missing = [importlib.util.find_spec(name) is None for name in sys.argv[1:]]\n"                \
    "sys.exit(64 + sum(bit << i for i, bit in enumerate(missing))"                                 \
    " if sys.version_info >= (3, 9) else 1)\n"

/* The packages of a script; `text` keeps the names. A set of packages is a number whose bit i
 * stands for names[i]. */
struct packages {
    char text[128];
    char *names[PACKAGES_MAX + 1]; /* NULL after the last one */
    int needed;                    /* the set of all but the optional ones */
};

static void list_packages(const struct script_spec *script, struct packages *packages)
{
    int count = 0;
    *packages = (struct packages){.text = ""};
    snprintf(packages->text, sizeof packages->text, "%s %s", script->packages,
             script->optional ? script->optional : "");
    for (char *name = strtok(packages->text, " "); name; name = strtok(NULL, " ")) {
        if (name < packages->text + strlen(script->packages))
            packages->needed |= 1 << count;
        packages->names[count++] = name;
    }
}

const struct script_spec *script_of(int argc, char *const *argv)
{
    if (argc == 3 && strcmp(argv[1], "help") == 0)
        return script_find(argv[2], argv + 3);
    return argc > 1 ? script_find(argv[1], argv + 2) : NULL;
}

/* Looks in the program's own folder (of a build) and in the one above it (the prefix of an
 * installation); never further up, where the file could be anyone's. */
static enum status find_file(const struct script_spec *script, const char *program,
                             char path[PATH_MAX], struct error *error)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", program);
    for (int i = 0; i < 2; ++i) {
        char *const slash = strrchr(folder, '/');
        if (!slash)
            break;
        *slash = '\0';
        const int length = snprintf(path, PATH_MAX, "%s/" FOLDER "/%s", folder, script->file);
        if (length < PATH_MAX && access(path, R_OK) == 0)
            return STATUS_DONE;
    }
    return error_set(error, STATUS_FAILED,
                     FOLDER "/%s: is neither beside the program %s nor in the folder above it: "
                            "install dtrain with its scripts (cmake --install)",
                     script->file, program);
}

/* Runs CHECK with that Python, without input and output, and returns its exit code; -1 if it cannot
 * be started or does not end by itself. */
static int run_check(const char *python, const struct packages *packages)
{
    char name[32], option[] = "-c", check[] = CHECK;
    char *arguments[3 + PACKAGES_MAX + 1] = {name, option, check};
    /* Python finds its own folders by its first argument. */
    snprintf(name, sizeof name, "%s", python);
    memcpy(arguments + 3, packages->names, PACKAGES_MAX * sizeof *arguments);
    posix_spawn_file_actions_t quiet;
    pid_t child;
    int status = -1;
    if (posix_spawn_file_actions_init(&quiet))
        return -1;
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
        posix_spawn_file_actions_addopen(&quiet, descriptor, "/dev/null", O_RDWR, 0);
    if (posix_spawnp(&child, python, &quiet, NULL, arguments, environ) == 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            continue;
    posix_spawn_file_actions_destroy(&quiet);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Appends a word to a text, after `before`; between two words it puts `between`. */
static void append(char *text, size_t size, const char *between, const char *before,
                   const char *word)
{
    const size_t length = strlen(text);
    snprintf(text + length, size - length, "%s%s%s", length ? between : "", before, word);
}

/* Names the packages of a set. */
static enum status refuse_missing(const struct script_spec *script, const struct packages *packages,
                                  int missing, struct error *error)
{
    char names[128] = "", debian[256] = "";
    for (int i = 0; i < PACKAGES_MAX; ++i) {
        if (!(missing & 1 << i))
            continue;
        append(names, sizeof names, " and ", "", packages->names[i]);
        append(debian, sizeof debian, " ", "python3-", packages->names[i]);
    }
    return error_set(error, STATUS_FAILED,
                     "%s needs %s for Python; to install (Debian, Ubuntu): apt-get install %s",
                     script->name, names, debian);
}

/* Finds the first Python that has all packages of the script, or else the first that lacks only the
 * optional ones. If there is none, the line is about the system's, for which they can be installed.
 */
static enum status find_python(const struct script_spec *script, const char **python,
                               struct error *error)
{
    struct packages packages;
    int missing = 0;
    list_packages(script, &packages);
    *python = NULL;
    for (int i = 0; i < PYTHONS; ++i) {
        const int code = run_check(pythons[i], &packages);
        const int needed = (code - CHECKED) & packages.needed;
        if (code < CHECKED || code >= CHECKED + (1 << PACKAGES_MAX))
            continue;
        missing = needed;
        if (needed == 0 && (!*python || code == CHECKED))
            *python = pythons[i];
        if (code == CHECKED)
            break;
    }
    if (*python)
        return STATUS_DONE;
    if (missing)
        return refuse_missing(script, &packages, missing, error);
    if (getenv("PYTHONHOME"))
        return error_set(error, STATUS_FAILED,
                         "%s needs " PYTHON ", and none runs with PYTHONHOME=%s: unset it",
                         script->name, getenv("PYTHONHOME"));
    return error_set(error, STATUS_FAILED,
                     "%s needs " PYTHON "; to install (Debian, Ubuntu): apt-get install python3",
                     script->name);
}

/* -X tells the script its name: python3 -X dtrain=plot plot.py ... */
static enum status start_python(const char *python, const struct script_spec *script, char *path,
                                char *const *words, struct error *error)
{
    char name[32], option[] = "-X", called[64];
    int count = 0;
    snprintf(name, sizeof name, "%s", python);
    snprintf(called, sizeof called, "dtrain=%s", script->name);
    while (words[count])
        ++count;
    char **const arguments = calloc((size_t)count + 6, sizeof *arguments);
    if (!arguments)
        return error_memory(error, script->file, "its arguments");
    memcpy(arguments, (char *[]){name, option, called, path}, 4 * sizeof *arguments);
    memcpy(arguments + 4, words, (size_t)count * sizeof *arguments);
    execvp(python, arguments);
    const int reason = errno;
    free(arguments);
    return error_set(error, STATUS_FAILED, "%s: cannot be started: %s", python, strerror(reason));
}

enum status script_run(const struct script_spec *script, char *const *argv, struct error *error)
{
    static char help[] = "--help";
    char *const ask_for_help[] = {help, NULL};
    char program[PATH_MAX], path[PATH_MAX];
    const char *python;
    if (!realpath("/proc/self/exe", program))
        return error_set(error, STATUS_FAILED, "/proc/self/exe: %s", strerror(errno));
    if (find_file(script, program, path, error) || find_python(script, &python, error))
        return error->status;
    setenv(PROGRAM_VARIABLE, program, 1);
    /* It would hide what lies beside the script. */
    unsetenv("PYTHONSAFEPATH");
    const bool asks_for_help = strcmp(argv[1], script->name) != 0;
    return start_python(python, script, path, asks_for_help ? ask_for_help : argv + 2, error);
}
