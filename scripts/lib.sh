# SPDX-License-Identifier: MIT
# What the scripts share. They source this file in bash.
# shellcheck shell=bash disable=SC2034

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

build_packages=(build-essential cmake pkg-config openmpi-bin libopenmpi-dev libhdf5-openmpi-dev
    zlib1g-dev libpng-dev libxxhash-dev libjansson-dev)
# What a script puts here is installed along with others; nobody without root is asked for it.
optional_packages=()
picture_packages=(python3-h5py python3-matplotlib)
table_packages=(python3-h5py python3-pandas python3-pil)
quick_test_packages=(libcmocka-dev procps)
lint_packages=(clang-tidy cppcheck shellcheck pyflakes3)
test_packages=(clang-format valgrind iproute2 bsdutils file lintian locales python3-onnx python3-scipy
    python3-sklearn python3-pandas)
# Tests that need these are skipped, with a message, where they cannot be installed.
browser_packages=(chromium fonts-dejavu-core)
slurm_packages=(slurmctld slurmd slurm-client munge)
machine_packages=(debootstrap)

# source_packages SOURCE: the packages that dtrain import needs to read it.
source_packages() {
    echo python3-h5py
    case $1 in
    sklearn:*) echo python3-sklearn python3-pandas ;;
    *.npy | *.npz | *.h5 | *.hdf5 | *.mat) echo python3-pandas ;;
    *.xlsx) echo python3-pandas python3-openpyxl ;;
    *.libsvm | *.svm | *.svmlight) echo python3-pandas python3-sklearn ;;
    *) if [ -d "$1" ]; then echo python3-pil; else echo python3-pandas; fi ;;
    esac
}

# install_missing PACKAGE...: installs those that are missing; prints nothing if none is.
install_missing() {
    local package missing=() as_root=() log
    command -v dpkg-query >/dev/null || {
        echo "This is no Debian or Ubuntu: if the build fails, install what these packages hold: $*" >&2
        return 0
    }
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    missing+=("${optional_packages[@]}")
    if [ "$(id -u)" -ne 0 ]; then
        { command -v sudo >/dev/null && sudo -v; } || {
            echo "Packages are missing, and only root can install them. Ask for:" >&2
            echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
            return 1
        }
        as_root=(sudo)
    fi
    echo "Installing: ${missing[*]}"
    log=$(mktemp)
    # Nobody can answer questions here: existing configuration files stay.
    if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold \
        "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# What is installed, and no tests.
program_targets=(dtrain dtrain_shared generated)

# build PRESET [TARGET...]: configures and builds by a preset of CMakePresets.json, in the folder build or
# build-PRESET; by default all. Prints the log only if that fails, and nothing if there is nothing to do.
build() {
    local preset=$1 folder=$source_dir/build-$1
    case $preset in release | check) folder=$source_dir/build ;; esac
    local log=$folder/build.log
    shift
    mkdir -p "$folder"
    if ! (cd "$source_dir" && cmake --preset "$preset" &&
        cmake --build --preset "$preset" --parallel "$(nproc)" ${1+--target "$@"}) 2>&1 |
        tee "$log" | tell_progress "$folder"; then
        cat "$log" >&2
        return 1
    fi
}

# tell_progress FOLDER: reads what CMake says. Tells that it builds there once it compiles, and on a
# terminal how far it is.
tell_progress() {
    local line told=no
    while IFS= read -r line; do
        case $line in
        *"compiler identification"* | *"Building C "*)
            [ $told = yes ] || printf '%s' "Building in $1"
            [ $told = yes ] || [ -t 1 ] || echo
            told=yes
            ;;
        esac
        [ $told = no ] || [ ! -t 1 ] || [[ $line != \[* ]] || printf '\r%s' "Building in $1 ${line%%]*}]"
    done
    [ $told = no ] || [ ! -t 1 ] || echo
}

# run_tests PRESET [CTEST OPTION...]: runs the tests of that build.
run_tests() {
    local preset=$1
    shift
    (cd "$source_dir" && ctest --preset "$preset" "$@")
}
