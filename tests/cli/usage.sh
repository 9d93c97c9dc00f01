#!/usr/bin/env bash
# What is wrong with the words of a command line is told with the nearest right word, exit status 2.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1

usage() { # MESSAGE HINT WORD...
    local message=$1 hint=$2
    shift 2
    refused 2 "" "$message" "$hint" "$@"
}
full=(--formula 'y ~ x' --id id --visit v)

# the program itself
usage "no command given" "vagus --help lists the commands"
usage 'unknown command "mmr"' "did you mean mmrm?" mmr x.csv
usage 'unknown command "chekc"' "did you mean check?" chekc
usage 'unknown command "xyzzy"' "vagus --help lists the commands" xyzzy
usage "an option before the command: --json" "vagus COMMAND" --json mmrm
for name in survival impute \
    nof1 randomise samplesize donor engraft; do
    refused 1 "" "$name: not available in this version" "vagus --help" "$name" x.csv
done

# options
usage "unknown option --formul" "did you mean --formula?" mmrm x.csv --formul y
usage "unknown option --form" "did you mean --formula?" mmrm x.csv --form text
usage "unknown option --zzzzzzz" "vagus mmrm --help lists the options" mmrm x.csv --zzzzzzz
usage "unknown option -Z" "--help" mmrm x.csv -Z
usage "unknown option --covarianc" "did you mean --covariance?" mmrm x.csv --covarianc=us
usage "--id needs a value: --id COL" "see --help" mmrm x.csv --formula 'y ~ x' --id
usage "-" "see --help" mmrm x.csv -o
usage "--quiet takes no value" "leave out" mmrm x.csv --quiet=yes
usage "--formula is given twice" "once" mmrm x.csv --formula a --formula b
usage "--quiet is given twice" "once" mmrm x.csv -qq
usage "--formula has an empty value" "" mmrm x.csv --formula=
usage "vagus mmrm needs: DATA" "see --help" mmrm "${full[@]}"
usage 'one argument too many: "y.csv"' "quotes" mmrm x.csv y.csv "${full[@]}"
usage 'one argument too many: "--json"' "quotes" mmrm "${full[@]}" -- x.csv --json
usage "vagus mmrm needs --id COL" "see --help" mmrm x.csv --formula 'y ~ x' --visit v
usage "more than one of --format, --json and --csv" "choose one" mmrm x.csv "${full[@]}" --json --csv

# values
usage 'unknown value "tope" for --covariance' "did you mean toep?" mmrm x.csv "${full[@]}" --covariance tope
usage 'unknown value "zzzzzzz" for --df' "one of: satterthwaite" mmrm x.csv "${full[@]}" --df zzzzzzz
usage 'unknown value "kenward" for --df' "" mmrm x.csv "${full[@]}" --df kenward
usage 'unknown value "XML" for --format' "" mmrm x.csv "${full[@]}" --format XML
usage 'unknown value "qqqqqqqqq" for --fallback' "one of: us" mmrm x.csv "${full[@]}" --fallback us,qqqqqqqqq
usage '"cs" twice in --fallback' "once" mmrm x.csv "${full[@]}" --fallback cs,us,cs
for level in 0 1 95 -1 nan inf 0.9x 0x1p-1 ""; do
    usage "--level" "" mmrm x.csv "${full[@]}" --level "$level"
done
for digits in 0 16 -1 2.5 x 99999999999999999999; do
    usage "--digits" "" mmrm x.csv "${full[@]}" --digits "$digits"
done
usage "--threads must be from 1 to 4096, not 0" "see --help" mmrm x.csv "${full[@]}" --threads 0
usage "--seed takes a whole number" "" mmrm x.csv "${full[@]}" --seed -3
usage "--levels takes COL=FIRST,SECOND" "for example" mmrm x.csv "${full[@]}" --levels arm
usage "--levels takes COL=FIRST,SECOND" "for example" mmrm x.csv "${full[@]}" --levels =a,b
usage "empty level in --levels arm=a,,b" "name every level" mmrm x.csv "${full[@]}" --levels arm=a,,b
usage 'level "a" twice in --levels' "once" mmrm x.csv "${full[@]}" --levels arm=a,b,a

# what does not go together
usage "both --df and --like" "give one" mmrm x.csv "${full[@]}" --df residual --like sas
usage "--robust does not go together with Kenward-Roger" "satterthwaite" mmrm x.csv "${full[@]}" --df kenward-roger \
    --robust cr2
usage "Kenward-Roger needs REML" "--method ml" mmrm x.csv "${full[@]}" --df kenward-roger --method ml
usage "options about LS means without --arm" "--arm" mmrm x.csv "${full[@]}" --margins equal

# errors as JSON, whatever else is wrong with the words
expect 2 mmrm --json --nonsense
told '{"error": {"code": "usage", "message": "unknown option --nonsense"'
expect 2 mmrm --format json --nonsense
told '{"error": {"code": "usage"'
grep -q '^{' "$here/err" && head -1 "$here/err" | python3 -c 'import json, sys; json.load(sys.stdin)' ||
    fail "the error is not JSON"

# help and version
for command in $("$VAGUS" --describe commands); do
    expect 0 "$command" --help
    silent
    printed "vagus $command: "
    [ "$(awk '{ if (length($0) > w) w = length($0) } END { print w }' "$here/out")" -le 80 ] ||
        fail "help of $command is wider than the screen"
    expect 0 "$command" --version
    printed "vagus 0."
done
expect 0 --help
printed "Commands:"
expect 0 --version
printed "vagus 0."
finish
