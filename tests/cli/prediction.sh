#!/usr/bin/env bash
# plan: prediction in `vagus run` on the simulated demo: events, areas, errors, net benefit and skill as recomputed here from its tables and
# the probabilities of people; the same on any number of threads; what is told when there is little, and what is refused.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
demo=$VAGUS_SOURCE/examples/axis-demo
# plan FOLDER PLAN: the demo with a plan of prediction alone
plan() {
    rm -rf "$1" && cp -r "$demo" "$1"
    python3 - "$1/study.yaml" "$2" <<'E'
import re, sys
text = open(sys.argv[1]).read()
text = re.sub(r"    batch: .*\n", "", text)  # quality of batches takes seconds
for key in ("primary", "secondary", "response_of_panel", "mechanism"):
    text = re.sub(r"  " + key + r":\n(    .*\n)+", "", text)
text = text.replace("plan:\n", "plan:\n  prediction: " + sys.argv[2] + "\n", 1)
open(sys.argv[1], "w").write(text)
E
}

plan study '{outcome: hamd17 at w8, layers: [immune, heart], folds: 5, repeats: 1, thresholds: [0.2, 0.5]}'
expect 0 check study
printed "1 analysis in the plan"
expect 0 run study -o results --json --threads 1
cp "$here/out" one.json
expect 0 run study -o results --json --threads 2
cat > witness.py <<'E'
import csv, json, math, sys
from near import near
d, one = (json.load(open(f)) for f in sys.argv[1:])
assert d["estimates"] == one["estimates"]
def table(name):
    return list(csv.DictReader(open("results/tables/" + name + ".csv")))
score = {}
for r in csv.DictReader(open("study/scores.csv")):
    if r["hamd17"]:
        score[r["id"], r["visit"]] = float(r["hamd17"])
people = [r["id"] for r in csv.DictReader(open("study/participants.csv"))]
arm = {r["id"]: r["arm"] for r in csv.DictReader(open("study/participants.csv"))}
def event(name, i):
    now = score.get((i, "w8"))
    if now is None: return None
    return now <= 7 if name == "remission" else 2 * (score[i, "baseline"] - now) >= score[i, "baseline"]
def rows(quantity, **more):
    return [e for e in d["estimates"] if e.get("analysis") == "prediction" and e["quantity"] == quantity and all(e.get(k) == v for k, v in more.items())]
said = table("predicted_probability")
decision = table("decision_curve")
fit = d["fit"]["prediction"]
for name in ("response", "remission"):
    outcome = name + " of hamd17 at w8"
    known = [i for i in people if event(name, i) is not None]
    assert fit["n_people_" + name] == len(known) and fit["n_events_" + name] == sum(event(name, i) for i in known)
    assert fit["n_without_outcome_" + name] == len(people) - len(known) > 0
    for model in ("elastic net", "forest"):
        mine = [r for r in said if r["event"] == name and r["model"] == model]
        assert len(mine) == 4 * len(known)
        own = {people[int(r["participant"]) - 1]: float(r["probability"]) for r in mine if r["own_arm"] == "yes"}
        assert set(own) == set(known) and all(people[int(r["participant"]) - 1] in known for r in mine)
        assert all(arm[people[int(r["participant"]) - 1]] == r["arm"] for r in mine if r["own_arm"] == "yes")
        with_it = [own[i] for i in known if event(name, i)]
        without = [own[i] for i in known if not event(name, i)]
        area = sum((a > b) + (a == b) / 2 for a in with_it for b in without) / len(with_it) / len(without)
        pooled = rows("prediction_auc_pooled", outcome=outcome, term=model, stratum="all layers")[0]
        near(pooled["estimate"], area, 1e-10)
        assert pooled["n"] == len(known)
        brier = sum((own[i] - event(name, i)) ** 2 for i in known) / len(known)
        near(rows("prediction_brier", outcome=outcome, term=model, stratum="all layers")[0]["estimate"], brier, 2e-2)  # a mean of folds' means
        curve = [r for r in decision if r["event"] == name and r["model"] == model and r["layers"] == "all layers"]
        near(float(curve[0]["threshold"]), .2, 1e-12); near(float(curve[-1]["threshold"]), .5, 1e-12)
        for r in curve:
            t = float(r["threshold"])
            tp = sum(p >= t for p in with_it) / len(known)
            fp = sum(p >= t for p in without) / len(known)
            assert abs(float(r["net_benefit"]) - (tp - fp * t / (1 - t))) < 1e-9
            assert abs(float(r["treat_all"]) - (len(with_it) - len(without) * t / (1 - t)) / len(known)) < 1e-9
        calibration = [r for r in table("calibration_curve") if (r["event"], r["model"], r["layers"]) == (name, model, "all layers")]
        near(sum(float(r["n"]) for r in calibration), len(known), 1e-9)
        assert all(float(r["lower"]) <= float(r["observed"]) <= float(r["upper"]) for r in calibration)
        roc = [(float(r["false_positive"]), float(r["true_positive"])) for r in table("roc_curve") if (r["event"], r["model"], r["layers"]) == (name, model, "all layers")]
        assert roc[-1] == (1, 1) and len(roc) == 51 and [t for _, t in roc] == sorted(t for _, t in roc)
strata = {e["stratum"] for e in rows("prediction_auc")}
assert strata == {"clinical", "clinical + immune", "clinical + heart", "all layers"}, strata
for e in rows("prediction_auc"):
    assert 0 <= e["lower"] <= e["estimate"] <= e["upper"] <= 1
gains = rows("layer_gain_auc")
assert {e["stratum"] for e in gains} == {"immune", "heart", "all layers"} and len(gains) == 12
for e in gains:
    both = [rows("prediction_auc", outcome=e["outcome"], term=e["term"], stratum=s)[0]["estimate"] for s in ("clinical", "all layers" if e["stratum"] == "all layers" else "clinical + " + e["stratum"])]
    assert abs(e["estimate"] - (both[1] - both[0])) < 1e-12
    assert e.get("q", 1) >= e.get("p", 0)
about = [r["about"] for r in table("sentences") if r["analysis"] == "prediction"]
assert set(about) == {"prediction", "layers", "intervals"} and about[0] == "prediction"
assert len(rows("conformal_coverage")) == len(rows("conformal_width")) == 4
single = table("individual_interval")
assert {r["participant"] for r in single} == {str(k + 1) for k in range(len(people))} and {r["arm"] for r in single} == set(arm.values())
analyses = {r["id"]: r for r in table("analyses")}
assert analyses["prediction"]["kind"] == "prediction"
assert "age" in fit["clinical"] and "HAM-D17" in fit["clinical"] and fit["layers"] == "immune, heart"
assert sum(r["heading"].startswith("Prediction:") for r in table("methods")) == 2 # of events; of individual outcomes
# individual outcomes: everybody under every arm, dots where seen, shares inside, differences of those of whom one outcome was seen
spans = {(people[int(r["participant"]) - 1], r["arm"]): r for r in table("individual_interval")}
arms = sorted(set(arm.values()))
assert len(spans) == len(people) * len(arms) == 640
for (i, a), r in spans.items():
    own = arm[i] == a
    assert (r["own_arm"] == "yes") == own and r["observed"] == (str(int(score[i, "w8"])) if own and (i, "w8") in score else "")
    assert 0 <= float(r["lower"]) <= float(r["upper"]) <= 52 and float(r["lower"]) % 1 == 0 == float(r["upper"]) % 1
for a in arms:
    seen = [r for r in spans.values() if r["arm"] == a and r["observed"]]
    inside = [float(r["lower"]) <= float(r["observed"]) <= float(r["upper"]) for r in seen]
    near(rows("conformal_coverage", arm=a)[0]["estimate"], sum(inside) / len(inside), 1e-12)
    width = sorted(float(r["upper"]) - float(r["lower"]) for r in spans.values() if r["arm"] == a)
    assert rows("conformal_width", arm=a)[0]["estimate"] == (width[79] + width[80]) / 2
for r in table("individual_difference"):
    i = people[int(r["participant"]) - 1]
    one_seen = arm[i] in (r["arm"], r["reference"]) and (i, "w8") in score
    assert r["reference"] == "placebo" and r["rests_on"] == ("the outcome seen and one interval" if one_seen else "two intervals")
    if one_seen:
        other = spans[i, r["reference"] if arm[i] == r["arm"] else r["arm"]]
        ends = sorted((score[i, "w8"] - float(other[k])) * (1 if arm[i] == r["arm"] else -1) for k in ("lower", "upper"))
        assert [float(r["lower"]), float(r["upper"])] == ends
assert any("Nadeau" in r["citation"] for r in table("references"))
E
python3 witness.py "$here/out" one.json || fail "differs from what the demo's tables give"

# clinical predictors alone, the forest first, one event
plan alone '{outcome: hamd17 at w8, events: response, layers: none, models: [forest, elastic_net], folds: 5, repeats: 1, seed: 2, id: who, label: Who responds}'
expect 0 run alone -o alone_results --json
python3 - "$here/out" <<'E' || fail "layers or events that were not asked for, or models in another order"
import json, sys
rows = [e for e in json.load(open(sys.argv[1]))["estimates"] if e.get("analysis") == "who" and not e["quantity"].startswith("conformal_")]
assert {e["stratum"] for e in rows} == {"clinical"} and {e["outcome"] for e in rows} == {"response of hamd17 at w8"}
assert rows[0]["term"] == "forest" and {e["term"] for e in rows} == {"forest", "elastic net"}
E

# too few events: told, and the other event stands
plan few '{outcome: hamd17 at w8, layers: none, models: elastic_net, folds: 5, repeats: 1}'
python3 - <<'E'
import csv
rows = list(csv.DictReader(open("few/scores.csv")))
for r in rows: # nobody but a few at or below 7
    if r["hamd17"] and float(r["hamd17"]) <= 7 and r["id"] > "P030": r["hamd17"] = "8"
w = csv.DictWriter(open("few/scores.csv", "w"), rows[0].keys(), lineterminator="\n"); w.writeheader(); w.writerows(rows)
E
expect 0 run few -o few_results --json
told "people with the event, fewer than 10"
python3 - "$here/out" <<'E' || fail "an event of few people is predicted, or the other lost"
import json, sys
d = json.load(open(sys.argv[1]))
assert {e["outcome"] for e in d["estimates"] if e.get("analysis") == "prediction" and not e["quantity"].startswith("conformal_")} == {"response of hamd17 at w8"}
assert "fewer than 10" in d["fit"]["prediction"]["failed_remission"] and "failed" not in d["fit"]["prediction"]
E

# refusals, each with its line
bad() { # PLAN MESSAGE HINT
    plan bad "$1"
    refused 1 "bad/study.yaml:" "$2" "$3" run bad -o x
}
bad '{outcome: hamd17 at w8, events: [respons]}' '`events: respons` is not known' "did you mean \`response\`?"
bad '{outcome: hamd17 at w8, events: [response, response]}' "names response twice" "name it once"
bad '{outcome: hamd17 at w8, models: [lasso]}' '`models: lasso` is not known' "write elastic_net, forest or both"
bad '{outcome: hamd17 at w8, layers: [stol]}' "there is no layer \`stol\`" "did you mean \`stool\`?"
bad '{outcome: hamd17 at w8, thresholds: [0.6, 0.1]}' "\`thresholds\` runs from 0.6 down to 0.1" "write [least, greatest]"
bad '{outcome: hamd17 at w8, thresholds: [0, 0.5]}' "are not two probabilities" "write thresholds: [0.1, 0.6]"
bad '{outcome: hamd17 at w8, folds: 2}' "\`folds: 2\` is not a whole number from 3 to 50" "correct it"
bad '{outcome: hamd17 at w8, repeats: 0}' "\`repeats: 0\` is not a whole number" "correct it"
bad '{outcome: hamd17 at w8, level: 95}' "\`level: 95\` is not between 0 and 1" "write 0.9"
bad '{outcome: hamd17 at baseline}' "it is known, not predicted" "name a visit after baseline"
bad '{outcome: immune tnf at w8}' "is of the panel: response and remission are of outcomes" "name an outcome of the study"
bad '{outcome: hamd at w8}' "the outcome \`hamd\` is no outcome" "hamd17"
bad '{outcome: hamd17}' "does not say at which visit" "write outcome: hamd17 at w8"
bad '{outcome: hamd17 at w8, fold: 5}' "fold" "folds"
plan bad '{outcome: hamd17 at w8}'
python3 - <<'E'
text = open("bad/study.yaml").read().replace("    scale: HAM-D17\n", "    unit: points\n    range: [0, 52]\n    direction: lower is better\n", 1)
open("bad/study.yaml", "w").write(text)
E
refused 1 "bad/study.yaml:" "no definition of response or remission" "give the outcome response: {fraction: 0.5" run bad -o x
sed -i 's/prediction: {outcome: hamd17 at w8}/prediction: {outcome: hamd17 at w8, events: remission}/' bad/study.yaml
refused 1 "bad/study.yaml:" "no definition of remission" "give the outcome remission: {cutoff: 7" run bad -o x
finish
