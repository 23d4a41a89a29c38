#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Output that gets lost is a failure: whatever prints on a full device or on a closed standard output
# ends with 1 and one line, and no file gets what was meant for the screen.
#     lost_output.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"

# noticed ARGUMENT...: where standard output is $where.
where=full
noticed() {
    local code=0
    if [ $where = full ]; then
        "$dtrain" "$@" >/dev/full 2>err || code=$?
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
/usr/bin/python3 - <<'PYTHON'
def write(name, magic, shape, values):
    header = b"".join(n.to_bytes(4, "big") for n in (magic, *shape))
    open(name, "wb").write(header + bytes(values))
write("images", 0x803, (2, 28, 28), 2 * 784 * [7])
write("labels", 0x801, (2,), [0, 1])
PYTHON

noticed --help
noticed --version
noticed --generate man
noticed --dry-run "${small[@]}"
noticed "${small[@]}" --run-dir full
noticed eval $weights
noticed predict $weights --images images
noticed gradcheck --rows 0:1 --hidden 2
noticed batches
noticed import data.h5 --train-images images --train-labels labels --test-images images --test-labels labels
where=closed
noticed --help
noticed batches
noticed "${small[@]}" --run-dir closed
for run in full closed; do
    cmp straight/metrics.jsonl $run/metrics.jsonl
    diff -r straight/checkpoints $run/checkpoints
done

# Who prints nothing has lost nothing.
"$dtrain" "${small[@]}" --quiet --run-dir quiet >&-
cmp straight/metrics.jsonl quiet/metrics.jsonl
# What went wrong before is what counts.
code=0
"$dtrain" eval absent.h5 >/dev/full 2>err || code=$?
[ "$code" -eq 1 ] || fail "eval of an absent file: exit code $code"
[ "$(grep -c '^dtrain: absent.h5' err)" -eq "$(wc -l <err)" ] || fail "two errors: $(cat err)"
echo "no output got lost unnoticed"
