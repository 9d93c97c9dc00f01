#!/usr/bin/env bash
# A study with a panel, from a laboratory's files to the report; damaged files are refused with file and line.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/panel-demo" demo

expect 0 check demo
printed "0 problems, 10 warnings"
printed "cortisol of participant p02 at baseline: the first sample was taken more than 15 min after waking"
printed "heart of participant p14 at baseline (304 s, 52 of 316 beats are artefacts)"
expect 0 run demo -o out
for figure in diversity-stool ordination-stool ordination-genes means-scfa means-immune means-scfa_derived means-immune_derived means-stool_load means-cortisol_derived means-heart_derived depth-stool volcano-stool volcano-others-stool heat-stool panel-samples panel-map panel-batches panel-identity replicates-scfa; do
    [ -s "out/figures/$figure.svg" ] || fail "no figure $figure"
done
for part in 'id="panel"' 'id="panel-quality"' "PERMANOVA: share of the variation" "reads: differences between arms by visit" "The panel" "At a glance" "Worth a look" "What batches explain" "Whose sample is it?" "do repeats agree?" "<summary>Which features changed at other visits</summary><div class=\"shown\" id=\"figure-volcano-others-stool\""; do
    grep -qF "$part" out/report.html || fail "report.html lacks $part"
done
python3 - <<'PY' || fail "methods and references of the panel"
import csv
text = {r["heading"]: r["text"] for r in csv.DictReader(open("out/tables/methods.csv"))}
assert all(words in text["Computed measures"] for words in ("cells per gram", "awakening response", "RMSSD", "15 functions", "functional redundancy"))
assert all(words in text["Quality of the panel"] for words in ("batches", "closest participant", "ICC(1,1)")) and "decontam" not in text["Quality of the panel"]
keys = {r["key"] for r in csv.DictReader(open("out/tables/references.csv"))}
assert {"pruessner_2003", "task_force_1996", "cummings_1987", "vandeputte_2017", "tian_2020", "shrout_fleiss_1979", "barnard_rubin_1999", "benjamini_hochberg_1995"} <= keys, keys
assert not {"davis_2018", "vovk_2005", "zhou_2022", "matthews_1985", "storey_2002"} & keys, keys
PY
grep -q "Simulated" out/report.html || fail "the page does not say that the data are simulated"
for file in counts.tsv tree.nwk samples.csv scfa.csv saliva.csv rr.csv.gz; do
    grep -q "$file" out/manifest.json || fail "$file is not in the manifest"
done

# the same bytes on one thread
expect 0 run demo -o one --threads 1
for table in estimates ordination panel_means panel_batches panel_identity panel_reliability panel_findings; do
    cmp -s out/tables/$table.csv one/tables/$table.csv || fail "threads change $table.csv"
done

# what was not randomised has no p; a distance of a tree is for layers with one
python3 - <<'E' || fail "rows of PERMANOVA are not as agreed"
import csv
rows = [r for r in csv.DictReader(open("out/tables/estimates.csv")) if r["quantity"] == "permanova"]
for r in rows:
    assert r["outcome"] in ("aitchison", "bray", "wunifrac") and r["analysis"] in ("stool", "genes", "genes_modules", "stool_absolute"), r
    assert (r["p"] == "") == (r["term"] == "visit"), r
assert not any(r["analysis"] not in ("stool", "stool_absolute") and r["outcome"] == "wunifrac" for r in rows)
E

# batches are corrected for only where the study file says so, and every place says it; so are contaminants taken out
cp -r demo corrected
sed -i 's/^  immune: {/  immune: {batch: {correct: true}, /; s/^  stool: {/  stool: {contaminants: {negative: [BLANK1, BLANK2], threshold: 0.6, remove: true}, /' corrected/study.yaml
expect 0 check corrected
expect 0 run corrected -o corrected_out
python3 - <<'E' || fail "corrections and removals are not as agreed"
import csv
def table(folder, name): return list(csv.DictReader(open(f"{folder}/tables/{name}.csv")))
before, after = table("out", "panel_batches"), table("corrected_out", "panel_batches")
assert {r["corrected"] for r in before} == {"0"}
assert {r["corrected"] for r in after if r["layer"] == "immune"} == {"1"}
assert {r["corrected"] for r in after if r["layer"] == "scfa"} == {"0"}
share = lambda rows: [r["share"] for r in rows if r["layer"] == "immune"]
assert share(before) == share(after)  # told of the values as measured
mean = lambda folder, layer: [r["mean"] for r in table(folder, "panel_means") if r["layer"] == layer]
assert mean("out", "scfa") == mean("corrected_out", "scfa") and mean("out", "immune") != mean("corrected_out", "immune")
gone = [r for r in table("corrected_out", "panel_contaminants") if r["removed"] == "1"]
assert gone and all(r["contaminant"] == "1" for r in gone)
left = {r["feature"] for r in table("corrected_out", "panel_features") if r["layer"] == "stool"}
assert len(left) == 40 - len(gone) and not left & {r["feature"] for r in gone}
labels = {r["layer"]: r["label"] for r in table("corrected_out", "panel_layers")}
assert "corrected for batches" in labels["immune"] and "contaminant" in labels["stool"]
assert "corrected" not in labels["scfa"]
E
grep -q "Cytokines, corrected for batches" corrected_out/report.html || fail "the page does not say that values are corrected"

refused_by() { # FILE SED PLACE MESSAGE [SED of study.yaml]: a fault put into a file is told by check, and stops run
    cp -r demo bad
    sed -i "$2" "bad/$1"
    [ -z "${5:-}" ] || sed -i "$5" bad/study.yaml
    expect 1 check bad
    cat "$here/out" "$here/err" >"$here/both"
    grep -qF "$3" "$here/both" && grep -qF "$4" "$here/both" || { fail "$1 ($2): not told: $3 $4"; sed 's/^/    both: /' "$here/both"; }
    expect 1 run bad -o never
    [ ! -e never ] || fail "a results folder of a damaged study"
    rm -rf bad
}
refused_by counts.tsv '3s/\t[0-9]*/\t-4/' counts.tsv:3 "cannot be negative"
refused_by counts.tsv '3s/\t[0-9]*/\t4.5/' counts.tsv:3 "counts are whole"
refused_by tree.nwk 's/asv07/asv70/' tree.nwk "the tree has no tip for asv07"
refused_by samples.csv '/^ST004,/d' counts.tsv "sample ST004 of the layer stool is not in"
refused_by study.yaml 's/^  immune: {/  immune: {batch: {correct: true, columm: plate}, /' study.yaml "unknown key"
refused_by study.yaml 's/^  stool: {/  stool: {batch: {correct: true}, /' study.yaml "cannot be corrected for batches"
refused_by study.yaml 's/^  stool: {/  stool: {contaminants: {negative: [BLANK9]}, /' study.yaml "has no negative control BLANK9"
refused_by samples.csv '/^PL/s/plate[0-9]/plate1/' study.yaml "nothing to correct for" "s/^  immune: {/  immune: {batch: {correct: true}, /"
refused_by study.yaml 's/, unit: umol.g//' study.yaml "has no unit"
finish
