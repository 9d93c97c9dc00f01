#!/usr/bin/env bash
# Real trials with a panel through `vagus run` (tests/studies over VAGUS_DATA), from laboratory files as published to the report.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
[ -d "$VAGUS_DATA/fiber_fermented_2021" ] || { echo "no VAGUS_DATA: skipped"; exit 77; }
export VAGUS_DATA

run_study() { # NAME WORDS: the study is sound, runs, and no layer of its plan is lost
    expect 0 check "$VAGUS_SOURCE/tests/studies/$1"
    printed "$2"
    expect 0 run "$VAGUS_SOURCE/tests/studies/$1" -o "$1"
    grep -q "could not be analysed" "$here/err" && fail "$1: a layer could not be analysed"
    [ -s "$1/report.html" ] || fail "$1: no report"
}

run_study fiber_fermented_2021 "38 participants, 2 arms, 9 visits"
# Shannon diversity of the authors' samples as vegan has it (reference.json), through the whole run
VAGUS_DATA=$VAGUS_DATA python3 - <<'E' || fail "diversity differs from vegan's"
import csv, json, os
data = os.environ["VAGUS_DATA"] + "/fiber_fermented_2021/"
sheet = {r["SampleID"]: r for r in csv.DictReader(open(data + "samples.csv"))}
order = [r["Participant"] for r in csv.DictReader(open(data + "arms.csv"))]
ours = {(r["participant"], r["visit"]): float(r["value"])
        for r in csv.DictReader(open("fiber_fermented_2021/tables/panel_diversity.csv"))
        if r["layer"] == "stool" and r["measure"] == "shannon"}
n = 0
for r in json.load(open(data + "reference.json"))["alpha"]:
    s = sheet[r["sample"]]
    key = (str(order.index(s["Participant"]) + 1), "t" + s["Timepoint"])
    assert abs(ours[key] - r["shannon"]) < 1e-10, (key, ours[key], r["shannon"])
    n += 1
assert n == 40
# The authors' own diversity is of their filtered features, which are not published: near ours, not equal to it.
published = {r["SampleID"]: float(r["Shannon"]) for r in csv.DictReader(open(data + "alpha_diversity_published.csv"))}
pairs = [(v, ours[(str(order.index(sheet[s]["Participant"]) + 1), "t" + str(int(sheet[s]["Timepoint"])))])
         for s, v in published.items()]
assert len(pairs) == 281
mean = [sum(p[i] for p in pairs) / 281 for i in (0, 1)]
cross = lambda i, j: sum((p[i] - mean[i]) * (p[j] - mean[j]) for p in pairs)
assert cross(0, 1) / (cross(0, 0) * cross(1, 1)) ** 0.5 > 0.997 and abs(mean[0] - mean[1]) < 0.02, mean
E
grep -q "^genera,.*,Faecalibacterium," fiber_fermented_2021/tables/panel_features.csv || fail "genera have no names"

# a plan of the panel only: the page does not claim an answer on symptoms
run_study lgg_probiotic_peerj32 "22 participants, 2 arms, 2 visits, " # and the mechanism of its plan
grep -q "This plan asks nothing of symptoms" lgg_probiotic_peerj32/report.html || fail "the page does not say that the plan is of the panel only"

# the breast-fed stand beside the trial
run_study he_infants_mfgm_2019 "80 participants, 2 arms, 4 visits, 0 analyses"
# they are a reference of their own at each visit, and fewer than 30: no norm is made of so few, and the page says why
for said in "Genera has no norms at 2 months: its reference has 16 people" "Metabolites (NMR) has no norms at 6 months: its reference has 24 people"; do
    grep -qF "$said" "$here/err" || fail "he_infants: not said: $said"
done
grep -qF "16 reference people at 2 months, 18 at 4 months, 24 at 6 months, 21 at 12 months: too few" he_infants_mfgm_2019/report.html ||
    fail "the page does not say that the breast-fed are too few for norms"
[ ! -e he_infants_mfgm_2019/tables/norm_centiles.csv ] || fail "norms of fewer than 30 people"

told "26 of 80 participants have no arm"
# first period of a crossover: blood and stool with limits, duplicates and derived biomarkers, against plain arithmetic
run_study sauerkraut_crossover "90 participants, 2 arms, 5 visits"
told "Valeric acid (Short-chain fatty acids in serum)"
python3 - <<'E' || fail "sauerkraut_crossover differs from plain arithmetic"
import csv, math, os
data = os.environ["VAGUS_DATA"] + "/sauerkraut_crossover/"
read = lambda name: list(csv.DictReader(open(name)))
arm = {r["Participant_ID"]: r["Gruppe"] for r in read(data + "participants.csv")}

def ancova(rows):  # coefficient of arm in y ~ 1 + arm + baseline, by Gauss
    x = [[1, float(a == "A"), b] for a, b, y in rows]
    m = [[sum(r[i] * r[j] for r in x) for j in range(3)] + [sum(r[i] * y[2] for r, y in zip(x, rows))]
         for i in range(3)]
    for i in range(3):
        for k in range(i + 1, 3):
            f = m[k][i] / m[i][i]
            m[k] = [u - f * v for u, v in zip(m[k], m[i])]
    b = [0] * 3
    for i in (2, 1, 0):
        b[i] = (m[i][3] - sum(m[i][j] * b[j] for j in range(i + 1, 3))) / m[i][i]
    return b[1]

response = read("sauerkraut_crossover/tables/panel_response.csv")
assert {r["visit"] for r in response} == {"T2"}  # at: [T2]
ours = {r["feature"]: float(r["estimate"]) for r in response}
files = {"blood_inflammation_permeability.csv": ("TNFR2", "RAGE", "IL6", "FABP2", "Zonulin", "LBP"),
         "blood_glucose_crp.csv": ("sCRP", "Glucose")}
for name, markers in files.items():
    rows = read(data + name)
    for marker in markers:
        value = {(r["Participant_ID"], r["Timepoint"]): math.log(float(r[marker])) for r in rows if r[marker]}
        seen = [(arm[p], value[p, "T1"], value[p, "T2"]) for p in arm if (p, "T1") in value and (p, "T2") in value]
        want = 100 * math.expm1(ancova(seen))
        assert len(seen) >= 87 and abs(ours[marker] - want) < 1e-8 * (1 + abs(want)), (marker, ours[marker], want)
rows = [r for r in read(data + "blood_glucose_crp.csv")
        if r["Timepoint"] == "T2" and arm.get(r["Participant_ID"]) == "A" and r["Insulin"]]
want = math.exp(sum(math.log(float(r["Glucose"]) * 10 / 180.156 * float(r["Insulin"]) / 6 / 22.5) for r in rows) / len(rows))
mean = {(r["feature"], r["arm"], r["visit"]): float(r["mean"]) for r in read("sauerkraut_crossover/tables/panel_means.csv")}
got = mean["homa_ir", "fresh", "T2"]
assert abs(got - want) < 1e-5 * want, (got, want)  # the molar mass of glucose has 6 digits here
E
grep -q "^stool_scfa_derived,.*,scfa_total,umol/g," sauerkraut_crossover/tables/panel_derived.csv || fail "masses were not turned into moles"

# pathways of the same trial: columns named by plate and well
PATHWAY_SHEET=$PWD/pathway_samples.csv
export PATHWAY_SHEET
python3 - <<'E' || fail "no sheet of the pathways"
import csv, os, re
data = os.environ["VAGUS_DATA"] + "/sauerkraut_crossover/"
sheet = {r["Sample_ID"]: r for r in csv.DictReader(open(data + "samples.csv"))}
with open(os.environ["PATHWAY_SHEET"], "w") as out:
    print("sample,participant,visit", file=out)
    for name in next(csv.reader(open(data + "kegg_pathways.tsv"), delimiter="\t"))[1:-1]:
        number = re.search(r"_SK_0*(\d+)_", name)
        known = sheet.get(number.group(1)) if number else None
        print(name, known["Participant_ID"] if known else "", known["Timepoint"] if known else "", sep=",", file=out)
E
run_study sauerkraut_pathways "90 participants, 2 arms, 5 visits"
grep -q "ko00010" sauerkraut_pathways/tables/estimates.csv || fail "no pathway was compared"
finish
