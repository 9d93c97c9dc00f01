#!/usr/bin/env bash
# A study with a panel, from a laboratory's files to the report; damaged files are refused with file and line.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/panel-demo" demo

expect 0 check demo
printed "0 problems, 10 warnings"
printed "cortisol of participant p02 at baseline: the first sample was taken more than 15 min after waking"
printed "heart of participant p14 at baseline (304 s, 52 of 316 beats are artefacts)"
expect 0 run demo -o out
for figure in diversity-stool ordination-stool ordination-genes means-scfa means-immune means-scfa_derived means-immune_derived means-stool_load means-cortisol_derived means-heart_derived depth-stool volcano-stool heat-stool panel-samples panel-limits; do
    [ -s "out/figures/$figure.svg" ] || fail "no figure $figure"
done
for part in 'id="panel"' 'id="panel-quality"' "PERMANOVA: share of the variation" "reads: differences between arms by visit" "The panel"; do
    grep -qF "$part" out/report.html || fail "report.html lacks $part"
done
grep -q "Simulated" out/report.html || fail "the page does not say that the data are simulated"
for file in counts.tsv tree.nwk samples.csv scfa.csv saliva.csv rr.csv.gz; do
    grep -q "$file" out/manifest.json || fail "$file is not in the manifest"
done

# the same bytes on one thread
expect 0 run demo -o one --threads 1
for table in estimates ordination panel_means; do
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

refused_by() { # FILE SED PLACE MESSAGE: a fault put into a file is told by check, and stops run
    cp -r demo bad
    sed -i "$2" "bad/$1"
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
refused_by study.yaml 's/, unit: umol.g//' study.yaml "has no unit"
finish
