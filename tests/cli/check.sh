#!/usr/bin/env bash
# init writes what check accepts; check tells every problem at once, each with file and line.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1

expect 0 init trial
printed "trial/study.yaml"
expect 0 check trial
printed "0 problems, 0 warnings"
silent
expect 0 check trial/study.yaml
expect 0 check trial --json
python3 - "$here/out" <<'E' || fail "check --json is not what it should be"
import json, sys
answer = json.load(open(sys.argv[1]))
assert answer["command"] == "check" and answer["n_errors"] == 0 and answer["problems"] == []
E
refused 1 "trial" "" "" init trial
refused 2 "" 'unknown value "trail"' "did you mean trial?" init other --template trail
refused 1 "" "nof1" "" init other --template nof1

# two problems, each with its line
sed -i 's/^\(title:.*\)$/\1\nfirst_unknown: 1\nsecond_unknown: 2/' trial/study.yaml
one=$(grep -n first_unknown trial/study.yaml | cut -d: -f1)
expect 1 check trial
printed "study.yaml:$one: "
printed "study.yaml:$((one + 1)): "
told "problems in the study"
expect 1 check trial --json
python3 - "$here/out" "$one" <<'E' || fail "check --json does not list the problems"
import json, sys
answer = json.load(open(sys.argv[1]))
assert answer["n_errors"] >= 2
lines = {problem.get("line") for problem in answer["problems"]}
assert {int(sys.argv[2]), int(sys.argv[2]) + 1} <= lines, lines
assert all(problem["severity"] in ("error", "warning") for problem in answer["problems"])
E
expect 1 check trial --csv
printed "severity,code,file,line,message,hint"

expect 1 check nowhere
told "vagus: nowhere"
expect 4 check trial -o /nowhere/at/all
told "/nowhere/at/all: cannot be written"
if [ -w /dev/full ]; then
    "$VAGUS" check trial >/dev/full 2>"$here/err"
    [ $? -eq 4 ] || fail "a full disk is not exit 4"
    expect 4 check trial -o /dev/full
    told "/dev/full: cannot be written: No space left"
    [ -c /dev/full ] || fail "a device was replaced by a file"
fi
finish
