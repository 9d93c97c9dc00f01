#!/usr/bin/env bash
# vagus simulate and design --graph: a study folder that check and run take as it is, the same bytes for the same
# seed on any number of threads, the truth, and each refusal.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
demo=$VAGUS_SOURCE/examples/axis-demo

# a small design of the demo's, so that the run is short
sed -e 's/participants: {n: [0-9]*}/participants: {n: 64}/' -e '/response_of_panel/d' "$demo/design.yaml" > design.yaml

expect 0 simulate design.yaml -o trial --seed 7 --population 2000
grep -q 'SIMULATED, seed 7' "$here/out" || fail "does not say that it is simulated"
for file in study.yaml participants.csv scores.csv samples.csv stool.tsv genes.tsv scfa.csv immune.csv adherence.csv \
    adverse_events.csv truth.json design.yaml README.md; do
    [ -s trial/$file ] || fail "$file is not there"
done
grep -q '^data: simulated' trial/study.yaml || fail "study.yaml is not labelled simulated"
grep -q '"simulated": true' trial/truth.json || fail "truth.json is not labelled simulated"
grep -q 'LLOQ' trial/immune.csv || fail "nothing lies below its limit"
python3 - <<'PY' || fail "truth.json does not hold together"
import json, math
t = json.load(open("trial/truth.json"))
people = len(t["participants"]["id"])
assert people == 64
for group in {(e["arm"], e["visit"]) for e in t["effects"]}:
    rows = [e for e in t["effects"] if (e["arm"], e["visit"]) == group]
    of = lambda q: sum(e["estimate"] for e in rows if e["quantity"] == q)
    assert abs(of("total") - of("direct") - of("indirect") - of("interaction")) < 1e-9
for e in t["participants"]["effects"]:
    assert len(e["total"]) == people and all(len(v) == people for v in e["indirect"].values())
both = [e for e in t["effects"] if e["arm"] == "both" and e["visit"] == "w12" and e["quantity"] == "total"]
assert -3 < both[0]["estimate"] < -1
PY

expect 0 check trial
grep -q '^0 problems' "$here/out" || fail "check finds problems in what simulate wrote"
expect 0 run trial -o results
grep -q 'Primary: both minus placebo' "$here/out" || fail "run does not answer"

# a design is known by what it says, not by its name
cp design.yaml planned.yaml
expect 0 check planned.yaml
grep -q '^0 problems' "$here/out" || fail "check takes a design of another name for a study"
expect 1 run planned.yaml
grep -q "this is a design, not a study" "$here/err" || fail "run does not say that this is a design"

# microbes: zeros and more than Poisson spread, and genes that follow the function where the graph says so
sed 's/multistrain -> butyrate_synthesis, effect: 0.5/multistrain -> butyrate_synthesis, effect: 2.5/' design.yaml > strong.yaml
expect 0 simulate strong.yaml -o strong --population 1000 --quiet
python3 - <<'PY' || fail "counts are not those of such a community"
import csv, math
def table(name):
    rows = list(csv.reader(open("strong/" + name), delimiter="\t"))
    return rows[0][1:], {r[0]: [int(x) for x in r[1:]] for r in rows[1:]}
arm = {r["id"]: r["arm"] for r in csv.DictReader(open("strong/participants.csv"))}
samples, taxa = table("stool.tsv")
zeros = sum(x == 0 for r in taxa.values() for x in r) / (len(taxa) * len(samples))
assert 0.1 < zeros < 0.7, zeros
first = taxa["Taxon_001"]
mean = sum(first) / len(first)
assert sum((x - mean) ** 2 for x in first) / len(first) > 50 * mean
samples, genes = table("genes.tsv")
depth = [sum(g[k] for g in genes.values()) for k in range(len(samples))]
def level(given):  # K00074 is of the butyrate module alone
    v = [math.log((genes["K00074"][k] + 0.5) / depth[k]) for k, s in enumerate(samples)
         if "_w12_" in s and (arm[s.split("_")[0]] in ("psychobiotic", "both")) == given]
    return sum(v) / len(v)
assert level(True) - level(False) > 0.4, level(True) - level(False)
PY

# the same seed, the same bytes; another seed, others
expect 0 simulate design.yaml -o again --seed 7 --population 2000 --threads 1 --quiet
diff -r trial again > /dev/null || fail "the same seed gives other bytes on one thread"
expect 0 simulate trial/design.yaml -o again --seed 8 --population 2000 --quiet
cmp -s trial/scores.csv again/scores.csv && fail "another seed gives the same scores"
expect 0 simulate design.yaml -o json --json --population 1000
grep -q '"simulated": true' "$here/out" || fail "JSON does not say simulated"

# refusals: what is there already, usage, the design's own problems with their lines
mkdir mine && echo x > mine/notes.txt
expect 1 simulate design.yaml -o mine
[ -s mine/notes.txt ] || fail "a folder of other things was touched"
expect 2 simulate design.yaml
expect 1 simulate nowhere.yaml -o x
refuses() { # refuses LINE-PATTERN WORDS: the last design
    expect 1 simulate bad.yaml -o x
    [ -e x ] && fail "something was written in spite of: $2"
    grep -q "bad.yaml:[0-9]*: .*$1" "$here/err" || fail "does not say: $1"
}
sed 's/metabolites -> neurotrophic, effect: 0.15, unit: sd, lag: 1/metabolites -> metabolites, effect: 0.15, unit: sd/' design.yaml > bad.yaml
refuses 'in a circle within one visit'
sed 's/vagal -> hamd17/vagel -> hamd17/' design.yaml > bad.yaml
refuses 'nothing called `vagel`.*did you mean `vagal`'
sed 's/effect: -0.8, unit: points}/effect: -0.8}/' design.yaml > bad.yaml
refuses 'has no unit'
sed 's/hpa -> hamd17, effect: 1.0/hpa -> hamd17, effect: 9.0/' design.yaml > bad.yaml
refuses 'what acts on hamd17 at .* its variance is left negative'
sed 's/reliability: 0.8}/reliability: 8}/' design.yaml > bad.yaml
refuses 'outside (0, 1\]'

sed 's/treatment: both against placebo/treatment: both against nothing/' design.yaml > bad.yaml
refuses 'there is no arm `nothing`'
# what else is planned is read with the study
sed 's/{remission: hamd17, at: w12}/{remission: hamd17, at: w13}/' design.yaml > bad.yaml
expect 1 simulate bad.yaml -o x
told "its study has 1 problem, first: "
[ -e x ] && fail "a study with problems was written"

# check takes designs too
expect 0 check design.yaml
printed "0 problems"
mkdir bad && sed 's/vagal -> hamd17/vagel -> hamd17/' design.yaml > bad/design.yaml
expect 1 check bad
grep -q 'bad/design.yaml:[0-9]*: there is nothing called `vagel`' "$here/out" || fail "check does not name the line"

# the picture
expect 0 design design.yaml --graph -o graph.svg
grep -q '<svg' graph.svg && grep -q 'Metabolites' graph.svg || fail "no picture"
grep -q '× bmi' graph.svg || fail "moderation is not drawn"
if command -v xmllint > /dev/null; then xmllint --noout graph.svg || fail "the picture is no XML"; fi
finish
