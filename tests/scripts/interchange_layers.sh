#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Networks of any number of layers and each activation: every file that export.py writes gives the same
# predictions, and imported again the same arrays. Files that hold no such network are refused.
#     interchange_layers.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# Where PyTorch or onnx is not installed, that part is skipped with a message.
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
scripts=$3
cd "$work"

# The networks, in files as dtrain and other programs write them.
python interchange_layers.py networks

kinds="npz safetensors"
! has onnx || kinds+=" onnx"
for network in sigmoid_3 tanh_2 tanh_3 relu_3 relu_16; do
    for kind in $kinds; do
        "$scripts/export.py" $network.h5 $network.$kind >/dev/null
    done
    for kind in npz safetensors; do
        "$scripts/import_weights.py" $network.$kind $network.$kind.h5 >>printed
    done
done
grep -qx 'sigmoid_3.npz.h5: 7-6-5-4' printed || fail "prints $(cat printed)"
grep -qx 'tanh_3.safetensors.h5: 7-6-5-4, tanh' printed || fail "prints $(cat printed)"
# The scripts replace their own files, of any network.
for kind in $kinds; do
    cp relu_16.$kind own.$kind
    "$scripts/export.py" tanh_3.h5 own.$kind >/dev/null
done
cp relu_16.npz.h5 own.h5
"$scripts/import_weights.py" tanh_3.npz own.h5 >/dev/null
"$scripts/export.py" group.h5 group.npz >/dev/null
"$scripts/export.py" group.h5:/parameters group.safetensors >/dev/null
cmp group.npz tanh_3.npz
cmp group.safetensors tanh_3.safetensors
"$scripts/export.py" named.h5 named.safetensors >/dev/null
cmp named.safetensors sigmoid_3.safetensors

python interchange_layers.py exported "$kinds"

# Linear layers of PyTorch: weights are transposed, and the layer 10 comes behind the layer 2, also where
# names are sorted by their letters, as in safetensors.
python interchange_layers.py linear
"$scripts/import_weights.py" short.safetensors short.h5 >/dev/null
"$scripts/import_weights.py" state.npz state.npz.h5 --activation relu >out
grep -qx 'state.npz.h5: 7\(-5\)\{15\}-4, relu' out ||
    fail "a state_dict of 16 layers"
"$scripts/import_weights.py" state.safetensors state.safetensors.h5 --activation relu >/dev/null
refused 'words.safetensors: .* could be more than one: input (7, 5), hidden (5, 5), again (5, 5), output (5, 4); .*--layers' \
    "$scripts/import_weights.py" words.safetensors no.h5
for order in hidden,again again,hidden; do
    "$scripts/import_weights.py" words.safetensors $order.h5 --layers input,$order,output >out
    printf '%s.h5: 7-5-5-5-4\nlayers, from the inputs on: input, %s, output\n' $order "${order/,/, }" | cmp - out || fail "$(cat out)"
done
for names in input,hidden,again input,hidden,again,again,output input,hidden,again,exit; do
    refused 'words.safetensors: --layers must name each of its layers once: input, hidden, again, output$' \
        "$scripts/import_weights.py" words.safetensors no.h5 --layers $names
done
refused 'tanh_3.npz: .* leave out --layers$' "$scripts/import_weights.py" tanh_3.npz no.h5 --layers W1,W2,W3
# Where shapes leave one order, that is taken, whichever the file has.
"$scripts/import_weights.py" shapes.safetensors shapes.h5 >out
printf 'shapes.h5: 7-6-5-4\nlayers, from the inputs on: stem, body, head\n' | cmp - out || fail "$(cat out)"
refused 'ring.npz: .* could be more than one: ' "$scripts/import_weights.py" ring.npz no.h5
refused 'apart.npz: .* fits in none: ' "$scripts/import_weights.py" apart.npz no.h5
# What the file says of the activation and what the option says must agree.
refused "tanh_3.npz: its activation is 'tanh', and --activation says sigmoid" \
    "$scripts/import_weights.py" tanh_3.npz no.h5 --activation sigmoid
refused "tanh_3.safetensors: its activation is 'tanh', and --activation says relu" \
    "$scripts/import_weights.py" tanh_3.safetensors no.h5 --activation relu
"$scripts/import_weights.py" tanh_3.npz agreed.h5 --activation tanh | grep -qx 'agreed.h5: 7-6-5-4, tanh' || fail "--activation"
python interchange_layers.py imported
if has torch; then
    python interchange_layers.py torch
    for activation in sigmoid tanh relu; do
        "$scripts/import_weights.py" $activation.pt $activation.h5 --activation $activation >/dev/null
    done
    python interchange_layers.py torch_imported sigmoid tanh relu
fi

# What is no such network is refused.
python interchange_layers.py refused
known='is none of sigmoid, tanh, relu$'
refused "unknown.h5: the activation 'gelu' $known" "$scripts/export.py" unknown.h5 no.npz
refused "unknown.npz: the activation 'gelu' $known" "$scripts/import_weights.py" unknown.npz no.h5
refused "unknown.safetensors: the activation 'gelu' $known" "$scripts/import_weights.py" unknown.safetensors no.h5
refused "number.h5: the activation '3.0' $known" "$scripts/export.py" number.h5 no.npz
refused "number.npz: the activation '3.0' $known" "$scripts/import_weights.py" number.npz no.h5
for file in list.npz list.safetensors; do
    refused "$file: the activation '.*tanh.*' $known" "$scripts/import_weights.py" $file no.h5
done
refused "list.h5: the activation '.*tanh.*' $known" "$scripts/export.py" list.h5 no.npz
refused 'heap.h5: the attribute activation of / cannot be read$' "$scripts/export.py" heap.h5 no.npz
refused 'no_bias.h5: has no array /b3 of numbers$' "$scripts/export.py" no_bias.h5 no.npz
refused 'gap.h5: has no array /W2 of numbers$' "$scripts/export.py" gap.h5 no.npz
refused 'one_layer.h5: has no array /W2 of numbers$' "$scripts/export.py" one_layer.h5 no.npz
refused 'many.h5: has more than 16 layers$' "$scripts/export.py" many.h5 no.npz
for file in many many_linear; do
    refused "$file.npz: has more than 16 layers\$" "$scripts/import_weights.py" $file.npz no.h5
done
for file in no_bias gap one_layer one_linear no_bias_linear; do
    refused "$file.npz: holds neither W1, b1, W2, b2, ... nor two or more linear layers, but " \
        "$scripts/import_weights.py" $file.npz no.h5
done
# A network of other layers, too, would be another network without them.
refused 'norm.npz: holds more than linear layers, .*: 1.weight (2,), 1.bias (2,)$' "$scripts/import_weights.py" norm.npz no.h5
refused 'scaled.npz: holds more than W1, .*: gamma1 (6,)$' "$scripts/import_weights.py" scaled.npz no.h5
for file in shapes bias cube; do
    refused "$file.h5: the shapes do not fit: W1 (7, 6), b1 (6,), W2 .* b3 (4,)\$" "$scripts/export.py" $file.h5 no.npz
    refused "$file.npz: the shapes do not fit: W1 (7, 6), b1 (6,), W2 .* b3 (4,)\$" \
        "$scripts/import_weights.py" $file.npz no.h5
done
for file in nan empty; do
    refused "$file.h5: W3 is empty or holds a number that is not finite\$" "$scripts/export.py" $file.h5 no.npz
    refused "$file.npz: W3 is empty or holds a number that is not finite\$" "$scripts/import_weights.py" $file.npz no.h5
done
for file in foreign.npz foreign.safetensors; do
    refused "$file: is there already" "$scripts/export.py" tanh_3.h5 $file
done
refused 'foreign.h5: is there already' "$scripts/import_weights.py" tanh_3.npz foreign.h5
code=0
"$scripts/import_weights.py" tanh_3.npz no.h5 --activation gelu 2>err || code=$?
[ "$code" -eq 2 ] || fail "--activation gelu: exit $code: $(cat err)"
[ -z "$(find . -name 'no.*' -o -name '*partial*')" ] || fail "left: $(ls -A)"
echo "2, 3 and 16 layers of each activation, there and back"
