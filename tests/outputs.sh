#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What dtrain writes, and what it must never overwrite; and names of any bytes in what it prints and
# records. A single process: ranks change nothing here.
#     outputs.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=scratch.lib.sh
. "$(dirname "$0")/scratch.lib.sh"
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
/usr/bin/python3 - <<'PYTHON'
images = bytes(range(12 * 16))
open("images", "wb").write(bytes([0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 4, 0, 0, 0, 4]) + images)
open("labels", "wb").write(bytes([0, 0, 8, 1, 0, 0, 0, 12]) + bytes(i % 3 for i in range(12)))
PYTHON
idx=(--train-images images --train-labels labels --test-images images --test-labels labels)
"$dtrain" import tiny.h5 "${idx[@]}" >out
train=(--data tiny.h5 --hidden 2 --batch-size 3 --iterations 4 --quiet)

# A directory whose name is Latin-1 and holds a line break and a terminal's commands.
odd=$'r\xe9sum\xe9\n\e[2Jdtrain: done'
"$dtrain" "${train[@]}" --run-dir "$odd"
/usr/bin/python3 - "$odd/run.json" <<'PYTHON'
import json, os, sys
record = json.load(open(os.fsencode(sys.argv[1]), encoding="utf-8"))
shown = r"r\xe9sum\xe9\x0a\x1b[2Jdtrain: done"
assert record["options"]["run-dir"]["value"] == shown, record["options"]["run-dir"]
assert record["command_line"][-1] == shown == record["events"][0]["command_line"][-1]
assert [event["event"] for event in record["events"]] == ["start", "finish"]
PYTHON
refused 1 'r\xe9sum\xe9\x0a\x1b[2Jdtrain: done: holds a run already' "${train[@]}" --run-dir "$odd"
"$dtrain" "${train[@]:0:8}" --iterations 8 --resume --run-dir "$odd" >out
! grep -q "$(printf '[\001-\010\013-\037]')" out || fail "control characters: $(cat -v out)"
grep -qF 'run in r\xe9sum\xe9\x0a\x1b[2J' out || fail "no name of the run: $(cat out)"
# What is UTF-8 is recorded to the byte, and can be read.
"$dtrain" "${train[@]:0:8}" --run-dir $'r\303\251sum\303\251\n' >out
grep -qF 'run in résumé\x0a' out || fail "UTF-8 cannot be read: $(cat out)"
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

# Of a start that fails nothing is left that the next one would refuse.
mkdir -p half/run.json.partial
refused 1 'half/run.json.partial: cannot be written: Is a directory' "${train[@]}" --run-dir half
rmdir half/run.json.partial
"$dtrain" "${train[@]}" --run-dir half

# A run whose checkpoints are gone is not begun again over its metrics.
rm half/checkpoints/*
cp half/metrics.jsonl before
refused 1 'half/metrics.jsonl: holds 4 iterations, but there is no checkpoint' "${train[@]}" --resume --run-dir half
cmp before half/metrics.jsonl
[ -z "$(ls half/checkpoints)" ] || fail "a refused run wrote a checkpoint"
