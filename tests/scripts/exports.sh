#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A network as a C header and as a graph of ONNX: both take what people have (pixels, columns of a table), give
# what dtrain predicts, and keep the names. With recipes and without, in double and single precision.
#     exports.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# Where onnx is not installed, that part is skipped with a message.
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
scripts=$3
needs gcc
cd "$work"
strict=(-O2 -Wall -Wextra -Wpedantic -Wconversion -Werror -I.)
graphs=true
has onnx || graphs=false

# compiles NET.h: it is accepted as C99 and C++17, without a warning, also where nothing of it is used.
compiles() {
    printf '#include "%s"\n#include "%s"\nint main(void) { return 0; }\n' "$1" "$1" >use.c
    gcc -std=c99 "${strict[@]}" use.c -o use -lm
    for compiler in g++ clang clang++; do
        ! command -v $compiler >/dev/null || case $compiler in
            *++) $compiler -x c++ -std=c++17 "${strict[@]}" use.c -o use ;;
            *) $compiler -std=c99 "${strict[@]}" use.c -o use -lm ;;
        esac
    done
}

# program NAME FOLDER [-DNAME=VALUE...]: compiles header_NAME.c with FOLDER/net.h into FOLDER/NAME, and as C++.
program() {
    local name=$1 folder=$2
    shift 2
    gcc -std=c99 "${strict[@]}" -I"$folder" "$@" "$here/header_$name.c" -o "$folder/$name" -lm
    ! command -v g++ >/dev/null ||
        g++ -x c++ -std=c++17 "${strict[@]}" -I"$folder" "$@" "$here/header_$name.c" -o "$folder/$name.c++"
}

# predicts KIND FOLDER TYPE: what the header in the folder makes of rows.bin.
predicts() {
    compiles "$2/net.h"
    program "$1" "$2" -DINPUT="$3"
    "$2/$1" <"$2/rows.bin" >"$2/out.bin"
    if [ -e "$2/$1.c++" ]; then
        "$2/$1.c++" <"$2/rows.bin" | cmp - "$2/out.bin"
    fi
}

# exports SOURCE FOLDER: as header and graphs.
exports() {
    "$scripts/export.py" "$1" "$2/net.h" >printed
    [ "$(cat printed)" = "$2/net.h" ] || fail "export prints $(cat printed)"
    ! $graphs || {
        "$scripts/export.py" "$1" "$2/net.onnx" >/dev/null
        "$scripts/export.py" "$1" "$2/single.onnx" --float32 >/dev/null 2>err
        [ ! -s err ] || fail "$1: $(cat err)"
    }
}

# Images: as the network takes them, and as bytes.
"$mpirun" -np 2 "$dtrain" --iterations 600 --quiet --run-dir run
"$dtrain" predict run --images "$MNIST_FILE" --json >predictions
python exports.py images
"$dtrain" import digits.npz digits.h5 >/dev/null
python exports.py weights run/checkpoints/iteration-0000600.h5 digits.h5 bytes.h5
exports run values
exports bytes.h5 bytes
predicts classes values double
predicts classes bytes 'unsigned char'
python exports.py check_images $graphs
grep -q '255.0f' bytes/net.h || fail "bytes are not divided"
program names bytes -DNAME=net_name -DCOUNT=NET_CLASSES
[ "$(bytes/names | tr '\0' ' ')" = '0 1 2 3 4 5 6 7 8 9 ' ] || fail "classes: $(bytes/names)"
! grep -q net_name values/net.h || fail "names without a recipe"

# Tables: classes and numbers, dates, categories, missing cells and odd names.
python exports.py tables
"$dtrain" import odd.csv odd.h5 --target kind --missing flag --date when >/dev/null
"$dtrain" import plain.csv plain.h5 --target kind >/dev/null
"$dtrain" import prices.csv prices.h5 --target 'price €,"rent"' --missing mean >/dev/null
train=("$mpirun" -np 2 "$dtrain" --batch-size 20 --learning-rate 0.5 --iterations 100 --quiet)
"${train[@]}" --data odd.h5 --hidden 6,5 --activation tanh --run-dir run-odd
"${train[@]}" --data plain.h5 --hidden 5 --activation sigmoid --run-dir run-plain
"${train[@]}" --data prices.h5 --hidden 7 --activation relu --learning-rate 0.05 --run-dir run-prices
for table in odd plain prices; do
    mkdir $table
    python exports.py weights run-$table/checkpoints/iteration-0000100.h5 $table.h5 $table-weights.h5
    exports $table-weights.h5 $table
    python exports.py rows $table
    kind=classes
    [ $table != prices ] || kind=targets
    predicts $kind $table double
    program names $table -DNAME=net_name -DCOUNT=NET_${kind^^}
    $table/names >$table/names.bin
    python exports.py check_table $table $graphs
done
python exports.py identifiers odd/net.h
# As a network without a recipe, it takes and gives the numbers of the dataset.
mkdir scaled
"$scripts/export.py" run-prices scaled.npz >/dev/null
"$scripts/import_weights.py" scaled.npz scaled.h5 >/dev/null
exports scaled.h5 scaled
python exports.py scaled_rows
predicts targets scaled double
python exports.py check_scaled $graphs

# NAN, of which nothing takes the place, is never taken for a number.
python exports.py missing
for net in plain/classes odd/classes scaled/targets; do
    $net <${net%/*}/missing.bin >${net%/*}/out.bin
done
python exports.py check_missing

# The names in a header begin like its file's, as identifiers, and a file of that kind is replaced.
for name in '2nd net' 'Größe--x' int é '§' __a; do
    "$scripts/export.py" plain-weights.h5 "$name.h" >/dev/null
    compiles "$name.h"
    grep -o '[A-Za-z0-9_]*_predict(const' "$name.h" >>prefixes
done
printf '%s_predict(const\n' net_2nd_net Gro_e_x int e net a | cmp - prefixes || fail "$(cat prefixes)"
"$scripts/export.py" prices-weights.h5 int.h >/dev/null
grep -q INT_TARGETS int.h || fail "an older header stays"
printf '/* A header of somebody. */\n' >foreign.h
refused 'foreign.h: is there already' "$scripts/export.py" plain-weights.h5 foreign.h

# Every number is exact, and those that single precision lacks are refused.
python exports.py extremes
mkdir extremes
"$scripts/export.py" extremes.h5 extremes/net.h >/dev/null
compiles extremes/net.h
program weights extremes
extremes/weights | cmp - W1.bin || fail "weights differ"

# Recipes of other networks, and what is none.
python exports.py wrong_recipes
refused 'other.h5: /recipe has 19 inputs and 3 classes, the network 3 and 2$' "$scripts/export.py" other.h5 no.h
refused 'kind.h5: /recipe is about targets, which the network does not predict$' "$scripts/export.py" kind.h5 no.h
for file in mean deviation names; do
    refused "$file.h5: /recipe is not as dtrain import writes it\$" "$scripts/export.py" $file.h5 no.h
done
refused "the name 'xx*...': is longer than the 4095 bytes that C99 takes" "$scripts/export.py" long.h5 no.h
if $graphs; then
    refused 'W1: holds a number out of the range of single precision: leave out --float32$' \
        "$scripts/export.py" extremes.h5 no.onnx --float32
    "$scripts/export.py" coarse.h5 coarse.onnx --float32 2>err
    grep -q "^export.py: 'b': has a mean of 1.6e+12 and a deviation of .*, and loses digits in single precision: " err ||
        fail "coarse.h5: $(cat err)"
    refused 'deviation: holds a number out of .*single' "$scripts/export.py" narrow.h5 no.onnx --float32
fi
for name in no.h no.npz no.safetensors; do
    code=0
    "$scripts/export.py" run $name --float32 2>err || code=$?
    [ "$code" -eq 2 ] && grep -q "$name: --float32 is for .onnx" err || fail "--float32 $name: exit $code: $(cat err)"
done
[ -z "$(find . -name 'no.*' -o -name '*partial*')" ] || fail "left: $(ls -A)"
echo "the same predictions from headers and graphs"
