#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The pictures of a run, and its report as a browser shows it.
#     pictures.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# Ends with 77, skipped, after the pictures where there is no browser.
# shellcheck source-path=SCRIPTDIR source=scratch.lib.sh
. "$(dirname "$0")/scratch.lib.sh"
scripts=$3
cd "$work"

"$mpirun" -np 2 "$dtrain" --iterations 900 --quiet --run-dir one
"$mpirun" -np 2 "$dtrain" --iterations 900 --quiet --run-dir two --learning-rate 0.5
"$scripts/plot.py" one two -o both
"$scripts/plot.py" one
for picture in one/loss one/accuracy both/loss both/accuracy; do
    [ "$(head -c 4 $picture.png | tail -c 3)" = PNG ] || fail "$picture.png is none"
    /usr/bin/python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' $picture.svg
done
grep -q 'two, test' <(sed 's/<!--/\n/g' both/accuracy.svg) || fail "the legend does not name the runs"
! "$scripts/plot.py" nowhere 2>err || fail "plots a run that is not there"
grep -q 'nowhere.*no run directory' err || fail "$(cat err)"

"$scripts/report.py" one
! grep -q 'http:\|https:\|src="[^d]' one/report.html || fail "the report loads something"
command -v chromium >/dev/null || {
    echo "skipped: no chromium to show the report"
    exit 77
}
# The browser itself counts the pictures that it could decode, and the rows it lays out.
/usr/bin/python3 - <<'PYTHON'
page = open("one/report.html").read()
count = """<script>document.title = [
    [...document.images].filter(i => i.naturalWidth > 400).length, document.images.length,
    document.querySelectorAll(".confusion tr").length,
    document.querySelector("h1").getBoundingClientRect().height > 10].join(" ");</script>"""
open("counted.html", "w").write(page.replace("</body>", count + "</body>"))
PYTHON
timeout 60 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=5000 --dump-dom \
    "file://$work/counted.html" >dom 2>/dev/null
grep -q '<title>4 4 11 true</title>' dom || fail "the browser shows: $(grep -o '<title>.*</title>' dom)"
# The page and the program agree on what the network gets wrong.
accuracy=$("$dtrain" eval one/checkpoints/iteration-0000900.h5:/parameters | sed -n 's/.*accuracy 0\.\([0-9]*\)$/\1/p')
grep -q "$((10000 - 10#$accuracy)) of 10000 test images" dom || fail "the report's mistakes are not eval's: $accuracy"
echo "four pictures and a report"
