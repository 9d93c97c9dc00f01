#!/usr/bin/env bash
# Norms in a study: the simulated example, who has none and why, and what is refused with its line.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/norms-demo" study
expect 0 check study
expect 0 run study -o out
python3 - <<'PY' || fail "norms of the example"
import csv
rows = lambda name: list(csv.DictReader(open("out/tables/norm_%s.csv" % name)))
c = rows("centiles")
assert len(c) == 6 * 36 * 2, len(c) # four markers, a ratio and an index, computed for both sides
old = [r for r in c if r["participant"] == "36"]
assert len(old) == 12 and all(r["centile"] == "" and "reaches from 21 to 70" in r["note"] for r in old), old[0]
seen = [r for r in c if r["centile"]]
assert {r["analysis"] for r in seen} == {"plasma", "plasma_derived"}
assert all(0 <= float(r["lower"]) <= float(r["centile"]) <= float(r["upper"]) <= 1 and r["n"] == "160" for r in seen)
assert all(0 < float(r["lower"]) < float(r["centile"]) < float(r["upper"]) < 1 for r in seen if r["z"])
assert all(float(r["lower"]) < float(r["upper"]) for r in seen)
mean = sum(float(r["centile"]) for r in seen if r["visit"] == "baseline") / (len(seen) / 2)
assert 0.35 < mean < 0.65, mean  # participants at baseline are drawn as the reference is
near = {(r["analysis"], r["participant"], r["visit"]): r for r in rows("neighbours")}
assert len(near) == 2 * 36 * 2
p = [float(r["p"]) for r in near.values() if r["p"]]
assert 0.3 < sum(p) / len(p) < 0.7 and min(p) >= 1 / 161
assert "no comparable people" in near[("genera", "36", "w8")]["note"]
assert all(int(float(r["comparable"])) >= 30 and float(r["lower"]) <= float(r["p"]) <= float(r["upper"]) for r in near.values() if r["p"])
assert {r["analysis"] for r in near.values()} == {"genera", "genes_modules"}
assert all(float(r["share"]) > 0 for r in rows("contributors"))
far = rows("far")
assert all(int(r["far"]) == sum(1 for q in near.values() if q["analysis"] == r["analysis"] and q["p"] and float(q["p"]) < 0.05) for r in far)
assert any("from" in r["feature"] for r in far if r["analysis"] == "genes_modules")  # modules by name
assert all(0 < float(r["mean_share"]) < 1 for r in far) and any(r["analysis"] == "genes_modules" for r in far)
assert {r["share"] for r in rows("curves")} == {"0.03", "0.1", "0.25", "0.5", "0.75", "0.9", "0.97"}
PY
python3 - <<'PY' || fail "methods and references of norms"
import csv
text = {r["heading"]: r["text"] for r in csv.DictReader(open("out/tables/methods.csv"))}
norms = text["Participants among comparable people"]
for words in ("given age, sex and bmi (with a curve in age)", "Box–Cox normal", "by quantile regression, with intervals from 200 resamples", "conformal p value"):
    assert words in norms, words
assert "measurement error" not in norms  # nothing was repeated
assert "kynurenine/tryptophan" in text["Computed measures"] and "15 functions" in text["Computed measures"]
keys = {r["key"] for r in csv.DictReader(open("out/tables/references.csv"))}
assert {"cole_green_1992", "vovk_2005", "koenker_bassett_1978", "darzi_2016"} <= keys, keys
assert not {"shrout_fleiss_1979", "zhou_2022", "tian_2020"} & keys, keys
PY
grep -q "What parts them most" out/report.html || fail "the report does not say by what samples are far"
grep -q "not a finding of illness" out/report.html || fail "the report does not warn of taxa and function"
cp study/study.yaml whole.yaml
sed -i "s/layers: \[plasma.*/layers: [genera, genes_modules]/" study/study.yaml
expect 0 run study -o again --threads 1
cmp -s out/tables/norm_neighbours.csv again/tables/norm_neighbours.csv || fail "not the same on one thread"
rm -r out again
mv whole.yaml study/study.yaml

# refused_edit SED MESSAGE HINT: the example with one edit, checked
refused_edit() {
    rm -rf edited && cp -r study edited
    sed -i "$1" edited/study.yaml
    expect 1 check edited
    printed "$2"
    printed "$3"
}
line=$(grep -n "reference_genera.tsv" study/study.yaml | cut -d: -f1)
refused_edit "${line}s/simulated sequencing/shotgun/" "study.yaml:$line: the reference of genera was made by another pipeline" "use a reference made alike"
refused_edit "${line}s/, pipeline: simulated sequencing//" "does not say by which" "declare pipeline"
refused_edit "${line}s/reference_genera.tsv/reference_genes.tsv/" "shares 0 of its 12 features" "name features alike"
refused_edit "${line}s/people: reference_people.csv, //" "needs \`table\` and \`people\`" "group: COLUMN = VALUE"
refused_edit "${line}s/pipeline:/pipe:/" "pipe" "pipeline"
refused_edit "s/people: reference_people.csv}/people: reference_people.csv, unit: ug\/L}/" "has unit \`ug/L\`, the layer mg/L" "never converted"
refused_edit "s/at: \[baseline, w8\]/at: [baseline, w9]/" "w9" "w8"
refused_edit "s/layers: \[plasma, plasma_derived, genera, genes_modules\]/layers: [plasma, genus]/" "there is no layer \`genus\`" "genes"
refused_edit "s/covariates: \[age, sex, bmi\]/covariates: [age, sex, bmj]/" "bmj" "bmi"
refused_edit "s/smooth: age/smooth: weight/" "\`smooth: weight\` is not among \`covariates\`" "name it there too"
refused_edit "s/window: {age: 20, bmi: 8}/window: {age: 0, bmi: 8}/" "the window of \`age\` is not above 0" "comparable people"
refused_edit "s/window: {age: 20/window: {ago: 20/" "the window names \`ago\`" "age"
refused_edit "s/    taxa: genera//" "norms name one of" "side by side"
refused_edit "s/taxa: genera/taxa: plasma/" "is no layer of abundances" "counts, shares or amounts"
refused_edit "s/people: reference_people.csv}/group: arm = diet}/" "a group and something else" "alone"
refused_edit "s/reference: {table: reference_plasma.csv, people: reference_people.csv}/reference: {group: arm = diet}/" "were randomised" "outside the trial"
refused_edit "s/reference: {table: reference_plasma.csv, people: reference_people.csv}/reference: {group: sex = x}/" "no participant has sex = x" "table of participants"
sed -i '3s/^R002,[^,]*,/R001,33,/' study/reference_people.csv
expect 1 check study
printed "the reference person R001 stands here again"
[ "$(grep -c "stands here again" "$here/out" "$here/err" | awk -F: '{n += $2} END {print n}')" = 1 ] || fail "told more than once"
cp "$VAGUS_SOURCE/examples/norms-demo/reference_people.csv" study
head -25 study/reference_people.csv >few.csv
mv few.csv study/reference_people.csv
expect 1 check study
printed "is not in"
printed "take it out of the table"
cp "$VAGUS_SOURCE"/examples/norms-demo/* study
sed -i '2s/,[^,]*,\([^,]*\)$/,0,\1/' study/reference_plasma.csv
sed -i "s/layers: \[plasma.*/layers: plasma/; /taxa: genera/d; /function: genes/d" study/study.yaml
expect 0 run study -o zero
told "tryptophan has no norm"
told "must be above 0"
finish
