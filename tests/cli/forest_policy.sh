#!/usr/bin/env bash
# vagus forest --policy, three arms, and what was not known before treatment.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
python3 - <<'E'
import csv, random
random.seed(6)
with open("rule.csv", "w") as rule, open("three.csv", "w") as three, open("scaled.csv", "w") as scaled, open("gaps.csv", "w") as gaps:
    print("arm,bdi,crp,age,sex,week4,dose,change,start", file=rule)
    print("arm,y,x1,x2", file=three)
    print("arm,bdi,crp,percent", file=scaled)
    print("arm,bdi,crp,e", file=gaps)
    for i in range(500):  # half of the people benefit by six points, half lose four
        crp, age, sex = round(random.gauss(3, 1), 2), random.randint(20, 70), random.choice("fm")
        arm, start = random.choice(["usual", "probiotic"]), random.randint(20, 35)
        bdi = start + (-6 if crp > 3 else 4) * (arm == "probiotic") + random.randint(-6, 6)
        print(arm, bdi, crp, "" if i % 9 == 0 else age, sex, bdi + random.randint(-2, 2), 1 if arm == "probiotic" else 0, bdi - start, start,
              sep=",", file=rule)
        print(arm, bdi, crp, round(100 - bdi * 2.5, 3), sep=",", file=scaled)
        lost = arm == "usual" and random.random() < 0.3
        if i >= 20 or arm == "usual":  # nobody of the first stratum got the probiotic
            print(arm, "" if lost else bdi, crp, 0.25 if i < 20 else 0.5, sep=",", file=gaps)
    for i in range(320):
        x1, x2 = random.gauss(0, 1), random.gauss(0, 1)
        arm = random.choice("abc")
        print(arm, round(x2 + x1 * (arm == "b") + random.gauss(0, 1), 4), round(x1, 3), round(x2, 3), sep=",", file=three)
E

# Three arms: calibration of each among its people and the reference's, by its formula; the rule over all three.
three=(forest three.csv --treatment arm --outcome y --features x1,x2 --trees 100 --propensity 0.3,0.3 --predictions cate.csv
    --policy 1 --higher-is-better --json)
expect 0 "${three[@]}" --threads 1
cp "$here/out" "$here/one"
python3 - "$here/out" <<'E' || fail "three arms do not hang together"
import sys, csv
from near import *
r = json.load(open(sys.argv[1]))
table, p = list(csv.DictReader(open("three.csv"))), list(csv.DictReader(open("cate.csv")))
rule = [e for e in r["estimates"] if e["quantity"] == "policy" and e["term"] == "rule"][0]
for arm in "bc":
    s = {(e["quantity"], e.get("term")): e for e in r["estimates"] if e.get("arm") == arm}
    own = [t for t in p if t["arm"] == arm and table[int(t["row"]) - 1]["arm"] in ("a", arm)]
    tau = [float(t["cate"]) for t in own]
    w = [(table[int(t["row"]) - 1]["arm"] == arm) - 0.3 / 0.7 for t in own]
    y = [float(table[int(t["row"]) - 1]["y"]) - float(t["outcome_hat"]) for t in own]
    mean = sum(tau) / len(tau)
    x = [(a * mean, a * (b - mean)) for a, b in zip(w, tau)]
    g = [[sum(q[i] * q[j] for q in x) for j in (0, 1)] for i in (0, 1)]
    h = [sum(q[i] * b for q, b in zip(x, y)) for i in (0, 1)]
    d = g[0][0] * g[1][1] - g[0][1] ** 2
    near(s["calibration", "mean"]["estimate"], (g[1][1] * h[0] - g[0][1] * h[1]) / d, 1e-8)
    near(s["calibration", "differential"]["estimate"], (g[0][0] * h[1] - g[0][1] * h[0]) / d, 1e-8)
    assert s["calibration", "mean"]["n"] == s["autoc", None]["n"] == len(own)
    near(s["ate", None]["estimate"], sum(float(t["score"]) for t in p if t["arm"] == arm) / 320, 1e-10)
    gain, everybody = s["policy", "rule - everybody"]["estimate"], s["policy", "everybody"]["estimate"]
    assert abs(gain - (rule["estimate"] - everybody)) < 0.05  # a median of differences, a difference of medians
assert [e for e in r["estimates"] if e["quantity"] == "autoc" and e["arm"] == "b"][0]["p"] < 0.01  # b's effect is x1
near(sum(e["estimate"] for e in r["estimates"] if e["quantity"] == "policy_share"), 1, 1e-12)
E
expect 0 "${three[@]}" --threads 3
sed -i 's/"3"/"1"/' "$here/out"
cmp -s "$here/one" "$here/out" || fail "the numbers of three arms depend on the number of threads"

# A rule: recommended where half of the people benefit and half are harmed, drawn; prices are taken off their arm.
rule=(rule.csv --treatment arm --outcome bdi --control usual --features crp,age,sex --propensity 0.5 --trees 200 --no-ranks --lower-is-better)
expect 0 forest "${rule[@]}" --policy 2
told "the rule does not ask for age: values are missing"
printed "rule: who gets which arm (recommended)"
printed "crp <= "
printed "└─ no:  probiotic"
printed "The rule found beats giving everybody"
printf 'arm,cost,harm,burden\nprobiotic,3,2,2\nusual,0,0,0\n' > dear.csv
expect 0 forest "${rule[@]}" --policy 1 --policy-features crp,sex --costs dear.csv --min-leaf 20 --json
python3 - "$here/out" <<'E' || fail "prices are not taken off"
import sys
from near import *
r = json.load(open(sys.argv[1]))
single = {e["arm"]: e["estimate"] for e in r["estimates"] if e["quantity"] == "policy" and e["term"] == "everybody"}
ate = [e for e in r["estimates"] if e["quantity"] == "ate"][0]["estimate"]
near(single["probiotic"] - single["usual"], -ate - 7, 1e-9)
assert r["fit"]["policy_recommended"] is False and r["fit"]["best_single_arm"] == "usual", r["fit"]
assert [i["path"] for i in r["inputs"]] == ["rule.csv", "dear.csv"]
E
expect 0 forest "${rule[@]}" --policy 1 --moderators crp --cuts 10 --worthwhile 1
printed "in people it was not made from"

refused 1 "rule.csv:" "age is missing" "leave the feature out of the rule" forest "${rule[@]}" --policy 1 --policy-features age
refused 1 "rule.csv" "week4 is not among the features" "" forest "${rule[@]}" --policy 1 --policy-features week4
refused 2 "" "--policy without a direction" "symptom score" forest three.csv --treatment arm --outcome y --features x1 --policy 1
refused 2 "" "--costs without --policy" "--policy 2" forest "${rule[@]}" --costs dear.csv
refused 2 "" "both --lower-is-better" "holds for the outcome" forest "${rule[@]}" --higher-is-better
printf 'arm,cost\nprobiotic,3\n' > one.csv
refused 1 "one.csv" "arm usual has no row" "noughts" forest "${rule[@]}" --policy 1 --costs one.csv
printf 'arm,cost\nprobiotic,-3\nusual,0\n' > below.csv
refused 1 "below.csv:2" "cost is missing or below nought" "units of the outcome" forest "${rule[@]}" --policy 1 --costs below.csv
printf 'arm,cost\nprobiotic,3\nusual,0\nfmt,1\n' > other.csv
refused 1 "other.csv:4" "no arm 'fmt'" "as in the data" forest "${rule[@]}" --policy 1 --costs other.csv
printf 'arm,cost\nprobiotic,3\nusual,0\nusual,1\n' > twice.csv
refused 1 "twice.csv:4" "arm usual has a row already" "keep one" forest "${rule[@]}" --policy 1 --costs twice.csv
printf 'arm,price\nprobiotic,3\nusual,0\n' > price.csv
refused 1 "price.csv" "no column cost, harm or burden" "arm, cost, harm, burden" forest "${rule[@]}" --policy 1 --costs price.csv

# Not known before treatment: named, or given away by its numbers.
made=(rule.csv --treatment arm --outcome bdi --trees 100)
refused 1 "rule.csv" "the outcome bdi is made of start and change" "leave that one out" forest "${made[@]}" --features start,change,crp
refused 1 "rule.csv" "dose tells in which arm of arm a row is" "leave it out" forest "${made[@]}" --features crp,dose
refused 1 "scaled.csv" "percent is the outcome bdi on another scale" "leave it out" forest scaled.csv --treatment arm --outcome bdi --features all
refused 1 "rule.csv" "the feature week4 was measured after treatment began" "leave it out" forest "${made[@]}" --features crp,week4 --after week4
refused 1 "rule.csv" "the moderator week4 was measured after" "leave it out" forest "${made[@]}" --features crp --moderators week4 --after week4
refused 1 "" "no column" "" forest "${made[@]}" --features crp --after week5
expect 0 forest "${made[@]}" --features all --after week4,change,dose --no-ranks --csv
grep -q week4 "$here/out" && fail "a later column is among the features"

# Sample weights: the average of scores by weight; equal clusters count their means.
python3 - <<'E'
import csv
with open("weights.csv", "w") as out:
    print("arm,y,x1,x2,w,site,bad", file=out)
    for k, t in enumerate(t for t in csv.DictReader(open("three.csv")) if t["arm"] != "c"):
        print(t["arm"], t["y"], t["x1"], t["x2"], [1, 2.5, 0.5][k % 3], k % 7 if k % 2 else 0, "" if k == 3 else 0 if k == 4 else 1, sep=",", file=out)
E
weighted=(forest weights.csv --treatment arm --outcome y --features x1,x2 --trees 100 --propensity 0.5 --predictions cate.csv)
expect 0 "${weighted[@]}" --weights w --json
python3 - "$here/out" <<'E' || fail "weights are not heeded"
import sys, csv
from near import *
r = json.load(open(sys.argv[1]))
table, p = list(csv.DictReader(open("weights.csv"))), list(csv.DictReader(open("cate.csv")))
w = [float(table[int(t["row"]) - 1]["w"]) for t in p]
s = [float(t["score"]) for t in p]
mean = sum(a * b for a, b in zip(w, s)) / sum(w)
ate = [e for e in r["estimates"] if e["quantity"] == "ate"][0]
near(ate["estimate"], mean, 1e-10)
near(ate["se"], (sum((a * (b - mean)) ** 2 for a, b in zip(w, s)) * len(s) / (len(s) - 1)) ** 0.5 / sum(w), 1e-10)
E
expect 0 "${weighted[@]}" --cluster site --equal-clusters --no-ranks --json
python3 - "$here/out" <<'E' || fail "clusters do not count the same"
import sys, csv
from near import *
r = json.load(open(sys.argv[1]))
table, mean = list(csv.DictReader(open("weights.csv"))), {}
for t in csv.DictReader(open("cate.csv")):
    mean.setdefault(table[int(t["row"]) - 1]["site"], []).append(float(t["score"]))
near([e for e in r["estimates"] if e["quantity"] == "ate"][0]["estimate"], sum(sum(m) / len(m) for m in mean.values()) / len(mean), 1e-10)
E
refused 1 "weights.csv:" "the weight is 0" "leave out rows" forest weights.csv --treatment arm --outcome y --features x1 --weights bad
refused 1 "" "a rule with sample weights" "without --weights" "${weighted[@]}" --weights w --policy 1 --higher-is-better
refused 1 "" "equal clusters and sample weights" "choose" "${weighted[@]}" --weights w --cluster site --equal-clusters

# Outcomes missing in one arm more than in the other; a stratum (probabilities differ) without one of the arms.
expect 0 forest gaps.csv --treatment arm --outcome bdi --control usual --features crp --propensity e --trees 100 --no-ranks --csv
told "the outcome is missing in 0% of arm probiotic and"
told "those who are left may differ between arms"
told "propensity 0.25 have nobody in arm probiotic"
finish
