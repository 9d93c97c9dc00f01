#!/usr/bin/env bash
# vagus mediate with noisy mediators: factor scores as R gives them, learnt scores (tests/reference/channels_noise.R). The trial is SIMULATED.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
witness="$VAGUS_SOURCE/tests/reference/channels_noise.json"
markers=il6,tnf,il10,crp,ifn,gaba,serotonin,zonulin
python3 - "$witness" $markers <<'E2'
import json, sys
w = json.load(open(sys.argv[1]))
names = sys.argv[2].split(",")
with open("trial.csv", "w") as out:
    print("arm,x", *names, "y", sep=",", file=out)
    for i in range(len(w["a"])):
        print("active" if w["a"][i] else "placebo", w["x"][i], *[w["marker%d" % (j + 1)][i] for j in range(len(names))], w["y"][i], sep=",", file=out)
E2
base=(mediate trial.csv --treatment arm --contrast active,placebo --mediators $markers --outcome y --covariates x)
channels=(--channels 'immune=il6,tnf,-il10,crp,ifn;transmitters=gaba,serotonin;barrier=zonulin')

# effects KEY: total, direct, indirect overall and by channel as in the witness
effects() {
    python3 - "$here/out" "$witness" "$1" <<'E2' || fail "$last: differs from R ($1)"
import sys
from near import *
rows = [e for e in json.load(open(sys.argv[1]))["estimates"] if e["quantity"] in ("total", "direct", "indirect")]
expected = json.load(open(sys.argv[2]))[sys.argv[3]]
assert len(rows) == len(expected), (len(rows), len(expected))
for e, x in zip(rows, expected):
    near(e["estimate"], x, 1e-8)
E2
}

expect 0 "${base[@]}" "${channels[@]}" --score factor --interval delta --json
effects effect
printed '"score": "factor"'
python3 - "$here/out" "$witness" <<'E2' || fail "omega, determinacy, loadings, the test and detectable effects differ from R"
import sys
from near import *
w = json.load(open(sys.argv[2]))
r = {(e["channel"], e["feature"]): e for e in rows(sys.argv[1], "score") if "term" not in e}
near(r["immune", "omega"]["estimate"], w["factor_omega"][0])
near(r["immune", "determinacy"]["estimate"], w["factor_determinacy"][0])
near(r["transmitters", "omega"]["estimate"], w["pair_omega"][0])
near(r["immune", "one_factor"]["p"], w["factanal_test"][2], 1e-6)
loading = [e["estimate"] for e in rows(sys.argv[1], "score") if e["channel"] == "immune" and e["feature"] == "loading"]
for a, b in zip(loading, w["factor_loading"]):
    near(a, b)
d = rows(sys.argv[1], "detectable_indirect")
assert [e["channel"] for e in d] == ["immune", "transmitters", "barrier"] and all(e["estimate"] > 0 for e in d), d
E2
refused 3 "" "the markers of transmitters hold no common factor: two markers whose correlation" "turn a marker round" \
    "${base[@]}" --channels 'immune=il6,tnf,-il10,crp,ifn;transmitters=gaba,-serotonin;barrier=zonulin' --score factor --interval delta

# learnt scores: an interval that is valid by default, the same on any number of threads, told how
expect 0 "${base[@]}" "${channels[@]}" --score ridge --boot 500 --threads 1 --json
cp "$here/out" one.json
expect 0 "${base[@]}" "${channels[@]}" --score ridge --boot 500 --threads 2 --json
cmp -s one.json "$here/out" || fail "$last: differs between one thread and two"
printed '"interval": "monte-carlo"'
printed 'scores cross-fitted in 5 folds, medians of 20 repeats'
printed '"feature": "split_sd"'
printed 'hold a part of their channel'
refused 1 "" "chance associations" "use delta or monte-carlo" "${base[@]}" "${channels[@]}" --score ridge --interval percentile
refused 1 "" "scores learnt for the outcome with reliabilities" "mean, component or factor" "${base[@]}" "${channels[@]}" --score ridge --reliability il6=0.8

# missing and censored values: near the likelihood of the same model (tests/reference/channels_impute.R)
python3 - "$VAGUS_SOURCE/tests/reference/channels_impute.json" <<'E2'
import json, sys
w = json.load(open(sys.argv[1]))
with open("lost.csv", "w") as out, open("low.csv", "w") as low:
    print("arm,x,m1,m2,y", file=out)
    print("arm,x,m1,y", file=low)
    for i in range(len(w["a"])):
        arm = "active" if w["a"][i] else "placebo"
        print(arm, w["x"][i], *["" if w[k + "_lost"][i] else w[k][i] for k in ("m1", "m2", "y")], sep=",", file=out)
        print(arm, w["x"][i], max(w["m1"][i], w["limit"][0] - .01), w["y"][i], sep=",", file=low)
E2
# near_likelihood KEY [TOLERANCE]: estimates within a quarter of their error, errors within a tenth
near_likelihood() {
    python3 - "$here/out" "$VAGUS_SOURCE/tests/reference/channels_impute.json" "$1" "${2:-.1}" <<'E2' || fail "$last: far from R ($1)"
import sys
from near import *
w = json.load(open(sys.argv[2]))
rows = [e for e in json.load(open(sys.argv[1]))["estimates"] if e["quantity"] in ("total", "direct", "indirect")]
rows.sort(key=lambda e: ("total", "direct", "indirect").index(e["quantity"]))
for e, value, se in zip(rows, w[sys.argv[3]], w[sys.argv[3] + "_se"]):
    assert abs(e["estimate"] - value) < se / 4 and abs(e["se"] / se - 1) < float(sys.argv[4]), (e, value, se)
E2
}
lost=(mediate lost.csv --treatment arm --contrast active,placebo --mediators m1,m2 --outcome y --covariates x)
expect 0 "${lost[@]}" --missing impute --interval delta --json
near_likelihood fiml
printed '"n_imputed_mediators": 178'
printed '"n_imputed_outcomes": 95'
printed '"n_observations": 400'
printed 'jointly normal given treatment and covariates'
printed '"feature": "imputed_share"'
expect 0 "${lost[@]}" --missing impute --imputations 20 --boot 1000 --json
near_likelihood fiml .2 # a product of two uncertain arrows: the delta method of R leaves out v_a v_b
expect 0 "${lost[@]}" --boot 200
printed 'impute them jointly with the outcome'
refused 1 "" "the interval monte-carlo with imputed values" "percentile or delta" "${lost[@]}" --missing impute --interval monte-carlo
limit=$(python3 -c "import json; print(json.load(open('$VAGUS_SOURCE/tests/reference/channels_impute.json'))['limit'][0])")
low=(mediate low.csv --treatment arm --contrast active,placebo --mediators m1 --outcome y --covariates x)
expect 0 "${low[@]}" --lloq "m1=$limit" --interval delta --json
python3 - "$here/out" "$VAGUS_SOURCE/tests/reference/channels_impute.json" <<'E2' || fail "$last: differs from the joint likelihood in R"
import sys
from near import *
w = json.load(open(sys.argv[2]))
for k, quantity in enumerate(("total", "direct", "indirect")):
    [e] = rows(sys.argv[1], quantity)
    near(e["estimate"], w["tobit"][k], 1e-6)
    near(e["se"], w["tobit_se"][k], 1e-6)
E2
printed '"n_below": 120'
printed 'also where it was not measured'
expect 0 "${low[@]}" --lloq "m1=$limit" --boot 200 --json
near_likelihood tobit .2
expect 0 "${low[@]}" --lloq "m1=$limit" --reliability m1=0.9 --imputations 200 --interval delta --json
refused 2 "" "--lloq 'm1'" "il6=0.5" "${low[@]}" --lloq m1
refused 2 "" "--lloq or --uloq names y" "--mediators" "${low[@]}" --lloq y=3
refused 2 "" "--interaction both with --lloq" "without interaction" "${low[@]}" --lloq "m1=$limit" --interaction both
refused 1 "" "the interval bca" "percentile or delta" "${low[@]}" --lloq "m1=$limit" --interval bca
refused 3 "" "of m1 lie beyond a limit" "detected" "${low[@]}" --lloq m1=9
refused 1 "" "--lloq or --uloq names y" "--mediators" "${lost[@]}" --lloq y=3
refused 3 "" "beyond a limit: too many to impute" "leave it out" "${lost[@]}" --lloq m1=9

# a binary outcome: SIMEX beside the rows as measured
python3 - "$VAGUS_SOURCE/tests/reference/mediation_simex.json" <<'E2'
import json, sys
w = json.load(open(sys.argv[1]))
with open("binary.csv", "w") as out:
    print("arm,x,m,b,y", file=out)
    for i in range(len(w["a"])):
        print("active" if w["a"][i] else "placebo", w["x"][i], w["m"][i], int(w["b"][i]), w["y"][i], sep=",", file=out)
E2
binary=(mediate binary.csv --treatment arm --contrast active,placebo --mediators m --outcome b --covariates x --outcome-model logistic)
expect 0 "${binary[@]}" --reliability m=0.7 --interaction no --interval delta --json
python3 - "$here/out" "$VAGUS_SOURCE/tests/reference/mediation_simex.json" <<'E2' || fail "$last: the corrected arrow is far from R's SIMEX"
import sys
from near import *
w = json.load(open(sys.argv[2]))
arrow = {e["term"] + "/" + e.get("stratum", ""): e for e in rows(sys.argv[1], "arrow")}
e = arrow["m -> b/corrected"]
assert abs(e["estimate"] - w["logistic_rational"][3]) < 5 * w["logistic_rational_mc"][3] + .01 * e["se"], e
assert e["estimate"] > 1.2 * arrow["m -> b/"]["estimate"]
total = {e.get("stratum"): e["estimate"] for e in rows(sys.argv[1], "total")}
assert set(total) == {None, "corrected"} and abs(total["corrected"] - total[None]) < .02, total
assert {e["stratum"] for e in rows(sys.argv[1], "indirect")} == {"average", "treated", "control", "average, corrected", "treated, corrected", "control, corrected"}
E2
printed '"correction": "simex"'
printed 'by SIMEX, delta method'
expect 0 "${binary[@]}" --reliability m=0.7:0.6:0.8 --simex-curve quadratic --interval delta --json
printed 'corrected, no interaction'
linear=(mediate binary.csv --treatment arm --contrast active,placebo --mediators m --outcome y --covariates x)
expect 0 "${linear[@]}" --reliability m=0.7 --interval delta --json
cp "$here/out" calibration.json
expect 0 "${linear[@]}" --reliability m=0.7 --correction simex --interaction no --interval delta --json
python3 - "$here/out" calibration.json <<'E2' || fail "$last: differs from regression calibration in linear models"
import sys
from near import *
simex, exact = ([e["estimate"] for e in rows(name, "indirect") if e.get("stratum") == "corrected"][0] for name in sys.argv[1:3])
near(simex, exact)
E2
refused 2 "" "--correction simex with several mediators or channels" "regression calibration" "${lost[@]}" --reliability m1=0.8 --correction simex
refused 2 "" "--small-sample with SIMEX" "regression-calibration" "${binary[@]}" --reliability m=0.7 --small-sample
refused 2 "" "--reliability names other columns" "the one mediator" "${binary[@]}" --reliability x=0.8
refused 2 "" "--outcome-model logistic with several mediators" "one mediator at a time" "${binary[@]}" --reliability m=0.7 --correction regression-calibration
refused 3 "" "nothing is left of the mediator" "in this trial" "${binary[@]}" --reliability m=0.1 --interval delta
refused 1 "" "a correction of a logistic mediator" "--mediator-model linear" mediate binary.csv --treatment arm --mediators b --mediator-model logistic --outcome y --reliability b=0.7 --correction simex --interval delta
finish
