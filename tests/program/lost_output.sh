#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Lost output is a failure: a command that prints to a full device, to a pipe that nobody reads or to a
# closed standard output exits with 1 and one line, and no file receives what was printed.
#     lost_output.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"

# expect_failure ARGUMENT...: standard output is $where, and dtrain fails for that.
where=full
expect_failure() {
    local code=0
    if [ $where = full ]; then
        "$dtrain" "$@" >/dev/full 2>err || code=$?
    elif [ $where = unread ]; then
        "$dtrain" "$@" >&4 2>err || code=$?
    else
        "$dtrain" "$@" >&- 2>err || code=$?
    fi
    [ "$code" -eq 1 ] || fail "$*, standard output $where: exit code $code: $(cat err)"
    [ "$(wc -l <err)" -eq 1 ] || fail "$*, standard output $where: $(cat err)"
    grep -q '^dtrain: standard output: ' err || fail "$*, standard output $where: $(cat err)"
}

small=(--hidden 2 --iterations 4)
"$dtrain" "${small[@]}" --quiet --run-dir straight
weights=straight/checkpoints/iteration-0000004.h5:/parameters
python make_idx.py 2 28

# A pipe whose reader has gone away.
exec 4> >(exit 0)
wait $!
for where in full unread; do
    expect_failure --help
    expect_failure --version
    expect_failure --generate man
    expect_failure --dry-run "${small[@]}"
    expect_failure "${small[@]}" --run-dir $where
    expect_failure "${small[@]}" --progress none --run-dir $where-none
    expect_failure eval $weights
    expect_failure predict $weights --images images
    expect_failure gradcheck --rows 0:1 --hidden 2
    expect_failure digest $weights
    expect_failure diff straight straight
    expect_failure verify straight
    expect_failure batches
    expect_failure import data-$where.h5 --train-images images --train-labels labels --test-images images --test-labels labels
done
# It ends soon, however much there is to print.
expect_failure batches --iterations 1000000000000
where=closed
expect_failure --help
expect_failure batches
expect_failure "${small[@]}" --run-dir closed
for run in full full-none unread unread-none closed; do
    cmp straight/metrics.jsonl $run/metrics.jsonl
    diff -r straight/checkpoints $run/checkpoints
done

# A run that prints nothing loses nothing.
"$dtrain" "${small[@]}" --quiet --run-dir quiet >&-
cmp straight/metrics.jsonl quiet/metrics.jsonl
# An earlier error is the one reported.
code=0
"$dtrain" eval absent.h5 >/dev/full 2>err || code=$?
[ "$code" -eq 1 ] || fail "eval of an absent file: exit code $code"
[ "$(grep -c '^dtrain: absent.h5' err)" -eq "$(wc -l <err)" ] || fail "two errors: $(cat err)"
echo "no output got lost unnoticed"
