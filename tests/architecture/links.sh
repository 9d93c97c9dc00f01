#!/usr/bin/env bash
# Every relative link of a page leads to something, and some page leads to every page of docs/.
set -u
cd "${VAGUS_SOURCE:-.}" || exit 1
bad=0
checked=0
while IFS= read -r page; do
    folder=$(dirname "$page")
    while IFS= read -r target; do
        case $target in
        [a-z]*:* | '#'* | '') continue ;; # elsewhere, or on this page
        esac
        checked=$((checked + 1))
        [ -e "$folder/${target%%#*}" ] || { echo "$page: no $target"; bad=1; }
    done < <(grep -oE '\]\([^) ]+' "$page" | sed 's/^](//')
done < <(find README.md docs examples src -name '*.md' | sort)
[ "$checked" -gt 0 ] || { echo "no link was found: the test is broken"; bad=1; }

# a method's page that nobody links to is not found
for page in docs/*.md docs/*/*.md; do
    [ "$page" = docs/README.md ] && continue
    grep -rqF "$(basename "$page"))" README.md docs --include='*.md' ||
        grep -rqF "($(basename "$(dirname "$page")")/$(basename "$page")#" README.md docs --include='*.md' ||
        { echo "$page: no page links to it"; bad=1; }
done
exit $bad
