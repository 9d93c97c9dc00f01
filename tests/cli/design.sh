#!/usr/bin/env bash
# vagus design: operating characteristics. Its first virtual trial is the one that simulate writes, so that run finds the same primary
# answer; the same bytes on any number of threads; every refusal.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
demo=$VAGUS_SOURCE/examples/axis-demo
# the demo without what the study file of one trial need not have
sed -e 's/participants: {n: [0-9]*}/participants: {n: 120}/' -e '/response_of_panel/d' "$demo/design.yaml" > design.yaml

grep -v '^  mechanism:' design.yaml > plain.yaml # its 5,000 resamples are not asked about here
expect 0 design plain.yaml --replicates 1 --seed 7 --population 1000 --json
cp "$here/out" one.json
expect 0 simulate plain.yaml -o trial --seed 7 --population 1000 --quiet
expect 0 run trial -o results --quiet
python3 - one.json results/results.json <<'PY' || fail "the first virtual trial is not the one that run analyses"
import json, sys
one, run = (json.load(open(name))["estimates"] for name in sys.argv[1:])
ours = {r["quantity"]: r for r in one if r["analysis"] == "primary"}
theirs = [r for r in run if r.get("analysis") == "primary" and r["quantity"] == "contrast" and r["visit"] == "w12" and r["arm"] == "both"][0]
estimate = ours["truth"]["estimate"] + ours["bias"]["estimate"]
assert abs(estimate - theirs["estimate"]) < 1e-7 * abs(theirs["estimate"]), (estimate, theirs)
assert abs(ours["mean_se"]["estimate"] - theirs["se"]) < 1e-7 * theirs["se"], (ours["mean_se"], theirs)
assert ours["power"]["estimate"] == (theirs["p"] < 0.05)
assert ours["coverage"]["estimate"] == (theirs["lower"] <= ours["truth"]["estimate"] <= theirs["upper"])
PY

# so are its effects by channel, as plan: mechanism finds them in what was written (six digits)
cat > paths.yaml <<'YAML'
vagus: 1
title: Two channels
data: simulated
participants: {n: 150}
visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]
arms: {control: [usual], food: [usual, diet], active: [usual, pill], both: [usual, diet, pill]}
components: {usual: {type: usual_care}, diet: {type: diet}, pill: {type: psychobiotic}}
outcomes: {mood: {scale: HAM-D17, mean: 20, sd: 5, stable: 0.4, reliability: 0.9}}
dropout: {rate: 0.05, mar: 0.4, symptom: mood}
panel: {blood: {kind: score, matrix: plasma}}
axis:
  channels: {immune: {markers: [il6, -il10], correlation: 0.3}, vagal: {markers: [rmssd, hf], correlation: 0.4}}
  markers:
    il6: {layer: blood, mean: 10, sd: 2, reliability: 0.7}
    il10: {layer: blood, mean: 5, sd: 1, reliability: 0.6}
    rmssd: {layer: blood, mean: 40, sd: 10, reliability: 0.8}
    hf: {layer: blood, mean: 6, sd: 1, reliability: 0.8}
  arrows:
    - {arrow: pill -> immune, effect: -0.5, unit: sd}
    - {arrow: diet -> immune, effect: -0.2, unit: sd}
    - {arrow: pill -> vagal, effect: 0.4, unit: sd}
    - {arrow: immune -> mood, effect: 0.25, unit: sd, lag: 1}
    - {arrow: vagal -> mood, effect: -0.2, unit: sd, lag: 1}
plan:
  primary:
    estimand: {population: randomised participants, treatment: active against control, variable: mood at w8, intercurrent: none, summary: difference in means}
    method: {mmrm: {covariance: us, covariates: [baseline]}}
  mechanism: {treatment: pill, outcome: mood at w8, mediators_at: w4, interval: delta}
YAML
expect 0 design paths.yaml --replicates 1 --seed 4 --population 1000 --json
cp "$here/out" one.json
expect 0 simulate paths.yaml -o paths --seed 4 --population 1000 --quiet
expect 0 run paths -o found --quiet
python3 - one.json found/results.json <<'PY' || fail "the channels of the first virtual trial are not those that run finds"
import json, sys
one, run = (json.load(open(name))["estimates"] for name in sys.argv[1:])
found = 0
for r in run:
    if r.get("analysis") != "mechanism" or r["quantity"] not in ("total", "direct", "indirect") or r.get("stratum") == "corrected" or r.get("term"):
        continue
    ours = {o["quantity"]: o["estimate"] for o in one if o["analysis"] == "mechanism" and o["stratum"] == "as measured" and o["term"] == r["quantity"]
            and o.get("channel") == r.get("channel")}
    assert abs(ours["truth"] + ours["bias"] - r["estimate"]) < 1e-4, (r, ours)
    assert abs(ours["mean_se"] - r["se"]) < 1e-4 * r["se"], (r, ours)
    found += 1
assert found == 5, found
PY

common=(design.yaml --replicates 130 --population 2000 --seed 3 --quiet)
expect 0 design "${common[@]}" --json --threads 1 --reliability 0.5,1 --treatment multistrain
cp "$here/out" one.json
expect 0 design "${common[@]}" --json --threads 2 --reliability 0.5,1 --treatment multistrain
cmp -s "$here/out" one.json || fail "$last: not the same bytes as on one thread"
python3 - one.json <<'PY' || fail "$last: rows"
import json, math, sys
out = json.load(open(sys.argv[1]))
rows = out["estimates"]
def find(quantity, stratum, channel=None, term="indirect"):
    found = [r for r in rows if r["quantity"] == quantity and r.get("stratum") == stratum and r.get("channel") == channel and r["term"] == term]
    assert len(found) == 1, (quantity, stratum, channel, len(found))
    return found[0]
assert out["fit"]["simulated"] is True and out["fit"]["replicates"] == 130
# a share's error is that of a binomial; truth does not depend on how markers are measured
p = find("power", "as measured", "hpa")
assert abs(p["se"] - math.sqrt(p["estimate"] * (1 - p["estimate"]) / p["n"])) < 1e-12
for stratum in ("corrected", "as measured, reliability 0.5", "as measured, reliability 1", "corrected, reliability 0.5"):
    assert find("truth", stratum, "immune_channel")["estimate"] == find("truth", "as measured", "immune_channel")["estimate"]
# nothing is corrected where nothing is wrong
assert not [r for r in rows if r.get("stratum") == "corrected, reliability 1"]
# worse markers lose more of the indirect effect, which is negative
assert find("bias", "as measured, reliability 0.5")["estimate"] > find("bias", "as measured, reliability 1")["estimate"] + 0.1
# no arrow leaves the gut barrier for the symptom: an error of the first kind, not power
assert find("type1_error", "as measured", "barrier_channel")["estimate"] < 0.1
assert not [r for r in rows if r["quantity"] == "power" and r.get("channel") == "barrier_channel"]
PY
expect 0 design "${common[@]}" --primary-only --csv
printed "primary,coverage"
grep -q mechanism "$here/out" && fail "$last: a mechanism with --primary-only"
expect 0 design "${common[@]}"
printed "primary: hamd17 at w12, both minus placebo, points; 130 trials of 120 people"
printed "* The truth is nought"
printed "outcome_at                    w8"
expect 0 design "${common[@]}" --outcome "hamd17 at w12" --mediators-at w8 --treatment "both against placebo"
printed "the channel metabolites enters as measured at w4, not at w8"
expect 0 design "${common[@]}" --participants 60 --mediators-at w2
printed "mediators_at                  w2"

# refusals
refused 1 "" 'the treatment "multi" is not of this design' "name a component, or ARM against ARM" design "${common[@]}" --treatment multi
refused 1 "" "all of the arms have ssri: it has no comparison" "some arms have" design "${common[@]}" --treatment ssri
refused 1 "" "mediators at w12 are not between baseline and the outcome at w8" "come after treatment" design "${common[@]}" --mediators-at w12
refused 1 "" 'outcome "crp at w8" is no symptom' "hamd17 at w12" design "${common[@]}" --outcome "crp at w8"
refused 1 "" "there is no visit w5" "name a visit" design "${common[@]}" --mediators-at w5
refused 2 "" 'the reliability "1.5" is no number in (0, 1]' "0.3,0.5" design "${common[@]}" --reliability 0.5,1.5
refused 2 "" 'the reliability "high" is no number in (0, 1]' "0.3,0.5" design "${common[@]}" --reliability high
refused 2 "" "replicates" "" design design.yaml --replicates 0
refused 1 "none.yaml" "there is no such design" "name a design.yaml" design none.yaml
sed 's/covariates: \[baseline, site\]/covariates: [baseline, iq]/' design.yaml > bad.yaml
refused 1 "" "the covariate iq of the primary analysis is nothing that the design draws" "use baseline, site" design bad.yaml --quiet
sed -e 's/variable: change in hamd17 from baseline to w12/variable: response in hamd17 at w12/' -e 's/summary: difference in means/summary: risk difference/' \
    -e 's/method: {mmrm.*/method: response/' design.yaml > binary.yaml
refused 1 "" "not available in this version" "mmrm" design binary.yaml --quiet
finish
