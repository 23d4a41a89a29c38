#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a user sees: progress on a terminal and elsewhere; the dry run; eval and predict, compared with
# NumPy; and the same options in help, man page, completion and run.json.
#     interface.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
needs script
cd "$work"
export TERM=xterm

# A few plain lines if the output is not a terminal, although mpirun gives its ranks one.
"$mpirun" -np 2 "$dtrain" --iterations 1200 --eval-every 10 --run-dir plain >out
! grep -q $'\r\[' out || fail "a bar without a terminal"
[ "$(wc -l <out)" -lt 70 ] || fail "$(wc -l <out) lines of progress"
grep -q '^dtrain: 1200 iterations in .*test accuracy 0\.' out || fail "no summary: $(cat out)"
grep -q '^  time: compute .*, reduction .*, waiting for other ranks ' out || fail "no shares of time: $(cat out)"

# One line, redrawn, if mpirun's own output is a terminal. MPICH's gives its ranks none.
launch="$mpirun -np 2"
! is_mpich || launch=
script --quiet --return --command "$launch $dtrain --iterations 1200 --run-dir bar" /dev/null >out
grep -q $'\r\[###*\.*\] [0-9]*/1200  epoch [0-9.]*  loss .*  accuracy .*/s  .* left' out || fail "no bar: $(cat out)"
! grep -q '^iteration' out || fail "plain lines beside a bar"
script --quiet --return --command "$dtrain --iterations 300 --run-dir single" /dev/null >out
grep -q $'\r\[' out || fail "no bar for one process: $(cat out)"
"$dtrain" --iterations 20 --progress none --run-dir none >out
! grep -q '^iteration\|\[' out || fail "--progress none shows some"
"$dtrain" --iterations 20 --quiet --run-dir quiet >out
[ ! -s out ] || fail "--quiet prints"
diff <(grep '"loss":[0-9]' plain/metrics.jsonl | grep -v epoch) <(grep '"loss":[0-9]' bar/metrics.jsonl | grep -v epoch)

# The dry run leaves no files, and refuses what the run would refuse.
"$mpirun" -np 2 "$dtrain" --dry-run --run-dir dry >out
grep -q 'so 10000 iterations take about [0-9]*:[0-9]' out || fail "no estimate: $(cat out)"
[ "$(find . -newer out -o -name dry -o -name runs | wc -l)" -eq 0 ] || fail "the dry run left something"
! "$dtrain" --dry-run --run-dir plain 2>err || fail "a dry run into another run"
grep -q 'holds a run' err || fail "$(cat err)"

# NumPy agrees with eval, which counts every row once on 7 ranks, and with predict.
weights=plain/checkpoints/iteration-0001200.h5:/parameters
for split in test train; do
    "$mpirun" -np 7 "$dtrain" eval $weights --split $split --json >$split.json
done
"$dtrain" eval $weights >table
python interface.py images
"$dtrain" predict $weights --images "$MNIST_FILE" --json >all.jsonl
"$dtrain" predict $weights --images images.gz --json >idx.jsonl
"$mpirun" -np 3 "$dtrain" predict $weights --images images.h5:/mine --json >floats.jsonl
"$dtrain" predict $weights --images digit.png --json >digit.jsonl
"$dtrain" predict $weights --images digit.png | tail -n 1 | grep -Eq '^ +0 +[0-9]  0\.[0-9]+$' ||
    fail "predict prints no table"
cmp <(head -n 200 all.jsonl) idx.jsonl
cmp idx.jsonl floats.jsonl
cmp <(sed -n 4p all.jsonl | sed 's/"image":3/"image":0/') digit.jsonl
python interface.py scores
! "$dtrain" predict $weights --images table 2>err || fail "predict takes a text for images"
grep -q '^dtrain: .*table' err || fail "$(cat err)"


# An image whose probabilities overflow is named. What is printed before it is JSON.
python make_huge.py
for json in "" --json; do
    got=0
    # shellcheck disable=SC2086
    "$mpirun" -np 2 "$dtrain" predict huge.h5:/exponent --images huge.h5:/exponent/images $json >out 2>err || got=$?
    [ "$got" -eq 3 ] || fail "predict of huge weights: exit code $got: $(cat out err)"
    grep -q '^dtrain: huge.h5:/exponent/images: image 1: its probabilities are not numbers' err || fail "$(cat err)"
    ! grep -qi nan out || fail "predict prints $(cat out)"
done
[ "$(wc -l <out)" -eq 1 ] && /usr/bin/python3 -m json.tool out >/dev/null || fail "predict prints $(cat out)"

# Help, man page, completion and run.json come from one table.
"$dtrain" --generate man >dtrain.1
"$dtrain" --generate completion >words
for command in train eval predict gradcheck gradient batches; do
    "$dtrain" $command --help | sed -n 's/^  \(--[a-z0-9-]*\).*/\1/p' | sort >options
    [ "$(wc -l <options)" -gt 4 ] || fail "$command --help lists too little"
    # shellcheck source=/dev/null
    bash -c '. ./words; COMP_WORDS=(dtrain '$command' --); COMP_CWORD=2; _dtrain
        printf "%s\n" "${COMPREPLY[@]}"' | sort >completed
    diff options completed
    while read -r option; do
        grep -qF "\\fB${option//-/\\-}\\fR" dtrain.1 || fail "the man page has no $option"
    done <options
done
bash -c '. ./words; COMP_WORDS=(dtrain --gradient b); COMP_CWORD=2; _dtrain
    [ "${COMPREPLY[*]}" = backprop ]' || fail "completion knows no choices"
diff <("$dtrain" --help | sed -n 's/^  --\([a-z0-9-]*\).*/\1/p' | grep -v 'generate\|help\|version' | sort) \
    <(/usr/bin/python3 -c 'import json; print("\n".join(sorted(json.load(open("plain/run.json"))["options"])))')
echo "all as a user would expect"
