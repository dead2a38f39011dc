#!/bin/sh
# ingest.sh: messages a second that regied acknowledges (each 202 after the commit, synchronous=FULL) beside a handler that
# stores nothing on the same HTTP layer, same client, interleaved rounds: 256 keep-alive connections, 160-byte JSON, all
# different. Goal: at least 0.2 of the null handler, aim 0.3. The disk's median fdatasync is said beside it.
#
#   ingest.sh [ROUNDS [SECONDS]]
set -eu
cd "$(dirname "$0")/../.."

rounds=${1:-3} seconds=${2:-5}
build=$PWD/build
work=$(mktemp -d)
pids=
trap 'for p in $pids; do kill "$p" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT INT TERM
cc=${CC:-cc}
$cc -std=c17 -O2 -D_GNU_SOURCE -o "$work/post_load" tests/bench/post_load.c
$cc -std=c17 -O2 -g -I. -D_GNU_SOURCE -pthread -o "$work/http_null" tests/bench/http_null.c net/server/loop.c net/server/http*.c \
	src/base/*.c -lmicrohttpd -lsodium -lunistring

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$work/http_null" "$port" late >/dev/null 2>&1 &
pids=$!
"$build/regied" init --data "$work/ev" --title bench
"$build/regied" seat --data "$work/ev" add --name host --role host >"$work/token"
"$build/regied" serve --data "$work/ev" --listen 127.0.0.1:0 --log error >"$work/out" &
served=$!
pids="$pids $served"
until grep -q listening "$work/out"; do :; done
url=$(sed 's/listening on //' "$work/out")
"$build/regie" do --backend "$url" --token-file "$work/token" --data "$work/desk" collect >/dev/null

for i in $(seq "$rounds"); do
	set -- $("$work/post_load" "$port" 256 "$seconds")
	null=$1
	set -- $("$work/post_load" "${url##*:}" 256 "$seconds")
	sync=$(python3 -c "
import urllib.request
for l in urllib.request.urlopen('$url/metrics').read().decode().splitlines():
    if l.startswith('regie_commit_sync_median_seconds '): print(round(float(l.split()[1]) * 1e3, 3))")
	echo "$null $1 $2 $3 $4 $sync"
done | awk '{ n[NR] = $2 / $1; printf "round %d: null %d/s  regied %d/s  ratio %.2f  p50 %.1f ms  p99 %.1f ms  not 202: %d  fdatasync median %s ms\n",
		NR, $1, $2, $2 / $1, $3 / 1000, $4 / 1000, $5, $6 }
	END { for (i = 1; i <= NR; i++) for (j = i + 1; j <= NR; j++) if (n[j] < n[i]) { t = n[i]; n[i] = n[j]; n[j] = t }
		printf "median ratio %.2f (goal 0.20, aim 0.30)\n", n[int((NR + 1) / 2)] }'
grep -E "VmRSS" "/proc/$served/status" | sed 's/^/regied /'
