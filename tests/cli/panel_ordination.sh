#!/usr/bin/env bash
# response_of_panel: ordination. examples/panel-demo, Bray–Curtis of amounts, against vegan 2.6-4: eigenvalues of
# dbrda(d ~ arm * visit) over tot.chi, the stress of metaMDS(d, trymax = 40, autotransform = FALSE) with seed 1.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp -r "$VAGUS_SOURCE/examples/panel-demo" demo
cp demo/study.yaml kept.yaml
plan() { # KEYS
    sed "s/response_of_panel: {/response_of_panel: {$1, distances: [bray], /; s/permutations: 999/permutations: 19/; s/layers: all/layers: [stool]/" kept.yaml >demo/study.yaml
}
plan "ordination: [pcoa, nmds, dbrda]"
expect 0 run demo -o out
python3 - <<'E' || fail "ordinations are not vegan's"
import csv
axes = {(r["method"], r["axis"]): r for r in csv.DictReader(open("out/tables/ordination_axes.csv"))}
share = lambda method, axis: float(axes[method, axis]["share"])
assert abs(share("pcoa", "1") / 0.313268412095238 - 1) < 1e-9
for axis, value in ("1", 0.055919078758858605), ("2", 0.018161259835183748), ("3", 0.007364216078481966):
    assert abs(share("dbrda", axis) / value - 1) < 1e-9, axis
stress = float(axes["nmds", "1"]["stress"])
assert stress < 0.15211228 * (1 + 1e-5) and axes["nmds", "1"]["share"] == "", stress
points = list(csv.DictReader(open("out/tables/ordination.csv")))
assert len(points) == 3 * 226 and all(r["axis_2"] for r in points)
assert [r["method"] for r in points[::226]] == ["pcoa", "nmds", "dbrda"]
E
for words in "NMDS (stress 0.15)" "db-RDA: arm and visit" "Constrained axis 1 (5.6% of all)"; do
    grep -qF "$words" out/figures/ordination-stool.svg || fail "the figure does not say: $words"
done
grep -q "arms lie apart on them even by chance" out/report.html || fail "the page does not warn of constrained axes"
plan "seed: 1"
expect 0 run demo -o usual
cut -d, -f3 usual/tables/ordination.csv | sort -u | grep -qx pcoa || fail "pcoa is not what is usual"
[ "$(cut -d, -f3 usual/tables/ordination.csv | sort -u | wc -l)" = 2 ] || fail "more than pcoa without being asked"

told_by_check() { # KEYS MESSAGE
    plan "$1"
    expect 1 check demo
    cat "$here/out" "$here/err" >"$here/both"
    grep -F "study.yaml:" "$here/both" | grep -qF "$2" || { fail "($1): not told: $2"; sed 's/^/    both: /' "$here/both"; }
}
told_by_check 'ordination: [nmd]' "the ordination \`nmd\` is not known (did you mean \`nmds\`?)"
told_by_check 'ordination: [pcoa, pcoa]' "the ordination \`pcoa\` is listed twice"
told_by_check 'ordination: {a: 1}' "\`ordination\` is not a list"
told_by_check 'ordinations: [nmds]' "unknown key"
finish
