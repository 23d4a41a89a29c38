#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The self-test finds what it is there for: builds whose results are slightly wrong fail it, and it
# names the part that is wrong.
#     sabotage.sh COMPILER SOURCE [FLAG...]
set -euo pipefail
compiler=$1 source=$2
shift 2
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-O2 -ffp-contract=off -DDTRAIN_ONE_INSTRUCTION_SET "$@")
[ "$(uname -m)" != x86_64 ] || flags+=(-march=x86-64-v3)

# build FOLDER [FLAG...]: builds core_hash of the sources in FOLDER.
build() {
    local folder=$1
    shift
    "$here/build_core_hash.sh" "$work/core_hash" "$folder" "$compiler" "${flags[@]}" "$@"
}

# red TITLE PARTS FOLDER [FLAG...]: that build fails the self-test in these parts, a regular expression.
red() {
    local title=$1 parts=$2 digest named
    shift 2
    build "$@"
    if digest=$(timeout 60 "$work/core_hash" 2>"$work/parts"); then
        echo "$title: not noticed" >&2
        exit 1
    fi
    named=$(tail -n 1 "$work/parts")
    [[ $named =~ ^$parts$ ]] || {
        echo "$title: names '$named', not '$parts'" >&2
        exit 1
    }
    echo "$digest $title"
}

# changed FILE SCRIPT: makes a copy of the sources in which sed has changed that file.
changed() {
    rm -rf "$work/source"
    mkdir -p "$work/source/tests"
    cp -r "$source/include" "$source/src" "$work/source"
    cp -r "$source/tests/core" "$work/source/tests"
    sed -i "$2" "$work/source/$1"
    ! cmp -s "$source/$1" "$work/source/$1" || {
        echo "$1: nothing to change: $2" >&2
        exit 1
    }
}

build "$source"
echo "$("$work/core_hash") as it should be"
red "a * b + c in one operation" ".*sgd, momentum, nesterov, adagrad, rmsprop, adam and squares" "$source" -ffp-contract=fast
"$compiler" -shared -ffast-math -o "$work/libfast.so" -x c /dev/null
red "subnormal numbers off" "elementary functions" "$source" -Wl,--no-as-needed "$work/libfast.so" -Wl,-rpath,"$work"
changed src/core/numbers/elementary.h '/^ELEMENTARY_INLINE double elementary_exp(double x)/,/^}/ s/(1 + elementary_expm1_near_zero(r)) \* power_of_two/exp(x)/'
red "libm's exp" \
    "elementary functions, forward passes, backprop, literal, numerical, sgd and squares" "$work/source"
changed src/core/model/first_layer_kernel.c 's/row = panel->weights;/row = panel->weights + (panel->end - panel->first) * panel->stride;/
    s/for (size_t i = panel->first; i < panel->end; ++i, row += panel->stride) {/for (size_t i = panel->end; row -= panel->stride, i-- > panel->first;) {/'
red "additions of the hidden layer in another order" \
    "forward passes, backprop, literal, numerical, sgd and squares" "$work/source"
changed src/core/update/optimizer.c 's/theta\[p\] -= rate \* gradient_at(/theta[p] -= (float)rate * gradient_at(/'
red "a learning rate of single precision" "sgd and squares" "$work/source"
changed src/core/gradient/group_sums_kernel.c 's/sums\[r\]\[v\] = vector_fma(factor, value\[v\], sums\[r\]\[v\])/sums[r][v] += factor * value[v]/'
red "products that are rounded twice" "backprop, numerical, sgd and squares" "$work/source"
changed src/core/samples/share.c 's/const int64_t most = INT64_C(8) \* SHARE_GROUP_MAX/const int64_t most = 8 * 16 - 32/'
red "other groups" "backprop, numerical and squares" "$work/source"
