/* SPDX-License-Identifier: MIT */
#include "scripts.h"

#include "common/named.h"

const struct script_spec script_table[] = {
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
     .help = "write weights as .npz, .safetensors or .onnx"},
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

const struct script_spec *script_find(const char *name)
{
    return FIND_NAMED(script_table, name);
}
