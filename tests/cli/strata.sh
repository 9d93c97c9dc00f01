#!/usr/bin/env bash
# plan: strata in `vagus run`: declared moderators, background treatments and components together as lm with sandwich's HC3 has
# them (tests/reference/strata_study.R), verdicts, what is missing, who is too few, what is refused.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
export WITNESS=$VAGUS_SOURCE/tests/reference/strata_study.json

# blues FOLDER PLAN: Beat the Blues (real, n = 100) with a plan of strata and nothing else
blues() {
    rm -rf "$1" && cp -r "$VAGUS_SOURCE/examples/beat-the-blues" "$1"
    python3 - "$1/study.yaml" "$2" <<'E'
import re, sys
text = open(sys.argv[1]).read()
text = re.sub(r"plan:\n(  .*\n)+", "moderators: [bdi_baseline, drug, length]\nplan:\n  strata: " + sys.argv[2] + "\n", text)
open(sys.argv[1], "w").write(text)
E
}
cat > common.py <<'E'
import csv, json, os, sys
w = json.load(open(os.environ["WITNESS"]))
answer = json.load(open(sys.argv[1]))
estimates = answer["estimates"]
def of(quantity, **more):
    return [e for e in estimates if e.get("analysis") == "strata" and e["quantity"] == quantity and all(e.get(k) == v for k, v in more.items())]
def table(name, results="results"):
    return [r for r in csv.DictReader(open(results + "/tables/" + name + ".csv")) if r.get("analysis", "") in ("strata", "")]
def agree(row, name, extra=(), relative=1e-8):
    values = [row[k] for k in ("estimate", "se", "df", "statistic", "p", "lower", "upper") + tuple(extra)]
    assert len(values) == len(w[name]), (name, values, w[name])
    for value, expected in zip(values, w[name]):
        assert abs(value - expected) <= relative * max(abs(expected), 1e-6), (name, value, expected)
def sentences(results="results"):
    return {r["about"]: r["text"] for r in table("sentences", results)}
def agree_interactions(who, moderators, **more):
    for m in moderators:
        agree(of("interaction", term=m, **more)[0], who + " " + m + " interaction", ("q",))
        agree(of("effect_at", term=m, stratum="lower quartile", **more)[0], who + " " + m + " lower")
        agree(of("effect_at", term=m, stratum="upper quartile", **more)[0], who + " " + m + " upper")
BTB = ("bdi_baseline", "drug=Yes", "length=>6m")
E
export PYTHONPATH=$PYTHONPATH:$PWD

# a real trial of a hundred people: mostly "cannot tell", with what could have been seen
blues btb '{outcome: bdi at m2, combinations: [drug], policy: {depth: 2}, permutations: 200}'
expect 0 check btb
printed "1 analysis in the plan"
expect 0 run btb -o results --json
cat > btb.py <<'E'
from common import *
agree_interactions("btb", BTB)
for level in ("No", "Yes"):
    agree(of("background_effect", term="drug", stratum=level)[0], "btb " + level)
agree(of("background_difference", term="drug", stratum="Yes - No")[0], "btb Yes - No")
test = of("joint_test", term="treatment x drug")[0]
assert abs(test["statistic"] - w["btb drug F"][0]) < 1e-8 and abs(test["p"] - w["btb drug p"][0]) < 1e-8
assert all(e["n"] == 97 and e["unit"] == "points" for e in of("interaction"))
assert (of("ate")[0]["arm"], of("ate")[0]["reference"]) == ("BtheB", "TAU")
s = sentences()
assert s["verdict: BtheB"].startswith("These data do not show that the effect of Beat the Blues against Usual care differs between people"), s
assert "would have been found" in s["verdict: BtheB"] and s["rule"].startswith("No rule beats treating all alike")
assert s["combination: drug"].startswith("These data do not show") and "exploratory" in s
assert "missing: BtheB" not in s  # 97 of 100 are seen at two months
gaps = {r["arm"]: r for r in table("outcome_gaps")}
assert (gaps["TAU"]["randomised"], gaps["TAU"]["with_outcome"]) == ("48", "45") and float(gaps["BtheB"]["share_missing"]) == 0
columns = {r["name"]: r for r in table("moderators")}
assert set(columns) == set(BTB) and all(r["tested"] == "yes" and r["block"] == "clinical" for r in columns.values())
fit = answer["fit"]["strata"]
assert fit["learner"] == "linear" and fit["propensity"] == "shares of the arms" and fit["worthwhile"] == 3.5 and fit["lower_is_better"] is True
assert fit["policy_recommended"] is False and fit["n_randomised"] == 100
assert any(r["heading"].startswith("For whom") for r in table("methods"))
analyses = {r["id"]: r for r in csv.DictReader(open("results/tables/analyses.csv"))}
assert analyses["strata"]["kind"] == "strata" and analyses["strata"]["visit"] == "m2"
E
python3 btb.py "$here/out" || fail "Beat the Blues differs from lm"
expect 0 run btb -o results
printed "For whom: These data do not show that the effect of Beat the Blues against Usual care differs between people"
printed "For whom: No rule beats treating all alike"

# the same on any number of threads
expect 0 run btb -o results --json --threads 1
cp "$here/out" one.json
expect 0 run btb -o results --json --threads 2
python3 - one.json "$here/out" <<'E' || fail "answers depend on the number of threads"
import json, sys
one, two = (json.load(open(f)) for f in sys.argv[1:])
assert one["estimates"] == two["estimates"] and one["fit"] == two["fit"]
E

# a third of one arm and two thirds of the other gone: told with what that may do
blues gone '{outcome: bdi at m8}'
python3 - <<'E'
rows = open("gone/bdi.csv").read().splitlines()
arm = dict(line.split(",")[:2] for line in open("gone/participants.csv").read().splitlines()[1:])
n = 0
for i, row in enumerate(rows[1:], 1):
    cells = row.split(",")
    if arm[cells[0]] == "BtheB" and cells[5]:
        n += 1
        if n > 15:
            cells[5] = ""
    rows[i] = ",".join(cells)
open("gone/bdi.csv", "w").write("\n".join(rows) + "\n")
E
expect 0 run gone -o results --json
told "people of Beat the Blues and 23 of 48 of Usual care have no bdi at m8"
told "Fisher's exact p = "
told "seems to benefit more than it does"
blues lost '{outcome: bdi at m8}'
expect 0 run lost -o results --json
python3 - "$here/out" <<'E' || fail "what is missing at eight months is not as it is"
from common import *
gaps = {r["arm"]: int(r["randomised"]) - int(r["with_outcome"]) for r in table("outcome_gaps")}
assert sum(gaps.values()) == 48
assert ("missing: BtheB" in sentences()) == (w["btb lost m8"][0] < .05 or abs(gaps["TAU"] / 48 - gaps["BtheB"] / 52) >= .1)
E

# held against the primary analysis: at two months, when 97 of 100 are seen, they agree; at eight months half are gone
for at in m2 m8; do
    rm -rf both && cp -r "$VAGUS_SOURCE/examples/beat-the-blues" both
    sed -i -e '/^  secondary:/,/^  multiplicity:.*/d' -e "s/^plan:/moderators: [bdi_baseline]\nplan:\n  strata: {outcome: bdi at $at, permutations: 99}/" both/study.yaml
    expect 0 run both -o results_$at --json
done
told "further apart than either's standard error"
python3 - "$here/out" <<'E' || fail "average effects that agree are told apart, or the others are not"
from common import *
assert not any(about.startswith("agreement") for about in sentences("results_m2"))
said = sentences("results_m8")["agreement: BtheB"]
ate, = of("ate")
primary, = (e for e in estimates if e["analysis"] == "primary" and e["quantity"] == "contrast" and e["visit"] == "m8")
assert abs(ate["estimate"] - primary["estimate"]) > max(ate["se"], primary["se"])
assert "is %.3g points among the people asked here and %.3g in the analysis primary" % (ate["estimate"], primary["estimate"]) in said, said
E

# few people: the average effect, moderators one at a time, what could have been seen; no forest whatever was asked for
blues few '{outcome: bdi at m2, learner: forest, policy: {depth: 1}}'
for f in participants bdi; do head -35 few/$f.csv > cut && mv cut few/$f.csv; done
expect 0 run few -o results --json
cat > few.py <<'E'
from common import *
agree(of("ate")[0], "few ate")
agree_interactions("few", BTB)
for r in table("what_could_be_seen"):
    assert abs(float(r["detectable_per_sd"]) - w["few " + r["moderator"] + " seen"][0]) < 1e-6 * w["few " + r["moderator"] + " seen"][0], r
s = sentences()["verdict: BtheB"]
treated, control = (int(x) for x in w["few n"])
assert s.startswith("%d people of Beat the Blues and %d of Usual care have an outcome: too few" % (treated, control)), s
assert "no forest, no ranking, no rule" in s and "These data cannot tell" in s, s
assert not of("policy_value") and not of("calibration") and "learner" not in answer["fit"]["strata"]
E
python3 few.py "$here/out" || fail "few people differ from lm"
for f in participants bdi; do head -8 few/$f.csv > cut && mv cut few/$f.csv; done
expect 0 run few -o results --json
python3 - "$here/out" <<'E' || fail "of seven people more is said than can be"
from common import *
assert "nothing can be said of its effect with fewer than 4 in each" in sentences()["verdict: BtheB"] and not of("ate")
E

# demo FOLDER PLAN: the factorial demo, values below a limit as the witness has them
demo() {
    rm -rf "$1" && cp -r "$VAGUS_SOURCE/examples/axis-demo" "$1"
    sed -i 's/<LLOQ/0.2/' "$1"/*.csv
    python3 - "$1/study.yaml" "$2" <<'E'
import re, sys
text = open(sys.argv[1]).read()
text = re.sub(r"    batch: .*\n", "", text)  # quality of batches takes seconds
text = re.sub(r"plan:\n(  .*\n)+", "plan:\n  strata: " + sys.argv[2] + "\n", text)
open(sys.argv[1], "w").write(text)
E
}
cat > costs.csv <<'E'
arm,cost,harm,burden
placebo,0,0,0
diet,0.2,0,0.5
psychobiotic,0.3,0.1,0
both,0.5,0.1,0.5
E
demo axis '{outcome: hamd17 at w8, policy: {depth: 1, costs: costs.csv}, permutations: 200}'
cp costs.csv axis
expect 0 run axis -o results --json
cp "$here/out" priced.json
cat > axis.py <<'E'
from common import *
for arm in ("diet", "psychobiotic", "both"):
    agree_interactions(arm, ("hamd17_baseline", "bmi", "il6_baseline"), arm=arm)
agree(of("component_effect", arm="diet", term="alone")[0], "diet alone")
agree(of("component_effect", arm="psychobiotic", term="alone")[0], "psychobiotic alone")
agree(of("component_effect", arm="both", term="together")[0], "both together")
agree(of("component_effect", arm="both", reference="psychobiotic")[0], "diet beside")
agree(of("component_effect", arm="both", reference="diet")[0], "psychobiotic beside")
departure = of("additivity")[0]
agree(departure, "departure")
assert departure["note"] == "open; interval for equivalence %.3g to %.3g" % tuple(w["equivalence"]), departure["note"]
assert sentences()["combination: both"].startswith("These data cannot tell whether together (SSRI, diet and psychobiotic)")
assert {e["term"] for e in of("policy_value")} == {"rule"} | {"everybody " + a for a in ("placebo", "diet", "psychobiotic", "both")}
assert any(i["path"].endswith("costs.csv") and i["rows"] == 4 for i in answer["inputs"])
E
python3 axis.py "$here/out" || fail "the factorial demo differs from lm"

# prices are taken off what everybody would get
demo free '{outcome: hamd17 at w8, policy: {depth: 1}, permutations: 200}'
expect 0 run free -o results --json
python3 - priced.json "$here/out" <<'E' || fail "prices are not taken off"
import json, sys
priced, free = ({e["term"]: e["estimate"] for e in json.load(open(f))["estimates"] if e["quantity"] == "policy_value"} for f in sys.argv[1:])
for arm, price in (("placebo", 0), ("diet", .7), ("psychobiotic", .4), ("both", 1.1)):
    assert abs(free["everybody " + arm] - priced["everybody " + arm] - price) < 1e-9, arm
E

# two arms only: no components together; a marker as outcome; the panel for the learner
demo two '{outcome: immune il6 at w8, better: lower, treatment: both against placebo, panel: all, moderators: [bmi], permutations: 99}'
expect 0 run two -o results --json
python3 - "$here/out" <<'E' || fail "two arms, a marker and the panel are not as declared"
from common import *
assert {e["arm"] for e in of("interaction")} == {"both"} and {e["term"] for e in of("interaction")} == {"bmi"}
assert not of("additivity") and of("ate")[0]["unit"].startswith("ln")
columns = table("moderators")
blocks = [r["block"] for r in columns]
assert {"clinical", "stool", "scfa", "immune"} <= set(blocks) and [r["name"] for r in columns if r["tested"] == "yes"] == ["bmi"]
E

# a transplant goes only to those of whom a safety check says so; without one to nobody
transplant() {
    demo "$1" "$2"
    sed -i 's/type: diet$/type: fmt/' "$1/study.yaml"
    python3 - "$1/participants.csv" <<'E'
import sys
rows = open(sys.argv[1]).read().splitlines()
out = [rows[0] + ",cleared"] + [r + "," + ("yes", "no", "")[i % 3] for i, r in enumerate(rows[1:])]
open(sys.argv[1], "w").write("\n".join(out) + "\n")
E
}
transplant safe '{outcome: hamd17 at w8, policy: {depth: 1, safety: cleared}, permutations: 99}'
expect 0 run safe -o results --json
python3 - "$here/out" <<'E' || fail "the safety check is not told"
from common import *
s = sentences()["safety: both"]
assert s.startswith("A rule may give SSRI, diet and psychobiotic only to people whose safety check is known and allows it: ") and "column cleared" in s
share = {e["arm"]: e["estimate"] for e in of("policy_share")}
assert share["both"] + share["diet"] <= 1 / 3 + .02, share
E
transplant unsafe '{outcome: hamd17 at w8, policy: {depth: 1}, permutations: 99}'
expect 0 run unsafe -o results --json
python3 - "$here/out" <<'E' || fail "a transplant without safety checks is given to somebody"
from common import *
assert sentences()["safety: diet"].startswith("No rule may give SSRI and diet to anybody")
share = {e["arm"]: e["estimate"] for e in of("policy_share")}
assert share["both"] == 0 and share["diet"] == 0, share
E

# an arm of few people is left out, the others stay; constant moderators, gaps at baseline, empty strata are told
demo small '{outcome: hamd17 at w8, permutations: 99}'
python3 - <<'E'
rows = open("small/participants.csv").read().splitlines()
head = rows[0].split(",")
arm, bmi = head.index("arm"), head.index("bmi")
out, n = [], 0
for row in rows[1:]:
    cells = row.split(",")
    n += cells[arm] == "diet"
    if cells[arm] != "diet" or n <= 5:
        out.append(cells)
for i, cells in enumerate(out):
    cells[bmi] = "" if i % 10 == 0 else cells[bmi]
open("small/participants.csv", "w").write("\n".join([",".join(head + ["same"])] + [",".join(c + ["1"]) for c in out]) + "\n")
keep = {c[0] for c in out}
import glob
for f in glob.glob("small/*.csv"):
    lines = open(f).read().splitlines()
    if "participants" in f:
        continue
    columns = lines[0].split(",")
    if "id" in columns:
        k = columns.index("id")
        open(f, "w").write("\n".join([lines[0]] + [l for l in lines[1:] if l.split(",")[k] in keep]) + "\n")
E
sed -i 's/^moderators: \[bmi/moderators: [same, bmi/' small/study.yaml
sed -i '/^panel:/,$d' small/study.yaml
sed -i 's/, il6_baseline//' small/study.yaml
expect 0 run small -o results --json
told "diet is left out of the question for whom: "
told "left out, being the same for everybody: same"
told "filled in by the mean of everybody measured, whatever the arm"
python3 - "$here/out" <<'E' || fail "a small arm takes the others along, or is told of"
from common import *
assert {e["arm"] for e in of("interaction")} == {"psychobiotic", "both"}
assert "few: diet" in sentences() and not of("additivity")
columns = {r["name"]: r for r in table("moderators")}
assert float(columns["bmi"]["imputed"]) > 0 and "same" not in columns
E

# column FOLDER NAME: another column of the participants, made by python's `i` (place) and `c` (cells)
column() {
    python3 - "$1/participants.csv" "$2" "$3" <<'E'
import sys
rows = open(sys.argv[1]).read().splitlines()
make = eval("lambda i, c: " + sys.argv[3])
open(sys.argv[1], "w").write("\n".join([rows[0] + "," + sys.argv[2]] + [r + "," + str(make(i, r.split(","))) for i, r in enumerate(rows[1:])]) + "\n")
E
}

# what follows from other moderators is told and does not take the rest along
blues twins '{outcome: bdi at m2, permutations: 99}'
column twins same_drug 'c[2]'
sed -i 's/^moderators: \[/moderators: [same_drug, /' twins/study.yaml
expect 0 run twins -o results --json
told "the moderator drug=Yes cannot be tested: in TAU it follows from the moderators before it"
python3 - "$here/out" <<'E' || fail "a moderator that is there twice takes the others along"
from common import *
assert {e["term"] for e in of("interaction")} == {"bdi_baseline", "length=>6m", "same_drug=Yes"} and of("omnibus_heterogeneity")
E

# as many moderators as people: one at a time
blues wide '{outcome: bdi at m2, permutations: 99}'
for k in $(seq 50); do column wide "x$k" "(i * i * $k + 7 * i) % (17 + $k)"; done
sed -i "s/^moderators: \[/moderators: [$(seq -s, -f 'x%g' 50),/" wide/study.yaml
expect 0 run wide -o results --json
told "who benefits cannot be learnt: "
python3 - "$here/out" <<'E' || fail "fifty moderators of a hundred people are not tested one at a time"
from common import *
assert len(of("interaction")) == 53 and not of("omnibus_heterogeneity") and not of("calibration")
E

# clusters were randomised: dealt whole, robust by cluster; strata that part them are not used
blues practices '{outcome: bdi at m2, permutations: 99}'
column practices practice '"ab"[c[1] == "TAU"] + str(i % 9)'
sed -i 's/^  strata: \[drug, length\].*/  strata: [drug]\n  cluster: practice/' practices/study.yaml
expect 0 run practices -o results --json
told "people of one practice lie in different strata"
blues people '{outcome: bdi at m2, permutations: 99}'
expect 0 run people -o results --json
cp "$here/out" people.json
expect 0 run practices -o results --json
python3 - people.json "$here/out" <<'E' || fail "standard errors are not those of clusters"
import json, sys
people, practices = ({e["term"]: e for e in json.load(open(f))["estimates"] if e["quantity"] == "interaction"} for f in sys.argv[1:])
for k in people:
    assert abs(people[k]["estimate"] - practices[k]["estimate"]) < 1e-9 and abs(people[k]["se"] - practices[k]["se"]) > 1e-6, k
    assert practices[k]["df"] < 18, practices[k]
E

# more than one question; ids; a question that cannot be answered leaves the others
blues many '[{outcome: bdi at m2, id: early}, {outcome: bdi at m8, label: Late}]'
expect 0 run many -o results --json
python3 - "$here/out" <<'E' || fail "two questions are not kept apart"
import json, sys
d = json.load(open(sys.argv[1]))
assert {e["analysis"] for e in d["estimates"] if e["quantity"] == "interaction"} == {"early", "strata"}
E

# what is refused, with file and line
blues bad '{outcome: bdi at m2, moderators: [bdi_m8]}'
refused 1 "bad/study.yaml:" "\`bdi_m8\` is no declared moderator" "" run bad -o none
blues bad '{outcome: bdi at m2}'
sed -i 's/^moderators: .*/moderators: [bdi_m3, drug]/' bad/study.yaml
refused 1 "bad/study.yaml:" "the moderator \`bdi_m3\` is measured after randomisation, at m3" "write bdi_baseline" run bad -o none
blues bad '{outcome: bdi at m2, policy: {costs: costs.csv}}'
printf 'arm,cost\nTAU,0\nBtheB,-1\n' > bad/costs.csv
refused 1 "bad/costs.csv:3:" "the cost \`-1\` is no number of nought or more" "" run bad -o none
blues bad '{outcome: bdi at m2}'
sed -i 's/^  strata: \[drug, length\].*/  probability: [1, 0]/' bad/study.yaml
refused 1 "bad/study.yaml:" "a probability of randomisation is not a positive number" "" run bad -o none
finish
