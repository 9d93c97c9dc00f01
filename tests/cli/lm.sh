#!/usr/bin/env bash
# vagus lm answers as R does: coefficients, robust errors, LS means, tests; wrong input is refused.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
cp "$data/week8.csv" w.csv
model=(--formula 'hamd ~ arm + baseline + site' --arm arm --levels arm=placebo,drug)

# Witness: R 4.2.2, m <- lm(hamd ~ arm + baseline + site, d); coef(summary(m)); sandwich: vcovHC(m, type);
#   clubSandwich: vcovCR(m, cluster = d$site, type = "CR2"); emmeans(m, "arm"); car::Anova(m, type = "III")
expect 0 lm w.csv "${model[@]}" --json --tests 3
silent
python3 - "$here/out" <<'E' || fail "the linear model differs from R"
import sys
from near import *
name = sys.argv[1]
c = coefficient(name)
near(c["armdrug"]["estimate"], -3.8546958102990)
near(c["armdrug"]["se"], 1.5837801995267)
near(c["armdrug"]["p"], 0.0227538885911513)
near(c["siteC"]["estimate"], -3.3032782028904)
assert c["armdrug"]["df"] == 24
mean = {r["arm"]: r for r in rows(name, "lsmean")}
near(mean["placebo"]["estimate"], 13.490442942498)
near(mean["drug"]["se"], 1.034267010539)
near(mean["drug"]["upper"], 11.77036932759)
contrast, = rows(name, "contrast")
near(contrast["lower"], -7.123457486037)
assert contrast["arm"] == "drug" and contrast["reference"] == "placebo"
test = {r["term"]: r for r in rows(name, "joint_test")}
near(test["site"]["statistic"], 1.53369, 1e-5)
near(test["site"]["p"], 0.23614632, 1e-7)
assert test["site"]["df"] == 2
fit = json.load(open(name))["fit"]
near(fit["aic"], 169.1289489889)
near(fit["bic"], 177.3327239689)
E
robust() { # TYPE SE-OF-ARM
    expect 0 lm w.csv "${model[@]}" --json --robust "$1"
    python3 - "$here/out" "$2" <<'E' || fail "$1 differs from R"
import sys
from near import *
near(coefficient(sys.argv[1])["armdrug"]["se"], float(sys.argv[2]))
E
}
robust hc0 1.2217924193456
robust hc1 1.3430457420099
robust hc2 1.3599194750796
robust hc3 1.5159314143205
expect 0 lm w.csv "${model[@]}"
printed "-3.855"
expect 0 lm w.csv "${model[@]}" --margins observed --csv --digits 7
# clusters: 8 sets of patients; cluster:COL is cr2:COL
awk -F, -v OFS=, 'NR == 2 { $10 = "set" } NR > 2 { $10 = "s" NR % 8 } 1' w.csv >sets.csv
for kind in cr0 cr2 cr3 cluster; do
    expect 0 lm sets.csv --formula 'hamd ~ arm + baseline' --robust "$kind:set" --json
    cp "$here/out" "$kind.json"
done
python3 - <<'E' || fail "cluster:set is not cr2:set"
from near import *
a, b = coefficient("cr2.json"), coefficient("cluster.json")
assert a == b and a != coefficient("cr0.json") != coefficient("cr3.json")
E

refused 2 "" "--robust" "did you mean" lm w.csv "${model[@]}" --robust hc9
refused 2 "" "--margins without --arm" "--arm" lm w.csv --formula 'hamd ~ arm' --margins equal
refused 1 "w.csv" "ward" "" lm w.csv "${model[@]}" --robust cr2:ward
refused 2 "" "--arm arm does not occur in the formula" "add it" lm w.csv --formula 'hamd ~ baseline' --arm arm
awk -F, -v OFS=, 'NR == 2 { $10 = "again" } NR > 2 { $10 = 3 * $4 } 1' w.csv >collinear.csv
refused 1 "collinear.csv: " "linear combinations of other columns of the model: again" "--drop-aliased" \
    lm collinear.csv --formula 'hamd ~ baseline + again' -o answer.json
expect 0 lm collinear.csv --formula 'hamd ~ baseline + again' --drop-aliased --json
told "left out as linear combinations"
awk -F, -v OFS=, 'NR > 2 { $6 = 7 } 1' w.csv >constant.csv
refused 1 "constant.csv: " "the outcome hamd is 7 in every row" "right column" lm constant.csv "${model[@]}" -o answer.json
finish
