#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The pictures of a run, and its report as a browser shows it.
#     pictures.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# Ends with 77, skipped, after the pictures where there is no browser.
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
scripts=$3
cd "$work"

"$mpirun" -np 2 "$dtrain" --iterations 900 --run-dir one >summary
"$mpirun" -np 2 "$dtrain" --iterations 900 --quiet --run-dir two --learning-rate 0.5
"$mpirun" -np 2 "$dtrain" --iterations 900 --quiet --run-dir held --validation-rows 5000 --eval-every 300
"$mpirun" -np 2 "$dtrain" --iterations 2000 --quiet --run-dir early --validation-rows 5000 --patience 1 --learning-rate 1e-9
# The run before its end; and the run of an older version, which recorded no norms.
cp -r held working && sed -i '$d' working/metrics.jsonl
sed -i 's/"event": "finish"/"event": "stop"/' working/run.json
cp -r one old && sed -i 's/,"gradient_norm".*/}/' old/metrics.jsonl
sed -i '/"validation-rows"/,/}/d' old/run.json
! grep -q 'norm\|validation' old/metrics.jsonl old/run.json || fail "the run of an older version has new parts"
"$scripts/plot.py" one two -o both
"$scripts/plot.py" one
"$scripts/plot.py" old two held early -o mixed
for run in held working; do
    "$scripts/plot.py" $run
done
for picture in one/loss one/accuracy both/loss both/accuracy mixed/loss mixed/accuracy working/accuracy; do
    [ "$(head -c 4 $picture.png | tail -c 3)" = PNG ] || fail "$picture.png is none"
    /usr/bin/python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' $picture.svg
done
# The same pictures and no word, whatever the user has set for matplotlib.
mkdir settings && cd settings
for setting in 'text.usetex: True' 'backend: nonsense' 'font.family: nowhere' 'svg.fonttype: none' 'no.such.key: 1' \
    'axes.prop_cycle: cycler("color", ["k"])' $'\xff\xfe'; do
    echo "$setting" >matplotlibrc
    MPLBACKEND=nonsense MPLCONFIGDIR=$PWD "$scripts/plot.py" ../one ../old -o . >../said 2>&1 || fail "$setting: $(cat ../said)"
    [ "$(wc -l <../said)" -eq 2 ] || fail "$setting: $(cat ../said)"
    cat loss.* accuracy.* | cksum
done >../sums
cd ..
rm -r settings
[ "$(sort -u sums | wc -l)" -eq 1 ] || fail "settings change the pictures: $(cat sums)"
# texts PICTURE: the words in it, a line each.
texts() {
    sed 's/<!-- /\n<!-- /g' "$1" | sed -n 's/^<!-- \([^>]*[a-z][^>]*\) -->.*/\1/p'
}
# legend PICTURE WORDS...: the picture has these words, once each.
legend() {
    local picture=$1 words
    shift
    for words in "$@"; do
        [ "$(texts "$picture" | grep -cx -e "$words")" -eq 1 ] || fail "$picture: not once $words: $(texts "$picture")"
    done
}
legend one/loss.svg 'each iteration' 'running mean of 10 iterations'
legend both/loss.svg one two 'running mean of 10 iterations'
legend both/accuracy.svg one two 'train set' 'test set'
legend mixed/accuracy.svg old two held early 'train set' 'test set' 'validation set'
! texts both/accuracy.svg | grep -q validation || fail "validation rows that no run has"
# The running means of a long and a short run are not the same.
"$mpirun" -np 2 "$dtrain" --iterations 1300 --quiet --run-dir long
"$scripts/plot.py" one long -o lengths
legend lengths/loss.svg 'one, running mean of 10 iterations' 'long, running mean of 13 iterations'
# The accuracy in the title is the one that is known.
percent() {
    grep "\"$2_accuracy\"" "$1/metrics.jsonl" | tail -n 1 | sed "s/.*\"$2_accuracy\":\([0-9.]*\).*/\1/" | awk '{ printf "%.2f %%", 100 * $1 }'
}
legend one/accuracy.svg "one: numerical gradients, test accuracy $(percent one test)" 'train set' 'test set'
legend held/accuracy.svg "held: numerical gradients, test accuracy $(percent held test)" 'train set' 'validation set'
legend working/accuracy.svg "working: numerical gradients, validation accuracy $(percent working validation)" 'validation set'
# A long path is told by its end.
mkdir -p "$(printf 'far/%.0s' {1..12})" && cp -r two "$(printf 'far/%.0s' {1..12})name"
"$scripts/plot.py" one "$(printf 'far/%.0s' {1..12})name" -o names
texts names/accuracy.svg | grep -qx '.*/far/far/name' || fail "a long path in the legend: $(texts names/accuracy.svg)"
[ "$(texts names/accuracy.svg | wc -L)" -le 40 ] || fail "a long path in the legend: $(texts names/accuracy.svg)"
# Names that matplotlib would take for formulas, or would hide.
cp -r two _\$x^\$
"$scripts/plot.py" _\$x^\$ one -o names
texts names/accuracy.svg | grep -q '_.*x.*' || fail "a run is not in the legend"
! "$scripts/plot.py" nowhere 2>err || fail "plots a run that is not there"
grep -q 'nowhere.*no run directory' err || fail "$(cat err)"

# Columns of the CSV: those of validation rows and norms are there if the run has them.
norms=gradient_norm,weight_norm_W1,weight_norm_b1,weight_norm_W2,weight_norm_b2
for run in "one test_loss,test_accuracy,$norms" old\ test_loss,test_accuracy \
    "held validation_loss,validation_accuracy,test_loss,test_accuracy,$norms" \
    "working validation_loss,validation_accuracy,test_loss,test_accuracy,$norms"; do
    "$scripts/metrics_csv.py" "${run% *}" >csv
    [ "$(head -n 1 csv)" = "iteration,loss,epoch,train_loss,train_accuracy,${run#* }" ] || fail "columns of $run: $(head -n 1 csv)"
done
"$scripts/metrics_csv.py" held >csv
python pictures.py columns

# The report of a checkpoint is about its run, and uses that checkpoint's weights.
"$scripts/report.py" one/checkpoints/iteration-0000600.h5:/parameters -o older.html
grep -q 'iteration-0000600.h5</code>.</p>' older.html || fail "not by the weights of the checkpoint"
"$scripts/report.py" one
! grep -q 'http:\|https:\|src="[^d]' one/report.html || fail "the report loads something"
# The report names the phases as the summary of the run does.
sed -n 's/^  time: \(.*\), start.*/\1/p' summary | tr ',' '\n' | sed 's/^ *\([a-z ]*\) [0-9]* %/\1/' >phases
grep -o '</span>[a-z ]*</td><td class="number">[0-9]* %' one/report.html | sed 's/<.span>\([a-z ]*\).*/\1/' | diff phases -
grep -q '^waiting for other ranks$' phases || fail "the phases of the summary: $(cat phases)"
# So does that of a run of an older version, which did not record the waiting.
cp -r one older && sed -i 's/,"waiting":{[^}]*}//' older/timing.jsonl
"$scripts/report.py" older
grep -o '</span>[a-z ]*</td><td class="number">[0-9]* %' older/report.html | sed 's/<.span>\([a-z ]*\).*/\1/' | diff phases -
# Numbers on top of the report: of the test set where they are known, else of the validation rows.
for run in held working early old; do
    "$scripts/report.py" $run
done
# boxes RUN: those of its report.
boxes() {
    grep -o '<div><b>[^<]*</b>[^<]*</div>' "$1/report.html" | sed 's/<[^>]*>/ /g; s/^ *//; s/ *$//; s/ \+/ /g'
}
best=$(sed -n 's/.*"validation_accuracy":\([0-9.]*\).*/\1/p' held/metrics.jsonl | sort -n | tail -n 1 | awk '{ printf "%.2f %%", 100 * $1 }')
[ "$(boxes held | cut -d ' ' -f 2- | tr -d '%' | tr '\n' ',' | tr -s ' ')" = \
    ' test accuracy,test loss, best validation accuracy, training accuracy,training loss,iterations,' ] || fail "$(boxes held)"
for box in "$(percent held test) test accuracy" "$best best validation accuracy" "$(percent held train) training accuracy"; do
    boxes held | grep -qx "$box" || fail "no '$box' in $(boxes held)"
done
boxes working | grep -qx "$(percent working validation) validation accuracy" || fail "$(boxes working)"
! boxes working | grep test || fail "nobody knows the test accuracy yet"
[ "$(boxes one | wc -l)" -eq 5 ] || fail "$(boxes one)"
# What the validation rows were for.
grep -q "5,000 of the training rows were held out for validation. Their best accuracy, $best, is that of iteration 900. Its weights are in <code>held/checkpoints/best.h5</code>.</p>" held/report.html ||
    fail "the report does not tell the best iteration: $(grep -o '5,000 of the training[^/]*' held/report.html)"
grep -q '55,000 + 5,000 + 10,000 rows of mnist.h5' held/report.html || fail "the rows of each set"
grep -q '<li><code>held/checkpoints/best.h5</code></li>' held/report.html || fail "the best checkpoint is not in the list"
grep -q 'is that of iteration 0. .*<code>--patience 1</code> ended the run.' early/report.html || fail "patience ended the run"
! grep -q 'ended the run\|best.h5' one/report.html || fail "nothing ended this run early"
"$scripts/report.py" held/checkpoints/best.h5 -o best.html
grep -q 'those in <code>held/checkpoints/best.h5</code>' best.html || fail "not by the best weights"
# Norms, where the run has them.
! grep -q 'Gradient and weights' old/report.html || fail "norms of a run that has none"
grep -q '<h2>Gradient and weights</h2>' held/report.html || fail "no norms"
python pictures.py norms
python pictures.py histograms
# Text in run.json never becomes part of the HTML.
python pictures.py evil
"$scripts/report.py" '<b class=evil>&amp;' -o evil.html
"$scripts/plot.py" '<b class=evil>&amp;' -o names

# A run without data of a model whose evaluations may fail: its parameters, failures and times.
python pictures.py pond
python pictures.py evaluations
"$scripts/report.py" pond
[ "$(boxes pond | tr '\n' ',')" = '0.0333333 loss,30 iterations,' ] || fail "$(boxes pond)"
for shown in 'model with 2 parameters, numerical gradients, 3 replicates, no data; ' '<h2>Parameters</h2>' \
    '4 evaluations failed, in 3 iterations. The loss of 1 iteration is missing' \
    '<tr><th>inflow</th><td>failed</td><td class="number">2</td><td class="number">1</td></tr>' \
    '<tr><th>none: the loss of a row</th><td>not finite</td><td class="number">1</td><td class="number">1</td></tr>' \
    '<tr><th>inflow</th><td class="number">1</td><td class="number">1.3</td><td class="number">0</td><td class="number">5</td></tr>' \
    '<td class="number">0.53</td><td class="number">&ndash;</td><td class="number">0.55</td></tr>' \
    '28 evaluations took 40 s in all; 4 of them were tried again, and 2 lost. The ranks were busy with them 57 % of the time, of 90 % at best.' \
    '<tr><th>900 ms</th><td class="number">7</td><td class="number">0</td><td class="number">0</td><td class="words">&lt;b class=evil&gt;$x^2$ -</td></tr>'; do
    grep -qF -e "$shown" pond/report.html || fail "the report of a model does not show $shown"
done
! grep -q '<b class=evil>' pond/report.html || fail "the name of a parameter becomes HTML"
! grep -q 'Parameters</h2>\|Failures</h2>\|Evaluations</h2>' one/report.html || fail "the report of a network has parts of a model's"
# Nothing failed; and nothing is on record of failures, bounds or times.
cp -r pond well && : >well/failures.jsonl
"$scripts/report.py" well && grep -q 'No evaluation failed.' well/report.html || fail "no failures are not told"
cp -r pond bare && rm bare/failures.jsonl && sed -i 's/,* *"evaluations": {.*}}/}/' bare/timing.jsonl
"$scripts/report.py" bare
! grep -q 'Failures</h2>\|Evaluations</h2>' bare/report.html || fail "parts of which nothing is on record"
# There is only the loss to draw, also beside a run with data.
[ "$("$scripts/plot.py" pond one -o ponds)" = 'ponds/loss.png, loss.svg' ] || fail "pictures of a run without data"
"$scripts/plot.py" pond
"$scripts/metrics_csv.py" pond >csv
[ "$(head -n 1 csv)" = 'iteration,loss,failures,epoch,gradient_norm,weight_norm_theta,theta_inflow,theta_<b class=evil>$x^2$' ] ||
    fail "columns of a model: $(head -n 1 csv)"
[ "$(sed -n 4p csv)" = '2,,2,,,,,' ] && [ "$(sed -n 2p csv)" = 0,,,0,,1.2,1.0,0.5 ] || fail "the CSV of a model: $(sed -n '2p;4p' csv)"

# The report of a network of three layers is by its own forward pass. Its settings are shown as they are.
# That of a model tells the number of parameters.
python pictures.py others >wrong
# The start of one is known by its seed. That of the others is not, as their weights were changed, or as
# there are no layers.
grep -q 'Of the first 1,000 rows of the test set. In the upper row by the weights that the run began with, drawn from its seed; in the lower row by those in <code>one/checkpoints/iteration-0000900.h5</code>.' one/report.html ||
    fail "the histograms: $(grep -o 'Of the first [^/]*' one/report.html)"
for run in deep model; do
    "$scripts/report.py" $run 2>err
    [ ! -s err ] || fail "not by the newest weights: $(cat err)"
done
grep -q 'model with 1,234 parameters, ' model/report.html || fail "the report of a model"
grep -q '784-30-20-10, tanh, numerical gradients' deep/report.html || fail "the report does not tell the layers"
grep -q 'Those that the run began with are not shown: seed 0: W1 is not the one that the run began with.</p>' deep/report.html ||
    fail "the start of another network: $(grep -o 'Of the first [^/]*' deep/report.html)"
! grep -q 'Activations of the hidden layers' model/report.html || fail "hidden layers of a model"
grep -q ">$(cat wrong) of the test set" deep/report.html || fail "the mistakes are not $(cat wrong)"
for shown in '--hidden</th><td>30,20<' '--activation</th><td>tanh<' '--init-std</th><td>xavier<'; do
    grep -q -e "$shown" deep/report.html || fail "the report does not show $shown"
done
needs chromium
# shown PAGE WIDTH EXPRESSION...: prints the values of JavaScript expressions in a page that the browser
# shows in a frame of that width. They are the title of the file `dom`.
shown() {
    python pictures.py frame "$@"
    timeout 60 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=5000 \
        --dump-dom "file://$work/shown.html" >dom 2>/dev/null
    grep -o '<title>.*</title>' dom
}
# Two curves, two of norms, the time, the activations, the hidden units, and 24 mistakes; the matrix; changed settings, open and bold.
sizes='[...document.images].filter(i => i.naturalWidth > 400).length, document.images.length,
    document.querySelectorAll(".confusion tr").length,
    getComputedStyle(document.querySelector(".changed td")).fontWeight,
    document.querySelector(".changed").checkVisibility(), document.querySelector("details tr").checkVisibility()'
[ "$(shown one/report.html 1200 "$sizes")" = '<title>7 31 11 700 true false</title>' ] ||
    fail "the browser shows: $(grep -o '<title>.*</title>' dom)"
# The page and the program agree on what the network gets wrong.
accuracy=$("$dtrain" eval one/checkpoints/iteration-0000900.h5:/parameters | sed -n 's/.*accuracy 0\.\([0-9]*\)$/\1/p')
grep -q "$((10000 - 10#$accuracy)) of 10,000 rows" <(sed 's/\([0-9]\),\([0-9]* of\)/\1\2/' dom) ||
    fail "the report's mistakes are not eval's: $accuracy"
grep -q 'is [0-9], predicted [0-9] ([0-9]* %)' dom || fail "mistakes are not told in words"
# A page 400 pixels wide does not scroll sideways: only its wide tables do. Phones need the viewport.
[ "$(shown one/report.html 400 'innerWidth, document.querySelector("details").open = true,
    document.documentElement.scrollWidth <= document.documentElement.clientWidth,
    document.querySelectorAll("meta[name=viewport]").length')" = '<title>400 true true 1</title>' ] ||
    fail "too wide: $(grep -o '<title>.*</title>' dom)"
# The model's loss, parameters, two of norms, histogram and time, none of them broken or too wide.
[ "$(shown pond/report.html 400 'document.images.length, [...document.images].filter(i => i.naturalWidth > 400).length,
    document.documentElement.scrollWidth <= document.documentElement.clientWidth,
    document.querySelectorAll(".evil").length')" = '<title>6 6 true 0</title>' ] ||
    fail "the report of a model: $(grep -o '<title>.*</title>' dom)"
[ "$(shown evil.html 1200 'document.querySelectorAll(".evil").length, document.scripts.length')" = '<title>0 1</title>' ] ||
    fail "run.json becomes part of the page: $(grep -o '<title>.*</title>' dom)"
echo "four pictures and a report"
