#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Models that crash, call exit(), hang, or have odd losses: each ends the run with one line that
# names the model and its function. Also gradcheck of a model.
#     models.sh MPIRUN DTRAIN HOSTILE_MODEL.so LINKED     (LINKED: a program with that model inside)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
model=$3 linked=$4
cd "$work"
python make_data.py data.h5 --rows 24 6 --inputs 5 --classes 2 --seed 1
options=(--model "$model" --data data.h5 --batch-size 8 --iterations 20 --eval-every 10 --quiet)
runs=0

# ends CODE PATTERN SETTING... -- COMMAND...: ends with the code, and one line of that pattern.
ends() {
    local code=$1 pattern=$2 got=0 settings=()
    shift 2
    while [ "$1" != -- ]; do
        settings+=("$1")
        shift
    done
    shift
    runs=$((runs + 1))
    env "${settings[@]}" "$@" --run-dir "$work/$runs" >out 2>all || got=$?
    without_launcher all >err
    is_code "$got" "$code" || fail "${settings[*]}: exit code $got, not $code: $(cat out err)"
    if [ "$(wc -l <err)" -ne 1 ] || ! grep -Eq "^dtrain: $pattern" err; then
        fail "${settings[*]}: not one line '$pattern': $(cat err)"
    fi
}

train=("$dtrain" "${options[@]}")
crashed='crashed \(segmentation fault\)'
ends 1 'model hostile: its loss\(\) called exit\(\) in iteration 2 at row [0-9]+ \(rank 0 on ' \
    HOSTILE_AT=loss HOSTILE_DO=exit HOSTILE_CALL=200 -- "${train[@]}"
ends 1 "model hostile: its loss\\(\\) $crashed in iteration 0 at row 0 \\(rank 0" \
    HOSTILE_AT=loss HOSTILE_DO=overflow -- "${train[@]}"
ends 1 "model hostile: its initialize\\(\\) called exit\\(\\) \\(rank 0" \
    HOSTILE_AT=initialize HOSTILE_DO=exit -- "${train[@]}"
ends 1 'model hostile: its parameters\(\) crashed \(abort\) \(rank 0' \
    HOSTILE_AT=parameters HOSTILE_DO=abort -- "${train[@]}"
ends 1 "model $model: its dtrain_model\\(\\) $crashed \\(rank 0" \
    HOSTILE_AT=dtrain_model HOSTILE_DO=segv -- "${train[@]}"
# All ranks crash alike, or a single one.
ends 1 "model hostile: its predict\\(\\) $crashed in iteration 0 at row [0-9]+ \\(rank [0-2] on" \
    HOSTILE_AT=predict HOSTILE_DO=segv -- "$mpirun" -np 3 "${train[@]}"
ends 1 'model hostile: its loss\(\) crashed \(abort\) in iteration 0 at row [0-9]+ \(rank 2 on' \
    HOSTILE_AT=loss HOSTILE_DO=abort HOSTILE_RANK=2 -- "$mpirun" -np 3 "${train[@]}"

# What a child of the model does is no fault of the model.
code=0
env HOSTILE_AT=loss HOSTILE_DO=fork HOSTILE_CALL=200 "${train[@]}" --run-dir forked >out 2>err || code=$?
is_code "$code" 0 && [ ! -s err ] || fail "a child that exits: exit code $code: $(cat err)"

ends 3 'iteration 0: theta\[0\] is not finite: the initial parameters of the model hostile are at fault$' \
    HOSTILE_AT=initialize HOSTILE_DO=nan -- "$mpirun" -np 2 "${train[@]}"
! ls "$work/$runs/checkpoints"/*.h5 2>/dev/null || fail "NaN was saved"

# Whoever changes the arithmetic of the process is found out before anything is recorded with it.
for at in dtrain_model loss predict; do
    ends 1 '.*model .* has changed this process.s arithmetic: numbers are not rounded to nearest' \
        HOSTILE_AT=$at HOSTILE_DO=round HOSTILE_RANK=1 -- "$mpirun" -np 2 "${train[@]}"
done
! grep -q train_loss "$work/$runs/metrics.jsonl" || fail "scores were recorded"
"${CC:-cc}" -shared -ffast-math -x c /dev/null -o libfast.so
if [ "$(uname -m)" = x86_64 ]; then
    ends 1 'the program, or a library that it loads, has changed .*: subnormal' LD_PRELOAD="$work/libfast.so" -- \
        "$dtrain" "${options[@]}"
fi

# A call that never returns is a stall; a series of slow calls is not.
ends 5 'no progress for 2 s: rank 1 on .* waits for the model hostile: its loss\(\) has not returned \(phase: compute, row ' \
    HOSTILE_AT=loss HOSTILE_DO=hang HOSTILE_CALL=40 HOSTILE_RANK=1 -- "$mpirun" -np 2 "${train[@]}" --stall-timeout 2
ends 5 'no progress for 1 s: rank 0 on .* waits for the model hostile: its predict\(\) has not returned \(phase: evaluation, row 0' \
    HOSTILE_AT=predict HOSTILE_DO=hang -- "${train[@]}" --stall-timeout 1
HOSTILE_AT=loss HOSTILE_DO=slow "${train[@]}" --batch-size 4 --iterations 1 --stall-timeout 0.3 --run-dir slow

# A second Ctrl-C ends a run that cannot stop by itself. The run can be resumed. A job in
# the background of a script would ignore SIGINT.
HOSTILE_AT=loss HOSTILE_DO=hang HOSTILE_CALL=300 HOSTILE_MARK=hanging \
    env --default-signal=INT "${train[@]}" --checkpoint-every 1 --run-dir interrupted 2>err &
job=$!
for _ in $(seq 200); do
    [ ! -e hanging ] || break
    sleep 0.05
done
kill -INT $job
for _ in $(seq 200); do
    [ ! -s err ] || break
    sleep 0.05
done
[ "$(cat err)" = "dtrain: stopping in order; Ctrl-C again ends at once" ] || fail "Ctrl-C: $(cat err)"
kill -INT $job
got=0
wait $job || got=$?
[ "$got" -eq 130 ] || fail "a second Ctrl-C: exit code $got"
"${train[@]}" --checkpoint-every 1 --run-dir interrupted --resume
"${train[@]}" --checkpoint-every 1 --run-dir straight
cmp straight/metrics.jsonl interrupted/metrics.jsonl

# Odd losses before, during and after a step.
ends 3 'the loss of the model hostile at row 0 is not a number \(one of 24 of 24 rows\)' \
    HOSTILE_AT=loss HOSTILE_DO=nan -- "${train[@]}"
ends 3 'the loss of the model hostile at row 0 is 4[0-9.]+, beyond its loss_range of 32: raise loss_range in the model \(one of 24 ' \
    HOSTILE_AT=loss HOSTILE_DO=large -- "${train[@]}"
ends 3 'the loss of the model hostile at row [0-9]+ is 4[0-9.]+, beyond .* \(one of 6 of 24 rows\) \(rank 1 on' \
    HOSTILE_AT=loss HOSTILE_DO=large HOSTILE_RANK=1 -- "$mpirun" -np 4 "${train[@]}"
# Calls 1 to 30 are those of the first evaluation; 80 for the gradient and 8 for the new loss follow. A
# gradient that does not fit is not computed again, as that of a network is.
rm -f calls
ends 3 'iteration 1: the loss of the model hostile at row [0-9]+ is not a number at theta\[4\] - 0.0001: return a finite number there, or give the model an evaluate\(\), which may fail \(--on-failure\)$' \
    HOSTILE_AT=loss HOSTILE_DO=nan HOSTILE_CALL=40 HOSTILE_CALLS="$work/calls" -- "${train[@]}"
[ "$(grep -c '^loss$' calls)" -eq 110 ] || fail "losses were evaluated twice: $(sort calls | uniq -c)"
ends 3 'iteration 1: the loss of the model hostile at row [0-9]+ is not a number: try a smaller --learning-rate than 0.1' \
    HOSTILE_AT=loss HOSTILE_DO=nan HOSTILE_CALL=115 -- "${train[@]}"
[[ $(show $runs/run.json events/-1/{event,iteration,reason}) == '"diverge" 1 "'*'is not a number'* ]] ||
    fail "the end on record: $(cat $runs/run.json)"
ends 0 'the loss sticks at 1, .* the loss of the model hostile may not change within --step 0.0001' \
    HOSTILE_DO=flat -- "${train[@]}"

# eval asks each function once for each row, on any number of ranks, with and without a table.
"$dtrain" "${options[@]}" --iterations 0 --run-dir evaluated
for ranks in 1 4; do
    for json in "" --json; do
        rm -f calls
        # shellcheck disable=SC2086
        HOSTILE_CALLS=$work/calls "$mpirun" -np $ranks "$dtrain" eval evaluated --model "$model" --data data.h5 \
            --split train $json >out
        [ "$(grep -c '^loss$' calls)" -eq 24 ] && [ "$(grep -c '^predict$' calls)" -eq 24 ] ||
            fail "eval $json calls on $ranks ranks: $(sort calls | uniq -c)"
    done
done

# gradcheck compares the quotient at a step and at half of it, with --model and in a program with a
# model.
check=(gradcheck --data data.h5 --rows 0:8)
"$mpirun" -np 2 "$dtrain" "${check[@]}" --model "$model" --step 1e-4,0.125 --output gradients.h5 2>err &&
    fail "--output takes several steps"
"$mpirun" -np 2 "$dtrain" "${check[@]}" --model "$model" --output gradients.h5 >out
"$linked" "${check[@]}" --init-std 3 >from_linked
cmp out from_linked
[ "$(sed -n 1p out)" = "rows 0 to 7, 5 parameters of the model hostile, step 0.0001" ] || fail "$(cat out)"
grep -q '^  literal: the largest entry is .*, and 0 of 5 are 0$' out || fail "$(cat out)"
grep -Eq '^  theta +[0-9.e+-]+ +[0-9.e+-]+ +[0-9.e+-]+$' out || fail "$(cat out)"
"$linked" "${check[@]}" --methods literal --step 1,0.25 | tail -n 2 >out
grep -Eq '^ +0.25 +[0-9.e+-]+$' out || fail "a sweep: $(cat out)"
# A step that fails has no number in the table; the others have.
got=0
HOSTILE_DO=jump "$linked" "${check[@]}" --step 1e-4,0.5 >out 2>err || got=$?
[ "$got" -eq 3 ] && grep -Eq '^ +0.0001 +-$' out && grep -Eq '^ +0.5 +[0-9.e+-]+$' out ||
    fail "a step that fails: exit code $got: $(cat out err)"
got=0
HOSTILE_AT=loss HOSTILE_DO=nan HOSTILE_CALL=11 "$linked" "${check[@]}" >out 2>err || got=$?
[ "$got" -eq 3 ] && grep -q '^dtrain: the loss of the model hostile at row 1 is not a number at theta\[0\] + 0.0001: ' err ||
    fail "a loss that is not a number: exit code $got: $(cat out err)"
HOSTILE_DO=jump "$linked" "${check[@]}" --step 0.5 | grep -q 'largest entry is 1, and 4 of 5 are 0' || fail "a jump"
python models.py
for methods in backprop literal,numerical; do
    got=0
    "$linked" "${check[@]}" --methods $methods >out 2>err || got=$?
    [ "$got" -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "^dtrain: --methods: .*model hostile.*, not by ${methods#*,}" err ||
        fail "--methods $methods: exit code $got: $(cat err)"
done
# A model has no layers, so that options that describe them are refused.
for given in "$dtrain --model $model --hidden 3" "$linked gradcheck --hidden 3" "env DTRAIN_HIDDEN=3 $linked" \
    "$dtrain --model $model --activation tanh" "$linked gradcheck --activation sigmoid"; do
    got=0
    # shellcheck disable=SC2086
    $given --data data.h5 >out 2>err || got=$?
    [ "$got" -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -Eq '^dtrain: (--hidden|DTRAIN_HIDDEN|--activation): has no effect with (--model|this program.s own model): leave' err ||
        fail "$given: exit code $got: $(cat err)"
done
got=0
"$linked" --data data.h5 --init-std he >out 2>err || got=$?
if [ "$got" -ne 2 ] || [ "$(cat err)" != "dtrain: --init-std: 'he' is a rule for the layers of a network: give the model a number" ]; then
    fail "--init-std he: exit code $got: $(cat err)"
fi
echo "no model got away unnamed"
