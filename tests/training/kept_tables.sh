#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Kept tables: the same bytes on any number of ranks, after kills and stops, and after an extension; and what dtrain
# verify --evaluations finds in them.
#     kept_tables.sh MPIRUN DTRAIN PLANTED_MODEL.so ODD      (ODD: a small dataset)
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
odd=$4
cd "$work" || exit
export PLANTED_FAIL=0.05
with_data=(--model "$3" --on-failure skip --max-failures 1 --retries 1 --checkpoint-every 7)
without=("${with_data[@]}" --replicates 4)
options=("${without[@]}" --keep-values)

# trained RANKS RUN OPTION...
trained() {
    local count=$1 run=$2
    shift 2
    "$mpirun" -np "$count" "$dtrain" "$@" --quiet --run-dir "$run" 2>err || fail "$run: $(cat err)"
}

# same_values RUN RUN: they have the same kept tables, and nothing else beside these.
same_values() {
    diff -r "$1/values" "$2/values" || fail "$1 and $2 have kept other tables"
}

# has_values RUN ITERATION...: these are the kept tables.
has_values() {
    local run=$1
    shift
    # shellcheck disable=SC2012
    [ "$(ls "$run/values" | tr '\n' ' ')" = "$(printf 'iteration-%07d.h5 ' "$@")" ] || fail "$run: $(ls "$run/values")"
}

# verified RANKS K OF RUN: K of so many evaluations are repeated, and have the same bits.
verified() {
    "$mpirun" -np "$1" "$dtrain" verify "$4" --evaluations "$2" >out
    grep -qx "dtrain: verified: $(($2 < $3 ? $2 : $3)) of $3 evaluations: the same bits" out || fail "$4: $(cat out)"
}

# evaluated RUN: how many evaluations its tables have.
evaluated() {
    /usr/bin/python3 - "$1" <<'END'
import glob, sys, h5py
print(sum(int((h5py.File(path)["outcomes"][...] > 0).sum()) for path in glob.glob(f"{sys.argv[1]}/values/*.h5")))
END
}

# keeps OPTION...: 1, 3 and 8 ranks keep the same, and verify it.
keeps() {
    rm -rf one three eight
    trained 1 one "$@" --keep-values --iterations 12
    trained 3 three "$@" --keep-values --iterations 12
    trained 8 eight "$@" --keep-values --iterations 12
    same_values one three
    same_values one eight
    has_values one {1..12}
    all=$(evaluated one)
    verified 1 1000000 "$all" eight
    verified 8 20 "$all" three
}
keeps "${without[@]}"
keeps "${without[@]}" --on-failure one-sided --difference forward
keeps "${with_data[@]}" --on-failure one-sided --data "$odd" --batch-size 7 --sampling epoch
keeps "${with_data[@]}" --data "$odd" --batch-size 5 --validation-rows 100

# A run that is killed, stopped, and taken further, each time on another number of ranks.
trained 2 straight "${options[@]}" --iterations 60
export PLANTED_SLEEP=0.002
start 3 "$work/killed" "${options[@]}" --iterations 40
until [ -e killed/values/iteration-0000010.h5 ]; do sleep 0.02; done
kill_all
echo damaged >killed/values/iteration-0000039.h5
start 2 "$work/killed" "${options[@]}" --iterations 40
until [ -e killed/values/iteration-0000020.h5 ]; do sleep 0.02; done
touch killed/stop
ended
is_code "$code" 75 || fail "exit code $code of a run that was stopped: $(cat log)"
[ ! -e killed/values/iteration-0000039.h5 ] || fail "a table after the stop is there"
unset PLANTED_SLEEP
trained 8 killed "${options[@]}" --iterations 40 --resume
has_values killed {1..40}
trained 3 killed "${options[@]}" --iterations 60 --resume
same_values straight killed

# A later start may keep them or not.
trained 1 some "${without[@]}" --iterations 5
[ ! -e some/values ] || fail "tables are kept unasked"
refused_as 1 "some: has no kept tables: a model that evaluates leaves them in a run with --keep-values" \
    verify some --evaluations 3
trained 2 some "${options[@]}" --iterations 8 --resume
trained 2 some "${without[@]}" --iterations 9 --resume
has_values some 6 7 8
cmp some/values/iteration-0000008.h5 straight/values/iteration-0000008.h5
trained 1 like --like some --keep-values --iterations 2
trained 1 again --like like
has_values again 1 2

# found PATTERN RANKS RUN: verify repeats all evaluations, ends with 1, and one line of that pattern.
found() {
    local got=0
    "$mpirun" -np "$2" "$dtrain" verify "$3" --evaluations 1000000 >out 2>all || got=$?
    without_launcher all | sed 's/ (rank 0 on [^)]*)$//' >err
    is_code "$got" 1 || fail "$3: exit code $got: $(cat out err)"
    if [ "$(wc -l <err)" -ne 1 ] || ! grep -Eqx "dtrain: $3/values/iteration-$1" err; then
        fail "$3 on $2 ranks: not one line '$1': $(cat out all)"
    fi
}

# A model that is another by now: on any number of ranks, the first evaluation of the first table is named.
unset PLANTED_FAIL
rm -rf one
trained 1 one "${options[@]}" --iterations 12
differs='is not what repeating the run gives, at iteration'
number='[0-9.e-]+'
for count in 1 3 8; do
    PLANTED_SCALE=1.0000001 found "0000001.h5: $differs 1, in the evaluation of p0 \\+ h, replicate 0: it has $number, and \
should have $number" "$count" one
done
PLANTED_FAIL=1 found "0000001.h5: $differs 1, .* p0 \\+ h, .*: it has $number, and should have no value \\((failed|not finite)\\)" \
    3 one

# edited PATTERN HOW...: what verify says of a run with one kept table that was changed so.
edited() {
    local pattern=$1
    shift
    rm -rf edited
    cp -r one edited
    python edit_values.py edited/values/iteration-0000009.h5 "$@"
    found "0000009.h5: $pattern" 3 edited
}
edited "$differs 9, in the evaluation of p1 - h, replicate 2: it has $number, and should have $number" ulp 31
edited "$differs 9, in the evaluation of replicate 3: it has $number, and should have $number" ulp 3
edited "$differs 9, .* replicate 0: it has no value \\(failed\\), and should have $number" set outcomes 0 2
edited "$differs 9, .* replicate 0: it has nan, and should have $number" set values 0 nan
edited "$differs 9, .* replicate 0: it has $number, and should have $number" set theta 1 0.3
edited '/outcomes has 200 for evaluation 7, which dtrain does not know' set outcomes 7 200
edited 'evaluation 5 is not the one that repeating the run gives, replicate 1' set rows 5 77
edited 'evaluation 9 is not the one that repeating the run gives, p0 - h, replicate 0' set sides 9 1
edited 'evaluation 11 is not the one that repeating the run gives, p1 - h, replicate 0' set parameters 11 9
edited 'has 48 evaluations of 1 numbers, of which 3 are of the batch before, but repeating the run gives 48, 1 and 4' before 3
edited '/sides is missing: .*' drop sides
edited 'has 5 parameters, but the model has 6' cut theta
edited '/rows is int64 \(47\): it does not fit /theta and /values' cut rows
cp one/values/iteration-0000008.h5 edited/values/iteration-0000009.h5
found '0000009.h5: is of iteration 8' 2 edited
truncate -s 1000 edited/values/iteration-0000009.h5
found '0000009.h5: is cut off: .*' 2 edited

# A table that cannot be written ends the run on all ranks, in a line that names it.
mkdir full
echo precious >full/values
got=0
"$mpirun" -np 3 "$dtrain" "${options[@]}" --iterations 3 --quiet --run-dir full 2>all || got=$?
without_launcher all >err
is_code "$got" 1 || fail "exit code $got of a table that cannot be written: $(cat err)"
if [ "$(wc -l <err)" -ne 1 ] || ! grep -q '^dtrain: full/values/iteration-0000001.h5.*: cannot be written: ' err; then
    fail "not one line about the table: $(cat err)"
fi

# Where they have no effect; and what they take of the disk.
refused_as 2 "--keep-values: has no effect with a model that does not evaluate: leave out one of the two" \
    --data "$odd" --keep-values --iterations 1 --run-dir network
refused_as 2 "--stretches and --evaluations: give one of the two" verify one --stretches 1 --evaluations 1
"$dtrain" "${options[@]}" --iterations 12 --dry-run --run-dir dry >out
grep -q 'disk: .* MB for up to 3 checkpoints, 12 kept tables and the metrics;' out || fail "$(cat out)"
[ ! -e dry ] || fail "a dry run has written"

echo "kept tables are the same, and tell what differs"
