#!/usr/bin/env bash
# Real trials with a panel through `vagus run` (tests/studies over VAGUS_DATA), from laboratory files as published to the report.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
[ -d "$VAGUS_DATA/fiber_fermented_2021" ] || { echo "no VAGUS_DATA: skipped"; exit 77; }
export VAGUS_DATA

run_study() { # NAME WORDS: the study is sound, runs, and no layer of its plan is lost
    expect 0 check "$VAGUS_SOURCE/tests/studies/$1"
    printed "$2"
    expect 0 run "$VAGUS_SOURCE/tests/studies/$1" -o "$1"
    grep -q "could not be analysed" "$here/err" && fail "$1: a layer could not be analysed"
    [ -s "$1/report.html" ] || fail "$1: no report"
}

run_study fiber_fermented_2021 "38 participants, 2 arms, 9 visits"
# Shannon diversity of the authors' samples as vegan has it (reference.json), through the whole run
VAGUS_DATA=$VAGUS_DATA python3 - <<'E' || fail "diversity differs from vegan's"
import csv, json, os
data = os.environ["VAGUS_DATA"] + "/fiber_fermented_2021/"
sheet = {r["SampleID"]: r for r in csv.DictReader(open(data + "samples.csv"))}
order = [r["Participant"] for r in csv.DictReader(open(data + "arms.csv"))]
ours = {(r["participant"], r["visit"]): float(r["value"])
        for r in csv.DictReader(open("fiber_fermented_2021/tables/panel_diversity.csv"))
        if r["layer"] == "stool" and r["measure"] == "shannon"}
n = 0
for r in json.load(open(data + "reference.json"))["alpha"]:
    s = sheet[r["sample"]]
    key = (str(order.index(s["Participant"]) + 1), "t" + s["Timepoint"])
    assert abs(ours[key] - r["shannon"]) < 1e-10, (key, ours[key], r["shannon"])
    n += 1
assert n == 40
E
grep -q "^genera,.*,Faecalibacterium," fiber_fermented_2021/tables/panel_features.csv || fail "genera have no names"

# a plan of the panel only: the page does not claim an answer on symptoms
run_study lgg_probiotic_peerj32 "22 participants, 2 arms, 2 visits, 0 analyses"
grep -q "This plan asks nothing of symptoms" lgg_probiotic_peerj32/report.html || fail "the page does not say that the plan is of the panel only"

# the breast-fed stand beside the trial
run_study he_infants_mfgm_2019 "80 participants, 2 arms, 4 visits, 0 analyses"

told "26 of 80 participants have no arm"
finish
