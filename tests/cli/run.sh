#!/usr/bin/env bash
# vagus run carries out the plan of a study and writes one results folder, whole or not at all; report writes it again.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/beat-the-blues" .

expect 0 run beat-the-blues -o out
printed "Primary: "
printed "Report:  out/report.html"
for file in report.html results.json results.sqlite manifest.json tables figures; do
    [ -e "out/$file" ] || fail "out/$file is missing"
done
[ -n "$(ls out/tables/*.csv)" ] && [ -n "$(ls out/figures/*.svg)" ] || fail "no tables or figures"
[ "$(wc -c <out/report.html)" -le 5242880 ] || fail "report.html is larger than 5 MB"

# the short answer is the stored answer
python3 - "$here/out" <<'E' || fail "what is printed is not what is stored"
import json, sys
text = open(sys.argv[1]).read()
answer = json.load(open("out/results.json"))
study = answer["study"]
row, = [r for r in answer["estimates"] if r.get("analysis") == study["primary_analysis"] and r["quantity"] == "contrast"
        and r.get("visit") == study["primary_visit"] and r.get("arm") == study["primary_arm"]]
assert "%.4g" % row["estimate"] in text, (row, text)
assert study["title"] in text
manifest = json.load(open("out/manifest.json"))
assert manifest
E

# default folder; JSON on standard output; the same bytes again and on one thread
expect 0 run beat-the-blues
[ -s results/beat-the-blues/report.html ] || fail "results/beat-the-blues is not the default"
expect 0 run beat-the-blues/study.yaml -o again --json
python3 -m json.tool <"$here/out" >/dev/null || fail "run --json is not JSON"
sed 's/"again"/"out"/' "$here/out" >first.json
expect 0 run beat-the-blues/study.yaml -o out --json --threads 1
cmp -s "$here/out" first.json || fail "threads change the result"

# days of adverse events that the rates cannot take as they stand are told
expect 0 init events
printf '%s\n' P001,dizziness,0,-30,mild P003,dizziness,0,400,mild P005,rash,0,,mild >>events/adverse_events.csv
expect 0 run events -o told --json
python3 - told/results.json <<'E' || fail "days of adverse events are not told"
import json, sys
warnings = " ".join(json.load(open(sys.argv[1]))["warnings"])
for text in ("1 event began before randomisation", "1 event began after the end of exposure", "1 event without a day"):
    assert text in warnings, (text, warnings)
E

# report from what is stored
rm out/report.html
expect 0 report out
printed "out/report.html"
[ -s out/report.html ] || fail "report did not write the page"
refused 1 "" "nowhere" "" report nowhere
mkdir empty
expect 1 report empty

# a wrong study: every problem with its line, exit 1, no results
cp -r beat-the-blues wrong
sed -i 's/^title:/titel:/' wrong/study.yaml
refused 1 "" "study.yaml" "" run wrong -o never
sed -i '3i surprise: 1' wrong/study.yaml
refused 1 "" "study.yaml:3" "" run wrong -o never
told "problems in the study; nothing was written"

# a folder that cannot be written
[ "$(id -u)" -eq 0 ] || { mkdir locked && chmod 500 locked && expect 4 run beat-the-blues -o locked/out; }
echo text >plain
refused 4 "" "" "" run beat-the-blues -o plain/out
expect 0 run beat-the-blues -o quiet --quiet
silent
printed_nothing
finish
