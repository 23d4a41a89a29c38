/* SPDX-License-Identifier: MIT */
#include "data_summary.h"

#include "columns.h"
#include "common/printable.h"
#include "ranks/collective.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct samples_extent data_summary_extent(const struct world *world, struct samples_extent own)
{
    int64_t count = own.count;
    collective_sum(world, &count, 1);
    return (struct samples_extent){
        .smallest = collective_spread(world, own.smallest).minimum,
        .largest = collective_spread(world, own.largest).maximum,
        .sum = collective_spread(world, own.sum).mean * world->size,
        .count = count,
    };
}

/* Counts the rows of each class. */
static enum status count_classes(struct data_summary *summary, const struct world *world,
                                 enum dataset_split split, const struct samples *samples,
                                 struct range rows, struct error *error)
{
    const size_t classes = (size_t)summary->dataset->outputs;
    int64_t *class_rows = calloc(classes, sizeof *class_rows);
    summary->class_rows[split] = class_rows;
    if (world_agree_memory(world, class_rows, NULL, "the rows of each class", error))
        return error->status;
    for (int64_t row = rows.begin; row < rows.end; ++row)
        ++class_rows[samples->labels[row - samples->first_row]];
    collective_sum(world, class_rows, classes);
    return STATUS_DONE;
}

enum status data_summary_add(struct data_summary *summary, const struct world *world,
                             enum dataset_split split, const struct samples *samples,
                             struct range rows, struct error *error)
{
    if (summary->dataset->labelled) {
        if (count_classes(summary, world, split, samples, rows, error))
            return error->status;
    } else {
        summary->targets[split] =
            data_summary_extent(world, samples_target_extent(samples, rows.begin, rows.end));
    }
    summary->inputs[split] =
        data_summary_extent(world, samples_extent(samples, rows.begin, rows.end));
    return STATUS_DONE;
}

void data_summary_destroy(struct data_summary *summary)
{
    for (enum dataset_split split = DATASET_TRAIN; split < DATASET_SPLITS; ++split) {
        free(summary->class_rows[split]);
        summary->class_rows[split] = NULL;
    }
}

/* "60000 rows of 784 pixels, 0 to 255". */
static void print_inputs(const struct data_summary *summary, enum dataset_split split,
                         int64_t validation_rows)
{
    const struct dataset *dataset = summary->dataset;
    const struct samples_extent *inputs = &summary->inputs[split];
    const struct image_type *type = dataset->types[split];
    const double unit = dataset->pixels ? type->divisor : 1;
    struct columns columns = columns_begin(dataset_split_name(split));
    char text[160];
    snprintf(text, sizeof text, "%lld rows of %d %s, %.4g to %.4g",
             (long long)dataset->global_rows[split], dataset->inputs,
             dataset->pixels ? "pixels" : "values", inputs->smallest * unit,
             inputs->largest * unit);
    columns_add(&columns, text);
    if (type->note) {
        snprintf(text, sizeof text, "(%s, %s)", type->name, type->note);
        columns_add(&columns, text);
    }
    if (split == DATASET_TRAIN && validation_rows > 0) {
        snprintf(text, sizeof text, "(%lld for validation)", (long long)validation_rows);
        columns_add(&columns, text);
    }
    columns_end(&columns);
}

static void print_line(const char *label, const char *text)
{
    struct columns columns = columns_begin(label);
    columns_add(&columns, text);
    columns_end(&columns);
}

/* Names on one line: as many as NAMES_SIZE bytes hold with what else the line says, each with at
 * most NAME_COLUMNS characters. */
enum { NAMES_MAX = 8, NAMES_SIZE = 56, NAME_COLUMNS = 16, NAME_SIZE = 4 * NAME_COLUMNS + 8 };

/* Writes the first names of a recipe, each followed by its class's rows (NULL: there are none), and
 * how many more there are. */
static void list_names(const struct recipe *recipe, const int64_t *class_rows, char *text,
                       size_t size)
{
    size_t used = 0;
    int listed = 0;
    text[0] = '\0';
    for (; listed < recipe->count && listed < NAMES_MAX; ++listed) {
        char name[NAME_SIZE], rows[24] = "";
        printable_cell(name, sizeof name, recipe_name(recipe, listed), NAME_COLUMNS);
        if (class_rows)
            snprintf(rows, sizeof rows, " %lld", (long long)class_rows[listed]);
        const size_t more = strlen(name) + strlen(rows) + strlen(", ");
        if (listed > 0 && used + more > NAMES_SIZE)
            break;
        used += (size_t)snprintf(text + used, size - used, "%s%s%s", listed > 0 ? ", " : "", name,
                                 rows);
    }
    if (listed < recipe->count)
        snprintf(text + used, size - used, " and %d more", recipe->count - listed);
}

enum { NAMES_TEXT_SIZE = NAMES_SIZE + NAME_SIZE + 48 };

/* Prints the rows of each class or, if that is too long, the smallest and the largest number. */
static void print_classes(const int64_t *class_rows, int classes)
{
    /* This many numbers fit on a line. */
    const int listed_max = 10, most_listed = 99999;
    int64_t least = INT64_MAX, most = 0;
    char text[96];
    size_t used = 0;
    for (int class_ = 0; class_ < classes; ++class_) {
        least = class_rows[class_] < least ? class_rows[class_] : least;
        most = class_rows[class_] > most ? class_rows[class_] : most;
    }
    snprintf(text, sizeof text, "%d of %lld to %lld rows", classes, (long long)least,
             (long long)most);
    for (int class_ = 0; classes <= listed_max && most <= most_listed && class_ < classes; ++class_)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%lld", class_ > 0 ? " " : "",
                                 (long long)class_rows[class_]);
    print_line("classes", text);
}

static void print_named_classes(const struct recipe *recipe, const int64_t *class_rows)
{
    char text[NAMES_TEXT_SIZE];
    list_names(recipe, class_rows, text, sizeof text);
    print_line("classes", text);
}

/* "3, -1.2 to 4.5, 0.1 on average"; "mpg, 9 to 46.6, 23.4 on average", in its own unit, where there
 * is a single one with a name. */
static void print_targets(const struct recipe *recipe, const struct samples_extent *targets,
                          int count)
{
    char names[NAMES_TEXT_SIZE] = "", text[NAMES_TEXT_SIZE + 96];
    const bool is_single = count == 1 && recipe->count == 1;
    const double mean = targets->sum / (double)targets->count;
    list_names(recipe, NULL, names, sizeof names);
    if (is_single)
        snprintf(text, sizeof text, "%s, %.4g to %.4g, %.4g on average", names,
                 recipe_restore(recipe, 0, targets->smallest),
                 recipe_restore(recipe, 0, targets->largest), recipe_restore(recipe, 0, mean));
    else
        snprintf(text, sizeof text, "%d%s%s%s, %.4g to %.4g, %.4g on average", count,
                 names[0] ? " (" : "", names, names[0] ? ")" : "", targets->smallest,
                 targets->largest, mean);
    print_line("targets", text);
}

static void print_split_targets(const struct data_summary *summary, const struct recipe *recipe,
                                enum dataset_split split)
{
    if (!summary->dataset->labelled)
        print_targets(recipe, &summary->targets[split], summary->dataset->outputs);
    else if (recipe->count > 0)
        print_named_classes(recipe, summary->class_rows[split]);
    else
        print_classes(summary->class_rows[split], summary->dataset->outputs);
}

void data_summary_print(const struct data_summary *summary, const struct recipe *recipe,
                        int64_t validation_rows)
{
    for (enum dataset_split split = DATASET_TRAIN; split < DATASET_SPLITS; ++split) {
        if (summary->dataset->global_rows[split] == 0)
            continue;
        print_inputs(summary, split, validation_rows);
        print_split_targets(summary, recipe, split);
    }
}

static double magnitude(const struct samples_extent *extent)
{
    return fmax(fabs(extent->smallest), fabs(extent->largest));
}

static double mean(const struct samples_extent *extent)
{
    return extent->sum / (double)extent->count;
}

/* Whether inputs have the negative half of a range that others lack. */
static bool has_negative_half(const struct samples_extent *extent,
                              const struct samples_extent *others)
{
    /* This many inputs are not all positive by chance. */
    const int64_t many = 100;
    return extent->smallest < -magnitude(extent) / 2 && others->smallest >= 0 &&
           others->count >= many;
}

bool data_summary_differ(const struct samples_extent *training, const struct samples_extent *others,
                         const char *name, struct error *line)
{
    /* Less than the factor of 127 between 0 .. 2 and 0 .. 255, and more than chance causes. */
    const double scales_apart = 50;
    const double large = magnitude(training), own = magnitude(others);
    if (large == 0 || own == 0)
        return false;
    if (own >= scales_apart * large || large >= scales_apart * own ||
        has_negative_half(training, others) || has_negative_half(others, training))
        error_set(line, STATUS_DONE,
                  "the inputs of %s are %.4g to %.4g, those of training %.4g to %.4g: scale both "
                  "alike",
                  name, others->smallest, others->largest, training->smallest, training->largest);
    else if (training->smallest >= 0 && others->smallest >= 0 && own <= 2 * large &&
             fabs(mean(others) - mean(training)) > large / 2)
        error_set(line, STATUS_DONE,
                  "the inputs of %s are %.2g on average, those of training %.2g: is black white "
                  "in one of them?",
                  name, mean(others), mean(training));
    else
        return false;
    return true;
}

/* Returns the first of K classes that has rows; *used is how many have. */
static int first_class(const int64_t *class_rows, int classes, int *used)
{
    int first = classes;
    *used = 0;
    for (int class_ = classes - 1; class_ >= 0; --class_)
        if (class_rows[class_] > 0) {
            first = class_;
            ++*used;
        }
    return first;
}

/* A doubt about the labels; false if there is none. */
static bool doubt_labels(const struct data_summary *summary, struct error *line)
{
    const int64_t *train = summary->class_rows[DATASET_TRAIN];
    const int64_t *const given = summary->class_rows[DATASET_TEST], *test = given ? given : train;
    const int classes = summary->dataset->outputs;
    int used, used_by_test;
    int64_t unknown = 0;
    const int first = first_class(train, classes, &used);
    const int first_of_test = first_class(test, classes, &used_by_test);
    for (int class_ = 0; class_ < classes; ++class_)
        unknown += train[class_] == 0 ? test[class_] : 0;
    if (used == 1)
        error_set(line, STATUS_DONE, "all training rows are of class %d: there is nothing to learn",
                  first);
    else if (unknown > 0)
        error_set(line, STATUS_DONE, "test rows of classes without a training row: %lld%s",
                  (long long)unknown,
                  (first == 0) != (first_of_test == 0)
                      ? "; do labels count from 1 in one set, and from 0 in the other?"
                      : "");
    else if (first > 0 && first_of_test > 0)
        error_set(line, STATUS_DONE,
                  "no row is of class 0: if labels count from 1 here, subtract 1 from all");
    else
        return false;
    return true;
}

/* A doubt about targets that are numbers; false if there is none. */
static bool doubt_targets(const struct data_summary *summary, struct error *line)
{
    const struct samples_extent *targets = &summary->targets[DATASET_TRAIN];
    if (targets->smallest < targets->largest)
        return false;
    error_set(line, STATUS_DONE,
              "all targets of the training set are %.4g: there is nothing to learn",
              targets->smallest);
    return true;
}

/* A doubt about the inputs of the training set; false if there is none. */
static bool doubt_inputs(const struct data_summary *summary, struct error *line)
{
    const struct samples_extent *training = &summary->inputs[DATASET_TRAIN];
    if (training->smallest < training->largest)
        return summary->dataset->global_rows[DATASET_TEST] > 0 &&
               data_summary_differ(training, &summary->inputs[DATASET_TEST], "the test set", line);
    error_set(line, STATUS_DONE,
              "all inputs of the training set are %.4g: there is nothing to learn",
              training->smallest);
    return true;
}

/* A remark that no rows are there to tell how well the network does on new ones. */
static bool remark_no_test_set(const struct data_summary *summary, int64_t validation_rows,
                               struct error *line)
{
    if (validation_rows > 0 || summary->dataset->global_rows[DATASET_TEST] > 0)
        return false;
    error_set(line, STATUS_DONE,
              "%s: has no test set, so only the training rows are evaluated: --validation-rows "
              "holds some of them out",
              summary->dataset->path);
    return true;
}

void data_summary_report(const struct data_summary *summary, int64_t validation_rows,
                         const struct world *world)
{
    const struct dataset_remarks *remarks = &summary->dataset->remarks;
    struct error line;
    if (remark_no_test_set(summary, validation_rows, &line))
        world_report(world, &line);
    for (int i = 0; i < remarks->count; ++i)
        world_report(world, &remarks->lines[i]);
    if (summary->dataset->labelled ? doubt_labels(summary, &line) : doubt_targets(summary, &line))
        world_report(world, &line);
    if (doubt_inputs(summary, &line))
        world_report(world, &line);
}
