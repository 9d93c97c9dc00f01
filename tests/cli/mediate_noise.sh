#!/usr/bin/env bash
# vagus mediate with noisy mediators: factor scores, as R gives them (tests/reference/channels_noise.R). The trial is SIMULATED.
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
refused 3 "" "the markers of transmitters hold no common factor: two markers whose correlation" "turn a marker round" \
    "${base[@]}" --channels 'immune=il6,tnf,-il10,crp,ifn;transmitters=gaba,-serotonin;barrier=zonulin' --score factor --interval delta
finish
