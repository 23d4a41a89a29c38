#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Settings that are misspelt or contradict each other are named, and the true ones are recorded: the
# hidden units of --weights, and the cores that the ranks may use.
#     settings.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"

# A misspelt variable gives one line, not one per rank, and the run goes on.
DTRAIN_HIDEN=9 DTRAIN_QUIET=yes "$mpirun" -np 3 "$dtrain" --hidden 20 --iterations 2 --run-dir wide >out 2>err
[ "$(grep -c DTRAIN_HIDEN err)" -eq 1 ] || fail "DTRAIN_HIDEN: $(cat err)"
grep -q '^dtrain: DTRAIN_HIDEN: .*did you mean DTRAIN_HIDDEN?$' err || fail "DTRAIN_HIDEN: $(cat err)"
[ ! -s out ] || fail "DTRAIN_QUIET=yes prints"
DTRAIN_VERSION=0.1.0 DTRAIN_JSON=1 "$dtrain" batches --batch-size 3 2>err >out
[ ! -s err ] || fail "another command's variable: $(cat err)"

# refused TEXT ARGUMENT...: wrong usage, reported in one line that begins with TEXT.
refused() {
    local text=$1 code=0
    shift
    "$dtrain" "$@" >out 2>err || code=$?
    [ "$code" -eq 2 ] || fail "$*: exit code $code: $(cat out err)"
    [ "$(wc -l <err)" -eq 1 ] || fail "$*: not one line: $(cat err)"
    grep -q -- "^dtrain: $text" err || fail "$*: $(cat err)"
}
weights=wide/checkpoints/iteration-0000002.h5:/parameters
refused "--hidden 99: the network of --weights $weights has 20" --weights $weights --hidden 99 --run-dir no
DTRAIN_HIDDEN=50 refused "DTRAIN_HIDDEN 50: the network of --weights $weights has 20" --weights $weights --run-dir no
refused '--hidden 99: the network' gradcheck --rows 0:1 --weights $weights --hidden 99
refused '--seed: has no effect with --weights' gradcheck --rows 0:1 --weights $weights --seed 3
DTRAIN_INIT_STD=1 refused 'DTRAIN_INIT_STD: has no effect with --weights' --weights $weights --run-dir no
[ ! -e no ] || fail "a run directory was left"

# The true number is shown and recorded, and the run trains.
"$dtrain" --weights $weights --iterations 1 --run-dir from >out
grep -q ' hidden 20, activation sigmoid (weights);' <<<"$(settings_of out)" || fail "no true hidden units: $(cat out)"
"$dtrain" --weights $weights --hidden 20 --iterations 1 --quiet --run-dir said
diff -r from/checkpoints said/checkpoints
[ "$(show from/run.json options/hidden)" = '{"value": "20", "origin": "weights"}' ] || fail "$(cat from/run.json)"
[ "$(show from/checkpoints/iteration-0000001.h5 hidden)" = 20 ] || fail "other hidden units in the checkpoint"
"$dtrain" --weights $weights --iterations 2 --quiet --resume --run-dir from

# The cores are those that the ranks may use together, bound to them or not.
IFS=, read -r first second _ < <(/usr/bin/python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)), sep=",")')
dry=("$dtrain" --dry-run --hidden 2 --iterations 1)
# cores_shown TEXT COMMAND...: the line about hosts contains "(TEXT)".
cores_shown() {
    local text=$1
    shift
    "$@" >out
    grep -qF "($text)" out || fail "$*: not '$text': $(grep "^  ranks" out)"
}
cores_shown '1 core' taskset -c "$first" "${dry[@]}"
cores_shown '1 core: more ranks than cores' "$mpirun" -np 2 taskset -c "$first" "${dry[@]}"
if [ -n "$second" ]; then
    cat >bound <<SCRIPT
#!/bin/sh
[ "\${OMPI_COMM_WORLD_RANK:-\$PMI_RANK}" = 1 ] && core=$second || core=$first
exec taskset -c "\$core" "\$@"
SCRIPT
    chmod +x bound
    cores_shown '2 cores' "$mpirun" -np 2 ./bound "${dry[@]}"
fi
echo "settings are what they are said to be"
