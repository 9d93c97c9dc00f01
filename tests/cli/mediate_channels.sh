#!/usr/bin/env bash
# vagus mediate with several mediators: by mediator, by channel, overall, as measured and corrected, as R gives them
# (tests/reference/channels.R); every refusal. The trial is SIMULATED.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
witness="$VAGUS_SOURCE/tests/reference/channels.json"
python3 - "$witness" <<'E'
import json, sys
w = json.load(open(sys.argv[1]))
names = ["il6", "tnf", "il10", "butyrate", "cortisol"]
with open("trial.csv", "w") as wide, open("visits.csv", "w") as long:
    print("id,arm,x,site,word", *names, "y", sep=",", file=wide)
    print("id,arm,x,site,week", *names, "y", sep=",", file=long)
    for i in range(80):
        arm, x, site = "active" if w["a"][i] else "placebo", w["x"][i], "AB"[int(w["site"][i])]
        m, y = [w["marker%d" % (j + 1)][i] for j in range(5)], w["y"][i]
        before = [round(v * .5 + (i * (7 + j) % 11) / 9, 4) for j, v in enumerate(m)]
        print("p%d" % i, arm, x, site, "w%d" % (i % 40), *m, y, sep=",", file=wide)
        print("p%d" % i, arm, x, site, 0, *before, round(y * .4 + (i * 5 % 13) / 9, 4), sep=",", file=long)
        print("p%d" % i, arm, "", "", 4, *m, "", sep=",", file=long)
        print("p%d" % i, arm, "", "", 8, *[v + 1 for v in m], y, sep=",", file=long)
E
five=il6,tnf,il10,butyrate,cortisol
base=(--treatment arm --contrast active,placebo --mediators $five --outcome y)
channels=(--channels 'immune=il6,tnf,-il10;metabolites=butyrate;hpa=cortisol')
known=(--reliability 'il6=0.8,tnf=0.7,il10=0.9,butyrate=0.75,cortisol=0.85')

# agree WITNESS WHAT [STRATUM]: total, direct, indirect (overall, terms, channels) or their errors
agree() {
    python3 - "$here/out" "$witness" "$@" <<'E' || fail "$last: differs from R ($1)"
import sys
from near import *
out, witness, name, what, *stratum = sys.argv[1:]
w = json.load(open(witness))
rows = [e for e in json.load(open(out))["estimates"] if e["quantity"] in ("total", "direct", "indirect") and e.get("stratum") == (stratum or [None])[0]]
assert len(rows) == len(w[name]), (len(rows), len(w[name]))
for e, expected in zip(rows, w[name]):
    assert abs(e[what] - expected) <= 1e-8 * max(abs(expected), 1e-3), (e, expected)
t = {e["quantity"]: e["estimate"] for e in rows if "term" not in e and "channel" not in e}
near(t["direct"] + t["indirect"], t["total"], 1e-12)
E
}
covariates=(--covariates 'x + site')
expect 0 mediate trial.csv "${base[@]}" "${covariates[@]}" "${channels[@]}" --interval delta --json
agree mean_effect estimate
agree mean_se se
expect 0 mediate trial.csv "${base[@]}" "${covariates[@]}" "${channels[@]}" --score component --interval delta --json
agree component_effect estimate
expect 0 mediate trial.csv "${base[@]}" "${covariates[@]}" "${channels[@]}" --score markers --interval delta --json
agree markers_effect estimate
agree markers_se se
python3 - "$here/out" <<'E' || fail "rows by mediator, by channel and overall are not told apart"
import sys
from near import *
r = [(e.get("term"), e.get("channel")) for e in rows(sys.argv[1], "indirect")]
assert r == [(None, None), ("il6", "immune"), ("tnf", "immune"), ("il10", "immune"), ("butyrate", "metabolites"), ("cortisol", "hpa"),
             (None, "immune"), (None, "metabolites"), (None, "hpa")], r
E
expect 0 mediate trial.csv "${base[@]}" "${covariates[@]}" "${known[@]}" --boot 300 --json
agree corrected estimate corrected
printed '"indirect_at_reliability"'
printed 'conditional_reliability'
expect 0 mediate trial.csv "${base[@]}" "${covariates[@]}" "${known[@]}" "${channels[@]}" --boot 300 --json --threads 1
agree corrected_mean estimate corrected
agree mean_effect estimate "as measured"
cp "$here/out" "$here/one"
expect 0 mediate trial.csv "${base[@]}" "${covariates[@]}" "${known[@]}" "${channels[@]}" --boot 300 --json --threads 2
cmp -s "$here/one" "$here/out" || fail "the numbers depend on the number of threads"
# a noisy covariate; one mediator alone with an uncertain reliability; other ways to an answer
expect 0 mediate trial.csv "${base[@]}" "${covariates[@]}" --boot 300 --json \
    --reliability 'il6=0.8,tnf=0.7,il10=0.9,butyrate=0.75,cortisol=0.85,x=0.8'
agree corrected_covariate estimate corrected
expect 0 mediate trial.csv --treatment arm --mediators il6 --outcome y --reliability il6=0.8:0.7:0.9 --boot 300
printed "corrected"
expect 0 mediate trial.csv "${base[@]}" --interval monte-carlo --boot 500 --csv
expect 0 mediate trial.csv "${base[@]}" --cluster word --boot 200
printed "resamples of word within arms"
# without a reliability: the curve, never a corrected point
expect 0 mediate trial.csv "${base[@]}" --boot 300 --json
printed '"indirect_at_reliability"'
grep -q '"corrected"' "$here/out" && fail "a corrected effect without a reliability"
# proportions of a total that is there
awk -F, -v OFS=, 'NR > 1 && $2 == "active" { $11 += 2 } { print }' trial.csv > strong.csv
expect 0 mediate strong.csv "${base[@]}" "${channels[@]}" --interval delta --json
python3 - "$here/out" <<'E' || fail "shares are not indirect effects over the total"
import sys
from near import *
total = rows(sys.argv[1], "total")[0]["estimate"]
for e, share in zip(rows(sys.argv[1], "indirect"), rows(sys.argv[1], "proportion_mediated")):
    if "estimate" in share:
        near(share["estimate"], e["estimate"] / total, 1e-12)
assert "estimate" in rows(sys.argv[1], "proportion_mediated")[0]
E

# a row per visit is the same trial: baselines of all mediators become covariates
long=(--treatment arm --contrast active,placebo --mediators il6,butyrate --outcome y --id id --visit week)
expect 0 mediate visits.csv "${long[@]}" --mediator-at 4 --outcome-at 8 --baseline-at 0 --covariates x --interval delta --json
cp "$here/out" "$here/long"
python3 - <<'E'
import csv
by = {}
for r in csv.DictReader(open("visits.csv")):
    by.setdefault(r["id"], {})[r["week"]] = r
with open("wide.csv", "w") as f:
    print("arm,x,il6,butyrate,y,il6_0,butyrate_0,y_0", file=f)
    for p in by.values():
        print(p["0"]["arm"], p["0"]["x"], p["4"]["il6"], p["4"]["butyrate"], p["8"]["y"], p["0"]["il6"], p["0"]["butyrate"], p["0"]["y"], sep=",", file=f)
E
expect 0 mediate wide.csv --treatment arm --contrast active,placebo --mediators il6,butyrate --outcome y --interval delta --json \
    --covariates 'x + il6_0 + butyrate_0 + y_0'
python3 - "$here/long" "$here/out" <<'E' || fail "a row per visit and a row per participant differ"
import sys
from near import *
a, b = ([e for e in json.load(open(f))["estimates"] if e["quantity"] in ("indirect", "direct", "total")] for f in sys.argv[1:])
assert len(a) == len(b) == 5
for x, y in zip(a, b):
    near(x["estimate"], y["estimate"], 1e-9)
    near(x["se"], y["se"], 1e-9)
E
expect 0 mediate visits.csv "${long[@]}" --mediator-at 4 --outcome-at 8 --baseline-at 0 --reliability 'il6=0.95,il6 at 0=0.95' --boot 200
printed "corrected"
awk -F, -v OFS=, 'NR == 3 { $7 = "NA" } { print }' trial.csv > gap.csv
expect 0 mediate gap.csv "${base[@]}" --interval delta
told "1 of 80 rows are incomplete and left out (a mediator missing in 1"

# refusals: words
refused 2 "" "--channels 'immune'" "write 'immune=" mediate trial.csv "${base[@]}" --channels immune
refused 2 "" "--channels 'immune=il6,-'" "write 'immune=" mediate trial.csv "${base[@]}" --channels immune=il6,-
refused 2 "" "--reliability 'il6'" "value:lower:upper" mediate trial.csv "${base[@]}" --reliability il6
refused 2 "" "--reliability 'il6=high'" "value:lower:upper" mediate trial.csv "${base[@]}" --reliability il6=high
refused 2 "" "--reliability 'il6=0.7:0.8'" "value:lower:upper" mediate trial.csv "${base[@]}" --reliability il6=0.7:0.8
refused 2 "" "--score without --channels" "gathers the markers" mediate trial.csv "${base[@]}" --score mean
refused 2 "" "--score without --channels" "gathers the markers" mediate trial.csv --treatment arm --mediators il6 --outcome y --score mean
refused 2 "" "--outcome-model logistic with several mediators" "one mediator at a time" mediate trial.csv "${base[@]}" --outcome-model logistic
refused 2 "" "--interaction yes with several mediators" "without interactions" mediate trial.csv "${base[@]}" --interaction yes
refused 2 "" "--robust hc3 with several mediators" "" mediate trial.csv "${base[@]}" --robust hc3
# refusals: names
refused 1 "" "il7" "" mediate trial.csv --treatment arm --mediators il6,il7 --outcome y
refused 1 "" "column il6 is named twice" "columns of their own" mediate trial.csv --treatment arm --mediators il6,il6 --outcome y
refused 1 "" "column y is named twice" "columns of their own" mediate trial.csv --treatment arm --mediators il6,y --outcome y
refused 1 "trial.csv:" "mediator word does not hold numbers" "linear models" mediate trial.csv --treatment arm --mediators il6,word --outcome y
refused 1 "" "tnf is among the covariates too" "their own places" mediate trial.csv --treatment arm --mediators il6,tnf --outcome y --covariates 'x + tnf'
refused 1 "" "--channels names il8, which is no mediator" "did you mean il6?" \
    mediate trial.csv "${base[@]}" --channels 'immune=il8,tnf,il10;b=butyrate;c=cortisol'
refused 1 "" "mediator cortisol is in no channel" "one of its own" mediate trial.csv "${base[@]}" --channels 'immune=il6,tnf,il10;b=butyrate'
refused 1 "" "il6 stands in channel immune and in b" "one channel" \
    mediate trial.csv "${base[@]}" --channels 'immune=il6,tnf,il10;b=butyrate,il6;c=cortisol'
refused 1 "" "channel a is declared twice" "in one place" mediate trial.csv "${base[@]}" --channels 'a=il6,tnf,il10;a=butyrate;c=cortisol'
refused 1 "" "--reliability names il66, which is no mediator and no covariate" "did you mean il6?" \
    mediate trial.csv "${base[@]}" --reliability il66=0.7
refused 1 "" "the reliability of il6 is given twice" "one value" mediate trial.csv "${base[@]}" --reliability il6=0.7,il6=0.8
# refusals: numbers
refused 1 "" "reliability 1.2 of il6 is not in (0, 1]" "such as 0.7" mediate trial.csv "${base[@]}" --reliability il6=1.2
refused 1 "" "reliability 0 of il6 is not in (0, 1]" "such as 0.7" mediate trial.csv "${base[@]}" --reliability il6=0
refused 1 "" "interval 0.8 to 0.9 of the reliability 0.7 of il6" "0.7:0.6:0.8" mediate trial.csv "${base[@]}" --reliability il6=0.7:0.8:0.9
refused 1 "" "the interval bca is for one mediator" "percentile, delta or monte-carlo" mediate trial.csv "${base[@]}" --interval bca
refused 1 "" "the interval monte-carlo with reliabilities" "use percentile" mediate trial.csv "${base[@]}" --interval monte-carlo --reliability il6=0.7
refused 1 "" "the interval delta takes the rows of a cluster for independent" "use percentile" mediate trial.csv "${base[@]}" --interval delta --cluster word
refused 3 "" "markers too unreliable for this correction" "as they vary in this trial" mediate trial.csv "${base[@]}" --reliability butyrate=0.05
expect 0 mediate trial.csv "${base[@]}" --reliability butyrate=0.05 --small-sample --interval delta --json
printed "errors_taken_off"
head -9 trial.csv > few.csv
refused 3 "" "more than they can bear" "one score each" mediate few.csv "${base[@]}" --covariates x --interval delta
expect 0 mediate few.csv "${base[@]}" "${channels[@]}" --interval delta
awk -F, -v OFS=, 'NR > 1 { $7 = 2 * $6 - $9 } { print }' trial.csv > twice.csv
refused 3 "" "the mediators depend on each other" "gather it in one channel" mediate twice.csv "${base[@]}" --interval delta
awk -F, -v OFS=, 'NR > 1 && $2 == "placebo" { $7 = 1 } { print }' trial.csv > constant.csv
refused 3 "" "mediator tnf is constant (1) in the control arm" "must vary in both arms" mediate constant.csv "${base[@]}"
finish
