/* SPDX-License-Identifier: MIT */
#include "classification_report.h"

#include "names.h"
#include "runs/json_number.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* The counts of one class: its rows, the rows predicted as it, and how many of the latter are
 * right. */
struct tally {
    int64_t rows, predicted, right;
};

static int64_t count_of(const struct classification_report *report, int true_class, int predicted)
{
    return report->counts[(int64_t)true_class * report->classes + predicted];
}

static struct tally tally_class(const struct classification_report *report, int class_)
{
    struct tally tally = {.right = count_of(report, class_, class_)};
    for (int other = 0; other < report->classes; ++other) {
        tally.rows += count_of(report, class_, other);
        tally.predicted += count_of(report, other, class_);
    }
    return tally;
}

/* Prints right / all with `format`, or `none` if there are no rows. */
static void print_ratio(int64_t right, int64_t all, const char *format, const char *none)
{
    if (all > 0)
        printf(format, (double)right / (double)all);
    else
        fputs(none, stdout);
}

/* The number of a class and, if the names have a width, its name. */
static void print_class(const struct classification_report *report, int class_, int width)
{
    printf("%6d", class_);
    if (width > 0)
        names_print(width, names_cell(report->recipe, class_).text);
}

static void print_confusions(const struct classification_report *report)
{
    const int width = names_width(report->recipe);
    printf("\ntrue class down, predicted class across:\n      ");
    if (width > 0)
        names_print(width, "");
    for (int class_ = 0; class_ < report->classes; ++class_)
        printf(" %6d", class_);
    for (int class_ = 0; class_ < report->classes; ++class_) {
        putchar('\n');
        print_class(report, class_, width);
        for (int other = 0; other < report->classes; ++other)
            printf(" %6lld", (long long)count_of(report, class_, other));
    }
    putchar('\n');
}

void classification_report_print(const struct classification_report *report)
{
    const int max_columns = 20, width = names_width(report->recipe);
    printf("%s: %lld rows, loss %.6f, accuracy %.4f\n", report->split, (long long)report->rows,
           report->score.loss, report->score.measures[0]);
    if (report->classes > 0) {
        printf("\n class");
        if (width > 0)
            names_print(width, "name");
        puts("    rows  precision  recall");
    }
    for (int class_ = 0; class_ < report->classes; ++class_) {
        const struct tally tally = tally_class(report, class_);
        print_class(report, class_, width);
        printf(" %7lld", (long long)tally.rows);
        print_ratio(tally.right, tally.predicted, "     %.4f", "          -");
        print_ratio(tally.right, tally.rows, "  %.4f\n", "       -\n");
    }
    if (report->classes > 0 && report->classes <= max_columns)
        print_confusions(report);
}

/* right / all as JSON; null if there are no rows. */
static json_t *new_ratio(int64_t right, int64_t all)
{
    return all > 0 ? json_number_new((double)right / (double)all) : json_null();
}

static json_t *describe_class(const struct classification_report *report, int class_)
{
    const struct tally tally = tally_class(report, class_);
    return json_pack("{s:i, s:s*, s:I, s:o, s:o}", "class", class_, "name",
                     recipe_name(report->recipe, class_), "rows", (json_int_t)tally.rows,
                     "precision", new_ratio(tally.right, tally.predicted), "recall",
                     new_ratio(tally.right, tally.rows));
}

/* A row of the confusion matrix; NULL if memory is short. */
static json_t *describe_confusions(const struct classification_report *report, int class_)
{
    json_t *row = json_array();
    for (int other = 0; other < report->classes; ++other)
        if (json_array_append_new(row, json_integer(count_of(report, class_, other))) != 0) {
            json_decref(row);
            return NULL;
        }
    return row;
}

/* Adds "classes" and "confusion"; false if memory is short. */
static bool add_classes(const struct classification_report *report, json_t *object)
{
    json_t *classes = json_array(), *confusions = json_array();
    bool added = json_object_set_new(object, "classes", classes) == 0;
    added = json_object_set_new(object, "confusion", confusions) == 0 && added;
    for (int class_ = 0; added && class_ < report->classes; ++class_)
        added = json_array_append_new(classes, describe_class(report, class_)) == 0 &&
                json_array_append_new(confusions, describe_confusions(report, class_)) == 0;
    return added;
}

enum status classification_report_print_json(const struct classification_report *report,
                                             struct error *error)
{
    char *text = NULL;
    json_t *object =
        json_pack("{s:s, s:I, s:o, s:o}", "split", report->split, "rows", (json_int_t)report->rows,
                  "loss", json_number_new(report->score.loss), "accuracy",
                  json_number_new(report->score.measures[0]));
    /* 17 significant digits identify a double exactly. */
    if (report->classes == 0 || add_classes(report, object))
        text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(object);
    if (!text)
        return error_memory(error, NULL, "the report");
    puts(text);
    free(text);
    return STATUS_DONE;
}
