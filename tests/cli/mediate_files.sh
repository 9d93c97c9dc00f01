#!/usr/bin/env bash
# vagus mediate: channels and reliabilities from tables give what the same words give; --datasets puts whole curves into the JSON.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
python3 - <<'E'
import random
r = random.Random(9)
with open("trial.csv", "w") as out:
    print("arm,il6,tnf,il10,butyrate,y,x", file=out)
    for i in range(80):
        a, x = i % 2, r.gauss(0, 1)
        immune, gut = .6 * a + r.gauss(0, 1), .5 * a + r.gauss(0, 1)
        print(("placebo", "active")[a], *("%.3f" % v for v in (immune + r.gauss(0, .4), immune + r.gauss(0, .5), r.gauss(0, .6) - immune, gut,
              .5 * immune + .4 * gut + .2 * x + r.gauss(0, 1), x)), sep=",", file=out)
E
base=(trial.csv --treatment arm --mediators il6,tnf,il10,butyrate --outcome y --covariates x --contrast active,placebo --boot 200 --json)
printf 'channel,marker,sign\nimmune,il6,1\nimmune,tnf,\ngut,butyrate,+1\nimmune,il10,-1\n' >channels.csv
printf 'marker\treliability\tlower\tupper\nil6\t0.9\t0.85\t0.95\ntnf\t0.8\t\t\n' >reliability.tsv
answer() { python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(len(r["inputs"])); del r["inputs"], r["call"]; print(json.dumps(r))' "$here/out"; }
expect 0 mediate "${base[@]}" --channels 'immune=il6,tnf,-il10;gut=butyrate' --reliability 'il6=0.9:0.85:0.95,tnf=0.8'
answer >"$here/words"
expect 0 mediate "${base[@]}" --channels channels.csv --reliability reliability.tsv
answer >"$here/files"
[ "$(head -1 "$here/words") $(head -1 "$here/files")" = "1 3" ] || fail "the tables are not among the inputs"
cmp -s <(tail -1 "$here/words") <(tail -1 "$here/files") || fail "a table and the same words differ"
printf 'channel,marker\nimmune,il6\nimmune,tnf\nimmune,il10\ngut,butyrate\n' >plain.csv # no column of signs: all up
expect 0 mediate "${base[@]}" --channels plain.csv

# what a table may lack, with its line
printf 'channel,marker,sign\nimmune,il6,up\n' >bad.csv
refused 1 "bad.csv:2:" "sign 'up'" "1, or -1" mediate "${base[@]}" --channels bad.csv
printf 'channel,marker\nimmune,\n' >bad.csv
refused 1 "bad.csv:2:" "no marker" "every row names one" mediate "${base[@]}" --channels bad.csv
printf 'channel,name\nimmune,il6\n' >bad.csv
refused 1 "bad.csv:" "marker" "" mediate "${base[@]}" --channels bad.csv
printf 'channel,marker\n' >bad.csv
refused 1 "" "bad.csv" "" mediate "${base[@]}" --channels bad.csv
printf 'marker,reliability\nil6,good\n' >bad.csv
refused 1 "bad.csv:2:" "reliability is no number" "il6,0.7,0.6,0.8" mediate "${base[@]}" --reliability bad.csv
printf 'marker,reliability,lower,upper\nil6,0.7,0.8,0.9\n' >bad.csv
refused 1 "" "interval 0.8 to 0.9 of the reliability 0.7 of il6" "value:lower:upper" mediate "${base[@]}" --reliability bad.csv
refused 2 "" "--channels 'nowhere.csv'" "or name a table" mediate "${base[@]}" --channels nowhere.csv
refused 2 "" "--reliability 'nowhere.csv'" "or name a table" mediate "${base[@]}" --reliability nowhere.csv

# curves whole
expect 0 mediate "${base[@]}" --channels channels.csv
grep -q '"datasets"' "$here/out" && fail "datasets were not asked for"
expect 0 mediate "${base[@]}" --channels channels.csv --datasets
python3 - "$here/out" <<'E' || fail "the curve over reliabilities is not whole"
import json, sys
from near import near
r = json.load(open(sys.argv[1]))
curve = {d["name"]: d["rows"] for d in r["datasets"]}["reliability_curve"]
immune = [p for p in curve if p["effect"] == "indirect" and p.get("channel") == "immune"]
assert [round(p["reliability"], 2) for p in immune] == [round(.3 + .05 * k, 2) for k in range(14)] + [1]
whole = [e for e in r["estimates"] if e["quantity"] == "indirect" and e.get("channel") == "immune"]
assert len(whole) == 1
near(immune[-1]["estimate"], whole[0]["estimate"], 1e-12)
E
expect 0 mediate trial.csv --treatment arm --mediators il6 --outcome y --boot 200 --format json --datasets
python3 - "$here/out" <<'E' || fail "the curve over rho is not whole"
import json, sys
rows = [d["rows"] for d in json.load(open(sys.argv[1]))["datasets"] if d["name"] == "sensitivity"]
assert rows and any(abs(p["rho"] + .95) < 1e-9 for p in rows[0]) and any(abs(p["rho"] - .95) < 1e-9 for p in rows[0]), rows
E
refused 2 "" "--datasets without --json" "add --json" mediate trial.csv --treatment arm --mediators il6 --outcome y --datasets
# one way for all commands
expect 0 lm trial.csv --formula 'y ~ arm' --json --datasets
printed '"datasets": ['
finish
