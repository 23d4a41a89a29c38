#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Weights for other programs and from them: each exported file gives dtrain's predictions. Also which
# checkpoint is exported, untrustworthy files, metrics as CSV, standardized features, and more classes
# than labels.
#     interchange.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# Where PyTorch or onnx is not installed, that part is skipped with a message.
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
scripts=$3
cd "$work"

"$mpirun" -np 2 "$dtrain" --iterations 900 --quiet --run-dir run
weights=run/checkpoints/iteration-0000900.h5:/parameters
"$dtrain" predict $weights --images "$MNIST_FILE" --json >predictions
kinds="npz safetensors"
! has onnx || kinds+=" onnx"
for kind in $kinds; do
    "$scripts/export.py" run "out.$kind"
done

# Any program reads the arrays and computes the book's formulas.
python interchange.py exported
! has onnx || python interchange.py graph
if has torch; then
    python interchange.py torch
    "$scripts/import_weights.py" model.pt torch.h5
    "$dtrain" predict torch.h5 --images "$MNIST_FILE" --json | cmp - predictions
    # Only tensors are accepted, and no code in a file is run.
    python interchange.py torch_files
    head -c 3000 model.pt >half.pt
    refused 'evil.pt: .*more than tensors' "$scripts/import_weights.py" evil.pt no.h5
    refused 'old.pt: is no pt file but .* before 2020' "$scripts/import_weights.py" old.pt no.h5
    refused 'epoch.pt: .*epoch is no tensor but int' "$scripts/import_weights.py" epoch.pt no.h5
    refused "nested.pt: .*under the key 'model'" "$scripts/import_weights.py" nested.pt no.h5
    refused 'list.pt: .*list' "$scripts/import_weights.py" list.pt no.h5
    refused 'complex.pt: W1 is no array of numbers' "$scripts/import_weights.py" complex.pt no.h5
    refused 'sparse.pt: 0.weight is a sparse tensor' "$scripts/import_weights.py" sparse.pt no.h5
    refused 'script.pt: .*TorchScript' "$scripts/import_weights.py" script.pt no.h5
    refused 'half.pt: ' "$scripts/import_weights.py" half.pt no.h5
    [ ! -e evil ] || fail "import_weights.py runs what a file holds"
    "$scripts/import_weights.py" short.pt short.h5
fi
# An export that is imported again has the same bits, and a run can start from it.
for kind in npz safetensors; do
    "$scripts/import_weights.py" out.$kind back.h5
    "$dtrain" predict back.h5 --images "$MNIST_FILE" --json | cmp - predictions
done
"$mpirun" -np 3 "$dtrain" --weights back.h5 --iterations 0 --quiet --run-dir again
# Scores and norms of the weights are equal; a run that begins has no gradient yet.
state='s/.*"train_loss/"train_loss/; s/"gradient_norm":[^,]*,//'
[ "$(sed "$state" again/metrics.jsonl)" = "$(tail -n 1 run/metrics.jsonl | sed "$state")" ] ||
    fail "a run from imported weights begins elsewhere"

# npz and safetensors files that hold something else, or are cut off.
python interchange.py other_files
mv array.npy array.npz
for file in half.npz half.safetensors stub.safetensors; do
    refused "$file: is damaged: " "$scripts/import_weights.py" $file no.h5
done
refused 'object.npz: b1 holds objects of Python' "$scripts/import_weights.py" object.npz no.h5
refused 'kind.safetensors: W1 (784, 50) is of type I64; .*F64, F32, F16, BF16$' "$scripts/import_weights.py" kind.safetensors no.h5
refused 'array.npz: is no npz file but a single array of NumPy: .*np.savez' "$scripts/import_weights.py" array.npz no.h5
refused 'words.npz: b1 is no array of numbers, but of <U1' "$scripts/import_weights.py" words.npz no.h5
# Sound files of other kinds are called what they are.
printf 'a,b\n1,2\n' >table.csv
cp table.csv table.npz && cp table.csv table.safetensors && cp table.csv table.pt
for kind in npz safetensors pt; do
    refused "table.$kind: is no $kind file but text, such as CSV: " "$scripts/import_weights.py" table.$kind no.h5
done
cp out.npz npz.pt && cp out.npz npz.safetensors && cp out.safetensors safe.npz && cp "$MNIST_FILE" hdf5.npz
for file in npz.pt npz.safetensors; do
    refused "$file: is no .* file but NumPy's: name it .npz" "$scripts/import_weights.py" $file no.h5
done
refused 'safe.npz: is no npz file but of a kind unknown' "$scripts/import_weights.py" safe.npz no.h5
refused 'hdf5.npz: is no npz file but HDF5' "$scripts/import_weights.py" hdf5.npz no.h5
printf '\211PNG\r\n\032\n' >picture.npz
refused 'picture.npz: is no npz file but a PNG picture' "$scripts/import_weights.py" picture.npz no.h5
: >empty.npz
refused 'empty.npz: is no npz file but empty' "$scripts/import_weights.py" empty.npz no.h5
code=0
"$scripts/import_weights.py" table.csv no.h5 2>err || code=$?
[ "$code" -eq 2 ] && grep -q 'table.csv: the name must end in .* is text, such as CSV' err || fail "table.csv: exit $code: $(cat err)"
refused 'short.npz: the shapes do not fit' "$scripts/import_weights.py" short.npz no.h5
refused 'nan.npz: b1 .* not finite' "$scripts/import_weights.py" nan.npz no.h5
refused 'names.npz: holds neither .* but W1' "$scripts/import_weights.py" names.npz no.h5
refused 'none.npz: No such file' "$scripts/import_weights.py" none.npz no.h5
[ ! -e no.h5 ] || fail "a file of refused weights"

# A run stands for its newest sound checkpoint, by number, and a checkpoint for its /parameters.
"$scripts/export.py" $weights same.safetensors
"$scripts/export.py" ${weights%:*} same.safetensors
cmp out.safetensors same.safetensors
"$scripts/export.py" run/checkpoints/iteration-0000600.h5 before.safetensors
cp -r run many
cp run/checkpoints/iteration-0000900.h5 many/checkpoints/iteration-10000000.h5
mv many/checkpoints/iteration-0000600.h5 many/checkpoints/iteration-9999999.h5
"$scripts/export.py" many same.safetensors 2>err
cmp out.safetensors same.safetensors
[ ! -s err ] || fail "$(cat err)"
# The damage makes a number infinite, which is noticed even without the program.
python interchange.py damaged
"$scripts/export.py" many same.safetensors 2>err
grep -q '^export.py: many/checkpoints/iteration-10000000.h5: is damaged.*skipped' err || fail "$(cat err)"
cmp before.safetensors same.safetensors
for file in many/checkpoints/*; do
    truncate -s -1 "$file"
done
! "$scripts/export.py" many same.safetensors 2>err || fail "exports damaged checkpoints"
grep -q '^export.py: many: none of its checkpoints is intact' err || fail "$(cat err)"
! grep -q Traceback err || fail "$(cat err)"

"$scripts/metrics_csv.py" run >metrics.csv
[ "$(wc -l <metrics.csv)" -eq 902 ] || fail "$(wc -l <metrics.csv) lines of CSV"
[ "$(head -n 1 metrics.csv)" = iteration,loss,epoch,train_loss,train_accuracy,test_loss,test_accuracy,gradient_norm,\
weight_norm_W1,weight_norm_b1,weight_norm_W2,weight_norm_b2 ] || fail "$(head -n 1 metrics.csv)"
grep -q "^1,$(sed -n 's/{"iteration":1,"loss":\([^}]*\)}/\1/p' run/metrics.jsonl),,,,,,,,,,\$" metrics.csv ||
    fail "$(head -n 3 metrics.csv)"
# Numbers are those of the file, digit by digit. There is no gradient at iteration 0.
evaluation() {
    grep "^{\"iteration\":$1,\"epoch\"" run/metrics.jsonl | sed 's/"weight_norms"//; s/null//; s/"[a-z_A-Z0-9]*"://g; s/[{}:]//g'
}
[ "$(sed -n 2p metrics.csv)" = "$(evaluation 0 | sed 's/^0,/0,,/')" ] || fail "$(sed -n 2p metrics.csv)"
[ "$(sed -n 's/^600,[^,]*/600/p' metrics.csv)" = "$(evaluation 600)" ] || fail "$(grep ^600, metrics.csv)"

python interchange.py raw
"$scripts/standardize.py" raw.h5 standard.h5 | grep -q '^standard.h5: 600 + 300 rows of 6 features, 1 of ' ||
    fail "standardize.py does not say what it did"
! command -v script >/dev/null || {
    script --quiet --return --command \
        "PYTHONPATH=$python_path /usr/bin/python3 $here/interchange.py standardize raw.h5 standard.h5" /dev/null >out
    grep -q $'\rstandardizing: .* 100 %\r' out || fail "no progress on a terminal: $(cat out)"
}
[ "$(python interchange.py standardize raw.h5 standard.h5 | wc -l)" -eq 1 ] || fail "progress off a terminal"
python interchange.py standardized
"$mpirun" -np 3 "$dtrain" --data standard.h5 --hidden 5 --batch-size 20 --learning-rate 1 --iterations 300 \
    --classes 4 --quiet --run-dir standard
grep -q 'test_accuracy":0.9' standard/metrics.jsonl || fail "$(tail -n 1 standard/metrics.jsonl)"
/usr/bin/python3 -c 'import h5py; assert h5py.File("standard/checkpoints/iteration-0000300.h5")["parameters/W2"].shape == (5, 4)'
! "$dtrain" --weights back.h5 --classes 12 --run-dir no 2>err || fail "--classes 12 for weights of ten"
grep -q '^dtrain: --classes 12: the network of --weights back.h5 has 10' err || fail "$(cat err)"
! "$dtrain" --data "$MNIST_FILE" --classes 9 --run-dir no 2>err || fail "--classes 9 for ten digits"
grep -q '^dtrain: --classes 9: the data has 10' err || fail "$(cat err)"
echo "the same predictions wherever the weights go"
