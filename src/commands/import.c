/* SPDX-License-Identifier: MIT
 *
 * dtrain import: makes a dataset from image files and label files. Rank 0 does it alone. */
#include "commands.h"
#include "common/printable.h"
#include "data/dataset_writer.h"
#include "data/idx.h"
#include "data/image_formats.h"
#include "files/atomic_file.h"

#include <stdio.h>

/* One split: its images and their labels. */
struct pair {
    struct image_set images;
    struct idx labels;
};

static enum status read_pair(const char *images, const char *labels, struct pair *pair,
                             struct error *error)
{
    if (image_formats_import(images, &pair->images, error) ||
        idx_read(labels, 1, &pair->labels, error))
        return STATUS_FAILED;
    if (pair->images.rows != pair->labels.extent[0])
        return error_set(error, STATUS_FAILED, "%s has %lld images, but %s has %lld labels", images,
                         (long long)pair->images.rows, labels, (long long)pair->labels.extent[0]);
    return STATUS_DONE;
}

static void free_pair(struct pair *pair)
{
    image_set_free(&pair->images);
    idx_free(&pair->labels);
}

static int largest_label(const struct pair *pair)
{
    int largest = 0;
    for (int64_t i = 0; i < pair->labels.extent[0]; ++i)
        if (pair->labels.bytes[i] > largest)
            largest = pair->labels.bytes[i];
    return largest;
}

static struct split_content content_of(const struct pair *pair)
{
    return (struct split_content){
        .rows = pair->images.rows,
        .height = (int)pair->images.height,
        .width = (int)pair->images.width,
        .images = pair->images.bytes,
        .labels = pair->labels.bytes,
    };
}

/* The training labels decide on the number of classes; the test labels must not exceed it. */
static enum status check_pairs(const struct config *config, const struct pair *train,
                               const struct pair *test, struct error *error)
{
    const int classes = largest_label(train) + 1;
    const struct split_content train_content = content_of(train), test_content = content_of(test);
    if (classes < 2)
        return error_set(error, STATUS_FAILED, "%s: all labels are 0: there is nothing to learn",
                         config->train_labels);
    if (largest_label(test) >= classes)
        return error_set(error, STATUS_FAILED,
                         "%s: has the label %d, but the training labels end at %d",
                         config->test_labels, largest_label(test), classes - 1);
    if (train_content.height != test_content.height || train_content.width != test_content.width)
        return error_set(error, STATUS_FAILED, "%s: images of %d x %d, but %s has %d x %d",
                         config->test_images, test_content.height, test_content.width,
                         config->train_images, train_content.height, train_content.width);
    return STATUS_DONE;
}

/* Continues the line "writing: 10 % 20 % ..."; *context is the number of tenths printed. */
static void print_share(void *context, int64_t done, int64_t total)
{
    int *tenths = context;
    for (; *tenths < 10 * done / total; ++*tenths)
        printf("%s %d %%", *tenths == 0 ? "writing:" : "", 10 * (*tenths + 1));
    fflush(stdout);
}

static enum status write_pairs(const struct config *config, const struct pair *train,
                               const struct pair *test, struct error *error)
{
    const struct dataset_description description = {config->name, config->source, config->license,
                                                    largest_label(train) + 1};
    const struct split_content train_content = content_of(train), test_content = content_of(test);
    int tenths = 0;
    const struct dataset_listener listener = {print_share, &tenths};
    char shown[PRINTABLE_PATH_SIZE];
    printable_copy(shown, sizeof shown, config->file);
    if (!config->quiet)
        printf("%s: %lld + %lld images of %d x %d in %d classes\n", shown,
               (long long)train_content.rows, (long long)test_content.rows, train_content.height,
               train_content.width, description.classes);
    const enum status status =
        dataset_write(config->file, &description, &train_content, &test_content,
                      config->quiet ? NULL : &listener, error);
    if (tenths > 0)
        putchar('\n');
    fflush(stdout);
    return status;
}

static enum status import_files(const struct config *config, struct error *error)
{
    const char *const inputs[] = {config->train_images, config->train_labels, config->test_images,
                                  config->test_labels, NULL};
    struct pair train = {0}, test = {0};
    enum status status = atomic_file_check_output(config->file, config->force, inputs, error);
    if (!status)
        status = read_pair(config->train_images, config->train_labels, &train, error);
    if (!status)
        status = read_pair(config->test_images, config->test_labels, &test, error);
    if (!status)
        status = check_pairs(config, &train, &test, error);
    if (!status)
        status = write_pairs(config, &train, &test, error);
    free_pair(&train);
    free_pair(&test);
    return status;
}

enum status import_command(const struct job *job, struct error *error)
{
    const enum status status =
        job->world->rank == 0 ? import_files(job->config, error) : STATUS_DONE;
    return world_agree(job->world, status, error);
}
