#!/bin/sh
# banned.sh [TOP]: fails on calls with a safer sibling, tests that sleep, paths of somebody's machine, and words that say
# the work is not done. Prints TAP.
#
# Where one is right after all, its line says why: a comment "banned-ok: because …".
set -u
LC_ALL=C.UTF-8
export LC_ALL
cd "${1:-$(dirname "$0")/..}" || exit 1

n=0
status=0
# check NAME PATTERN GREP-ARGUMENTS…: no line may match
check()
{
	name=$1 pattern=$2
	shift 2
	n=$((n + 1))
	found=$(grep -rnEI "$@" -e "$pattern" | grep -vE 'banned-ok: [^ ]+ ')
	if [ -z "$found" ]; then
		echo "ok $n $name"
		return
	fi
	echo "not ok $n $name"
	echo "$found" | sed 's/^/# /'
	status=1
}

code='src ui net data tests'
# shellcheck disable=SC2086 # a word a folder
check 'no call with a safer sibling' \
	'\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtok|system|popen)[[:space:]]*\(' --include='*.[ch]' $code
check 'no test sleeps; it waits for a condition' \
	'\b(u|nano|clock_nano)?sleep[[:space:]]*\(|(^|[;&|({[:space:]])sleep +[0-9$.]' \
	--include='*.[ch]' --include='*.py' --include='*.sh' --include=run tests
check "no path of somebody's machine" \
	'(^|[^[:alnum:]_.$})/-])/(work|root|home/[[:alnum:]]+|Users/[[:alnum:]]+)/' \
	--exclude-dir=.git --exclude=.git --exclude-dir='build*' --exclude='*.pyc' .
# shellcheck disable=SC2086
check 'nothing is left to do' '\b(TO''DO|FIX''ME|XX''X)\b' --include='*.[ch]' --include='*.py' --include='*.sh' $code
exit $status
