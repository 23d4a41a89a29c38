#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The pond of scripts/examples in other languages, as a program with files, and under SciPy's optimizers.
#     clients.sh MPIRUN DTRAIN EXAMPLES_FOLDER
# Ends with 77, skipped, after all others where there is no R or Octave.
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh source=scripts.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
. "$here/scripts.lib.sh"
examples=$3
cd "$work"
export PYTHONDONTWRITEBYTECODE=1
PATH=$(dirname "$mpirun"):$(dirname "$dtrain"):$PATH

clients=("/usr/bin/python3 $examples/any_program.py" "/usr/bin/python3 $here/clients.py text $examples/pond.py")
missing=()
# client LANGUAGE FILE: adds the model if its language is installed.
client() {
    if command -v "$1" >/dev/null; then
        clients+=("$1 $examples/$2")
    else
        missing+=("$1")
    fi
}
client Rscript pond.R
client octave-cli pond.m
# Debian has no Julia.
! command -v julia >/dev/null || clients+=("julia $examples/pond.jl")

# Asked through pipes, and by dtrain.
python clients.py "$examples" "${clients[@]}"
number=0
for command in "/usr/bin/python3 $examples/pond.py" "${clients[@]}"; do
    "$mpirun" -np 2 "$dtrain" gradient --quiet --model-command "$command" --output $number.json 2>err ||
        fail "$command: $(cat err)"
    number=$((number + 1))
done
python clients.py gradients ./*.json

# The program with files fails like any other model.
code=0
"$mpirun" -np 2 "$dtrain" gradient --model-command "${clients[0]}" --at 5,0.2,0.1 >out 2>err || code=$?
is_code $code 6 || fail "a flood: exit code $code: $(cat err)"
[ "$(grep -c '^dtrain: .*the model pond.*failed' err)" -eq 1 ] || fail "a flood: $(cat err)"

# A minimum by gradients of dtrain. The same script again asks for no point again.
if has scipy; then
    "$examples/scipy_client.py" >fit
    /usr/bin/python3 -c 'import sys; exit(not 2.29e-5 < float(sys.argv[1]) < 2.31e-5)' "$(sed 's/.* //' fit)" ||
        fail "L-BFGS-B ends at $(cat fit)"
    find pond_points -printf '%p %T@\n' | sort >points
    "$examples/scipy_client.py" | cmp - fit
    find pond_points -printf '%p %T@\n' | sort | cmp - points

    # The mpirun of a killed script may write the file of a point first; without the file, the script ends.
    one_point() {
        PYTHONPATH=$examples /usr/bin/python3 -B -c "import sys
from scipy_client import Simulation
print(Simulation(['sh', '-c', sys.argv[1], 'sh'], sys.argv[2]).value([1.0]))" "$@"
    }
    for made in pond_points/*.h5; do cp "$made" other.h5; done
    one_point "cp other.h5 \"\${2#--output=}\"; exit 1" raced >value 2>err || fail "a file by another: $(cat err)"
    ! one_point 'exit 6' none >value 2>err || fail "without the file: $(cat value)"
    [ "$(cat err)" = "dtrain gradient has ended with exit code 6 at 1" ] || fail "without the file: $(cat err)"
fi

[ ${#missing[@]} -eq 0 ] || needs "${missing[0]}"
echo "$number models give the gradient of pond.py"
