#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A loss of one's own, built against the installed package by CMake and by pkg-config: it learns,
# gives the same bits on 1, 2 and 3 ranks and in a program of its own, and survives a kill. And a
# simulation that has no data and fails now and then.
#     own_loss.sh MPIRUN DTRAIN CMAKE BUILD_FOLDER EXAMPLES_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cmake=$3 build=$4 examples=$5
cd "$work"

"$cmake" --install "$build" --prefix "$work/installed" >/dev/null
"$cmake" -S "$examples" -B built -DCMAKE_PREFIX_PATH="$work/installed" >log 2>&1 &&
    "$cmake" --build built >>log 2>&1 || fail "$(cat log)"
dtrain=$work/installed/bin/dtrain
"$examples/make_small.py" "$MNIST_FILE" all.h5
python first_rows.py all.h5 small.h5 1500
options=(--step 0.125 --data small.h5 --batch-size 40 --iterations 60 --checkpoint-every 10
    --eval-every 20 --learning-rate 0.1 --quiet)
same() {
    cmp 1/metrics.jsonl "$1/metrics.jsonl"
    diff -r 1/checkpoints "$1/checkpoints"
}

for ranks in 1 2 3; do
    "$mpirun" -np $ranks "$dtrain" --model built/staircase.so "${options[@]}" --run-dir $ranks
    same $ranks
done
accuracy=$(show 1/metrics.jsonl test_accuracy)
awk "BEGIN { exit !($accuracy > 0.35) }" || fail "it did not learn: $accuracy"

# A run that is killed half way is resumed on another number of ranks.
"$mpirun" -np 2 "$dtrain" --model built/staircase.so "${options[@]}" --run-dir "$work/killed" >log 2>&1 &
job=$!
for _ in $(seq 200); do
    [ ! -e killed/checkpoints/iteration-0000020.h5 ] || break
    sleep 0.05
done
pkill -KILL -f "run-dir $work/killed"
wait $job && fail "the run was not killed"
[ ! -e killed/checkpoints/iteration-0000060.h5 ] || fail "it was killed too late"
"$mpirun" -np 3 "$dtrain" --model built/staircase.so "${options[@]}" --run-dir killed --resume
same killed

# The program with the model inside gives the same metrics; its checkpoints name no --model.
LD_LIBRARY_PATH=$work/installed/lib "$mpirun" -np 2 built/staircase_train "${options[@]}" --run-dir program
cmp 1/metrics.jsonl program/metrics.jsonl
# And built by pkg-config.
file=$(find "$work/installed" -name dtrain.pc)
flags=$(PKG_CONFIG_PATH=$(dirname "$file") pkg-config --cflags --libs dtrain)
# shellcheck disable=SC2086
cc -o own "$examples/main.c" "$examples/staircase.c" $flags -lm
LD_LIBRARY_PATH=$(dirname "$(dirname "$file")") ./own --version | grep -q '^dtrain ' || fail "pkg-config"
# A program in another folder finds the shipped data by the place of the library.
LD_LIBRARY_PATH=$(dirname "$(dirname "$file")") ./own batches --iterations 1 >/dev/null
[ "$(nm -D --defined-only "$(find "$work/installed" -name 'libdtrain.so')" | awk '{ print $3 }' | sort | tr '\n' ' ')" = "dtrain_main dtrain_model_serve dtrain_version " ] ||
    fail "the library shows more than its interface"

# In C++: the same loss gives the same metrics, as shared object and in a program.
cat >staircase.cpp <<'CPLUSPLUS'
#include <algorithm>
#include <cmath>
#include <dtrain/dtrain.h>

static std::size_t count_parameters(int inputs, int classes)
{
    return (inputs + 1) * static_cast<std::size_t>(classes);
}

static double score(const dtrain_shape *shape, const double *theta, const double *inputs, int k)
{
    double sum = 0;
    for (int i = 0; i <= shape->inputs; ++i)
        sum += std::nearbyint(8 * theta[i * shape->classes + k]) / 8 * (i < shape->inputs ? inputs[i] : 1);
    return sum;
}

static double loss(const dtrain_shape *shape, const double *theta, const double *inputs, int label)
{
    double best_other = -INFINITY;
    for (int k = 0; k < shape->classes; ++k)
        if (k != label)
            best_other = std::max(best_other, score(shape, theta, inputs, k));
    return std::max(0.0, 1 + best_other - score(shape, theta, inputs, label));
}

static int predict(const dtrain_shape *shape, const double *theta, const double *inputs)
{
    int best = 0;
    for (int k = 1; k < shape->classes; ++k)
        if (score(shape, theta, inputs, k) > score(shape, theta, inputs, best))
            best = k;
    return best;
}

const struct dtrain_model *dtrain_model()
{
    static struct dtrain_model model = {};
    model.version = DTRAIN_MODEL_VERSION;
    model.name = "staircase";
    model.parameters = count_parameters;
    model.loss = loss;
    model.predict = predict;
    model.loss_range = 1024;
    return &model;
}
CPLUSPLUS
# shellcheck disable=SC2086
c++ -std=c++11 -Wall -Wextra -Werror -ffp-contract=off -shared -fPIC -o cpp.so staircase.cpp $flags
{
    cat staircase.cpp
    echo 'int main(int argc, char **argv) { return dtrain_main(argc, argv, dtrain_model()); }'
} >program.cpp
# shellcheck disable=SC2086
c++ -std=c++11 -Wall -Wextra -Werror -ffp-contract=off -o cpp program.cpp $flags
"$dtrain" --model cpp.so "${options[@]}" --iterations 10 --run-dir cpp-model
LD_LIBRARY_PATH=$(dirname "$(dirname "$file")") ./cpp "${options[@]}" --iterations 10 --run-dir cpp-program
cmp cpp-model/metrics.jsonl cpp-program/metrics.jsonl
diff <(grep '"loss"' 1/metrics.jsonl | grep -v epoch | head -n 10) <(grep '"loss"' cpp-model/metrics.jsonl | grep -v epoch) ||
    fail "C++ gives other losses than C"

# The simulation is C99. Its loss falls, some of its evaluations fail, and which they are is the same
# on any number of ranks.
# shellcheck disable=SC2086
cc -std=c99 -O2 -Wall -Wextra -Wpedantic -Werror -shared -fPIC -o epidemic.so "$examples/epidemic.c" $flags -lm
simulate() {
    "$mpirun" -np "$1" "$dtrain" --model "$2" --replicates 64 --on-failure skip --optimizer adam \
        --learning-rate 0.005 --iterations 300 --quiet --run-dir "$3"
}
mean_loss() {
    sed -n 's/.*"loss":\([0-9.e+-]*\).*/\1/p' 1-epidemic/metrics.jsonl | "$1" -n 10 |
        awk '{ sum += $1 } END { print sum / NR }'
}
for ranks in 1 2 3; do
    simulate $ranks epidemic.so $ranks-epidemic
    diff -r -x run.json -x timing.jsonl -x lock 1-epidemic $ranks-epidemic
done
awk "BEGIN { exit !($(mean_loss tail) < 20 && $(mean_loss head) > 30) }" ||
    fail "the loss of the epidemic falls from $(mean_loss head) to $(mean_loss tail)"
[ -s 1-epidemic/failures.jsonl ] || fail "no epidemic died out"
simulate 2 built/epidemic.so built-epidemic
cmp 1-epidemic/metrics.jsonl built-epidemic/metrics.jsonl

# In C++: a function of two parameters, of which one has bounds and the other a unit.
cat >bowl.cpp <<'CPLUSPLUS'
#include <cstddef>
#include <dtrain/dtrain.h>

static std::size_t count_parameters(int inputs, int)
{
    return inputs == 0 ? 2 : 0;
}

static const dtrain_parameter *describe(const dtrain_shape *)
{
    static dtrain_parameter list[2] = {};
    list[0].name = "bounded";
    list[0].upper = 2;
    list[1].name = "large";
    list[1].scale = 1000;
    return list;
}

static void *set_up(const dtrain_shape *, const dtrain_place *)
{
    return new double(5000);
}

static void tear_down(void *state)
{
    delete static_cast<double *>(state);
}

static dtrain_outcome evaluate(const dtrain_shape *, const dtrain_call *call, double *outputs)
{
    const double one = call->theta[0] - 3;
    const double other = (call->theta[1] - *static_cast<double *>(call->state)) / 1000;
    *outputs = one * one + other * other;
    return DTRAIN_DONE;
}

const struct dtrain_model *dtrain_model()
{
    static struct dtrain_model model = {};
    model.version = DTRAIN_MODEL_VERSION;
    model.name = "bowl";
    model.parameters = count_parameters;
    model.describe = describe;
    model.setup = set_up;
    model.teardown = tear_down;
    model.evaluate = evaluate;
    return &model;
}
CPLUSPLUS
# shellcheck disable=SC2086
c++ -std=c++11 -Wall -Wextra -Werror -shared -fPIC -o bowl.so bowl.cpp $flags
"$mpirun" -np 2 "$dtrain" --model bowl.so --iterations 100 --quiet --run-dir bowl
[[ $(show bowl/metrics.jsonl theta/bounded theta/large) =~ ^2\.0\ (5000|4999\.99) ]] ||
    fail "the bowl's lowest point: $(tail -n 1 bowl/metrics.jsonl)"

"$mpirun" -np 3 "$dtrain" eval 1/checkpoints/iteration-0000060.h5:/parameters --data small.h5 \
    --model built/staircase.so --json >json
python same_scores.py 1 json 1500

# refused TEXT OPTION...: one line, exit 1 or 2.
refused() {
    local text=$1 code=0
    shift
    "$mpirun" -np 2 "$dtrain" "$@" >out 2>err || code=$?
    [ "$code" -eq 1 ] || [ "$code" -eq 2 ] || fail "$*: exit code $code"
    [ "$(grep -c '^dtrain: ' err)" -eq 1 ] && grep -q "$text" err || fail "$*: $(cat err)"
}
echo 'int x;' >nothing.c
cc -shared -fPIC -o nothing.so nothing.c
refused 'absent.so' --model absent.so --run-dir no
refused 'defines no dtrain_model' --model nothing.so --run-dir no
echo 'const void *dtrain_model(void) { return 0; }' >null.c
cc -shared -fPIC -o null.so null.c
refused 'its dtrain_model() returned NULL' --model null.so --run-dir no
sed 's/loss_range = 1024/loss_range = 1000/' "$examples/staircase.c" >odd.c
cc -shared -fPIC -I"$work/installed/include" -o odd.so odd.c -lm
refused 'power of two' --model odd.so --run-dir no
refused 'backprop' --model built/staircase.so --gradient backprop --run-dir no
refused 'is not for the model staircase, which has 7850' --model built/staircase.so --run-dir no \
    --weights 1/checkpoints/iteration-0000060.h5:/parameters
refused 'with --model or --model-command which' eval 1/checkpoints/iteration-0000060.h5:/parameters --data small.h5
[ ! -e no ] || fail "a run directory was left"
echo "a loss of one's own learned, the same bits everywhere"
