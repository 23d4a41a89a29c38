/* SPDX-License-Identifier: MIT */
#include "run_hash.h"

#include "common/xxh3.h"

#include <string.h>

uint64_t run_hash(const struct settings *settings, const struct parameters *parameters,
                  uint64_t fingerprint)
{
    uint64_t hash = parameters_hash(parameters) ^ fingerprint;
    for (int i = 0; i < settings->count; ++i) {
        const struct setting *setting = settings->list + i;
        const char *value = setting_to_record(setting);
        if (!setting->shapes_run || setting->replaced || setting->undecided)
            continue;
        hash = XXH3_64bits_withSeed(setting->name, strlen(setting->name), hash);
        hash = XXH3_64bits_withSeed(value, strlen(value), hash);
    }
    return hash;
}
