#!/usr/bin/env bash
# Help, manual pages and completion come from one description and are complete.
. "$VAGUS_SOURCE/tests/support/cli.sh" || exit 1
build=$(dirname "$VAGUS")

commands=$("$VAGUS" --describe commands)
for command in $commands; do
    expect 0 --describe man "$command"
    silent
    cp "$here/out" "$here/$command.scd"
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES "EXIT STATUS"; do
        printed "# $section"
    done
    # every option that --help tells stands in the manual page, and in the completion
    "$VAGUS" "$command" --help | grep -o '^  .*--[a-z0-9-]*' | grep -o -- '--[a-z0-9-]*' | sort -u >"$here/options"
    [ -s "$here/options" ] || fail "$command has no options?"
    while read -r option; do
        grep -qF -- "*$option*" "$here/$command.scd" || fail "manual page of $command lacks $option"
    done <"$here/options"
    if command -v scdoc >/dev/null; then
        scdoc <"$here/$command.scd" >"$here/$command.1" || fail "scdoc refuses the page of $command"
    fi
    # sanitizer builds have no pages
    [ ! -d "$build/man" ] || [ -s "$build/man/vagus-$command.1" ] || fail "no page of $command in the build"
done
expect 0 --describe man
for command in $commands; do
    printed "*vagus-$command*(1)"
done

"$VAGUS" --describe completion >"$here/completion"
bash -n "$here/completion" || fail "the completion is not bash"
complete_words() { # words, the last one being completed
    COMP_WORDS=("$@")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _vagus
}
. "$here/completion"
complete_words vagus ch
[ "${COMPREPLY[*]}" = check ] || fail "ch completes to ${COMPREPLY[*]}"
complete_words vagus check --fo
[ "${COMPREPLY[*]}" = --format ] || fail "--fo completes to ${COMPREPLY[*]}"
complete_words vagus check --format j
[ "${COMPREPLY[*]}" = json ] || fail "--format j completes to ${COMPREPLY[*]}"
if grep -qx mmrm <<<"$commands"; then
    printf 'id,"arm",hamd\n1,a,3\n' >t.csv
    complete_words vagus mmrm t.csv --arm a
    [ "${COMPREPLY[*]}" = arm ] || fail "--arm a completes to ${COMPREPLY[*]}"
fi

# help COMMAND prints something to read whether or not there is a manual page
expect 0 help check
grep -q "STUDY is a folder" "$here/out" || fail "help check says nothing of use"
expect 2 help chekc
told "did you mean check?"
finish
