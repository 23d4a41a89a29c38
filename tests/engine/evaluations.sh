#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A model with evaluate(): retries, failures, crashes and setup() on one and more ranks; its scratch folders; a locale
# with a decimal comma; and the commands that refuse it.
#     evaluations.sh MPIRUN DTRAIN EVALUATING FALLIBLE_MODEL.so     (EVALUATING: evaluates rows 0 to 7)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
evaluating=$3 model=$4
cd "$work"
mkdir scratch
export TMPDIR=$work/scratch

# evaluates WANTED SETTING...: on 1 and 3 ranks, row 5 ends as wanted, all others are done, and nothing is left behind.
evaluates() {
    local wanted=$1 ranks
    shift
    {
        for row in 0 1 2 3 4 6 7; do
            echo "row $row: done at attempt 1: $(awk "BEGIN { print $row / 2 }")"
        done
        echo "row 5: $wanted"
    } | sort >wanted
    for ranks in 1 3; do
        env "$@" "$mpirun" -np $ranks "$evaluating" gradcheck --model "$model" >out 2>err
        grep -q '^it takes no data$' out || fail "$*: $(cat out)"
        grep '^row' out | sort | cmp wanted - || fail "$* on $ranks ranks: $(cat out)"
        [ ! -s err ] && [ -z "$(ls scratch)" ] || fail "$* left something: $(cat err; ls scratch)"
    done
}
evaluates 'done at attempt 1: 2.5' FALLIBLE_DO=nothing
evaluates 'done at attempt 2: 3.5' FALLIBLE_DO=once
evaluates 'failed at attempt 2' FALLIBLE_DO=fail
evaluates 'not finite at attempt 2' FALLIBLE_DO=nan
if command -v localedef >/dev/null && localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 2>/dev/null; then
    evaluates 'done at attempt 1: 2.5' LOCPATH="$work" LC_ALL=de_DE.UTF-8
fi

# ends PATTERN RANKS SETTING...: ends with 1, and one line of that pattern.
ends() {
    local pattern=$1 ranks=$2 got=0
    shift 2
    env "$@" "$mpirun" -np "$ranks" "$evaluating" gradcheck --model "$model" >out 2>all || got=$?
    without_launcher all >err
    is_code "$got" 1 || fail "$*: exit code $got: $(cat out err)"
    if [ "$(wc -l <err)" -ne 1 ] || ! grep -Eq "^dtrain: $pattern" err; then
        fail "$*: not one line '$pattern': $(cat err)"
    fi
}
ends 'the model fallible: its setup\(\) has failed \(rank 2 on ' 3 FALLIBLE_AT=setup FALLIBLE_DO=fail FALLIBLE_RANK=2
ends 'the model fallible: its setup\(\) has failed$' 2 FALLIBLE_AT=setup FALLIBLE_DO=fail
[ -z "$(ls scratch)" ] || fail "setup() left $(ls scratch)"
ends "--model $model: parameter inflow: its lower bound, 2, " 2 FALLIBLE_AT=describe FALLIBLE_DO=bad
crashed='crashed \(segmentation fault\)'
ends "model fallible: its describe\\(\\) $crashed \\(rank [01] on" 2 FALLIBLE_AT=describe FALLIBLE_DO=segv
ends 'model fallible: its setup\(\) called exit\(\) \(rank 1 on' 2 FALLIBLE_AT=setup FALLIBLE_DO=exit FALLIBLE_RANK=1
ends "model fallible: its evaluate\\(\\) $crashed in iteration 3 at row 5 \\(rank 2 on" 3 FALLIBLE_DO=segv
ends 'model fallible: its evaluate\(\) called exit\(\) in iteration 3 at row 6 \(rank 0 on' 1 FALLIBLE_DO=exit FALLIBLE_ROW=6
ends "model fallible: its teardown\\(\\) $crashed \\(rank 1 on" 2 FALLIBLE_AT=teardown FALLIBLE_DO=segv FALLIBLE_RANK=1
ends 'the model fallible has changed this process.s arithmetic: numbers are not rounded to nearest' 2 FALLIBLE_DO=round

echo "evaluations fail, and what failed is named"
