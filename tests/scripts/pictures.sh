#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The pictures of a run, and its report as a browser shows it.
#     pictures.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# Ends with 77, skipped, after the pictures where there is no browser.
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
scripts=$3
tests=$(cd "$(dirname "$0")" && pwd)
cd "$work"

"$mpirun" -np 2 "$dtrain" --iterations 900 --run-dir one >summary
"$mpirun" -np 2 "$dtrain" --iterations 900 --quiet --run-dir two --learning-rate 0.5
"$scripts/plot.py" one two -o both
"$scripts/plot.py" one
for picture in one/loss one/accuracy both/loss both/accuracy; do
    [ "$(head -c 4 $picture.png | tail -c 3)" = PNG ] || fail "$picture.png is none"
    /usr/bin/python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' $picture.svg
done
grep -q 'two, test' <(sed 's/<!--/\n/g' both/accuracy.svg) || fail "the legend does not name the runs"
grep -q 'running mean of 10 iterations' <(sed 's/<!--/\n/g' one/loss.svg) || fail "the legend does not say what mean"
# Names that matplotlib would take for formulas, or would hide.
cp -r two _\$x^\$
"$scripts/plot.py" _\$x^\$ one -o names
grep -q '_.*x.*, test' <(sed 's/<!--/\n/g' names/accuracy.svg) || fail "a run is not in the legend"
! "$scripts/plot.py" nowhere 2>err || fail "plots a run that is not there"
grep -q 'nowhere.*no run directory' err || fail "$(cat err)"

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
# Text in run.json never becomes part of the HTML.
/usr/bin/python3 - <<'PYTHON'
import json, shutil
evil = "<script>document.title = 'evil'</script>\"'><b class=evil>&amp;"
shutil.copytree("one", "<b class=evil>&amp;")
path = "<b class=evil>&amp;/run.json"
run = json.load(open(path))
shutil.copy(run["dataset"]["path"], "<b class=evil>.h5")
run["dataset"]["path"] = "<b class=evil>.h5"
run["version"] = run["revision"] = evil
for name in ("gradient", "batch-size"):
    run["options"][name]["origin"] = evil
run["options"]["gradient"]["value"] = evil
run["options"][evil] = {"value": evil, "origin": "default"}
for event in run["events"]:
    event.update(event=evil, time=evil, ranks=2, hosts=[evil, evil])
json.dump(run, open(path, "w"))
PYTHON
"$scripts/report.py" '<b class=evil>&amp;' -o evil.html
"$scripts/plot.py" '<b class=evil>&amp;' -o names

# The report of a network of three layers is by its own forward pass. Its settings are shown as they are.
# That of a model tells the number of parameters.
PYTHONPATH=$scripts:$tests PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 - >wrong <<'PYTHON'
import json, os, shutil, h5py, numpy as np, weights
from formulas import probabilities
def change_checkpoint(run, arrays, **attributes):
    shutil.copytree("one", run)
    path = f"{run}/checkpoints/iteration-0000900.h5"
    with h5py.File(path, "w", userblock_size=weights.USER_BLOCK_BYTES) as file:
        for name, values in arrays.items():
            file[f"parameters/{name}"] = values
        file["parameters"].attrs.update(attributes)
    with open(path, "rb+") as file:
        data = file.read()
        file.seek(0)
        digest = weights.xxh3(data[weights.USER_BLOCK_BYTES:])
        file.write(b"dtrain checkpoint 1 bytes=%020d xxh3=%s\n" % (len(data), digest))
rng, widths = np.random.default_rng(4), (784, 30, 20, 10)
arrays = {f"{kind}{n}": rng.normal(size=shape) / np.sqrt(below)
          for n, (below, above) in enumerate(zip(widths, widths[1:]), 1)
          for kind, shape in (("W", (below, above)), ("b", above))}
change_checkpoint("deep", arrays, activation=np.bytes_("tanh"))
change_checkpoint("model", {"theta": np.ones(1234)})
run = json.load(open("deep/run.json"))
for name, value in (("hidden", "30,20"), ("activation", "tanh"), ("init-std", "xavier")):
    run["options"][name] = {"value": value, "origin": "command line"}
json.dump(run, open("deep/run.json", "w"))
with h5py.File(os.environ["MNIST_FILE"]) as file:
    x, t = (file["test/images"][:].reshape(-1, 784) / np.float32(255)).astype(float), file["test/labels"][:]
print(f"{(probabilities(arrays, x, 'tanh').argmax(axis=1) != t).sum():,} of 10,000 rows")
PYTHON
for run in deep model; do
    "$scripts/report.py" $run 2>err
    [ ! -s err ] || fail "not by the newest weights: $(cat err)"
done
grep -q 'model with 1,234 parameters, ' model/report.html || fail "the report of a model"
grep -q '784-30-20-10, tanh, numerical gradients' deep/report.html || fail "the report does not tell the layers"
grep -q ">$(cat wrong) of the test set" deep/report.html || fail "the mistakes are not $(cat wrong)"
for shown in '--hidden</th><td>30,20<' '--activation</th><td>tanh<' '--init-std</th><td>xavier<'; do
    grep -q -e "$shown" deep/report.html || fail "the report does not show $shown"
done
needs chromium
# shown PAGE WIDTH EXPRESSION...: prints the values of JavaScript expressions in a page that the browser
# shows in a frame of that width. They are the title of the file `dom`.
shown() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import html, sys
page = open(sys.argv[1]).read()
script = f"<script>parent.document.title = [{', '.join(sys.argv[3:])}].join(' ');</script>"
frame = html.escape(page.replace("</body>", script + "</body>"))
open("shown.html", "w").write(f'<title></title><iframe width="{sys.argv[2]}" height="900" srcdoc="{frame}"></iframe>')
PYTHON
    timeout 60 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=5000 \
        --dump-dom "file://$work/shown.html" >dom 2>/dev/null
    grep -o '<title>.*</title>' dom
}
# The curves, the time, the hidden units, and 24 mistakes; the matrix; changed settings, open and bold.
sizes='[...document.images].filter(i => i.naturalWidth > 400).length, document.images.length,
    document.querySelectorAll(".confusion tr").length,
    getComputedStyle(document.querySelector(".changed td")).fontWeight,
    document.querySelector(".changed").checkVisibility(), document.querySelector("details tr").checkVisibility()'
[ "$(shown one/report.html 1200 "$sizes")" = '<title>4 28 11 700 true false</title>' ] ||
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
[ "$(shown evil.html 1200 'document.querySelectorAll(".evil").length, document.scripts.length')" = '<title>0 1</title>' ] ||
    fail "run.json becomes part of the page: $(grep -o '<title>.*</title>' dom)"
echo "four pictures and a report"
