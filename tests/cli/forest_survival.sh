#!/usr/bin/env bash
# vagus forest --event: effects on times that may be censored: answers that hang together, whatever the threads; every refusal.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
python3 - <<'E'
import random
random.seed(8)
with open("relapse.csv", "w") as f:
    print("id,arm,weeks,relapsed,crp,age,centre,site,word", file=f)
    for i in range(420):
        crp, age, arm = random.gauss(0, 1), round(random.gauss(45, 10)), random.choice(["diet", "usual"])
        mean = 60 if arm == "diet" and crp > 0 else 15
        event, loss = random.expovariate(1 / mean), random.uniform(5, 60)
        # whole weeks: events and losses share times
        weeks = max(1, round(min(event, loss)))
        print(f"p{i:03d}", arm, "" if i % 70 == 3 else weeks, "" if i % 70 == 5 else int(event <= loss), "" if i % 11 == 0 else round(crp, 3), age,
              i % 3, i % 60, "seen" if event <= loss else "lost", sep=",", file=f)
E
base=(--treatment arm --outcome weeks --event relapsed --features crp,age,centre --control usual --propensity 0.5 --trees 200)

expect 0 forest relapse.csv "${base[@]}" --horizon 26 --moderators age --predictions rmst.csv --id id --json --threads 1
cp "$here/out" "$here/one"
told "12 rows lack outcome"
python3 - "$here/out" rmst.csv 26 <<'E' || fail "answers about time do not hang together"
import sys, csv, math
from near import *
r, horizon = json.load(open(sys.argv[1])), float(sys.argv[3])
rows = {(e["quantity"], e.get("term"), e.get("stratum")): e for e in r["estimates"]}
p = list(csv.DictReader(open(sys.argv[2])))
table = {t["id"]: t for t in csv.DictReader(open("relapse.csv"))}
assert len(p) == 408
score = []
for t in p:  # doubly robust score of what stands for the outcome
    w = table[t["id"]]["arm"] == "diet"
    left = float(t["pseudo_outcome"]) - float(t["outcome_hat"]) - float(t["cate"]) * (w - 0.5)
    score.append(float(t["cate"]) + left * (2 if w else -2))
    near(float(t["score"]), score[-1], 1e-10)
    assert 0.01 <= float(t["uncensored"]) <= 1 and 0 < float(t["outcome_hat"]) < horizon
n, mean = len(score), sum(score) / len(score)
ate = rows["ate", None, None]
near(ate["estimate"], mean, 1e-10)
near(ate["se"], math.sqrt(sum((s - mean) ** 2 for s in score) / n / (n - 1)), 1e-10)
assert ate["unit"] == "time" and ate["outcome"] == "weeks" and ate["n"] == 408
assert not rows["calibration", "mean", None].get("unit")
# half of the people gain 60(1 − e^(−26/60)) − 15(1 − e^(−26/15)) = 8.7 weeks
assert abs(ate["estimate"] - 4.35) < 4 * ate["se"], ate
assert rows["group_effect", None, "most"]["estimate"] > rows["group_effect", None, "least"]["estimate"] + 3
assert rows["autoc", None, None]["p"] < 0.05 and rows["autoc", None, None]["unit"] == "time"
facts = r["fit"]
until = [t for t in table.values() if t["weeks"] and t["relapsed"] and float(t["weeks"]) < horizon]
assert facts["n_events"] == sum(t["relapsed"] == "1" for t in until) and facts["n_censored"] == sum(t["relapsed"] == "0" for t in until)
assert facts["horizon"] == horizon and facts["target"] == "time without the event until the horizon"
importance = {e["term"]: e["estimate"] for e in r["estimates"] if e["quantity"] == "importance"}
assert max(importance, key=importance.get) == "crp"
E
expect 0 forest relapse.csv "${base[@]}" --horizon 26 --moderators age --predictions rmst2.csv --id id --json --threads 3
sed -i 's/rmst2.csv/rmst.csv/; s/"3"/"1"/' "$here/out"
cmp -s "$here/one" "$here/out" || fail "the numbers depend on the number of threads"
cmp -s rmst.csv rmst2.csv || fail "the predictions depend on the number of threads"

# e^(−26/60) − e^(−26/15) = .47 for half of the people
expect 0 forest relapse.csv "${base[@]}" --horizon 26 --target survival --json --no-ranks
python3 - "$here/out" <<'E' || fail "answers about probabilities do not hang together"
import sys, json
ate = [e for e in json.load(open(sys.argv[1]))["estimates"] if e["quantity"] == "ate"][0]
assert ate["unit"] == "probability" and abs(ate["estimate"] - 0.236) < 4 * ate["se"], ate
E
expect 0 forest relapse.csv "${base[@]}" --horizon 26 --no-ranks --cluster site --tune
printed "tuned"
expect 0 forest relapse.csv --treatment arm --outcome weeks --event relapsed --horizon 26 --features all --without id,word --trees 50 --propensity estimate --no-ranks --csv
printed "ate,,weeks,,usual,diet"

# sample weights: the average of scores by weight
awk -F, -v OFS=, '{ print $0, NR == 1 ? "stands" : 1 + NR % 3 }' relapse.csv > weighted.csv
expect 0 forest weighted.csv "${base[@]}" --horizon 26 --weights stands --predictions weighted_rmst.csv --id id --json
python3 - "$here/out" <<'E' || fail "weights are not heeded"
import sys, csv, json
from near import *
stands = {t["id"]: float(t["stands"]) for t in csv.DictReader(open("weighted.csv"))}
p = list(csv.DictReader(open("weighted_rmst.csv")))
mean = sum(stands[t["id"]] * float(t["score"]) for t in p) / sum(stands[t["id"]] for t in p)
near([e for e in json.load(open(sys.argv[1]))["estimates"] if e["quantity"] == "ate"][0]["estimate"], mean, 1e-10)
equal = {t["id"]: float(t["pseudo_outcome"]) for t in csv.DictReader(open("rmst.csv"))}
assert sum(abs(float(t["pseudo_outcome"]) - equal[t["id"]]) > 1e-3 for t in p) > 50  # the curves are weighted too
E

# follow-up that ends early, in one arm, and differs between arms
awk -F, -v OFS=, 'NR > 1 && $2 == "diet" && $3 > 22 { $3 = 22; $4 = 0 } 1' relapse.csv > early.csv
expect 0 forest early.csv "${base[@]}" --horizon 22.5 --no-ranks
told "nobody of arm diet was followed to the horizon of 22.5"
told "were censored before the horizon"
refused 3 "" "nobody of arm diet was followed to the horizon of 40" "take a horizon" forest early.csv "${base[@]}" --horizon 40

refused 2 "" "--event without --horizon" "until which time" forest relapse.csv "${base[@]}"
refused 2 "" "--horizon without --event" "name the column" forest relapse.csv --treatment arm --outcome weeks --features crp --horizon 26
refused 2 "" "--target without --event" "name the column" forest relapse.csv --treatment arm --outcome weeks --features crp --target rmst
refused 2 "" "" "survival" forest relapse.csv "${base[@]}" --horizon 26 --target median
refused 1 "" "the event word is not a number" "" forest relapse.csv --treatment arm --outcome weeks --event word --horizon 26 --features crp
refused 1 "relapse.csv:" "neither 0 nor 1" "follow-up ended" forest relapse.csv --treatment arm --outcome weeks --event age --horizon 26 --features crp
refused 1 "" "no column" "" forest relapse.csv --treatment arm --outcome weeks --event gone --horizon 26 --features crp
refused 1 "" "is a feature and treatment or outcome too" "" forest relapse.csv --treatment arm --outcome weeks --event relapsed --horizon 26 --features crp,relapsed
refused 1 "" "3 arms" "two arms" forest relapse.csv --treatment centre --outcome weeks --event relapsed --horizon 26 --features crp
refused 3 "" "has no event until the horizon of 0.5" "later horizon" forest relapse.csv "${base[@]}" --horizon 0.5
sed '3s/,[0-9]*,\([01]\),/,-2,\1,/' relapse.csv > negative.csv
refused 1 "negative.csv:3" "the time is -2" "count from 0" forest negative.csv "${base[@]}" --horizon 26
awk -F, -v OFS=, 'NR > 1 && $4 != "" { $4 = 0 } 1' relapse.csv > censored.csv
refused 3 "" "has no event until the horizon" "" forest censored.csv "${base[@]}" --horizon 26
awk -F, -v OFS=, 'NR > 1 && $4 != "" && $2 == "diet" { $4 = 0 } 1' relapse.csv > one_arm.csv
refused 3 "" "arm diet has no event until the horizon" "" forest one_arm.csv "${base[@]}" --horizon 26
finish
