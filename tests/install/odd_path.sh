#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A checkout whose path has a space and an umlaut: the first command of the README builds and trains there.
# It builds no tests, says that it builds only where it does, and does not mind that packages for pictures
# cannot be installed.
#     odd_path.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
if is_mpich; then
    echo "skipped: scripts/train.sh builds for Open MPI"
    exit 77
fi
copy="$work/with späce/(dtrain)"
mkdir -p "$copy" "$work/bin"
if git -C "$source_dir" rev-parse 2>/dev/null; then
    (cd "$source_dir" && git ls-files -z | tar --null --files-from=- -cf -) | tar -C "$copy" -xf -
else
    echo "skipped: the sources are no git checkout"
    exit 77
fi

# Stand-ins: matplotlib is not installed, and nothing can be.
# shellcheck disable=SC2016
printf '#!/bin/sh\ncase "$*" in *matplotlib*) exit 1 ;; *) echo "install ok installed" ;; esac\n' >"$work/bin/dpkg-query"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/apt-get"
chmod +x "$work"/bin/*
cd "$work"
before=$(find /tmp -maxdepth 1 -name 'dtrain-??????' | sort)
for time in first second; do
    PATH=$work/bin:$PATH RANKS=2 "$copy/scripts/train.sh" --iterations 20 --run-dir "$time" >$time.out 2>$time.err ||
        fail "the $time time: $(tail -n 20 $time.out $time.err)"
    [ ! -s $time.err ] || fail "the $time time it says: $(cat $time.err)"
done
cmp first/metrics.jsonl second/metrics.jsonl
[ "$(grep -c "^Building in $copy/build\$" first.out)" -eq 1 ] || fail "builds without a word: $(cat first.out)"
! grep -q '^Building' second.out || fail "builds again: $(cat second.out)"
[ -z "$(find "$copy/build" -path '*/tests/*.o')" ] || fail "builds tests"
[ "$before" = "$(find /tmp -maxdepth 1 -name 'dtrain-??????' | sort)" ] || fail "leaves a folder in /tmp"
"$copy/build/dtrain" csv first >first.csv
[ "$(wc -l <first.csv)" -eq 22 ] || fail "no script from there: $(cat first.csv)"
# What it has built can be installed.
cmake --install "$copy/build" --prefix "$work/in stalled" >/dev/null
"$work/in stalled/bin/dtrain" selftest >/dev/null
"$work/in stalled/bin/dtrain" csv first | cmp - first.csv
echo "built and trained in '$copy'"
