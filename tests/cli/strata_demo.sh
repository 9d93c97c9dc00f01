#!/usr/bin/env bash
# The two demos of who benefits: drawn again they are the same bytes; the one with a moderator finds it, and a rule that beats every single arm;
# its twin, where everybody benefits alike, says that nothing is shown and recommends no rule.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1

for demo in strata-demo strata-demo-twin; do
    expect 0 simulate "$VAGUS_SOURCE/examples/$demo/design.yaml" -o drawn --seed 1
    diff -r drawn "$VAGUS_SOURCE/examples/$demo" || { echo "$demo is not what its design draws"; exit 1; }
    python3 - drawn/study.yaml <<'E'
import re, sys
text = open(sys.argv[1]).read()
text = re.sub(r"  prediction:\n(    .*\n)+", "", text)
open(sys.argv[1], "w").write(text)
E
    expect 0 run drawn -o "$demo"
    rm -rf drawn
done
cat > look.py <<'E'
import csv, json, math, os
def sentences(folder):
    return {r["about"]: r["text"] for r in csv.DictReader(open(folder + "/tables/sentences.csv")) if r["analysis"] == "strata"}
def truth_and_prediction(folder):
    """The psychobiotic's true effect on each participant at week 8, and what the forest predicts out of bag."""
    people = json.load(open(os.environ["VAGUS_SOURCE"] + "/examples/" + folder + "/truth.json"))["participants"]
    true = [e["total"] for e in people["effects"] if (e["arm"], e["visit"]) == ("psychobiotic", "w8")][0]
    true = dict(zip(people["id"], true))
    rows = [r for r in csv.DictReader(open(folder + "/tables/person_effects.csv")) if r["arm"] == "psychobiotic"]
    return [true[r["participant"]] for r in rows], [float(r["effect"]) for r in rows]
def correlation(x, y):
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / math.sqrt(sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))
found, alike = sentences("strata-demo"), sentences("strata-demo-twin")
assert found["verdict: psychobiotic"].startswith("The effect of SSRI and psychobiotic against SSRI and placebo differs between people"), found
assert "High-sensitivity CRP" in found["verdict: psychobiotic"]
assert found["verdict: diet"].startswith("These data do not show"), found
assert found["rule"].startswith("The rule found beats giving everybody SSRI and psychobiotic"), found
for arm in ("psychobiotic", "diet"):
    assert alike["verdict: " + arm].startswith("These data do not show"), alike
assert alike["rule"].startswith("No rule beats treating all alike"), alike
true, predicted = truth_and_prediction("strata-demo")
assert correlation(true, predicted) > 0.8, correlation(true, predicted)
E
python3 look.py
