#!/usr/bin/env bash
# A review is begun, checked and run as a study is; the bundled ones answer, and a trial that was run joins a pool.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1

expect 0 init fresh --template meta
expect 0 check fresh
printed "0 problems, 0 warnings"
printed "11 rows in fresh/trials.csv, 4 analyses in the plan"
expect 0 run fresh -o out
printed "Psychobiotics for depression (simulated example)"
printed "Random effects"
printed "Certainty of the evidence (GRADE): "
printed "Report:  out/report.html"
for file in report.html results.json results.sqlite manifest.json tables/sentences.csv tables/studies.csv tables/grade.csv; do
    [ -s "out/$file" ] || fail "out/$file is missing"
done
ls out/figures/forest*.svg out/figures/funnel*.svg >/dev/null || fail "no forest or funnel"
grep -q "simulated" out/report.html || fail "the page does not say that the table is simulated"
expect 0 run fresh -o out --json --threads 1
mv "$here/out" one.json
expect 0 run fresh -o out --json --threads 2
cmp -s "$here/out" one.json || fail "two threads give other bytes than one"
rm -r out/report.html
expect 0 report out
[ -s out/report.html ] || fail "report did not write the page again"

# the command and the study file give the same numbers
expect 0 meta fresh/trials.csv --measure smd --lower-is-better --benefit-positive --json
python3 - "$here/out" one.json <<'E' || fail "vagus meta and the study file differ"
import sys
from near import *
pick = lambda name, analysis: [(r["estimate"], r["se"]) for r in rows(name, "pooled") if r.get("analysis") == analysis]
assert pick(sys.argv[1], None) == pick(sys.argv[2], "pairwise"), (pick(sys.argv[1], None), pick(sys.argv[2], "pairwise"))
E

# every problem of file and table at once, with lines
cp -r fresh wrong
sed -i 's/^  measure: smd/  measure: hedges/; s/subgroup: role/subgroup: roll/' wrong/study.yaml
measure=$(grep -n "measure: hedges" wrong/study.yaml | cut -d: -f1)
expect 1 check wrong
printed "wrong/study.yaml:$measure: \`measure: hedges\` is not known"
printed "did you mean \`role\`?"
refused 1 "wrong:" "2 problems in the study; nothing was written" "mend" run wrong -o never
cp -r fresh rows
sed -i '3s/,5.2,/,-5.2,/; 5s/,19,14.2/,1,14.2/' rows/trials.csv
expect 1 check rows --json
python3 - "$here/out" <<'E' || fail "check does not list the table's problems"
import json, sys
answer = json.load(open(sys.argv[1]))
assert [(p["file"], p["line"]) for p in answer["problems"]] == [("rows/trials.csv", 3), ("rows/trials.csv", 5)], answer
E
sed '/^evidence:/i arms: {}' fresh/study.yaml >fresh/both.yaml
expect 1 check fresh/both.yaml
printed 'a trial and a review in one study file are not available in this version'

# the bundled reviews
for name in st-johns-wort depression-network probiotics-depression; do
    expect 0 check "$VAGUS_SOURCE/examples/$name"
    expect 0 run "$VAGUS_SOURCE/examples/$name" -o "r-$name"
    [ -s "r-$name/report.html" ] || fail "$name has no report"
    grep -q '"quantity": "\(pooled\|contrast\)"' "r-$name/results.json" || fail "$name has no answer"
done
expect 0 run "$VAGUS_SOURCE/examples/depression-network" -o network
printed "cannot tell whether psychotherapy does more"

# a trial that was run joins a pool; the sentence of its title is its label
expect 0 run "$VAGUS_SOURCE/examples/beat-the-blues" -o trial
cp "$VAGUS_SOURCE/tests/cli/data/normand.csv" .
expect 0 meta normand.csv --measure smd --lower-is-better --add trial --json
python3 - "$here/out" trial/results.json <<'E' || fail "the trial is not its own primary answer"
import sys
from near import *
added = rows(sys.argv[1], "study_effect")[-1]
study = json.load(open(sys.argv[2]))["study"]
effect, = [r for r in rows(sys.argv[2], "effect_size") if r["analysis"] == "primary" and r["visit"] == study["primary_visit"]]
assert added["term"] == study["title"] and added["n"] == effect["n"]
assert 0.97 < added["estimate"] / effect["estimate"] < 1 and 0.97 < added["se"] / effect["se"] < 1
E
expect 0 meta "$VAGUS_SOURCE/examples/st-johns-wort/trials.csv" --measure rr --higher-is-better \
    --columns events1=ai,n1=n1i,events2=ci,n2=n2i --add trial --add-analysis response_bdi
refused 1 "trial/results.json:" "the analysis primary of the trial has no risk_ratio" "response_bdi, remission_bdi" \
    meta "$VAGUS_SOURCE/examples/st-johns-wort/trials.csv" --measure rr --higher-is-better \
    --columns events1=ai,n1=n1i,events2=ci,n2=n2i --add trial
refused 1 "out/results.json:" "no results of a trial" "vagus run" meta normand.csv --measure smd --lower-is-better --add out
refused 2 "" 'unknown value "metaa"' "did you mean meta?" init other --template metaa
finish
