#!/usr/bin/env bash
# S. boulardii against placebo before an exam (tests/studies over VAGUS_DATA): `vagus run` gives every number of that data set's
# reference.json (R: lm, wilcox.test, t.test). R's formula interface has the first level, placebo, as its first sample; a contrast is
# always arm − reference, so that W turns into nm − W and t changes its sign.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
[ -d "$VAGUS_DATA/saccharomyces_stress_rct" ] || { echo "no VAGUS_DATA: skipped"; exit 77; }
export VAGUS_DATA
study=$VAGUS_SOURCE/tests/studies/saccharomyces_stress_rct

expect 0 check "$study"
expect 0 run "$study" -o run
python3 - <<'E' || fail "numbers differ from those of reference.json"
import csv, json, os
reference = json.load(open(os.environ["VAGUS_DATA"] + "/saccharomyces_stress_rct/reference.json"))
result = json.load(open("run/results.json"))
consort = list(csv.DictReader(open("run/tables/consort.csv")))


def leaves(value, path=()):
    if isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for key, item in items for k, v in leaves(item, path + (key,)).items()}
    return {path: value} if isinstance(value, (int, float)) else {}


left = leaves(reference)  # every number; each is taken out once it has been found in our result


def holds(got, *path):
    wanted = left.pop(path)
    assert abs(got - wanted) <= 1e-6 * abs(wanted), (path, got, wanted)


def row(analysis, quantity, **which):
    found = [r for r in result["estimates"] if r.get("analysis") == analysis and r["quantity"] == quantity
             and all(r.get(k) == v for k, v in which.items())]
    assert len(found) == 1, (analysis, quantity, which, len(found))
    return found[0]


def model(analysis, name, terms):
    for k, term in enumerate(terms):
        r = row(analysis, "coefficient", term=term)
        for ours, theirs in (("estimate", "Estimate"), ("se", "Std. Error"), ("statistic", "t value"), ("p", "Pr(>|t|)")):
            holds(r[ours], name, "coef", k, theirs)
    holds(row(analysis, "contrast")["n"], name, "n")


def count(stage, arm):
    return sum(int(r["n"]) for r in consort if r["stage"] == stage and r["arm"] == arm)


for k, (stage, arm) in enumerate([("analysed", "placebo"), ("analysed", "boulardii"), ("withdrawn", "placebo"), ("withdrawn", "boulardii")]):
    holds(count(stage, arm), "counts", k)
    assert reference["n_by_arm_dropout"][k]["Freq"] == count(stage, arm)
    del left[("n_by_arm_dropout", k, "Freq")]
assert (count("allocated", "placebo"), count("allocated", "boulardii")) == (29, 31)

terms = ["(Intercept)", "baseline", "armboulardii"]
for outcome, name in (("anxiety", "state_anxiety"), ("cortisol",) * 2, ("metanephrine",) * 2, ("pulse",) * 2, ("serotonin",) * 2):
    model("primary" if outcome == "anxiety" else "ancova_" + outcome, "ancova_" + name + "_stress", terms)
    r, t = row("rank_sum_" + outcome, "contrast"), row("welch_" + outcome, "contrast")
    holds(26 * 25 - r["statistic"], "tests_" + name, "wilcox_stress_W")
    holds(r["p"], "tests_" + name, "wilcox_p")
    holds(-t["statistic"], "tests_" + name, "welch_change_t")
    holds(t["df"], "tests_" + name, "welch_df")
    holds(t["p"], "tests_" + name, "welch_p")
    for k, arm in enumerate(("placebo", "boulardii")):
        holds(row("welch_" + outcome, "arm_mean", arm=arm)["estimate"], "tests_" + name, "mean_change", k)
model("ancova_exam", "exam", ["(Intercept)", "armboulardii"])
for arm, letter in (("placebo", "P"), ("boulardii", "S")):
    holds(row("welch_exam", "arm_mean", arm=arm)["estimate"], "exam", "means", letter)
    holds(row("welch_exam", "arm_sd", arm=arm)["estimate"], "exam", "sd", letter)
assert not left, left
E

# the page says how it was done, and shows each analysis
grep -q "Welch's t test" run/report.html || fail "the page lacks Welch's t test"
grep -q "rank-sum test of Wilcoxon, Mann and Whitney" run/report.html || fail "the page lacks the rank-sum test"
for key in welch_1947 mann_whitney_1947 hodges_lehmann_1963; do
    grep -q "$key" run/tables/references.csv || fail "no reference $key"
done

# what a study may not ask
change() { sed "$1" "$study/study.yaml" >study.yaml; }
not_sound() { expect 1 check study.yaml; printed "$1"; }
change 's/{welch: exam, at: stress}/{welch: exam, at: stress, covariates: [baseline]}/'
not_sound "unknown key \`covariates\` in welch"
change 's/{welch: exam, at: stress}/{welch: exam, at: stress, measure: change}/'
not_sound "outcome exam has no baseline"
change 's/ancova: {covariates: \[baseline\]}/rank_sum: {}/'
not_sound "rank_sum as the primary method"
change 's/withdrawn: dropout/withdrawn: dropout\n  withdrawal_reason: faculty/'
not_sound "both \`withdrawn\` and \`withdrawal_reason\`"
change 's/ancova: {covariates: \[baseline\]}/welch: {}/'
expect 0 check study.yaml
finish
