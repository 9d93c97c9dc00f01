#!/usr/bin/env bash
# vagus lmm on sleepstudy (Belenky 2003): numbers of lme4 and lmerTest (tests/reference/lmm.json); many outcomes; bad input.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
export REFERENCE=$VAGUS_SOURCE/tests/reference/lmm.json
python3 - <<'E' || exit 1
import json, os
d = json.load(open(os.environ["REFERENCE"]))["data"]["sleepstudy"]
n = len(d["Reaction"])
with open("sleep.csv", "w") as f:
    print("sample,Reaction,Days,Subject", file=f)
    for i in range(n):
        print(f"r{i}", d["Reaction"][i], d["Days"][i], d["Subject"][i], sep=",", file=f)
with open("many.tsv", "w") as f: # in another order; some missing, one constant, one empty
    print("sample", "raw", "double", "gaps", "flat", "none", sep="\t", file=f)
    for i in reversed(range(n)):
        y = d["Reaction"][i]
        print(f"r{i}", y, 2 * y, "NA" if i % 7 == 0 else y, 5, "NA", sep="\t", file=f)
E
slope='Reaction ~ Days + (1 + Days | Subject)'
expect 0 lmm sleep.csv --formula "$slope" --tests 3 --json
silent
python3 - "$here/out" <<'E' || fail "estimates differ from lme4"
import json, os, sys
from near import *
out, r = json.load(open(sys.argv[1])), json.load(open(os.environ["REFERENCE"]))["models"]["sleep_slope"]
rows = {(e["quantity"], e.get("term"), e.get("stratum")): e for e in out["estimates"]}
days = rows["coefficient", "Days", None]
for got, want, digits in ((days["estimate"], r["beta"][1], 1e-6), (days["se"], r["se"][1], 1e-6), (days["df"], r["df"][1], 1e-4),
                          (rows["random_covariance", "Days", "Subject"]["estimate"], r["variance"][0][3], 1e-6),
                          (out["fit"]["loglik"], r["loglik"], 1e-9)):
    assert abs(got / want - 1) < digits, (got, want)
assert abs(rows["joint_test", "Days", None]["statistic"] / r["joint"]["f"] - 1) < 1e-6
E
expect 0 lmm sleep.csv --formula "$slope" --df kenward-roger
expect 0 lmm sleep.csv --formula "$slope" --ml --csv
printed "random_covariance"

expect 0 lmm sleep.csv --formula '~ Days + (1 | Subject)' --outcomes many.tsv --json
told "not fitted: flat (constant)"
told "not fitted: none (too_few_rows)"
cp "$here/out" two.json
python3 - "$here/out" <<'E' || fail "many outcomes differ from one"
import json, os, sys
out, r = json.load(open(sys.argv[1])), json.load(open(os.environ["REFERENCE"]))["models"]["sleep_intercept"]
rows = {e["feature"]: e for e in out["estimates"]}
assert set(rows) == {"raw", "double", "gaps"}
assert abs(rows["raw"]["estimate"] / r["beta"][1] - 1) < 1e-6 and abs(rows["raw"]["df"] / r["df"][1] - 1) < 1e-4
assert abs(rows["double"]["se"] / r["se"][1] / 2 - 1) < 1e-6
assert rows["gaps"]["n"] == 180 - 26 and out["fit"]["n_tests"] == 5
assert rows["raw"]["q"] >= rows["raw"]["p"]
E
expect 0 lmm sleep.csv --formula '~ Days + (1 | Subject)' --outcomes many.tsv --json --threads 1
python3 - "$here/out" two.json <<'E' || fail "the bits depend on threads"
import json, sys
a, b = (json.load(open(p))["estimates"] for p in sys.argv[1:])
assert a == b
E
expect 0 lmm sleep.csv --formula '~ Days + (1 | Subject)' --outcomes many.tsv --terms Days --fdr by --csv
printed "Days"

refused 2 "" "--df kenward-roger with --ml" "REML" lmm sleep.csv --formula "$slope" --df kenward-roger --ml
refused 2 "" "--fdr without --outcomes" "name the table" lmm sleep.csv --formula "$slope" --fdr bh
refused 2 "" "no coefficient Dose in the model; there are: (Intercept), Days" "as they are printed" \
    lmm sleep.csv --formula '~ Days + (1 | Subject)' --outcomes many.tsv --terms Dose
refused 1 "" "has no random effects" "vagus lm" lmm sleep.csv --formula 'Reaction ~ Days'
refused 1 "" "has no outcome" "--outcomes" lmm sleep.csv --formula '~ Days + (1 | Subject)'
refused 1 "" "has an outcome besides --outcomes" "write ~ terms" lmm sleep.csv --formula "$slope" --outcomes many.tsv
refused 1 "sleep.csv" "Subjekt" "correct the name" lmm sleep.csv --formula 'Reaction ~ Days + (1 | Subjekt)'
refused 3 "" "cannot be told from the residual" "fewer effects" lmm sleep.csv --formula 'Reaction ~ Days + (1 | sample)'
{ cat many.tsv; printf 'r999\t1\t1\t1\t1\t1\n'; } >more.tsv
refused 1 "sleep.csv" "sample r999 of more.tsv has no row in column sample" "leave the sample out" \
    lmm sleep.csv --formula '~ Days + (1 | Subject)' --outcomes more.tsv
{ cat many.tsv; printf 'r9\t1\t1\t1\t1\t1\n'; } >twice.tsv
refused 1 "twice.tsv" "sample r9 for the second time" "" lmm sleep.csv --formula '~ Days + (1 | Subject)' --outcomes twice.tsv
sed '$d' many.tsv >fewer.tsv
expect 0 lmm sleep.csv --formula '~ Days + (1 | Subject)' --outcomes fewer.tsv
told "1 rows of sleep.csv have no sample in fewer.tsv"
awk -F, 'NR==1{print $0; next} {printf "%s,%s,%s,%s\n", $1, (NR % 2 ? 1 : -1) * NR % 3, $3, $4}' sleep.csv >flat.csv
expect 0 lmm flat.csv --formula 'Reaction ~ Days + (1 | Subject)'
told "at the boundary: the variance of (Intercept) between groups of Subject is 0"
finish
