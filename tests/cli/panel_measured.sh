#!/usr/bin/env bash
# Measured layers in a trial: every analyte against the reference arm, censored values imputed, rules for sensitivity by name.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/panel-demo" demo
plan() { # KEYS: a copy of the demo with these keys in the panel's plan
    rm -rf other
    cp -r demo other
    sed -i "s/permutations: 999, fdr: 0.1/permutations: 19, fdr: 0.1$1/; s/layers: all/layers: [scfa, immune]/" other/study.yaml
}

plan ""
expect 0 run other -o out --threads 2
expect 0 run other -o one --threads 1
for table in estimates panel_response; do
    cmp -s out/tables/$table.csv one/tables/$table.csv || fail "threads change $table.csv"
done
plan ", imputations: 40, seed: 7"
expect 0 run other -o seven
plan ", censored: half_lloq, adjust: by"
expect 0 run other -o half
grep -q "half_lloq" "$here/err" || fail "a substitution rule without a warning"
python3 - <<'E' || fail "rows of measured layers are not as agreed"
import csv, math
def rows(folder):
    return {(r["analysis"], r["feature"], r["visit"], r["arm"]): r
            for r in csv.DictReader(open(f"{folder}/tables/estimates.csv")) if r["quantity"] == "measured_contrast"}
out, seven, half = rows("out"), rows("seven"), rows("half")
assert len(out) == (4 + 3) * 2 * 3, len(out)
response = {(r["layer"], r["feature"], r["visit"], r["arm"]): r for r in csv.DictReader(open("out/tables/panel_response.csv"))}
for key, r in out.items():
    estimate, lower, upper = (float(r[c]) for c in ("estimate", "lower", "upper"))
    assert 0 < lower < estimate < upper and r["reference"] == "placebo" and r["unit"] == "ratio of geometric means", r
    assert r["visit"] in ("w4", "w8") and 0 <= float(r["p"]) <= float(r["q"]) + 1e-12 <= 1 + 1e-9, r
    t = response[key]
    assert math.isclose(float(t["estimate"]), 100 * (estimate - 1), rel_tol=1e-9, abs_tol=1e-9), t
    assert math.isclose(float(t["mean"]) / float(t["mean_reference"]), estimate, rel_tol=0.02), t
    censored = "imputation" in r["note"]
    assert censored == (t["rule"] == "imputation") == (float(t["imputed"]) > 0), t
    same = r["estimate"] == seven[key]["estimate"]
    assert same != censored, key                      # the seed moves only what is imputed
    assert ("half_lloq" in half[key]["note"]) == censored, half[key]
    assert float(half[key]["q"]) >= float(half[key]["p"]) - 1e-12
assert any("imputation" in r["note"] for r in out.values()) and any("imputation" not in r["note"] for r in out.values())
E
grep -q "imputed 20 times (seed 1)" out/report.html || fail "the methods do not say how values were imputed"
grep -q "as a sensitivity analysis" half/report.html || fail "the methods do not say that values were replaced"

grep -q "A change there does not by itself mean feeling better" out/report.html || fail "the page for patients takes a marker for a benefit"
expect 0 run "$VAGUS_SOURCE/examples/beat-the-blues" -o plain
! grep -q "measured things in the laboratory" plain/report.html || fail "a laboratory in a trial without one"

refused() { # KEYS MESSAGE
    plan "$1"
    expect 1 check other
    cat "$here/out" "$here/err" >"$here/both"
    grep -qF "study.yaml:" "$here/both" && grep -qF "$2" "$here/both" || { fail "$1: not told: $2"; sed 's/^/    both: /' "$here/both"; }
}
refused ", censored: lod2" "half_lloq"
refused ", adjust: holm" "one of: bh, by, storey"
refused ", imputations: 5" "is not a whole number from 20"
refused ", imputations: 2000" "more than 1000"
refused ", imputation: 40" "imputations"

# a concentration of 0 has no logarithm: that analyte is told, the others go on
plan ""
sed -i '2s/,[0-9.]*$/,0/' other/cytokines.csv
expect 0 run other -o zero
grep -q "no difference between arms could be estimated" "$here/err" || fail "a concentration of 0 is not told"
finish
