#!/usr/bin/env bash
# --missing, --text and --sheet reach the reader of tables.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
{
    echo "y,x,batch"
    for i in $(seq 1 20); do echo "$((i * i % 13)),$i,$i"; done
    echo "ND,21,x1"
} >table.csv

refused 1 "table.csv:22:" "'ND' is not a number" "declare it as a missing code" lm table.csv --formula 'y ~ x'
refused 1 "table.csv:22:" "'x1' is not a number" "declare the column as text" lm table.csv --formula 'y ~ x' --missing ND
refused 1 "table.csv:" "no column 'bacth'" "correct the name" lm table.csv --formula 'y ~ x' --missing ND,x1 --text bacth
expect 0 lm table.csv --formula 'y ~ x' --missing -9,ND --text batch --json
printed '"n_observations": 20'
finish
