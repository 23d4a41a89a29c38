/* SPDX-License-Identifier: MIT */
#include "classification_report.h"

/* A class's rows, how many were predicted as it, and how many of these rightly. */
struct tally {
    int64_t rows, predicted, right;
};

static int64_t count_of(const struct classification_report *sheet, int true_class, int predicted)
{
    return sheet->counts[(int64_t)true_class * sheet->classes + predicted];
}

static struct tally tally_class(const struct classification_report *sheet, int class_)
{
    struct tally tally = {.right = count_of(sheet, class_, class_)};
    for (int other = 0; other < sheet->classes; ++other) {
        tally.rows += count_of(sheet, class_, other);
        tally.predicted += count_of(sheet, other, class_);
    }
    return tally;
}

/* right / all; what has no rows has no ratio. */
static void print_ratio(int64_t right, int64_t all, const char *format, const char *none)
{
    if (all > 0)
        printf(format, (double)right / (double)all);
    else
        fputs(none, stdout);
}

static void print_confusions(const struct classification_report *sheet)
{
    printf("\ntrue class down, predicted class across:\n      ");
    for (int class_ = 0; class_ < sheet->classes; ++class_)
        printf(" %6d", class_);
    for (int class_ = 0; class_ < sheet->classes; ++class_) {
        printf("\n%6d", class_);
        for (int other = 0; other < sheet->classes; ++other)
            printf(" %6lld", (long long)count_of(sheet, class_, other));
    }
    putchar('\n');
}

void classification_report_print(const struct classification_report *sheet)
{
    const int columns_most = 20;
    printf("%s: %lld rows, loss %.6f, accuracy %.4f\n", sheet->split, (long long)sheet->rows,
           sheet->score.loss, sheet->score.accuracy);
    if (sheet->classes > 0)
        puts("\n class    rows  precision  recall");
    for (int class_ = 0; class_ < sheet->classes; ++class_) {
        const struct tally tally = tally_class(sheet, class_);
        printf("%6d %7lld", class_, (long long)tally.rows);
        print_ratio(tally.right, tally.predicted, "     %.4f", "          -");
        print_ratio(tally.right, tally.rows, "  %.4f\n", "       -\n");
    }
    if (sheet->classes > 0 && sheet->classes <= columns_most)
        print_confusions(sheet);
}

void classification_report_print_json(const struct classification_report *sheet)
{
    printf("{\"split\":\"%s\",\"rows\":%lld,\"loss\":%#.17g,\"accuracy\":%#.17g", sheet->split,
           (long long)sheet->rows, sheet->score.loss, sheet->score.accuracy);
    for (int class_ = 0; class_ < sheet->classes; ++class_) {
        const struct tally tally = tally_class(sheet, class_);
        printf("%s{\"class\":%d,\"rows\":%lld", class_ == 0 ? ",\"classes\":[" : ",", class_,
               (long long)tally.rows);
        print_ratio(tally.right, tally.predicted, ",\"precision\":%#.17g", ",\"precision\":null");
        print_ratio(tally.right, tally.rows, ",\"recall\":%#.17g}", ",\"recall\":null}");
    }
    for (int class_ = 0; class_ < sheet->classes; ++class_) {
        fputs(class_ == 0 ? "],\"confusion\":[" : ",", stdout);
        for (int other = 0; other < sheet->classes; ++other)
            printf("%s%lld", other == 0 ? "[" : ",", (long long)count_of(sheet, class_, other));
        putchar(']');
    }
    puts(sheet->classes > 0 ? "]}" : "}");
}
