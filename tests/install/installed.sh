#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The installed program, moved to another folder and called from a third, finds its data. Man page,
# completion, scripts and documents are in their places, and no file names the build folder.
#     installed.sh MPIRUN DTRAIN CMAKE BUILD_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cmake=$3 build=$4 source=$(cd "$(dirname "$0")/../.." && pwd)

"$cmake" --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/moved"
for folder in "$source" "$build"; do
    ! grep -rlaF "$folder" "$work/moved" || fail "these name $folder"
done
cd "$work"
PATH=$work/moved/bin:$PATH
dtrain selftest >/dev/null
"$mpirun" -np 3 dtrain --iterations 100 --quiet --run-dir run
grep -q "\"path\": \".*$work/moved/.*mnist.h5\"" run/run.json || fail "not its own data: $(grep path run/run.json)"
diff <(dtrain --generate man) moved/share/man/man1/dtrain.1
diff <(dtrain --generate completion) moved/share/bash-completion/completions/dtrain
/usr/bin/python3 "$tests/scripts/readme.py" links moved/share/doc/dtrain || fail "dead links in the documents"
[ -x moved/share/dtrain/slurm/train.sh ] || fail "no Slurm script"
[ -x moved/share/dtrain/scripts/launch.sh ] || fail "no launch settings for the Slurm script"
[ -x moved/libexec/dtrain/dtrain-guard ] || fail "no guard for programs of users"
moved/share/dtrain/scripts/plot.py run >/dev/null
[ -s run/loss.svg ] || fail "no picture"
dtrain report run >/dev/null
grep -q 'that the run began with, drawn from its seed' run/report.html || fail "no initial weights in the report"
moved/share/dtrain/scripts/export.py run weights.npz >/dev/null
moved/share/dtrain/examples/make_small.py moved/share/dtrain/mnist.h5 small.h5 >/dev/null
# What models in processes of their own need: one folder for Python serves dtrain_model and the package dtrain.
export PYTHONPATH=moved/share/dtrain/python PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 moved/share/dtrain/examples/pond.py --try | grep -q '^pond: the loss is 0\.1519' || fail "no dtrain_model"
/usr/bin/python3 -c 'import dtrain, dtrain_model' || fail "dtrain_model is not beside the package dtrain"
cmp moved/share/dtrain/dtrain_model.py moved/share/dtrain/python/dtrain_model.py
unset PYTHONPATH
served=0
"$(find moved -path '*/dtrain/dtrain-model' -type f)" 2>err || served=$?
[ "$served" -eq 2 ] && grep -q -- '--isolate' err || fail "dtrain-model: exit code $served: $(cat err)"
# The Debian package holds the same program, which finds its data wherever it is unpacked.
cpack=$(dirname "$cmake")/cpack
if command -v dpkg-shlibdeps >/dev/null && [ -x "$cpack" ]; then
    "$cpack" -G DEB --config "$build/CPackConfig.cmake" -B "$work/package" >log 2>&1 || fail "$(cat log)"
    dpkg-deb -x "$work"/package/dtrain_*.deb unpacked
    dependencies=$(dpkg-deb -f "$work"/package/dtrain_*.deb Depends)
    for library in 'lib(openmpi|mpich)' libhdf5 libpng libjansson; do
        [[ $dependencies =~ $library ]] || fail "the package does not depend on $library: $dependencies"
    done
    [[ $dependencies != *xxhash* ]] || fail "the package depends on xxHash, which is compiled in"
    ! readelf -d unpacked/usr/bin/dtrain unpacked/usr/lib/*/libdtrain.so | grep -E 'R(UN)?PATH' ||
        fail "the package looks for libraries in folders of its own"
    unpacked/usr/bin/dtrain selftest >/dev/null
    unpacked/usr/bin/dtrain --iterations 1 --quiet --run-dir from-package
    unpacked/usr/bin/dtrain export from-package weights.npz >/dev/null
    if command -v lintian >/dev/null; then
        lintian --fail-on error "$work"/package/dtrain_*.deb >log 2>&1 || fail "$(cat log)"
    else
        echo "no lintian: the package was not checked"
    fi
    grep -q "unpacked/usr/.*mnist.h5" from-package/run.json || fail "the package does not use its own data"
else
    echo "no dpkg-shlibdeps: no package was made"
fi
echo "the installed program stands by itself"
