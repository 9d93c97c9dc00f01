#!/usr/bin/env bash
# A question about mechanism from a study file to the page: its sections and figures, the sentence in the answer and on a terminal.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/axis-demo" demo
python3 - <<'PY' || fail "the example could not be changed"
import re
text = open("demo/study.yaml").read()
plan = """  mechanism:
    -
      treatment: multistrain
      outcome: hamd17 at w12
      mediators_at: w4
      draws: 200
      label: Through which channel did the psychobiotic work?
    - {treatment: both against placebo, outcome: hamd17 at w12, mediators_at: w4, interval: delta}
participants:"""
start, end = text.index("  response_of_panel:"), text.index("participants:")
open("demo/study.yaml", "w").write(text[:start] + plan + text[end + len("participants:"):])
PY
expect 0 run demo -o out
printed "Mechanism: "
for figure in axis-mechanism effects-mechanism sensitivity-mechanism reliability-mechanism effects-mechanism_2; do
    [ -s "out/figures/mechanism-$figure.svg" ] || fail "no figure $figure"
done
[ -e out/figures/mechanism-axis-mechanism_2.svg ] && fail "the graph of the study is drawn twice"
for part in 'id="mechanism"' "How it may have worked: " "Through which channel did the psychobiotic work?" 'Must be believed' 'Guaranteed by the design' \
    "In plain words" "how it may work in the body" "that above"; do
    grep -qF "$part" out/report.html || fail "report.html lacks $part"
done
grep -oE '\[(mechanism|answer|patient)\.[a-z_.]+\]' out/report.html && fail "a phrase is missing"
grep -q "rests on randomisation" out/figures/mechanism-axis-mechanism.svg || fail "the graph does not say what its arrows rest on"
# the pages again from the stored result are the same
cp -r out/figures figures && cp out/report.html before.html
expect 0 report out
diff -r figures out/figures >/dev/null && cmp -s before.html out/report.html || fail "the stored result gives another page"
finish
