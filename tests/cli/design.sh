#!/usr/bin/env bash
# vagus design: operating characteristics. Its first virtual trial is the one that simulate writes, so that run finds the same primary
# answer; the same bytes on any number of threads; every refusal.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
demo=$VAGUS_SOURCE/examples/axis-demo
# the demo without what the study file of one trial need not have
sed -e 's/participants: {n: [0-9]*}/participants: {n: 120}/' -e '/response_of_panel/d' "$demo/design.yaml" > design.yaml

expect 0 design design.yaml --replicates 1 --seed 7 --population 1000 --json
cp "$here/out" one.json
expect 0 simulate design.yaml -o trial --seed 7 --population 1000 --quiet
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
printed "primary: power, outcome hamd17, visit w12, arm both, reference placebo"
printed "the channel metabolites enters as measured at w4, not at w8"
expect 0 design "${common[@]}" --participants 60 --mediators-at w4
printed "mediators_at                  w4"

# refusals
refused 1 "" 'the treatment "multi" is not of this design' "name a component, or ARM against ARM" design "${common[@]}" --treatment multi
refused 1 "" "all of the arms have ssri: it has no comparison" "some arms have" design "${common[@]}" --treatment ssri
refused 1 "" "mediators at w12 are not between baseline and the outcome at w12" "come after treatment" design "${common[@]}" --mediators-at w12
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
