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
finish
