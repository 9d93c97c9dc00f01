#!/usr/bin/env bash
# vagus forest: answers that hang together, whatever the threads; every refusal.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
python3 - <<'E'
import random
random.seed(5)
with open("trial.csv", "w") as wide, open("three.csv", "w") as three:
    print("id,arm,y,x1,x2,sex,flat,site,e,later", file=wide)
    print("arm,y,x1,x2", file=three)
    for i in range(320):
        x1, x2, sex = random.gauss(0, 1), random.gauss(0, 1), random.choice(["f", "m", ""])
        e = 0.4 if sex == "f" else 0.6
        arm = "active" if random.random() < e else "placebo"
        y = x2 + (2 * (x1 > 0) if arm == "active" else 0) + random.gauss(0, 1)
        lost = i % 40 == 0
        print(f"p{i:03d}", arm, "" if lost else round(y, 4), "" if i % 9 == 0 else round(x1, 3), round(x2, 3), sex, 7, i % 40,
              e, 0, sep=",", file=wide)
        print(random.choice("abc"), round(y, 4), round(x1, 3), round(x2, 3), sep=",", file=three)
E
base=(--treatment arm --outcome y --features x1,x2,sex --control placebo --trees 200)

expect 0 forest trial.csv "${base[@]}" --propensity e --moderators x2 --predictions cate.csv --id id --json --threads 1
cp "$here/out" "$here/one"
told "8 rows lack outcome"
told "312 rows: below 400 a forest explores"
python3 - "$here/out" <<'E' || fail "answers do not hang together"
import sys, csv, math
from near import *
r = json.load(open(sys.argv[1]))
rows = {(e["quantity"], e.get("term"), e.get("stratum")): e for e in r["estimates"]}
p = list(csv.DictReader(open("cate.csv")))
assert len(p) == 312 and p[0]["id"] == "p001" and p[0]["row"] == "2" and p[0]["arm"] == "active", p[0]
table = {t["id"]: t for t in csv.DictReader(open("trial.csv"))}
score = []
for t in p:  # doubly robust score by its formula
    y, w, e = float(table[t["id"]]["y"]), table[t["id"]]["arm"] == "active", float(t["propensity"])
    assert e == float(table[t["id"]]["e"])
    left = y - float(t["outcome_hat"]) - float(t["cate"]) * (w - e)
    score.append(float(t["cate"]) + (w - e) / (e * (1 - e)) * left)
    near(float(t["score"]), score[-1], 1e-10)
    assert float(t["se"]) >= 0
n, mean = len(score), sum(score) / len(score)
ate = rows["ate", None, None]
near(ate["estimate"], mean, 1e-10)
near(ate["se"], math.sqrt(sum((s - mean) ** 2 for s in score) / n / (n - 1)), 1e-10)
assert ate["arm"] == "active" and ate["reference"] == "placebo" and ate["n"] == 312
assert abs(ate["estimate"] - 1) < 4 * ate["se"]  # the truth is 1
assert rows["calibration", "differential", None]["p"] < 0.001
assert rows["autoc", None, None]["estimate"] > 0 and rows["qini", None, None]["p"] < 0.05
assert rows["group_effect", None, "most"]["estimate"] > rows["group_effect", None, "least"]["estimate"]
assert ("blp", "x2", None) in rows and ("blp", "(Intercept)", None) in rows
importance = {e["term"]: e["estimate"] for e in r["estimates"] if e["quantity"] == "importance"}
assert max(importance, key=importance.get) == "x1" and "sex" in str(importance), importance
E
expect 0 forest trial.csv "${base[@]}" --propensity e --moderators x2 --predictions cate2.csv --id id --json --threads 3
sed -i 's/cate2.csv/cate.csv/; s/"3"/"1"/' "$here/out"
cmp -s "$here/one" "$here/out" || fail "the numbers depend on the number of threads"
cmp -s cate.csv cate2.csv || fail "the predictions depend on the number of threads"

expect 0 forest trial.csv --treatment arm --outcome y --features all --without id,later --trees 100 --propensity e --no-ranks
told "feature flat is constant"
expect 0 forest trial.csv "${base[@]}" --propensity estimate --cluster site --equal-clusters --no-ranks
printed "estimated out of bag"
expect 0 forest trial.csv "${base[@]}" --no-ranks --honesty no --csv
expect 0 forest trial.csv "${base[@]}" --no-ranks --honesty 0.7 --min-node-size 3 --alpha 0.1 --imbalance-penalty 1 --sample-fraction 0.4 --mtry 2
printed "shares of the arms"
expect 0 forest trial.csv "${base[@]}" --tune --no-ranks --json
printed '"tuned":'
printed '"default_error":'
expect 0 forest three.csv --treatment arm --outcome y --features x1,x2 --trees 100 --propensity 0.3333,0.3333 --csv
printed "ate,,y,,b,a"
printed "ate,,y,,c,a"
printed "autoc,,y,,b,a"
printed "group_difference,,y,,c,a,most - least"

refused 1 "" "no column" "" forest trial.csv --treatment arm --outcome z --features x1
refused 1 "" "is a feature and treatment" "leave it out" forest trial.csv --treatment arm --outcome y --features x1,y
refused 1 "" "neither a column nor 1 number" "estimate" forest trial.csv "${base[@]}" --propensity half
refused 1 "" "outside (0, 1)" "leave them out" forest trial.csv "${base[@]}" --propensity 1
refused 1 "trial.csv:" "outside (0, 1)" "correct the probability" forest trial.csv "${base[@]}" --propensity x2
refused 1 "" "a different word in nearly every row" "identifiers" forest trial.csv --treatment arm --outcome y --features id
refused 1 "" "16 arms" "" forest trial.csv --treatment site --outcome y --features x1
refused 3 "" "constant" "differ between rows" forest trial.csv --treatment arm --outcome y --features flat
head -60 trial.csv > small.csv
refused 3 "" "a causal forest needs 40" "interactions" forest small.csv "${base[@]}"
refused 2 "" "--without" "--features all" forest trial.csv "${base[@]}" --without id
refused 2 "" "--honesty much" "0.5" forest trial.csv "${base[@]}" --honesty much
refused 2 "" "--equal-clusters" "cluster" forest trial.csv "${base[@]}" --equal-clusters
finish
