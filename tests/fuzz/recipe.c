/* SPDX-License-Identifier: MIT */
#include "runs/recipe.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct recipe_fit fits[] = {{true, 1, 10}, {false, 1, 10}};
    struct recipe recipe;
    struct error error;
    char *text = calloc(size + 1, 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    for (size_t i = 0; i < sizeof fits / sizeof *fits; ++i) {
        recipe_parse(&recipe, text, "fuzz", &fits[i], &error);
        recipe_free(&recipe);
    }
    free(text);
    return 0;
}
