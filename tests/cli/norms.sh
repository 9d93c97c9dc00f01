#!/usr/bin/env bash
# vagus norms: the witness's centile, both methods, who has no norm and why, bad input.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
python3 - <<'PY' || exit 1
import json, os
w = json.load(open(os.environ["VAGUS_SOURCE"] + "/tests/reference/norms.json"))
with open("ref.csv", "w") as f:
    f.write("person,age,sex,bmi,crp\n")
    for i, row in enumerate(zip(w["age"], w["sex"], w["bmi"], w["y"])):
        f.write("r%d,%s,%s,%s,%s\n" % (i, row[0], "fm"[row[1]], row[2], row[3]))
PY
printf 'who,age,sex,bmi,crp\np1,30,f,24,2.5\np2,45,m,30,9\np3,95,f,24,2\np4,40,x,24,2\np5,40,f,24,\np6,,f,24,2\n' >people.csv
common=(ref.csv --people people.csv --values crp --smooth age --covariates sex,bmi)
expect 0 norms "${common[@]}" --straight --json
silent
python3 - "$here/out" <<'PY' || fail "$last: not the witness's z"
import json, os, sys
rows = {r["term"]: r for r in json.load(open(sys.argv[1]))["estimates"]}
w = json.load(open(os.environ["VAGUS_SOURCE"] + "/tests/reference/norms.json"))["direct"]["score"]
assert abs(rows["p1"]["statistic"] - w[0]["z"]) < 1e-6, rows["p1"]
assert abs(rows["p2"]["statistic"] - w[1]["z"]) < 1e-5, rows["p2"]
assert abs(rows["p1"]["se"] - w[0]["se"]) < 1e-5
assert rows["p1"]["lower"] < rows["p1"]["estimate"] < rows["p1"]["upper"] and rows["p1"]["n"] == 240
assert all("estimate" not in rows[p] for p in ("p3", "p4", "p5", "p6"))
PY
printed "age is 95, and the reference set reaches from"
printed 'sex is `x`, and nobody in the reference set is'
printed "not measured"
printed "age is missing"
printed '"z_kurtosis"'
expect 0 norms "${common[@]}" --penalties 30,200,0 --folds 0 --curves
silent
printed "curve"
expect 0 norms "${common[@]}" --smoothing gaic --folds 0 --csv
silent
expect 0 norms "${common[@]}" --method quantile --resamples 50 --csv
printed "above all quantiles that the reference set can bear"
cp "$here/out" one.csv
expect 0 norms "${common[@]}" --method quantile --resamples 50 --csv --threads 1
cmp -s "$here/out" one.csv || fail "$last: not the same on one thread"

# --- bad input ---
head -25 ref.csv >few.csv
refused 3 "few.csv" "no comparable people: 24" "at least 30" norms few.csv --people people.csv --values crp
sed 's/,2.5*$/,0/; 3s/,[^,]*$/,0/' ref.csv >zero.csv
refused 1 "zero.csv" "must be above 0" "--method quantile" norms zero.csv --people people.csv --values crp
expect 0 norms zero.csv --people people.csv --values crp --method quantile --resamples 20
sed '5s/,[^,]*$/,<0.5/' ref.csv >text.csv
refused 1 "text.csv:5:" "is not a number" "missing code" norms text.csv --people people.csv --values crp
refused 1 "ref.csv" "crq" "crp" norms ref.csv --people people.csv --values crq
refused 1 "ref.csv" "heigth" "" norms ref.csv --people people.csv --values crp --covariates heigth
refused 1 "ref.csv" "the smooth covariate sex does not hold numbers" "among the covariates" norms ref.csv --people people.csv --values crp --smooth sex
refused 3 "ref.csv" "linear combinations" "leave one" norms ref.csv --people people.csv --values crp --smooth age --covariates age
refused 2 "" "three numbers" "30,200,0" norms "${common[@]}" --penalties 1,2
refused 2 "" "without --smooth" "name the covariate" norms ref.csv --people people.csv --values crp --straight
refused 2 "" "--folds 1" "2 and more" norms "${common[@]}" --folds 1
refused 2 "" "--people" "" norms ref.csv --values crp
finish
