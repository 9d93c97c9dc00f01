#!/usr/bin/env bash
# plan: mechanism in `vagus run` on the simulated demo: effects, arrows and sensitivity as lm gives them from its tables
# (tests/reference/mechanism.R), what each arrow rests on, verdicts, what cannot be had; adherence.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
export WITNESS=$VAGUS_SOURCE/tests/reference/mechanism.json
cp -r "$VAGUS_SOURCE/examples/axis-demo" demo
sed -i 's/<LLOQ/0.2/' demo/*.csv # the witness knows no rule for censored values
python3 - <<'E'
import re
text = open("demo/study.yaml").read()
text = re.sub(r"    batch: .*\n", "", text)  # quality of batches takes seconds
text = re.sub(r"  response_of_panel:\n(    .*\n)+", "", text)
text = re.sub(r"  mechanism:\n(    .*\n)+", """  mechanism:
    - {treatment: multistrain, outcome: hamd17 at w8, mediators_at: w4, channels: all, interval: delta, reliability: none}
    - {treatment: both against placebo, outcome: hamd17 at w8, mediators_at: w4, score: markers, interval: delta, reliability: none, id: arms}
""", text)
open("demo/study.yaml", "w").write(text)
E
expect 0 check demo
expect 0 run demo -o results --json
cat > witness.py <<'E'
import csv, json, os, sys
from near import near
w = json.load(open(os.environ["WITNESS"]))
estimates = json.load(open(sys.argv[1]))["estimates"]
def of(analysis, quantity, **more):
    return [e for e in estimates if e.get("analysis") == analysis and e["quantity"] == quantity and all(e.get(k) == v for k, v in more.items())]
def table(name):
    return list(csv.DictReader(open("results/tables/" + name + ".csv")))
def agree(values, name, relative=1e-8):
    assert len(values) == len(w[name]), (name, len(values), len(w[name]))
    for value, expected in zip(values, w[name]):
        assert abs(value - expected) <= relative * max(abs(expected), 1e-3), (name, value, expected)
for id, name in (("mechanism", "component"), ("arms", "arms")):
    effects = [e for q in ("total", "direct", "indirect") for e in of(id, q)]
    agree([e["estimate"] for e in effects], name + "_effect")
    assert all(e["n"] == w[name + "_n"][0] and e["unit"] == "points" for e in effects)
    terms = len(w[name + "_rho"])
    arrows = of(id, "arrow")
    agree([e["estimate"] for e in arrows[0::2]], name + "_alpha")
    agree([e["estimate"] for e in arrows[1::2]], name + "_beta")
    agree([e["se"] for e in of(id, "indirect")[1:1 + terms]], name + "_se")
    for feature, key in (("rho_at_zero", "rho"), ("r2_tilde", "tilde"), ("e_value", "e"), ("e_value_limit", "e_limit")):
        agree([e["estimate"] for e in of(id, "sensitivity", feature=feature)], name + "_" + key)
    at = [r for r in table("sensitivity") if r["analysis"] == id and abs(float(r["rho"]) - .3) < 1e-9]
    agree([float(r["estimate"]) for r in at], name + "_at")
edges = {r["from"] + "->" + r["to"]: r for r in table("axis_edges") if r["analysis"] == "mechanism"}
assert len(edges) == 18, len(edges)  # every declared arrow between what is drawn; age, female and strain are causes only
numbers = ("estimate", "se", "lower", "upper", "p", "standardised", "standardised_lower", "standardised_upper", "n")
for name, row in edges.items():
    agree([float(row[k]) for k in numbers], name)
status = {name: row["status"] for name, row in edges.items()}
assert {name for name in status if status[name] == "randomised"} == {"multistrain->butyrate_synthesis", "mediterranean->butyrate_synthesis", "multistrain->vagal"}, status
assert set(status.values()) == {"randomised", "assumed"}
assert edges["multistrain->hamd17"]["note"] == "with what else acts on it held"
assert "not identified: strain acts on both" in edges["hpa->hamd17"]["note"]
assert "moderated by bmi" in edges["immune_channel->hamd17"]["note"]
assert (edges["hamd17->hpa"]["from_visit"], edges["hamd17->hpa"]["to_visit"]) == ("w2", "w4")
assert (edges["metabolites->immune_channel"]["from_visit"], edges["metabolites->immune_channel"]["to_visit"]) == ("w4", "w8")
nodes = {r["name"]: r for r in table("axis_nodes") if r["analysis"] == "mechanism"}
assert [nodes[k]["sort"] for k in ("ssri", "butyrate_synthesis", "vagal", "hamd17", "bmi", "strain")] == \
    ["component", "function", "channel", "symptom", "moderator", "confounder"]
assert nodes["immune_channel"]["detail"] == "il6, tnf, crp, −il10" and nodes["strain"]["detail"] == "not measured"
assert nodes["butyrate_synthesis"]["unit"] == "ln share" and nodes["neurotrophic"]["unit"] == "ln ng/mL"
verdicts = [r for r in table("channel_verdicts") if r["analysis"] == "mechanism"]
assert [r["channel"] for r in verdicts] == ["metabolites", "barrier_channel", "immune_channel", "hpa", "vagal", "neurotrophic"]
assert {r["verdict"] for r in verdicts} <= {"carries", "opposes", "little", "cannot tell"}
about = {r["about"] for r in table("sentences") if r["analysis"] == "mechanism"}
assert {"answer", "hpa", "sensitivity: hpa"} <= about, about
assumptions = {r["assumption"]: r for r in table("assumptions") if r["analysis"] == "mechanism"}
assert assumptions["T to M, T to Y"]["status"] == "design" and assumptions["M before Y"]["status"] == "checked"
assert "strain acts on HPA axis" in assumptions["hidden cause: strain"]["text"]
assert "multistrain 86 % on average" in assumptions["given, not taken"]["text"], assumptions["given, not taken"]
arm = {r["id"]: r["arm"] for r in csv.DictReader(open("demo/participants.csv"))}
both = [float(r["share_taken"]) for r in csv.DictReader(open("demo/adherence.csv")) if (r["component"], r["visit"]) == ("multistrain", "w4") and arm[r["id"]] == "both"]
taken = [r for r in table("adherence") if (r["component"], r["arm"], r["visit"]) == ("multistrain", "both", "w4")]
near(float(taken[0]["mean"]), sum(both) / len(both), 1e-12)
assert float(taken[0]["n"]) == len(both) and float(taken[0]["least"]) == min(both)
near(float(taken[0]["below"]), sum(s < .8 for s in both) / len(both), 1e-12)
analyses = {r["id"]: r for r in table("analyses")}
assert analyses["mechanism"]["kind"] == "mechanism" and analyses["arms"]["arm"] == "both" and not analyses["mechanism"]["arm"]
assert any("Vansteelandt" in r["citation"] for r in table("references"))
assert sum(r["heading"].startswith("Mechanism:") for r in table("methods")) == 2
E
python3 witness.py "$here/out" || fail "differs from lm on the demo's tables"

# plan FOLDER PLAN: the demo with another plan of a mechanism
demo=$VAGUS_SOURCE/examples/axis-demo
plan() {
    rm -rf "$1" && cp -r "$demo" "$1"
    python3 - "$1/study.yaml" "$2" <<'E'
import re, sys
text = open(sys.argv[1]).read()
text = re.sub(r"    batch: .*\n", "", text)  # quality of batches takes seconds
text = re.sub(r"  response_of_panel:\n(    .*\n)+", "", text)
text = re.sub(r"  mechanism:\n(    .*\n)+", "  mechanism: " + sys.argv[2] + "\n", text)
open(sys.argv[1], "w").write(text)
E
}

# reliabilities as declared and from replicates: corrected beside as measured, adding up; the same on any number of threads
plan few '{treatment: multistrain, outcome: hamd17 at w8, mediators_at: w4, draws: 200}'
expect 0 run few -o few_results --json --threads 2
cp "$here/out" two.json
expect 0 run few -o few_results --json --threads 1
told "lie beyond a limit of their assay"
python3 - "$here/out" two.json <<'E' || fail "corrected effects are not there, do not add up, or depend on the number of threads"
import csv, json, sys
from near import near
d, two = (json.load(open(f)) for f in sys.argv[1:])
assert d["estimates"] == two["estimates"]
for stratum in ("as measured", "corrected"):
    e = {q: [r for r in d["estimates"] if r.get("analysis") == "mechanism" and r["quantity"] == q and r.get("stratum") == stratum] for q in ("total", "direct", "indirect")}
    near(e["direct"][0]["estimate"] + sum(r["estimate"] for r in e["indirect"] if "channel" in r), e["total"][0]["estimate"], 1e-9)
    assert len(e["indirect"]) == 7
m = {r["mediator"]: r for r in csv.DictReader(open("few_results/tables/mediators.csv"))}
for name in ("il6", "tnf", "crp", "il10"):
    assert 0.6 < float(m[name]["reliability_lower"]) < float(m[name]["reliability"]) < float(m[name]["reliability_upper"]) < 0.9
assert float(m["car"]["reliability"]) == 0.5 and not m["car"]["reliability_lower"]
assert float(m["car"]["conditional_reliability"]) < 0.5
assert "Whether multistrain changes" in d["fit"]["mechanism"]["answer"]
E

# a placebo's capsule is the active one turned round, and hides no arrow
plan capsule '{treatment: multistrain, outcome: hamd17 at w8, mediators_at: w4, draws: 200}'
python3 - <<'E'
text = open("capsule/study.yaml").read()
text = text.replace("components: [ssri]", "components: [ssri, capsule]").replace("components: [ssri, mediterranean]", "components: [ssri, mediterranean, capsule]")
text = text.replace("components:\n  ssri:", "components:\n  capsule: {type: placebo}\n  ssri:")
open("capsule/study.yaml", "w").write(text)
E
expect 0 run capsule -o capsule_results --quiet
cmp -s capsule_results/tables/axis_edges.csv few_results/tables/axis_edges.csv || fail "a placebo's capsule changes the arrows"

# mediators with the outcome: every row says so
plan concurrent '{treatment: multistrain, outcome: hamd17 at w4, mediators_at: w4, concurrent: true, interval: delta, reliability: none, channels: [hpa, vagal]}'
expect 0 run concurrent -o concurrent_results --json
told "concurrent: the mediators were perhaps not measured before the outcome"
python3 - "$here/out" <<'E' || fail "a row does not say concurrent"
import csv, json, sys
rows = [r for r in json.load(open(sys.argv[1]))["estimates"] if r.get("analysis") == "mechanism" and r["quantity"] in ("total", "direct", "indirect", "arrow", "proportion_mediated")]
assert len(rows) >= 12 and all("concurrent" in r["note"] for r in rows)
a = {r["assumption"]: r["status"] for r in csv.DictReader(open("concurrent_results/tables/assumptions.csv"))}
assert a["M before Y"] == "overridden"
E

# what cannot be had is told, with the rest of the plan there
plan broken '[{treatment: multistrain, outcome: hamd17 at w8, mediators_at: w4, channels: [vagal], interval: delta}, {treatment: multistrain, outcome: hamd17 at w8, mediators_at: w4, channels: [hpa], interval: delta, id: other}]'
sed -i 's/^\(P[0-9]*_w4_ecg,ln_rmssd\),.*/\1,3/' broken/heart.csv
expect 0 run broken -o broken_results --json
told "Mechanism: multistrain on hamd17 could not be had: "
python3 - "$here/out" <<'E' || fail "half an analysis was left, or others are missing"
import json, sys
d = json.load(open(sys.argv[1]))
has = {r.get("analysis") for r in d["estimates"]}
assert "failed" in d["fit"]["mechanism"] and "mechanism" not in has and {"primary", "other"} <= has
E

# an analyte of the panel as outcome, in a plan of a mechanism alone
plan marker '{treatment: diet against placebo, outcome: immune tnf at w8, mediators_at: w4, channels: [metabolites], interval: delta}'
python3 - <<'E'
import re
text = open("marker/study.yaml").read()
text = re.sub(r"  primary:\n(    .*\n)+", "", text)
text = re.sub(r"  secondary:\n(    .*\n)+", "", text)
open("marker/study.yaml", "w").write(text)
E
expect 0 run marker -o marker_results --json
python3 - "$here/out" <<'E' || fail "an analyte is no outcome of a mechanism"
import json, sys
d = json.load(open(sys.argv[1]))
rows = [r for r in d["estimates"] if r.get("analysis") == "mechanism" and r["quantity"] == "total"]
assert rows[0]["outcome"] == "tnf" and rows[0]["unit"] == "ln pg/mL" and rows[0]["arm"] == "diet"
assert "lower_is_better" not in d["fit"]["mechanism"]
E

# refusals (each with its line: tests/unit/study/test_mechanism_section.c)
plan bad '{treatment: multistrain, outcome: hamd17 at w4, mediators_at: w8, channels: [hpa]}'
refused 1 "bad/study.yaml:" "the mediators at w8 are not measured before the outcome at w4" "name an earlier visit" run bad -o x
plan bad '{treatment: ssri, outcome: hamd17 at w8, mediators_at: w4}'
refused 1 "bad/study.yaml:" "every arm has ssri" "some arms have" run bad -o x
plan bad '{treatment: multistrain, outcome: hamd17 at w12, mediators_at: w8}'
refused 1 "bad/study.yaml:" "no marker of the channel metabolites is measured at w8" "name the channels that are" run bad -o x
plan bad '{treatment: multistrain, outcome: hamd17 at w8, mediators_at: w4}'
sed -i '/^axis:/,$d' bad/study.yaml
refused 1 "bad/study.yaml:" "mechanism without an axis" "declare axis:" run bad -o x
finish
