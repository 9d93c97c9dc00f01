#!/usr/bin/env bash
# vagus mediate: direct and indirect effects as R's lm gives them, timing of visits, every refusal.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp "$data/mediate.csv" trial.csv
base=(--treatment arm --mediators m --outcome y --covariates x --contrast active,placebo)

# Witness: R 4.2.2 with a <- arm == "active": coef(lm(m ~ a + x))["a"] * coef(lm(y ~ a + m + x))["m"], its direct
# and total effects, with a:m, and the first-order delta error of the product
expect 0 mediate trial.csv "${base[@]}" --interval delta --json
python3 - "$here/out" <<'E' || fail "effects differ from R"
import sys
from near import *
r = {(e["quantity"], e.get("stratum")): e for e in json.load(open(sys.argv[1]))["estimates"] if e["quantity"] in ("total", "direct", "indirect", "proportion_mediated")}
near(r["indirect", "no interaction"]["estimate"], 0.317595841949131, 1e-12)
near(r["indirect", "no interaction"]["se"], 0.126764453040199, 1e-8)
near(r["direct", "no interaction"]["estimate"], 0.371619151956181, 1e-12)
near(r["total", "no interaction"]["estimate"], 0.689214993905312, 1e-12)
near(r["indirect", "treated"]["estimate"], 0.314986467265583, 1e-12)
near(r["indirect", "control"]["estimate"], 0.319999781428269, 1e-12)
total = r["total", None]["estimate"]
near(r["indirect", "treated"]["estimate"] + r["direct", "control"]["estimate"], total, 1e-12)
near(r["indirect", "control"]["estimate"] + r["direct", "treated"]["estimate"], total, 1e-12)
near(r["proportion_mediated", "average"]["estimate"], r["indirect", "average"]["estimate"] / total, 1e-12)
assert r["total", None]["arm"] == "active" and r["total", None]["reference"] == "placebo", r
E
for interval in bca percentile quasi-bayes; do
    expect 0 mediate trial.csv "${base[@]}" --interval $interval --boot 500 --json --threads 1
    cp "$here/out" "$here/one"
    expect 0 mediate trial.csv "${base[@]}" --interval $interval --boot 500 --json --threads 2
    cmp -s "$here/one" "$here/out" || fail "the numbers depend on the number of threads"
done
for more in "--interval monte-carlo" "--robust hc3 --interval quasi-bayes" "--cluster site" "--interaction no" "--csv" \
    "--outcome-model mixed --mediator-model mixed --cluster site"; do
    expect 0 mediate trial.csv "${base[@]}" --boot 200 $more
done
for outcome in "better --outcome-model logistic" "better --outcome-model probit" "grade --outcome-model ordinal"; do
    expect 0 mediate trial.csv --treatment arm --mediators m --outcome $outcome --covariates x --interval delta --json
    printed '"unit": "probability"'
    expect 0 mediate trial.csv --treatment arm --mediators high --mediator-model logistic --outcome $outcome --covariates x --interval delta
    printed "mediator_event"
done
# text: the answer, what it rests on, what would break it
expect 0 mediate trial.csv "${base[@]}" --boot 500
printed "active against placebo changes y by 0.68"
printed "break-point (correlation)"
printed "design: T to M"
printed "assumed: M to Y"

# a row per visit, and the same trial with a row per participant
python3 - trial.csv <<'E'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
with open("visits.csv", "w") as long, open("wide.csv", "w") as wide:
    print("id,arm,week,x,m,y", file=long)
    print("arm,x,m4,y8,m0,y0", file=wide)
    for i, r in enumerate(rows):
        m, y, end = float(r["m"]), float(r["y"]), "NA" if i == 5 else r["y"]
        m0, y0 = round(m * .5 + (i * 7 % 11) / 9, 4), round(y * .4 + (i * 5 % 13) / 9, 4)
        print(r["id"], r["arm"], 0, r["x"], m0, y0, sep=",", file=long)
        print(r["id"], r["arm"], 4, "", r["m"], round(y * .7 + (i * 3 % 7) / 5, 4), sep=",", file=long)
        print(r["id"], r["arm"], 8, "", round(m * .9, 4), end, sep=",", file=long)
        print(r["arm"], r["x"], r["m"], end, m0, y0, sep=",", file=wide)
E
long=(--treatment arm --mediators m --outcome y --id id --visit week --contrast active,placebo)
expect 0 mediate visits.csv "${long[@]}" --mediator-at 4 --outcome-at 8 --baseline-at 0 --covariates x --interval delta --json
told "1 of 60 rows are incomplete"
cp "$here/out" "$here/long"
expect 0 mediate wide.csv --treatment arm --mediators m4 --outcome y8 --covariates 'x + m0 + y0' --contrast active,placebo --interval delta --json
python3 - "$here/long" "$here/out" <<'E' || fail "a row per visit and a row per participant differ"
import sys
from near import *
a, b = ([e for e in json.load(open(f))["estimates"] if e["quantity"] in ("indirect", "direct")] for f in sys.argv[1:])
assert len(a) == len(b) == 8
for x, y in zip(a, b):
    near(x["estimate"], y["estimate"], 1e-10)
assert a[0]["visit"] == "8" and "visit" not in b[0]
E
expect 0 mediate visits.csv "${long[@]}" --mediator-at 4 --outcome-at 8 --no-baseline --interval delta
expect 0 mediate visits.csv "${long[@]}" --lagged --outcome-model mixed --mediator-model mixed --covariates x --interval delta --json
printed '"cluster": "id"'
expect 0 mediate visits.csv "${long[@]}" --mediator-at 8 --outcome-at 8 --baseline-at 0 --concurrent --interval delta --json
python3 - "$here/out" <<'E' || fail "--concurrent is not stamped on every row"
import sys
from near import *
assert all("concurrent" in e["note"] for e in json.load(open(sys.argv[1]))["estimates"])
E
told "concurrent: the mediator"
awk -F, -v OFS=, 'NR > 1 && NR % 4 == 0 { $4 = "NA" } { print }' trial.csv > gaps.csv
expect 0 mediate gaps.csv "${base[@]}" --interval delta
told "the mediator is missing in 25 % of the rows"
awk -F, -v OFS=, 'NR > 1 && $2 == "active" { $4 += 9 } { print }' trial.csv > apart.csv
expect 0 mediate apart.csv "${base[@]}" --interval delta
told "the arms share little of the mediator's range"

# refusals: words
three=(--treatment arm --mediators m --outcome)
refused 2 "" "--treatment" "" mediate trial.csv --mediators m --outcome y
refused 2 "" "unknown value" "did you mean percentile?" mediate trial.csv "${base[@]}" --interval percentil
refused 2 "" "--boot with --interval delta" "leave out --boot" mediate trial.csv "${base[@]}" --interval delta --boot 500
refused 2 "" "--robust cr0 without --cluster" "name the column" mediate trial.csv "${base[@]}" --robust cr0
refused 2 "" "--contrast active" "TREATED,CONTROL" mediate trial.csv "${three[@]}" y --contrast active
refused 2 "" "--control with --contrast" "names both arms" mediate trial.csv "${base[@]}" --control placebo
refused 2 "" "--id without --visit" "both columns" mediate trial.csv "${base[@]}" --id id
refused 2 "" "--mediator-at without --id and --visit" "name the columns" mediate trial.csv "${base[@]}" --mediator-at 4
refused 2 "" "--lagged without --id and --visit" "name the columns" mediate trial.csv "${base[@]}" --lagged
refused 2 "" "--lagged with --mediator-at" "visit before" mediate visits.csv "${long[@]}" --lagged --mediator-at 4
refused 2 "" "--visit without --mediator-at and --outcome-at" "or --lagged" mediate visits.csv "${long[@]}"
# refusals: columns and values
refused 1 "" "mm" "" mediate trial.csv --treatment arm --mediators mm --outcome y
refused 1 "" "column m is named twice" "three columns" mediate trial.csv "${three[@]}" m
refused 1 "" "m is among the covariates too" "their own places" mediate trial.csv "${three[@]}" y --covariates 'x + m'
refused 1 "" "more than a sum of terms" "--cluster" mediate trial.csv "${three[@]}" y --covariates 'x + (1 | site)'
refused 1 "trial.csv:" "treatment column site has 15 values" "--contrast" mediate trial.csv --treatment site --mediators m --outcome y
refused 1 "" "treatment column arm has no value 'activ'" "active, placebo" mediate trial.csv "${three[@]}" y --contrast activ,placebo
refused 1 "" "both treated and control" "two different" mediate trial.csv "${three[@]}" y --contrast active,active
refused 1 "trial.csv:" "mediator high does not hold numbers" "logistic or probit" mediate trial.csv --treatment arm --mediators high --outcome y
refused 1 "trial.csv:" "outcome y has 60 different values" "0 and 1" mediate trial.csv "${three[@]}" y --outcome-model logistic
refused 1 "trial.csv:" "ordinal outcome high holds words" "numbers in their order" mediate trial.csv "${three[@]}" high --outcome-model ordinal
refused 1 "" "a mixed model without clusters" "random intercept" mediate trial.csv "${base[@]}" --outcome-model mixed
refused 1 "" "the Monte Carlo interval of alpha times beta is for linear models" "quasi-bayes" \
    mediate trial.csv "${three[@]}" better --outcome-model logistic --interval monte-carlo
refused 1 "" "robust errors with a mixed or ordinal model" "resample" mediate trial.csv "${base[@]}" --outcome-model mixed --cluster site --robust hc3
refused 1 "" "a mixed mediator model with a logistic outcome model" "use linear or mixed" \
    mediate trial.csv "${three[@]}" better --outcome-model logistic --mediator-model mixed --cluster site
# refusals: time
refused 1 "visits.csv:" "mediator m is measured at 8, not before outcome y at 8" "--concurrent" mediate visits.csv "${long[@]}" --mediator-at 8 --outcome-at 8
refused 1 "visits.csv:" "not before outcome y at 4" "earlier visit" mediate visits.csv "${long[@]}" --mediator-at 8 --outcome-at 4
refused 1 "visits.csv:" "no row has the visit '6' of the mediator" "names of the visits" mediate visits.csv "${long[@]}" --mediator-at 6 --outcome-at 8
refused 1 "visits.csv:" "baseline 8 is not before mediator and outcome" "before treatment" \
    mediate visits.csv "${long[@]}" --mediator-at 4 --outcome-at 8 --baseline-at 8
sed 's/,8,/,end,/' visits.csv > words.csv
refused 1 "words.csv:4:" "visit 'end' is not a number" "--visits" mediate words.csv "${long[@]}" --mediator-at 4 --outcome-at end
expect 0 mediate words.csv "${long[@]}" --mediator-at 4 --outcome-at end --visits 0,4,end --no-baseline --interval delta
refused 1 "words.csv:4:" "visit 'end' is not in the order of visits" "" mediate words.csv "${long[@]}" --mediator-at 4 --outcome-at 0 --visits 4,0
{ cat visits.csv; tail -1 visits.csv; } > twice.csv
refused 1 "twice.csv:182:" "'p60' has visit '8' twice" "one row per participant and visit" mediate twice.csv "${long[@]}" --mediator-at 4 --outcome-at 8
refused 1 "visits.csv:" "visit '0' is before the mediator" "--baseline-at 0, or say --no-baseline" mediate visits.csv "${long[@]}" --mediator-at 4 --outcome-at 8
refused 2 "" "--no-baseline with --baseline-at" "one of them" mediate visits.csv "${long[@]}" --mediator-at 4 --outcome-at 8 --baseline-at 0 --no-baseline
# refusals: numbers
awk -F, -v OFS=, 'NR > 1 && $2 == "placebo" { $4 = 1 } { print }' trial.csv > constant.csv
refused 3 "" "mediator m is constant (1) in the control arm" "must vary in both arms" mediate constant.csv "${base[@]}"
awk -F, -v OFS=, 'NR > 1 { $5 = 2 } { print }' trial.csv > flat.csv
refused 3 "" "outcome y is the same in all rows" "check the outcome" mediate flat.csv "${base[@]}"
head -13 trial.csv > few.csv
refused 3 "" "resamples could not be fitted" "take the interval delta" mediate trial.csv --treatment arm --mediators high --mediator-model logistic \
    --outcome better --outcome-model logistic --covariates x
refused 3 "" "6 participants in the control arm: too few to resample" "delta" mediate few.csv "${base[@]}"
expect 0 mediate few.csv "${base[@]}" --interval delta
awk -F, -v OFS=, 'NR == 1 { print $0, "z"; next } { print $0, ($2 == "active") * 2 }' trial.csv > aliased.csv
refused 3 "" "'z' is a combination" "" mediate aliased.csv "${three[@]}" y --covariates z --contrast active,placebo
awk -F, -v OFS=, 'NR == 1 { print $0, "z"; next } { print $0, $3 * 2 }' trial.csv > double.csv
expect 0 mediate double.csv "${three[@]}" y --covariates 'x + z' --contrast active,placebo --interval delta
told "covariates that depend on others are left out: z"
finish
