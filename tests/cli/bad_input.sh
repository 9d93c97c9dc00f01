#!/usr/bin/env bash
# Wrong tables are refused with file, line where there is one, and what to do; nothing is written.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
model=(--formula 'hamd ~ baseline + arm * week' --id id --visit week --arm arm --levels arm=placebo,drug)
cp "$data/trial.csv" good.csv
body() { awk "$1" FS=, OFS=, good.csv; } # the good table, changed by awk

# bad STATUS PLACE MESSAGE HINT FILE [options]: mmrm refuses FILE, with the answer and residuals asked into files
bad() {
    local status=$1 place=$2 message=$3 hint=$4 file=$5
    shift 5
    refused "$status" "$place" "$message" "$hint" mmrm "$file" "${model[@]}" -o answer.txt --residuals residuals.csv "$@"
}

expect 0 mmrm good.csv "${model[@]}" # what is refused below is not refused as it is

: >empty.csv
bad 1 "empty.csv" "" "" empty.csv
head -2 good.csv >header.csv
bad 1 "header.csv" "" "" header.csv
head -c 20000 /dev/zero | tr '\0' '\201' >rubbish.csv
bad 1 "rubbish.csv" "" "" rubbish.csv
head -c 300000 "$VAGUS" >program.csv
bad 1 "program.csv" "" "" program.csv
head -c 100000000 /dev/zero | tr '\0' x >line.csv
bad 1 "line.csv:1: " "" "" line.csv
rm line.csv
bad 1 "nothing.csv" "cannot be opened" "check the name" nothing.csv
mkdir folder.csv
bad 1 "folder.csv" "is a folder" "" folder.csv

# columns
bad 1 "good.csv" 'hamdd' 'hamd' good.csv --quiet --standardiser hamdd
refused 1 "good.csv" 'hmad' 'hamd' mmrm good.csv --formula 'hmad ~ arm * week' --id id --visit week
refused 1 "good.csv" 'patient' '' mmrm good.csv --formula 'hamd ~ arm * week' --id patient --visit week
refused 1 "good.csv" 'wek' 'week' mmrm good.csv --formula 'hamd ~ arm * week' --id id --visit wek
refused 1 "good.csv" 'amr' 'arm' mmrm good.csv --formula 'hamd ~ arm * week' --id id --visit week --arm amr
refused 1 "good.csv" 'size' 'site' mmrm good.csv --formula 'hamd ~ arm' --id id --visit week --levels size=A
refused 1 "good.csv" 'active' '' mmrm good.csv --formula 'hamd ~ arm' --id id --visit week --levels arm=active,drug
refused 1 "" 'formula' '' mmrm good.csv --formula 'hamd ~ arm * ' --id id --visit week
refused 1 "" 'no outcome' 'outcome ~ terms' mmrm good.csv --formula '~ arm' --id id --visit week

# values
body 'NR == 57 { $6 = "twelve" } 1' >text.csv
bad 1 "text.csv:57: " "twelve" "" text.csv
body 'NR == 40 { $4 = "17,5" } 1' | sed '40s/17,5/"17,5"/' >decimal.csv
bad 1 "decimal.csv:40: " "" "" decimal.csv
body '1; NR == 12' >twice.csv
bad 1 "twice.csv:13: " "has a second row at week" "one row for each participant and visit" twice.csv
told "the first is line 12"
body 'NR == 5 { $2 = ($2 == "drug") ? "placebo" : "drug" } 1' >arms.csv
bad 1 "arms.csv:" "is in arm" "throughout" arms.csv
body 'NR > 2 && $2 == "drug" && $5 == 8 { next } 1' >hole.csv
bad 1 "hole.csv: " "no outcome at week 8 in arm drug" "leave out that visit or that arm" hole.csv
body 'NR <= 2 || $1 <= "P06"' >few.csv
bad 1 "few.csv: " "covariance us has 6 parameters for 3 visits, but there are 6 participants" "structured covariance" few.csv
body 'NR > 2 { $6 = 20 } 1' >constant.csv
bad 1 "constant.csv: " "the outcome hamd is 20 in every row" "right column" constant.csv
body 'NR == 2 { $7 = "again" } NR > 2 { $7 = 2 * $4 + 1 } 1' >collinear.csv
model=(--formula 'hamd ~ baseline + again + arm * week' --id id --visit week --arm arm)
bad 1 "collinear.csv: " "linear combinations of other columns of the model: again" "--drop-aliased" collinear.csv
expect 0 mmrm collinear.csv "${model[@]}" --drop-aliased
told "left out as linear combinations of other columns: again"
model=(--formula 'hamd ~ baseline + week' --id id --visit week --arm arm)
body 'NR > 2 { $2 = "drug" } 1' >onearm.csv
bad 1 "onearm.csv: " "has one arm only: drug" "two arms" onearm.csv
refused 3 "onearm.csv" "arm" "" mmrm onearm.csv --formula 'hamd ~ arm * week' --id id --visit week
body 'NR == 2 { $7 = "w" } NR > 2 { $7 = 1 } NR == 20 { $7 = 0 } 1' >weights.csv
bad 1 "weights.csv:20: " "weight 0 in column w" "larger than 0" weights.csv --weights w
refused 1 "good.csv: " "weights in column arm are not numbers" "" mmrm good.csv "${model[@]}" --weights arm
body 'NR == 30 { $6 = "Inf" } 1' >infinite.csv
bad 1 "infinite.csv:30: " "" "" infinite.csv

# numbers that cannot be had: two visits that are the same for everybody make the covariance singular
awk -F, -v OFS=, 'NR <= 2 { print; next } { if ($5 == 2) seen = $6; if ($5 == 4) $6 = seen; print }' good.csv >singular.csv
model=(--formula 'hamd ~ baseline + arm * week' --id id --visit week --arm arm)
refused 3 "" "" "" mmrm singular.csv "${model[@]}" -o answer.txt --residuals residuals.csv
told "vagus: tried us"
expect 0 mmrm singular.csv "${model[@]}" --fallback toeph,csh
told "covariance us has no certified optimum; toeph was used as declared"
expect 3 mmrm singular.csv "${model[@]}" --json
head -1 "$here/err" >"$here/first"
grep '^{' "$here/err" | python3 -c 'import json, sys; assert json.load(sys.stdin)["error"]["code"] in ("no_convergence", "not_estimable")' ||
    fail "no JSON error for what does not converge"

# an outcome in another unit gives the same answer in that unit
scaled() { # FACTOR
    body "NR > 2 { \$6 = sprintf(\"%.17g\", \$6 * $1) } 1" >scaled.csv
    "$VAGUS" mmrm scaled.csv "${model[@]}" --json >scaled.json 2>"$here/err" || fail "outcome times $1"
    python3 - "$1" <<'E' || fail "outcome times $1 gives another answer"
import json, sys
factor = float(sys.argv[1])
plain, scaled = (json.load(open(name))["estimates"] for name in ("plain.json", "scaled.json"))
assert len(plain) == len(scaled) > 20
power = {"effect_size": 0, "covariance": 2}
compared = 0
for a, b in zip(plain, scaled):
    assert a["quantity"] == b["quantity"]
    unit = factor ** power.get(a["quantity"], 1)
    for key, scale in (("estimate", unit), ("se", unit), ("lower", unit), ("upper", unit), ("df", 1), ("p", 1)):
        if key not in a:
            continue
        wanted = a[key] * scale
        spread = abs(a.get("se", a["estimate"]) * scale) if scale == unit else abs(wanted)
        tolerance = 1e-6 * max(abs(wanted), spread) + (1e-9 if key == "p" else 0)
        assert abs(b[key] - wanted) <= tolerance, (a, b, key)
        compared += 1
assert compared > 100
E
}
"$VAGUS" mmrm good.csv "${model[@]}" --json >plain.json
scaled 1e9
scaled 1e-9
finish
