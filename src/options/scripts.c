/* SPDX-License-Identifier: MIT */
#include "scripts.h"

#include "common/named.h"

#include <string.h>

const struct script_spec script_table[] = {
    {.name = "import",
     .operand = "SOURCE OUT.h5",
     .file = "import_data.py",
     .packages = "numpy h5py",
     .optional = "pandas PIL",
     .help = "make a dataset from a table, arrays or images",
     .not_meant_with = "--train-"},
    {.name = "predict",
     .operand = "FILE|RUN --rows SOURCE",
     .file = "predict_rows.py",
     .packages = "numpy h5py",
     .optional = "pandas PIL",
     .help = "predict the rows of a table, or images, as CSV",
     .meant_with = "--rows"},
    {.name = "plot",
     .operand = "RUN...",
     .file = "plot.py",
     .packages = "numpy matplotlib",
     .help = "draw the losses and accuracies of runs"},
    {.name = "report",
     .operand = "RUN",
     .file = "report.py",
     .packages = "numpy h5py matplotlib",
     .help = "write an HTML page about a run"},
    {.name = "export",
     .operand = "FILE[:/GROUP]|RUN OUT",
     .file = "export.py",
     .packages = "numpy h5py",
     .optional = "onnx",
     .help = "write weights as .npz, .safetensors, .onnx, .h"},
    {.name = "csv",
     .operand = "RUN",
     .file = "metrics_csv.py",
     .packages = "",
     .help = "print the metrics of a run as CSV"},
    {.name = "scaling",
     .operand = "FOLDER",
     .file = "scaling.py",
     .packages = "",
     .optional = "matplotlib",
     .help = "compare runs on different numbers of ranks"},
    {.name = "import-weights",
     .operand = "IN OUT.h5",
     .file = "import_weights.py",
     .packages = "numpy h5py",
     .optional = "torch",
     .help = "make a file for --weights from .npz or .pt"},
    {.name = "standardize",
     .operand = "IN.h5 OUT.h5",
     .file = "standardize.py",
     .packages = "numpy h5py",
     .help = "scale features to mean 0 and deviation 1"},
};
const int script_count = sizeof script_table / sizeof *script_table;

static bool has_option(char *const *words, const char *name)
{
    for (; *words; ++words)
        if (strncmp(*words, name, strlen(name)) == 0)
            return true;
    return false;
}

const struct script_spec *script_find(const char *name, char *const *words)
{
    const struct script_spec *script = FIND_NAMED(script_table, name);
    if (!script || (script->meant_with && !has_option(words, script->meant_with)) ||
        (script->not_meant_with && has_option(words, script->not_meant_with)))
        return NULL;
    return script;
}
