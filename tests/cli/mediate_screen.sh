#!/usr/bin/env bash
# vagus mediate --screen: a table of features, a row a sample, as mediators; arrows as R's lm gives them (tests/reference/mediator_screen.json, whose data
# are made by the same recipe), from a table with a row per visit too; every refusal. The trial is SIMULATED.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
witness="$VAGUS_SOURCE/tests/reference/mediator_screen.json"
python3 - <<'E'
state = 21
def uniform():
    global state
    state = 16807 * state % 2147483647
    return state / 2147483647
n, p = 80, 120
rows, samples = [], []
for i in range(n):
    a, c, m = i % 2, uniform(), []
    for j in range(p):
        m.append(uniform() + (0.4 * a if j < 12 else 0) + (0.3 * m[j - 1] if j else c))
    y = a + c + 2 * m[2] - 3 * m[65] + 2 * m[6] + uniform()
    rows.append(("p%d" % i, "active" if a else "placebo", repr(c), repr(y)))
    samples.append(["s%d" % i, *map(repr, m)])
names = ["m%d" % (j + 1) for j in range(p)]
with open("trial.csv", "w") as wide, open("visits.csv", "w") as long:
    print("person,sample,arm,c,y", file=wide)
    print("id,arm,c,week,sample,y", file=long)
    for i, (person, arm, c, y) in enumerate(rows):
        print(person, "s%d" % i, arm, c, y, sep=",", file=wide)
        print(person, arm, c, 4, "s%d" % i, "", sep=",", file=long)
        print(person, arm, "", 8, "", y, sep=",", file=long)
def table(path, rows, names=names):
    with open(path, "w") as f:
        print("sample", *names, sep="\t", file=f)
        for r in rows:
            print(*r, sep="\t", file=f)
table("f.tsv", samples[::-1])
hole = [list(s) for s in samples]
hole[5][2] = "NA"
table("hole.tsv", hole)
table("one.tsv", [s[:2] for s in samples], names[:1])
words = [list(s) for s in samples]
words[0][1] = "much"
table("words.tsv", words)
table("stranger.tsv", samples + [["s999", *samples[0][1:]]])
E
base=(--treatment arm --control placebo --sample sample --outcome y --covariates c)

expect 0 mediate trial.csv "${base[@]}" --screen f.tsv --selection none --json
told "go along with a mediator"
python3 - "$here/out" "$witness" <<'E' || fail "$last: differs from R"
import json, sys
out, w = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
def close(a, b):
    assert abs(a - b) <= 1e-8 * max(abs(b), 1e-5), (a, b)
e = out["estimates"]
indirect = [r for r in e if r["quantity"] == "indirect"]
assert len(indirect) == 120 and [r["p"] for r in indirect] == sorted(r["p"] for r in indirect)
for r in e:
    j = int(r["feature"][1:]) - 1
    if r["quantity"] == "arrow":
        name = "alpha" if r["term"] == "arm -> M" else "beta"
        assert name == "alpha" or r["term"] == "M -> y"
        close(r["estimate"], w[name][j]); close(r["se"], w[name + "_se"][j]); close(r["p"], w["p_" + name][j])
    else:
        close(r["q"], w["q_none"][j]); close(r["estimate"], w["alpha"][j] * w["beta"][j])
E

# by the treatment: what is kept, given what; the dataset says the same as the rows
expect 0 mediate trial.csv "${base[@]}" --screen f.tsv --json
silent
python3 - "$here/out" "$witness" <<'E' || fail "$last: selection"
import json, sys
out, w = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
e = out["estimates"]
indirect = {r["feature"]: r for r in e if r["quantity"] == "indirect"}
assert sorted(int(f[1:]) - 1 for f in indirect) == w["kept"]
facts = out["fit"] if "fit" in out else {}
text = json.dumps(out)
for name in ("both_absent", "alpha_absent", "beta_absent", "selection_threshold", "n_adjusted_for", "n_tests", "n_found"):
    assert '"%s"' % name in text, name
assert all(r["n"] == 80 for r in e)
assert indirect["m3"]["q"] < 0.05 and indirect["m7"]["q"] < 0.05, indirect["m3"]
E
cp "$here/out" first.json
expect 0 mediate visits.csv --treatment arm --control placebo --sample sample --outcome y --covariates c --id id --visit week --mediator-at 4 --outcome-at 8 \
    --no-baseline --screen f.tsv --json
silent
python3 - "$here/out" first.json <<'E' || fail "$last: a row per visit says otherwise"
import json, sys
a, b = (json.load(open(f))["estimates"] for f in sys.argv[1:])
assert len(a) == len(b)
for r, s in zip(a, b):
    assert (r["quantity"], r["feature"]) == (s["quantity"], s["feature"]), (r, s)
    for name in ("estimate", "p"):
        assert abs(r[name] - s[name]) <= 1e-9 * max(abs(s[name]), 1e-3), (r, s)
assert a[0]["visit"] == "8"
E
expect 0 mediate trial.csv "${base[@]}" --screen hole.tsv --keep 20 --rate adjusted --fdr 0.2
told "1 features lack a value"
printed "feature"
expect 0 mediate trial.csv "${base[@]}" --screen f.tsv --selection split --seed 3 --csv
printed "indirect"
expect 0 mediate trial.csv "${base[@]}" --screen f.tsv --selection product --rate asymptotic
told "the false discovery rate is not held"

refused 2 "" "--mediators with --screen" "screen all features" mediate trial.csv "${base[@]}" --screen f.tsv --mediators c
refused 2 "" "--boot with --screen" "asymptotic" mediate trial.csv "${base[@]}" --screen f.tsv --boot 200
refused 2 "" "--interaction yes with --screen" "without interactions" mediate trial.csv "${base[@]}" --screen f.tsv --interaction yes
refused 2 "" "--keep with --selection none" "all features" mediate trial.csv "${base[@]}" --screen f.tsv --selection none --keep 5
refused 2 "" "--keep without --screen" "--screen" mediate trial.csv --treatment arm --outcome y --mediators c --keep 5
refused 2 "" "no mediators" "--screen" mediate trial.csv --treatment arm --outcome y
refused 2 "" "--baseline-at with --screen" "changes from baseline" mediate visits.csv --treatment arm --sample sample --outcome y --id id --visit week --mediator-at 4 \
    --outcome-at 8 --baseline-at 4 --screen f.tsv
refused 1 words.tsv:2: "is not a number" "correct it" mediate trial.csv "${base[@]}" --screen words.tsv
refused 1 trial.csv "sample s999" "give every sample a row" mediate trial.csv "${base[@]}" --screen stranger.tsv
refused 3 "" "1 features vary" "two or more" mediate trial.csv "${base[@]}" --screen one.tsv
refused 1 "" "absent.tsv" "" mediate trial.csv "${base[@]}" --screen absent.tsv
finish
