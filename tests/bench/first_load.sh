#!/bin/sh
# first_load.sh: the evening of 2004 (1.3 million messages, 700,000 themes and their counts: 2.7 million lines) into an
# empty replica, then the search index, then what queues and searches cost. Aims: rows 10 s, index 30 s, the top of a
# queue 10 ms, memory flat. Seconds of CPU are given beside the clock's, for a machine that is not alone.
#
#   first_load.sh [MESSAGES [THEMES]]
set -eu
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
${CC:-cc} -std=c17 -O2 -g -I. -D_GNU_SOURCE -pthread -o "$work/first_load" tests/bench/first_load.c data/db.c \
	data/replica*.c src/wire/*.c src/model/*.c src/base/*.c -lsqlite3 -ljson-c -lunistring -lsodium
"$work/first_load" "$work/replica" "$@"
