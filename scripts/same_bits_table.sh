#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Makes the table of tests/README.md: builds dtrain, or its core alone, with every compiler and flag,
# runs it, and compares the digest with the one in the sources. Debian 12; root; half an hour.
#     scripts/same_bits_table.sh          all rows: of this machine, emulated, and of a bare Debian 13
#     scripts/same_bits_table.sh here     the rows of this machine alone
# Other bits than those of the sources are shown in their cell, and the script ends with exit code 1.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
where=${1:-everywhere}
core=$(sed -n 's/^#define SELFTEST_DIGEST "\(.*\)"/\1/p' "$source_dir/src/core/selftest/selftest.h")
run=$(sed -n 's/^  digest: parameters \([0-9a-f]*\), .*/\1/p' "$source_dir/README.md")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
system=$(. /etc/os-release && echo "$PRETTY_NAME" | sed 's/GNU.Linux //; s/ (.*//')
different=0

# cell TITLE EXPECTED COMMAND...: a row of the table, with what the command prints.
cell() {
    local title=$1 expected=$2 got
    shift 2
    got=$("$@" 2>"$work/err") || true
    if [ "$got" != "$expected" ]; then
        different=1
        got=${got:-$(tail -n 1 "$work/err")}
        got=${got:-crashed}
    else
        got=same
    fi
    echo "| ${title/%, 1 ranks/, 1 rank} | $system | $got |"
}

# core_of [EMULATOR --] COMPILER [FLAG...]: the digest of the self-test built that way.
core_of() {
    local emulator=()
    if [ "$2" = -- ]; then
        emulator=("$1")
        shift 2
    fi
    "$source_dir/tests/core/selftest/build_core_hash.sh" "$work/core_hash" "$source_dir" \
        "$@" -ffp-contract=off -I"$work/include"
    "${emulator[@]}" "$work/core_hash"
}

# run_of BUILD RANKS [LAUNCHER...]: the digest of the default run of that build.
run_of() {
    local build=$1 ranks=$2
    shift 2
    rm -rf "$work/run"
    "$source_dir/scripts/launch.sh" "$@" -np "$ranks" "$build/dtrain" --quiet --run-dir "$work/run"
    "$build/dtrain" digest "$work/run" | sed -n 's/^parameters //p'
}

# build_in FOLDER [CMAKE OPTION...]
build_in() {
    if ! { cmake -S "$source_dir" -B "$1" -DBUILD_TESTING=OFF "${@:2}" &&
        cmake --build "$1" --parallel "$(nproc)"; } >"$work/log" 2>&1; then
        cat "$work/log" >&2
        exit 1
    fi
}

# name COMPILER: its name and version.
name() {
    echo "${1%%-[0-9]*} $("$1" -dumpversion | cut -d. -f1)"
}

core_rows() {
    local compiler flags level
    for compiler in gcc clang clang-19; do
        # On Debian 13 clang is clang 19.
        command -v "$compiler" >/dev/null && [[ $compiler != clang-19 || $(name clang) != "clang 19" ]] || continue
        for flags in -O0 -O2 -O3 "-O3 -march=native"; do
            # shellcheck disable=SC2086
            cell "core, $(name "$compiler") $flags" "$core" core_of "$compiler" $flags
        done
    done
    cell "core, $(name gcc) -O2 -flto" "$core" core_of gcc -O2 -flto
    for level in x86-64 x86-64-v3 x86-64-v4; do
        cell "core, $(name gcc) -O2 -march=$level" "$core" \
            core_of gcc -O2 -march=$level -DDTRAIN_ONE_INSTRUCTION_SET
    done
    cell "core, musl, $(name gcc) -O2" "$core" core_of musl-gcc -O2 -static
}

emulated_rows() {
    local machine
    for machine in aarch64 powerpc64le riscv64 s390x; do
        cell "core, $machine, emulated, $(name $machine-linux-gnu-gcc) -O2" "$core" \
            core_of "qemu-${machine/powerpc64le/ppc64le}-static" -- $machine-linux-gnu-gcc -O2 -static
    done
}

# What must not be the same: the sabotaged builds of that test.
sabotage_rows() {
    "$source_dir/tests/core/selftest/sabotage.sh" gcc "$source_dir" >"$work/sabotage" || different=1
    sed -n "1d; s/^[0-9a-f]* \(.*\)/| core, sabotaged: \1 | $system | other, as it must be |/p" "$work/sabotage"
}

run_rows() {
    local ranks mpi hdf5
    build_in "$work/build"
    run_of "$work/build" 1 mpirun >"$work/one"
    mpi=$(sed -n 's/ *"mpi": "\(Open MPI v[0-9.]*\).*/\1/p' "$work/run/run.json" | tr -d v)
    hdf5=$(sed -n 's/ *"hdf5": "\(.*\)"/HDF5 \1/p' "$work/run/run.json")
    for ranks in 1 2 3 5 8 16 32 64; do
        cell "default run, $mpi, $hdf5, $(name gcc), $ranks ranks" "$run" run_of "$work/build" $ranks mpirun
    done
    build_in "$work/clang" -DCMAKE_C_COMPILER=clang
    cell "default run, $mpi, $hdf5, $(name clang), 2 ranks" "$run" run_of "$work/clang" 2 mpirun
    command -v mpicc.mpich >/dev/null || return 0
    build_in "$work/mpich" -DMPI_C_COMPILER=mpicc.mpich -DMPIEXEC_EXECUTABLE=/usr/bin/mpiexec.mpich \
        -DHDF5_C_COMPILER_EXECUTABLE=/usr/bin/h5pcc.mpich
    mpi="MPICH $(mpichversion | sed -n 's/^MPICH Version:[[:space:]]*//p')"
    for ranks in 1 2 3 8; do
        cell "default run, $mpi, $hdf5, $(name gcc), $ranks ranks" "$run" \
            run_of "$work/mpich" $ranks mpiexec.mpich
    done
}

install_missing "${build_packages[@]}" clang musl-tools >&2
# A compiler for another C library or machine does not look where this header is.
mkdir "$work/include"
ln -s /usr/include/xxhash.h "$work/include"
if [ "$where" = everywhere ]; then
    install_missing clang-19 libmpich-dev libhdf5-mpich-dev mpich qemu-user-static \
        gcc-{aarch64,powerpc64le,riscv64,s390x}-linux-gnu >&2
    echo "| what | system | digest |"
    echo "|---|---|---|"
fi
core_rows
[ "$where" = here ] || { emulated_rows && sabotage_rows; }
run_rows
if [ "$where" = everywhere ]; then
    install_missing "${machine_packages[@]}" >&2
    "$source_dir/tests/install/fresh_machine.sh" trixie root scripts/same_bits_table.sh here 2>"$work/err" || {
        different=1
        tail -n 3 "$work/err" >&2
    }
fi
exit $different
