#!/usr/bin/env bash
# Norms of layers of every kind: computed ones against the same values declared, NPX and scores by quantiles, censored reference values,
# reliable change, few reference people.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/norms-demo" study
python3 - <<'PY' || exit 1
import csv, math, random
random.seed(5)
cols = ["K01580", "K01667", "K01593", "K00457"]
open("study/one.txt", "w").write("".join("M%d\tmodule of %s\n%s\n///\n" % (i, k, k) for i, k in enumerate(cols)))
for side in ("", "reference_"):
    rows = list(csv.reader(open("study/%sgenes.tsv" % side), delimiter="\t"))
    total = [sum(float(r[j]) for r in rows[1:]) for j in range(1, len(rows[0]))]
    with open("study/%sshares.tsv" % side, "w") as f:
        f.write("\t".join(rows[0]) + "\n")
        for i, k in enumerate(cols):
            row = next(r for r in rows if r[0] == k)
            f.write("M%d\t" % i + "\t".join(repr(float(x) / t) for x, t in zip(row[1:], total)) + "\n")
    plasma = list(csv.DictReader(open("study/%splasma.csv" % side)))
    with open("study/%sratio.csv" % side, "w") as f, open("study/%snpx.csv" % side, "w") as g, \
         open("study/%slow.csv" % side, "w") as h, open("study/%sscore.csv" % side, "w") as s:
        f.write("sample,ratio\n"); g.write("sample,il6\n"); h.write("sample,crp\n"); s.write("sample,mood\n")
        for r in plasma:
            f.write("%s,%r\n" % (r["sample"], float(r["kynurenine"]) / float(r["tryptophan"])))
            g.write("%s,%r\n" % (r["sample"], math.log2(float(r["il6"]))))
            h.write("%s,%s\n" % (r["sample"], "<0.6" if float(r["crp"]) < 0.6 else r["crp"]))
            s.write("%s,%d\n" % (r["sample"], round(random.gauss(0, 3))))
people = "people: reference_people.csv"
text = open("study/study.yaml").read()
text = text.replace("modules: built-in", "modules: one.txt")
extra = """  shares: {table: shares.tsv, kind: relative, matrix: stool, pipeline: simulated sequencing, reference: {table: reference_shares.tsv, pipeline: simulated sequencing, %s}}
  ratio: {table: ratio.csv, kind: concentration, unit: "1", matrix: plasma, reference: {table: reference_ratio.csv, %s}}
  npx: {table: npx.csv, kind: npx, matrix: plasma, reference: {table: reference_npx.csv, %s}}
  low: {table: low.csv, kind: concentration, unit: mg/L, matrix: plasma, reference: {table: reference_low.csv, %s}}
  mood: {table: score.csv, kind: score, matrix: saliva, reference: {table: reference_score.csv, %s}}
""" % (5 * (people,))
text = text.replace("\nplan:\n", extra + "\nplan:\n")
start = text.index("  norms:\n")
open("study/study.yaml", "w").write(text[:start] + """  norms:
    layers: [plasma, plasma_derived, genes_modules, shares, ratio, npx, low, mood]
    covariates: [age, sex, bmi]
    smooth: age
    window: {age: 20, bmi: 8}
    resamples: 40
    at: w8
""")
PY
expect 0 run study -o out
python3 - <<'PY' || fail "norms of layers of every kind"
import csv, math
rows = lambda name: list(csv.DictReader(open("out/tables/norm_%s.csv" % name)))
close = lambda a, b, e: abs(a - b) <= e * max(1, abs(b))
c = {(r["analysis"], r["feature"], r["participant"]): r for r in rows("centiles")}
of = lambda layer, feature: {k[2]: r for k, r in c.items() if k[:2] == (layer, feature) and r["centile"]}
# what is computed from both sides has the norms of the same values, declared
ours, theirs = of("plasma_derived", "kynurenine_tryptophan"), of("ratio", "ratio")
assert len(ours) == 35 and ours.keys() == theirs.keys()
for p in ours:
    assert close(float(ours[p]["z"]), float(theirs[p]["z"]), 1e-5), (p, ours[p], theirs[p])
near = {(r["analysis"], r["participant"]): r for r in rows("neighbours")}
placed = [p for l, p in near if l == "shares" and near[l, p]["p"]]
assert len(placed) > 25
for p in placed:
    for key in ("p", "distance", "lower", "upper", "effective_neighbours"):
        assert close(float(near["genes_modules", p][key]), float(near["shares", p][key]), 1e-9), (p, key)
assert {r["feature"] for r in rows("contributors") if r["analysis"] == "genes_modules"} <= {"module of " + k for k in ("K01580", "K01667", "K01593", "K00457")}
# NPX: the norm is of 2^NPX; values and curves stay NPX
npx, il6 = of("npx", "il6"), of("plasma", "il6")
for p in npx:
    assert close(float(npx[p]["z"]), float(il6[p]["z"]), 1e-5), p
    assert close(float(npx[p]["value"]), math.log2(float(il6[p]["value"])), 1e-9)
curve = lambda layer: [float(r["value"]) for r in rows("curves") if (r["analysis"], r["feature"]) == (layer, "il6")]
assert all(close(a, math.log2(b), 1e-5) for a, b in zip(curve("npx"), curve("plasma"))) and curve("npx")
# values below the limit, of the reference: only their order counts; scores by quantiles
method = {(r["analysis"], r["feature"]): r for r in rows("models")}
assert method["low", "crp"]["method"] == "quantile regression" and int(method["low", "crp"]["beyond_limits"]) > 0
assert method["mood", "mood"]["method"] == "quantile regression"
assert method["plasma_derived", "inflammatory_index"]["method"] == "quantile regression"
low, crp = of("low", "crp"), of("plasma", "crp")
gap = [abs(float(low[p]["centile"]) - float(crp[p]["centile"])) for p in low if float(crp[p]["value"]) > 1]
assert len(gap) > 10 and sum(gap) / len(gap) < 0.06, gap
beyond = [r for r in low.values() if float(crp[r["participant"]]["value"]) < 0.6]
assert all("at most" in r["note"] for r in beyond), beyond
mood = of("mood", "mood")
assert len(mood) == 35 and all(r["z"] == "" for r in mood.values())
assert 0.3 < sum(float(r["centile"]) for r in mood.values()) / 35 < 0.7
PY

# reliable change: the measurement error of crp is that of its duplicates
python3 - <<'PY' || exit 1
import csv, math, random
random.seed(9)
rows = list(csv.DictReader(open("study/plasma.csv")))
with open("study/twice.csv", "w") as f:
    f.write("sample,marker,amount\n")
    for r in rows:
        for k in range(2):
            f.write("%s,crp,%r\n" % (r["sample"], float(r["crp"]) * math.exp(0.1 * random.gauss(0, 1))))
with open("study/reference_twice.csv", "w") as f:
    f.write("sample,marker,amount\n")
    for r in csv.DictReader(open("study/reference_plasma.csv")):
        f.write("%s,crp,%s\n" % (r["sample"], r["crp"]))
text = open("study/study.yaml").read()
a, b = text.index("  plasma:\n"), text.index("  shares:")
c = text.index("  norms:\n")
open("study/study.yaml", "w").write(text[:a] + """  plasma: {table: twice.csv, kind: concentration, unit: mg/L, matrix: plasma, format: long, sample: sample, analyte: marker, value: amount, replicates: true, reference: {table: reference_twice.csv, people: reference_people.csv}}
""" + text[b:c] + """  norms: {layers: plasma, covariates: [age, sex, bmi], smooth: age}
""")
PY
expect 0 run study -o changed
python3 - <<'PY' || fail "reliable change"
import csv, math
rows = lambda name: list(csv.DictReader(open("changed/tables/%s.csv" % name)))
values = {}
for r in csv.DictReader(open("study/twice.csv")):
    values.setdefault(r["sample"], []).append(float(r["amount"]))
order = [r["id"] for r in csv.DictReader(open("study/participants.csv"))]
rel = [r for r in rows("panel_reliability") if r["layer"] == "plasma" and r["feature"] == "crp"][0]
assert rel["scale"] == "natural logarithm", rel
change = rows("norm_changes")
assert len(change) == 36 and {r["visit"] for r in change} == {"w8"}
for r in change:
    p = order[int(r["participant"]) - 1]
    mean = lambda v: sum(values[p + v]) / 2
    delta = math.log(mean("_w8") / mean("_baseline"))
    assert abs(float(r["change"]) - delta) < 1e-9, (r, delta)
    sem = float(rel["sem"]) / math.sqrt(2)  # of the mean of two
    assert abs(float(r["sem"]) - sem) < 1e-12
    ratio = delta / (math.sqrt(2) * sem)
    assert abs(float(r["reliable_change"]) - ratio) < 1e-9
    assert (r["beyond_error"] == "1") == (abs(ratio) > 1.96)
assert any(r["beyond_error"] == "1" for r in change) and any(r["beyond_error"] == "0" for r in change)
PY

# few reference people: said, in the result and on the page; fewer than 30: no norm, and why
fewer() { # LINES of the people and of their values
    head -"$1" study/reference_people.csv >people.csv && head -"$1" study/reference_twice.csv >values.csv
    cp people.csv study/reference_people.csv && cp values.csv study/reference_twice.csv
}
fewer 61
sed -i '/^  shares:/d; /^  ratio:/d; /^  npx:/d; /^  low:/d; /^  mood:/d' study/study.yaml
python3 - <<'PY' || exit 1
import re
text = open("study/study.yaml").read()
a, b = text.index("  genera:\n"), text.index("  plasma:")
open("study/study.yaml", "w").write(text[:a] + text[b:])
PY
expect 0 run study -o few
told "rest on 60 reference people"
grep -q "60 reference people: few: the intervals of centiles are somewhat too short" few/report.html || fail "the page does not say that intervals are short"
fewer 25
expect 0 run study -o none
told "has 24 people, and a norm needs at least 30"
[ ! -e none/tables/norm_centiles.csv ] || fail "norms of 24 people"
grep -q "24 reference people: too few" none/report.html || fail "the page does not say why there is no norm"
finish
