#!/usr/bin/env bash
# vagus differential on the simulated table of tests/reference/differential.json: numbers of the formulas in R, bad input.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
export REFERENCE=$VAGUS_SOURCE/tests/reference/differential.json
python3 - <<'E' || exit 1
import json, os
r = json.load(open(os.environ["REFERENCE"]))
n, F = 60, 30
with open("counts.tsv", "w") as f: # features in rows
    print("feature", *[f"s{i}" for i in range(n)], sep="\t", file=f)
    for j in range(F):
        print(f"f{j}", *r["even"][n * j:n * j + n], sep="\t", file=f)
with open("meta.csv", "w") as f:
    print("sample,arm,age,id", file=f)
    for i in reversed(range(n)):
        print(f"s{i}", "active" if r["arm"][i] else "control", r["age"][i], f"p{r['id'][i]}", sep=",", file=f)
E
common="counts.tsv --data meta.csv --levels arm=control,active"
expect 0 differential $common --formula '~ arm + age' --mode linda --terms armactive --json
python3 - "$here/out" <<'E' || fail "differs from LinDA"
import json, os, sys
out, r = json.load(open(sys.argv[1])), json.load(open(os.environ["REFERENCE"]))["linda_even"]
rows = {e["feature"]: e for e in out["estimates"]}
assert len(rows) == 30
for j in range(30):
    e = rows[f"f{j}"]
    assert abs(e["estimate"] - (r["raw"][j] - r["bias"])) < 1e-7 and abs(e["p"] / r["p"][j] - 1) < 1e-5, (j, e)
    assert e["unit"] == "log2 fold change" and e["q"] >= e["p"]
assert out["fit"]["values"] == "counts" and out["fit"]["n_tests"] == 30
E
for mode in median linda none; do
    expect 0 differential $common --formula '~ arm + age + (1 | id)' --mode $mode --csv
    printed "differential,armactive"
done
told "not corrected: when one feature blooms"
expect 0 differential $common --formula '~ arm + age + (1 | id)' --mode maaslin3
told "descriptive for arms of a trial"
printed "differential_prevalence"
expect 0 differential $common --formula '~ arm + age' --model nb --fdr by --json
cp "$here/out" two.json
expect 0 differential $common --formula '~ arm + age' --model nb --fdr by --json --threads 1
python3 - "$here/out" two.json <<'E' || fail "the bits depend on threads"
import json, sys
a, b = (json.load(open(p))["estimates"] for p in sys.argv[1:])
assert a == b and len(a) == 60
E
refused 2 "" "--model nb with --mode linda" "median or none" differential $common --formula '~ arm' --model nb --mode linda
refused 2 "" "no coefficient arm in the model" "as they are printed" differential $common --formula '~ arm' --terms arm
refused 2 "" "--data" "" differential counts.tsv --formula '~ arm'
expect 0 differential $common --formula '~ arm + (1 | id)' --model nb
told "errors are clustered by id"
refused 1 "" "counts of reads are no absolute amounts" "by loads" differential $common --formula '~ arm' --mode absolute
expect 0 differential $common --formula '~ arm' --mode absolute --kind amounts --csv
printed "differential,armactive"
expect 0 differential $common --formula '~ arm' --mode linda --winsor 0.97 --csv
printed "differential,armactive"
refused 2 "" "--winsor without --mode linda" "add --mode linda" differential $common --formula '~ arm' --winsor 0.97
refused 1 "" "has an outcome" "write ~ terms" differential $common --formula 'age ~ arm'
refused 3 "" "cannot be told from the residual" "leave the random effects out" differential $common --formula '~ arm + (1 | sample)'
sed '/^s7,/d' meta.csv >fewer.csv
refused 1 "fewer.csv" "sample s7 of counts.tsv has no row in column sample" "leave the sample out" \
    differential counts.tsv --data fewer.csv --formula '~ arm'
{ cat meta.csv; echo s7,active,50,p2; } >twice.csv
refused 1 "twice.csv:62:" "sample s7 for the second time" "one row" differential counts.tsv --data twice.csv --formula '~ arm'
{ cat meta.csv; echo s99,active,50,p2; } >more.csv
expect 0 differential counts.tsv --data more.csv --formula '~ arm'
told "1 rows of more.csv have no sample in counts.tsv"
finish
