/* SPDX-License-Identifier: MIT */
#include "help.h"

#include "common/version.h"
#include "option_value.h"
#include "options.h"
#include "scripts.h"

#include <string.h>

static const char *const summary =
    "trains a network by numerical gradients, the same bits on any number of ranks";

static const struct {
    int code;
    const char *meaning;
} exit_codes[] = {
    {.code = STATUS_DONE, .meaning = "done"},
    {.code = STATUS_FAILED, .meaning = "failed"},
    {.code = STATUS_USAGE, .meaning = "wrong usage"},
    {.code = STATUS_DIVERGED,
     .meaning = "diverged: a gradient, loss or parameter is not finite, or too large"},
    {.code = STATUS_REPLICAS_DIFFER, .meaning = "the parameters differ between ranks"},
    {.code = STATUS_STALLED, .meaning = "a rank made no progress for --stall-timeout"},
    {.code = STATUS_EVALUATIONS_FAILED,
     .meaning = "evaluations of a model failed: more than --on-failure and --max-failures allow"},
    {.code = STATUS_STOPPED, .meaning = "stopped early on request; continue with --resume"},
    {.code = STATUS_INTERRUPTED, .meaning = "ended at once by a second Ctrl-C"},
};
enum { EXIT_CODES = sizeof exit_codes / sizeof *exit_codes };

/* Whether the help of the command lists the option in that group. */
static bool is_listed(const struct option_spec *spec, unsigned command, enum option_group group)
{
    return spec->group == group && (spec->commands & command);
}

static bool has_group(unsigned command, enum option_group group)
{
    for (int i = 0; i < option_count; ++i)
        if (is_listed(option_table + i, command, group))
            return true;
    return false;
}

/* Terminals have 80 columns, of which some leave the last one empty. The second column of a list
 * begins at DESCRIPTION. */
enum { WIDTH = 79, DESCRIPTION = 33 };

/* Prints words, from that column on, in lines that continue at column `indent`. Returns the column
 * after the last word. */
static int print_words(FILE *out, const char *text, int column, int indent)
{
    while (*text) {
        const int length = (int)strcspn(text, " "), space = column > indent;
        if (space && column + 1 + length > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (space) {
            fputc(' ', out);
            ++column;
        }
        fprintf(out, "%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    return column;
}

/* Prints an item of a list: what it is called, and what that means. */
static int print_item(FILE *out, const char *name, const char *argument, const char *meaning)
{
    const int column =
        fprintf(out, "  %s%s%s", name, argument ? " " : "", argument ? argument : "");
    if (column >= DESCRIPTION)
        fputc('\n', out);
    fprintf(out, "%*s", column < DESCRIPTION ? DESCRIPTION - column : DESCRIPTION, "");
    return print_words(out, meaning, DESCRIPTION, DESCRIPTION);
}

static void print_option(FILE *out, const struct option_spec *spec)
{
    char name[64], initial[64];
    snprintf(name, sizeof name, "--%s", spec->name);
    const int column = print_item(out, name, spec->argument, spec->help);
    snprintf(initial, sizeof initial, "[%s]", spec->initial ? spec->initial : "");
    if (spec->initial)
        print_words(out, initial, column, DESCRIPTION);
    fputc('\n', out);
}

static void print_paragraph(FILE *out, const char *text)
{
    print_words(out, text, 0, 0);
    fputc('\n', out);
}

static void print_commands(FILE *out)
{
    fputs("\nCommands:\n", out);
    for (int i = 0; i < command_count; ++i) {
        print_item(out, command_table[i].name, command_table[i].operand, command_table[i].help);
        fputc('\n', out);
    }
    fputs("\nScripts in Python, each with a --help of its own:\n", out);
    for (int i = 0; i < script_count; ++i) {
        print_item(out, script_table[i].name, script_table[i].operand, script_table[i].help);
        fputc('\n', out);
    }
}

void help_print(FILE *out, enum command command)
{
    char heading[256];
    const struct command_spec *spec = command_table;
    while (spec < command_table + command_count - 1 && spec->command != command)
        ++spec;
    snprintf(heading, sizeof heading, "dtrain: %s", summary);
    print_paragraph(out, heading);
    fputs("\n  mpirun -np 8 dtrain [train] [OPTIONS]\n  dtrain COMMAND [OPTIONS]\n", out);
    print_commands(out);
    snprintf(heading, sizeof heading, "dtrain %s: %s", spec->name, spec->help);
    fputc('\n', out);
    print_paragraph(out, heading);
    for (enum option_group group = 0; group < GROUPS; ++group) {
        if (has_group(command, group))
            fprintf(out, "\n%s:\n", option_group_names[group]);
        for (int i = 0; i < option_count; ++i)
            if (is_listed(option_table + i, command, group))
                print_option(out, option_table + i);
    }
    fputc('\n', out);
    print_paragraph(out, "Defaults are in brackets. Each setting can also be given in the "
                         "environment: DTRAIN_RUN_DIR is --run-dir. dtrain help COMMAND lists the "
                         "options of a command, man dtrain all of them.");
}

/* Text for roff. A hyphen is escaped so that it stays an ASCII hyphen, and so is a dot or
 * apostrophe at the beginning of a line, which would make the line a command. */
static void print_roff(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; ++text) {
        if (*text == '-' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void print_man_option(FILE *out, const struct option_spec *spec)
{
    fputs(".TP\n\\fB", out);
    print_roff(out, "--");
    print_roff(out, spec->name);
    fputs("\\fR ", out);
    if (spec->argument) {
        fputs("\\fI", out);
        print_roff(out, spec->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    print_roff(out, spec->help);
    if (spec->initial) {
        fputs("; default: ", out);
        print_roff(out, spec->initial);
    }
    fputs(".\n", out);
}

static void print_man_command(FILE *out, const struct command_spec *command)
{
    fprintf(out, ".SS dtrain %s %s\n", command->name, command->operand ? command->operand : "");
    print_roff(out, command->help);
    fputs(".\n", out);
    for (enum option_group group = 0; group < GROUP_GENERAL; ++group)
        for (int i = 0; i < option_count; ++i)
            if (is_listed(option_table + i, command->command, group))
                print_man_option(out, option_table + i);
}

static void print_man_scripts(FILE *out)
{
    fputs(
        ".SH SCRIPTS\nThese are written in Python. \\fB\\-\\-help\\fR after the name of one lists "
        "its options.\n",
        out);
    for (int i = 0; i < script_count; ++i) {
        fputs(".TP\n\\fBdtrain ", out);
        print_roff(out, script_table[i].name);
        fprintf(out, "\\fR %s\n", script_table[i].operand);
        print_roff(out, script_table[i].help);
        fputs(".\n", out);
    }
}

void help_print_man(FILE *out)
{
    fprintf(out,
            ".TH DTRAIN 1 \"\" \"dtrain %s\" \"User Commands\"\n.SH NAME\ndtrain \\- %s\n"
            ".SH SYNOPSIS\n\\fBmpirun \\-np 8 dtrain\\fR [\\fBtrain\\fR] [\\fIOPTIONS\\fR]\n",
            version_number(), summary);
    for (int i = 1; i < command_count; ++i)
        fprintf(out, ".br\n\\fBdtrain %s\\fR %s [\\fIOPTIONS\\fR]\n", command_table[i].name,
                command_table[i].operand ? command_table[i].operand : "");
    fputs(".SH DESCRIPTION\nEach rank computes the central differences of the loss on its share of "
          "the mini\\-batch;\none reduction adds them up exactly, and the update follows. "
          "Parameters, metrics\nand checkpoints are byte for byte the same on any number "
          "of ranks, however often a run is\nstopped and resumed. Results go to standard output, "
          "errors to standard error.\n.SH COMMANDS\n",
          out);
    for (int i = 0; i < command_count; ++i)
        print_man_command(out, command_table + i);
    print_man_scripts(out);
    fputs(".SH OPTIONS OF ALL COMMANDS\n", out);
    for (int i = 0; i < option_count; ++i)
        if (option_table[i].commands == COMMAND_ANY)
            print_man_option(out, option_table + i);
    fputs(
        ".SH ENVIRONMENT\nEach setting can be given in the environment: \\fBDTRAIN_RUN_DIR\\fR is "
        "\\fB\\-\\-run\\-dir\\fR.\nAn option without a value is set by 1, true, yes or on, and "
        "unset by 0, false, no or off.\nThe command line wins.\n.SH EXIT STATUS\n",
        out);
    for (int i = 0; i < EXIT_CODES; ++i) {
        fprintf(out, ".TP\n\\fB%d\\fR\n", exit_codes[i].code);
        print_roff(out, exit_codes[i].meaning);
        fputs(".\n", out);
    }
    fputs(
        ".SH FILES\n.TP\n\\fIruns/NNNN\\fR\nthe default run directories: run.json, metrics.jsonl, "
        "timing.jsonl, checkpoints/.\n.TP\n\\fIPREFIX/share/dtrain/mnist.h5\\fR\nthe dataset used "
        "without \\-\\-data.\n.SH EXAMPLES\n.nf\nmpirun \\-np 8 dtrain \\-\\-run\\-dir mine\n"
        "mpirun \\-np 3 dtrain \\-\\-run\\-dir mine \\-\\-resume \\-\\-iterations 20000\n"
        "dtrain eval mine\n.fi\n",
        out);
}

/* Whether the help's name of a value stands for a folder. */
static bool is_folder(const char *argument)
{
    return strcmp(argument, "DIR") == 0 || strcmp(argument, "RUN") == 0;
}

/* What bash offers after the option: its words, folders, files, or nothing. */
static void print_completion_of(FILE *out, const struct option_spec *spec)
{
    const char *const words = option_value_words(spec);
    if (words) {
        fprintf(out, "    --%s) COMPREPLY=($(compgen -W \"", spec->name);
        for (const char *c = words; *c; ++c)
            fputc(*c == '|' ? ' ' : *c, out);
        fputs("\" -- \"$word\")); return ;;\n", out);
    } else if (spec->kind == TEXT && spec->argument && is_folder(spec->argument)) {
        fprintf(out, "    --%s) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n", spec->name);
    } else if (spec->kind == TEXT && spec->argument && strncmp(spec->argument, "FILE", 4) == 0) {
        fprintf(out, "    --%s) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", spec->name);
    } else if (spec->kind != FLAG) {
        fprintf(out, "    --%s) return ;;\n", spec->name);
    }
}

static void print_command_names(FILE *out)
{
    for (int i = 0; i < command_count; ++i)
        fprintf(out, "%s ", command_table[i].name);
    for (int i = 0; i < script_count; ++i)
        if (!script_shares_name(script_table + i))
            fprintf(out, "%s ", script_table[i].name);
}

/* Scripts have options that this program does not know. */
static void print_completion_of_scripts(FILE *out)
{
    const char *before = "    ";
    for (int i = 0; i < script_count; ++i) {
        if (script_shares_name(script_table + i))
            continue;
        fprintf(out, "%s%s", before, script_table[i].name);
        before = " | ";
    }
    fputs(") options=--help ;;\n", out);
}

void help_print_completion(FILE *out)
{
    fputs("# bash completion for dtrain, made by dtrain --generate completion\n_dtrain()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command "
          "options\n    case $before in\n",
          out);
    for (int i = 0; i < option_count; ++i)
        print_completion_of(out, option_table + i);
    fputs("    esac\n    command=${COMP_WORDS[1]}\n    case $command in\n", out);
    print_completion_of_scripts(out);
    for (int i = command_count - 1; i >= 0; --i) {
        fprintf(out, "    %s) options=\"", i > 0 ? command_table[i].name : "*");
        for (int j = 0; j < option_count; ++j)
            if (option_table[j].commands & (unsigned)command_table[i].command)
                fprintf(out, "--%s ", option_table[j].name);
        if (command_table[i].command == COMMAND_HELP)
            print_command_names(out);
        fputs("\" ;;\n", out);
    }
    fputs("    esac\n    [ \"$COMP_CWORD\" -gt 1 ] || options=\"$options ", out);
    print_command_names(out);
    fputs("\"\n    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
          "    [[ $word = -* || ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "
          "\"$word\"))\n}\ncomplete -F _dtrain dtrain\n",
          out);
}
