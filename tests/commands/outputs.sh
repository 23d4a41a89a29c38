#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What dtrain writes, what it must never overwrite, and how it prints and records names with odd bytes.
# One process is enough: the number of ranks changes nothing here.
#     outputs.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"

# refused CODE TEXT ARGUMENT...: ends with the code and one line, which holds the text.
refused() {
    local code=$1 text=$2 got=0
    shift 2
    "$dtrain" "$@" >out 2>err || got=$?
    [ "$got" -eq "$code" ] || fail "$*: exit code $got, not $code: $(cat out err)"
    [ "$(wc -l <err)" -eq 1 ] || fail "$*: not one line: $(cat err)"
    grep -q '^dtrain: ' err || fail "$*: not dtrain's line: $(cat err)"
    grep -qF -- "$text" err || fail "$*: does not say '$text': $(cat err)"
    [ ! -s out ] || fail "$*: prints $(cat out)"
}

# Twelve images of 4 x 4 in three classes.
python make_idx.py 12 4
idx=(--train-images images --train-labels labels --test-images images --test-labels labels)
"$dtrain" import tiny.h5 "${idx[@]}" >out
train=(--data tiny.h5 --hidden 2 --batch-size 3 --iterations 4 --quiet)

# A directory whose name is Latin-1 and holds a line break and a terminal's commands.
odd=$'r\xe9sum\xe9\n\e[2Jdtrain: done'
"$dtrain" "${train[@]}" --run-dir "$odd"
shown='"r\\xe9sum\\xe9\\x0a\\x1b[2Jdtrain: done"'
[ "$(show "$odd/run.json" options/run-dir/value command_line/-1 events/0/command_line/-1)" = "$shown $shown $shown" ] ||
    fail "the name on record: $(cat "$odd/run.json")"
[ "$(show "$odd/run.json" events/0/event events/1/event)" = '"start" "finish"' ] &&
    [ "$(grep -c '"event":' "$odd/run.json")" -eq 2 ] || fail "events: $(cat "$odd/run.json")"
refused 1 'r\xe9sum\xe9\x0a\x1b[2Jdtrain: done: holds a run already' "${train[@]}" --run-dir "$odd"
"$dtrain" "${train[@]:0:8}" --iterations 8 --resume --run-dir "$odd" >out
! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037]')" out || fail "control characters: $(cat -v out)"
grep -qF 'run in    r\xe9sum\xe9\x0a\x1b[2J' out || fail "no name of the run: $(cat out)"
# UTF-8 is recorded byte for byte, and printed readably.
"$dtrain" "${train[@]:0:8}" --run-dir $'r\303\251sum\303\251\n' >out
grep -qF 'run in    résumé\x0a' out || fail "UTF-8 cannot be read: $(cat out)"
grep -qF '"value": "résumé\n"' $'r\303\251sum\303\251\n/run.json' || fail "UTF-8 is not recorded as it is"

# The longest run directory works, and a longer one is refused.
folder=$(printf 'd%.0s' $(seq 200))
long=$folder
while [ ${#long} -lt 3800 ]; do long=$long/$folder; done
long=$long/$(printf 'e%.0s' $(seq $((4032 - ${#long} - 1))))
"$dtrain" "${train[@]}" --run-dir "$long"
"$dtrain" "${train[@]}" --iterations 8 --resume --run-dir "$long"
[ -n "$(find "$folder" -name iteration-0000008.h5)" ] || fail "no checkpoint in the longest directory"
refused 2 '--run-dir: is longer than 4032 bytes' "${train[@]}" --run-dir "${long}e"
refused 1 'eee: holds a run already' "${train[@]}" --run-dir "$long"
refused 1 'mnist.h5: No such file or directory' --data "${long:0:4000}/mnist.h5"
rm -rf "${folder:?}"
refused 1 'ddd: cannot be created: File name too long' "${train[@]}" --run-dir "$folder$folder"
refused 1 'ddd: cannot be written to: File name too long' "${train[@]}" --dry-run --run-dir "$folder$folder"

# A start that fails leaves nothing behind that the next one would refuse.
# Here a folder stands where the process, which keeps its number, wants to write run.json: the name has that
# number, and a hash of host and PID namespace.
got=0
place=$(python outputs.py place)
export place
# shellcheck disable=SC2016
bash -c 'mkdir -p "half/run.json.$((place << 22 | $$)).partial" && exec "$0" "$@"' "$dtrain" "${train[@]}" --run-dir half >out 2>err || got=$?
[ "$got" -eq 1 ] || fail "a blocked run.json: exit code $got: $(cat out err)"
grep -q '^dtrain: half/run.json.[0-9]*.partial: cannot be written: Is a directory$' err ||
    fail "a blocked run.json: $(cat err)"
rmdir half/run.json.*.partial
"$dtrain" "${train[@]}" --run-dir half

# A run whose checkpoints are gone is not started again, as that would overwrite its metrics.
rm half/checkpoints/*
cp half/metrics.jsonl before
refused 1 'half/metrics.jsonl: holds 4 iterations, but there is no checkpoint' "${train[@]}" --resume --run-dir half
cmp before half/metrics.jsonl
[ -z "$(ls half/checkpoints)" ] || fail "a refused run wrote a checkpoint"

# Nor is a fresh start made over the checkpoints of a run whose other files are gone.
mkdir -p bare/checkpoints
cp "$odd/checkpoints/iteration-0000008.h5" bare/checkpoints
for dry in "" --dry-run; do
    # shellcheck disable=SC2086
    refused 1 'bare: holds a run already' "${train[@]}" $dry --run-dir bare
done
cmp "$odd/checkpoints/iteration-0000008.h5" bare/checkpoints/iteration-0000008.h5

# An import prints what it does, and records no description that it was not given.
"$dtrain" import new.h5 "${idx[@]}" >out
[ "$(cat out)" = "new.h5: 12 + 12 images of 4 x 4 in 3 classes
writing: 10 % 20 % 30 % 40 % 50 % 60 % 70 % 80 % 90 % 100 %" ] || fail "import says $(cat out)"
"$dtrain" import named.h5 "${idx[@]}" --quiet --name Tiny --source here --license none >out
[ ! -s out ] || fail "import --quiet prints $(cat out)"
python outputs.py imports

# It replaces only regular files, only with --force, and never one that it reads.
cp images images.before
printf 'precious' >precious
mkfifo fifo
ln -s precious soft
refused 1 'precious: exists already: replace it with --force' import precious "${idx[@]}"
refused 1 'precious: exists already' import precious --train-images absent --train-labels absent \
    --test-images absent --test-labels absent
for path in images "$work/labels"; do
    refused 1 "$path: is read by this command" import "$path" "${idx[@]}" --force
done
for path in /dev/null fifo soft; do
    refused 1 "$path: is not a regular file" import "$path" "${idx[@]}" --force
done
cmp images images.before
[ "$(cat precious)" = precious ] || fail "a file was replaced"
if ! [ -c /dev/null ] || ! [ -p fifo ] || ! [ -L soft ]; then
    fail "what is not a regular file was replaced"
fi
"$dtrain" import precious --force "${idx[@]}" >out
cmp precious new.h5

# gradcheck does the same before its work begins, which would take hours with so many hidden units.
check=(gradcheck --data tiny.h5 --rows 0:12 --methods literal --hidden 20000)
weights=weights.h5
cp "$odd/checkpoints/iteration-0000008.h5" $weights
cp tiny.h5 tiny.before
cp $weights weights.before
printf 'precious' >precious
refused 1 'precious: exists already: replace it with --force' "${check[@]}" --output precious
refused 1 'soft: is not a regular file' "${check[@]}" --output soft --force
refused 1 '/dev/null: is not a regular file' "${check[@]}" --output /dev/null --force
refused 1 'tiny.h5: is read by this command' "${check[@]}" --output tiny.h5 --force
refused 1 "$weights: is read by this command" "${check[@]}" --weights $weights:/parameters --output $weights --force
cmp tiny.h5 tiny.before
cmp $weights weights.before
[ "$(cat precious)" = precious ] || fail "gradcheck replaced a file"
"$dtrain" "${check[@]}" --methods numerical --hidden 2 --output precious --force >out
/usr/bin/python3 -c 'import h5py; assert h5py.File("precious")["numerical/W1"].shape == (16, 2)'
[ -z "$(find . -name '*.partial')" ] || fail "half a file was left: $(find . -name '*.partial')"
echo "nothing was overwritten but what may be"
