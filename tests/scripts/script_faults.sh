#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a user can do wrong with the Python scripts: each fault is one line and exit code 1, wrong usage
# is 2, and no output takes the place of another file.
#     script_faults.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
has matplotlib || exit 77
scripts=$3
cd "$work"
checkpoint=run/checkpoints/iteration-0000900.h5

"$dtrain" --iterations 900 --quiet --run-dir run
"$dtrain" --iterations 0 --quiet --run-dir no_losses
"$scripts/export.py" run start.npz >/dev/null

# Usage and help.
for script in export import_weights metrics_csv plot report scaling standardize examples/make_small; do
    "$scripts/$script.py" --help >help || fail "$script.py --help: exit $?"
    [ "$(wc -l <help)" -gt 5 ] || fail "$script.py --help says little: $(cat help)"
    code=0
    "$scripts/$script.py" 2>err || code=$?
    if [ "$code" -ne 2 ] || ! grep -q '^usage: ' err; then
        fail "$script.py without arguments: exit $code: $(cat err)"
    fi
done
code=0
"$scripts/export.py" run out.txt 2>err || code=$?
[ "$code" -eq 2 ] || fail "export.py to out.txt: exit $code: $(cat err)"

# Runs that are missing or incomplete, and a link that leads to itself.
ln -s loop loop
for script in plot report metrics_csv; do
    refused 'nowhere' "$scripts/$script.py" nowhere
    refused 'loop' "$scripts/$script.py" loop
done
refused 'nowhere: No such file' "$scripts/export.py" nowhere out.npz
refused 'nowhere: is no folder' "$scripts/scaling.py" nowhere
mkdir empty study
refused 'empty: holds no runs' "$scripts/scaling.py" empty
refused 'empty: has no checkpoint' "$scripts/export.py" empty out.npz
refused 'empty/run.json: .*run directory' "$scripts/report.py" empty
cp -r run study/1
sed -i '3,$d' study/1/timing.jsonl
refused 'study/1: needs three evaluations' "$scripts/scaling.py" study
# change NAME FILE COMMAND...: a copy of the run in which sed has changed a file.
change() {
    rm -rf "$1" && cp -r run "$1"
    sed -i "${@:3}" "$1/$2"
}
change broken metrics.jsonl '17s/:/;/'
for script in plot report metrics_csv; do
    refused 'broken/metrics.jsonl: line 17 is not JSON' "$scripts/$script.py" broken
done
change broken run.json '5s/.*/}/'
refused 'broken/run.json: is not JSON' "$scripts/report.py" broken
change broken run.json '/"ranks"/s/[0-9]/"many"/'
refused 'broken/run.json: is not as dtrain writes it' "$scripts/plot.py" broken
refused 'broken/run.json: is not as dtrain writes it' "$scripts/scaling.py" .
change broken run.json '/"validation-rows"/{n;s/"0"/"some"/}'
for script in plot report; do
    refused 'broken/run.json: validation-rows is no number' "$scripts/$script.py" broken
done
# More rows for validation than there are: none is left to train on.
change broken run.json '/"validation-rows"/{n;s/"0"/"60000"/}'
sed -i 's/"test_/"validation_/g' broken/metrics.jsonl
refused 'broken/run.json: the batches or the training set are empty' "$scripts/plot.py" broken
change broken timing.jsonl 's/"compute"/"computing"/'
refused 'broken/timing.jsonl: line 1 is not as dtrain writes it' "$scripts/report.py" broken
change broken metrics.jsonl '/accuracy/d'
refused 'broken: has no evaluation' "$scripts/report.py" broken
change broken run.json '/"path"/s/mnist/gone/'
"$scripts/report.py" broken >/dev/null 2>err || fail "without the dataset: $(cat err)"
grep -q "gone.h5: the run's dataset is not here; what needs it is left out\$" err || fail "without the dataset: $(cat err)"
grep -q 'dataset is not here' broken/report.html && grep -q '<h2>Training</h2>' broken/report.html &&
    ! grep -q 'Activations' broken/report.html || fail "a report without the dataset"
rm -r broken
"$scripts/report.py" no_losses >/dev/null
"$scripts/plot.py" no_losses >/dev/null
"$scripts/metrics_csv.py" no_losses | grep -q '^0,,0,' || fail "no evaluation in the CSV"
# A pipe that is closed early, and a full disk.
python script_faults.py closed_pipe "$scripts/metrics_csv.py" run
code=0
"$scripts/metrics_csv.py" run >/dev/full 2>err || code=$?
if [ "$code" -ne 1 ] || ! grep -q '^metrics_csv.py: standard output: No space' err; then
    fail "full disk: exit $code: $(cat err)"
fi
if [ "$(id -u)" -ne 0 ]; then
    cp -r run locked && chmod 0 locked/metrics.jsonl
    refused 'locked/metrics.jsonl: Permission denied' "$scripts/metrics_csv.py" locked
    mkdir closed && chmod 500 closed
    refused 'closed/out.npz: cannot be written: Permission denied' "$scripts/export.py" run closed/out.npz
fi

# Modules that are not installed.
mkdir modules
for module in h5py matplotlib onnx; do
    echo "raise ModuleNotFoundError('none here', name='$module')" >modules/$module.py
done
export PYTHONPATH=$work/modules
refused 'h5py: is not installed .*python3-h5py' "$scripts/export.py" run out.npz
refused 'matplotlib: is not installed .*python3-matplotlib' "$scripts/plot.py" run
rm modules/h5py.py
refused 'onnx: is not installed .*python3-onnx' "$scripts/export.py" run out.onnx
# Modules that are there and fail: whatever they raise, and whichever module needs them.
echo "raise ImportError(\"No module named 'numpy'\")" >modules/numpy.py
for script in export.py plot.py report.py standardize.py; do
    refused 'numpy: is not installed .*python3-numpy' "$scripts/$script" run raw.h5
done
echo 'raise ValueError("numpy.dtype size changed\nmore")' >modules/numpy.py
refused 'numpy: cannot be loaded: numpy.dtype size changed$' "$scripts/report.py" run
rm modules/numpy.py
PYTHONWARNINGS=error "$scripts/metrics_csv.py" run >/dev/null || fail "warnings became errors"
unset PYTHONPATH

# Files that are not HDF5, are damaged, or hold something else.
cp start.npz text.h5
refused 'text.h5: is no HDF5' "$scripts/export.py" text.h5 out.npz
refused 'text.h5: is no HDF5' "$scripts/standardize.py" text.h5 out.h5
refused 'mnist.h5: has no array /W1' "$scripts/export.py" "$MNIST_FILE" out.npz
refused 'has no group /none' "$scripts/export.py" $checkpoint:/none out.npz
refused 'has no array /train/images' "$scripts/standardize.py" $checkpoint out.h5
python script_faults.py files
refused 'few_labels.h5: .*do not fit' "$scripts/standardize.py" few_labels.h5 out.h5
refused 'infinite.h5: .*not finite' "$scripts/standardize.py" infinite.h5 out.h5
refused 'raw.h5: .*28x28' "$scripts/examples/make_small.py" raw.h5 out.h5
refused 'odd_shapes.h5: the shapes do not fit' "$scripts/export.py" odd_shapes.h5 out.npz
refused 'model.h5: holds the parameters of a model' "$scripts/export.py" model.h5 out.npz
[ -z "$(find . -name 'out.*' -o -name '*partial*')" ] || fail "left: $(ls -A)"

# Outputs: made, made again, and refused where something else would be lost.
"$scripts/import_weights.py" start.npz start.h5 >/dev/null
"$scripts/standardize.py" raw.h5 standard.h5 >/dev/null
"$scripts/examples/make_small.py" "$MNIST_FILE" small.h5 >/dev/null
# writes OUT COMMAND...: the command writes OUT again, also through a link, and keeps its mode. It
# replaces foreign files only with --force, and folders and pipes never.
writes() {
    local out=$1
    shift
    chmod 640 "$out" && ln -s "$out" link."${out##*.}"
    "$@" link."${out##*.}" >/dev/null
    [ "$(stat -c %a "$out")" = 640 ] || fail "$*: $out has another mode"
    [ -L link."${out##*.}" ] || fail "$*: a link became a file"
    rm link."${out##*.}"
    cp "$MNIST_FILE" foreign."${out##*.}"
    refused 'is there already.*--force' "$@" foreign."${out##*.}"
    cmp "$MNIST_FILE" foreign."${out##*.}" || fail "$*: another file was changed"
    "$@" foreign."${out##*.}" --force >/dev/null
    rm foreign."${out##*.}"
    mkfifo pipe."${out##*.}" && mkdir folder."${out##*.}"
    refused 'is no plain file' "$@" pipe."${out##*.}" --force
    refused 'is no plain file' "$@" folder."${out##*.}" --force
    [ -p pipe."${out##*.}" ] || fail "$*: replaced a pipe"
    rm -r pipe."${out##*.}" folder."${out##*.}"
}
writes start.npz "$scripts/export.py" run
"$scripts/export.py" run start.safetensors >/dev/null
writes start.safetensors "$scripts/export.py" run
! has onnx || { "$scripts/export.py" run start.onnx >/dev/null && writes start.onnx "$scripts/export.py" run; }
writes start.h5 "$scripts/import_weights.py" start.npz
writes standard.h5 "$scripts/standardize.py" raw.h5
writes small.h5 "$scripts/examples/make_small.py" "$MNIST_FILE"
# Inputs and checkpoints are never written over.
sum=$(cat start.npz raw.h5 $checkpoint | cksum)
ln start.npz other_name.npz
refused 'is the input' "$scripts/import_weights.py" start.npz start.npz --force
refused 'is the input' "$scripts/import_weights.py" start.npz other_name.npz --force
refused 'is the input' "$scripts/standardize.py" raw.h5 ./raw.h5 --force
refused 'is the input' "$scripts/examples/make_small.py" small.h5 small.h5 --force
refused 'is a checkpoint of a run' "$scripts/import_weights.py" start.npz $checkpoint --force
refused 'is a checkpoint of a run' "$scripts/standardize.py" raw.h5 $checkpoint --force
[ "$sum" = "$(cat start.npz raw.h5 $checkpoint | cksum)" ] || fail "an input or a checkpoint was changed"
# Pages and pictures.
refused 'is a checkpoint of a run' "$scripts/report.py" run -o $checkpoint
refused 'is there already' "$scripts/report.py" run -o raw.h5
mkdir pictures && cp raw.h5 pictures/accuracy.svg
refused 'accuracy.svg: is there already' "$scripts/plot.py" run -o pictures
cmp raw.h5 pictures/accuracy.svg
cp raw.h5 study/scaling.md && cp run/timing.jsonl study/1/timing.jsonl
sed 's/600/700/' run/timing.jsonl | tail -n 2 >>study/1/timing.jsonl
refused 'scaling.md: is there already' "$scripts/scaling.py" study
rm study/scaling.md
"$scripts/scaling.py" study >/dev/null
"$scripts/scaling.py" study | diff - study/scaling.md
# A write that fails leaves what was there. Files may grow to 8 KiB here.
cp start.h5 before.h5
(
    ulimit -f 8
    refused 'cannot be written' "$scripts/import_weights.py" start.npz start.h5
    refused 'cannot be written: File too large' "$scripts/export.py" start.h5 start.safetensors
)
cmp start.h5 before.h5
[ -z "$(find . -name '*partial*')" ] || fail "left: $(find . -name '*partial*')"
echo "every fault is one line, and no file was lost"
