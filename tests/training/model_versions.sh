#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Versions of the interface for models. A model that was compiled against the header of 0.2.0 gives the bits that it
# gave there, on any number of ranks; one of a later version, or an incomplete one, is refused in one line; the header
# compiles without warnings in C99 and C++11.
#     model_versions.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
root=$(dirname "$tests")
cd "$work"
mkdir -p older/dtrain later/dtrain
cp "$tests/fixtures/dtrain_0.2.0.h" older/dtrain/dtrain.h
sed 's/^\(#define DTRAIN_MODEL_VERSION\) .*/\1 3/; /struct dtrain_call \*call, double \*outputs);/a int (*later)(void);' \
    "$root/include/dtrain/dtrain.h" >later/dtrain/dtrain.h

# build NAME INCLUDE SOURCE OPTION...: NAME.so
build() {
    "${CC:-cc}" -std=c11 -O2 -ffp-contract=off -Wall -Wextra -Werror -shared -fPIC -I"$2" -o "$1.so" "$3" "${@:4}" -lm
}
staircase=$root/scripts/examples/staircase.c
build older older "$staircase"
build today "$root/include" "$staircase"
build later later "$staircase"

# What dtrain 0.2.0 itself gives with these options.
digest=8ce1a242c4c2c5cd899873b864db96cd
options=(--data "$tests/fixtures/older.h5" --step 0.125 --learning-rate 0.1 --batch-size 10 --iterations 40
    --eval-every 20 --checkpoint-every 40 --quiet)
for version in older today; do
    for ranks in 1 2 3 5 8; do
        "$mpirun" -np $ranks "$dtrain" --model $version.so "${options[@]}" --run-dir $version-$ranks
        cmp older-1/metrics.jsonl $version-$ranks/metrics.jsonl
        "$dtrain" digest $version-$ranks 2>err | grep -q "^parameters $digest$" ||
            fail "$version on $ranks ranks: $("$dtrain" digest $version-$ranks), not $digest"
    done
done

# refused CODE LINE COMMAND...: ends with the code, and that line.
refused() {
    local code=$1 line=$2 got=0
    shift 2
    "$mpirun" -np 2 "$dtrain" "$@" --data "$tests/fixtures/older.h5" >out 2>all || got=$?
    without_launcher all >err
    is_code "$got" "$code" && [ "$(wc -l <err)" -eq 1 ] && [[ $(cat err) = "dtrain: $line"* ]] ||
        fail "$*: exit code $got, not $code and '$line': $(cat err)"
}
refused 1 "--model later.so: was built for version 3 of the interface, not 2: build it again" --model later.so

# refuses LINE MEMBERS: a model with these members is refused with that line.
refuses() {
    build odd "$root/include" "$here/odd_model.c" -DMEMBERS="$2"
    refused 1 "--model odd.so: $1" --model odd.so --run-dir no
}
named='.name = "odd", .parameters = count'
refuses "needs a name and parameters()" '.loss = loss'
refuses "needs loss() or evaluate()" "$named"
refuses "has both loss() and evaluate(): " "$named, .loss = loss, .evaluate = evaluate"
refuses "needs a loss_range that is 0 or a power of two " "$named, .loss = loss, .loss_range = 3"
refuses "has loss(), but residuals, describe(), setup() and teardown() need evaluate()" "$named, .loss = loss, .setup = set_up"
refuses "needs residuals from 0 to 1000000" "$named, .evaluate = evaluate, .residuals = -1"
refuses "is another model than on rank 0 (rank 1 on " '.name = rank_text(), .parameters = count, .loss = loss'
refuses "is another model than on rank 0 (rank 1 on " "$named, .evaluate = evaluate, .describe = describe"
[ ! -e no ] || fail "a run directory was left"
build odd "$root/include" "$here/odd_model.c" -DMEMBERS="$named, .evaluate = evaluate"
refused 2 "gradcheck: the model odd gives its losses by evaluate(): gradcheck is for networks " gradcheck --model odd.so

# evaluate() in a struct that says it is of version 1, where no one looks for it.
mkdir -p first/dtrain
sed 's/^\(#define DTRAIN_MODEL_VERSION\) .*/\1 1/' "$root/include/dtrain/dtrain.h" >first/dtrain/dtrain.h
build odd first "$here/odd_model.c" -DMEMBERS="$named, .evaluate = evaluate"
refused 1 "--model odd.so: needs loss(), or version 2 and evaluate()" --model odd.so --run-dir no

# In both languages, with a model of version 2.
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wstrict-aliasing -Werror -fsyntax-only)
cat >two.c <<'C'
#include <dtrain/dtrain.h>

static size_t count(int inputs, int classes)
{
    return inputs + classes == 0 ? 1 : 0;
}

static enum dtrain_outcome evaluate(const struct dtrain_shape *shape, const struct dtrain_call *call, double *outputs)
{
    outputs[0] = call->theta[0] + (double)shape->parameters;
    return call->attempt > 0 ? DTRAIN_DONE : DTRAIN_FAILED;
}

static const struct dtrain_parameter *describe(const struct dtrain_shape *shape)
{
    static struct dtrain_parameter list[1];
    list[0].upper = shape->targets;
    return list;
}

const struct dtrain_model *dtrain_model(void)
{
    static struct dtrain_model model;
    model.version = DTRAIN_MODEL_VERSION;
    model.name = "two";
    model.parameters = count;
    model.describe = describe;
    model.evaluate = evaluate;
    return &model;
}
C
"${CC:-cc}" -std=c99 "${warnings[@]}" -Wshadow -Wstrict-prototypes -Wmissing-prototypes -I"$root/include" two.c
"${CXX:-c++}" -std=c++11 "${warnings[@]}" -Wmissing-declarations -I"$root/include" -x c++ two.c

# Without data, gradcheck does not speak of rows.
build two "$root/include" two.c
code=0
"$dtrain" gradcheck --model two.so >out 2>err || code=$?
is_code "$code" 2 && grep -q "^dtrain: gradcheck: the model two gives its losses by evaluate()" err ||
    fail "gradcheck of a model without data: exit code $code: $(cat err)"
"$dtrain" --model two.so --retries 1 --iterations 1 --run-dir two >out
grep -q ' 1 replicate$' out || fail "not 1 replicate: $(cat out)"
echo "models of version 1 give their bits, later ones are refused"
