#!/bin/sh
# fanout.sh: our broadcast beside nginx with nchan, one process each, in interleaved rounds: an event of 250 bytes from
# its POST to the last of 5,000 and of 19,500 viewers, CPU an event, memory a viewer. Goals (ours / nchan): time and CPU
# at most 0.75, memory at most 0.4. Needs nginx and libnginx-mod-nchan.
#
#   fanout.sh [ROUNDS [EVENTS]]           VIEWERS="5000 19500" by default
set -eu
cd "$(dirname "$0")/../.."

rounds=${1:-3} events=${2:-20}
module=/usr/lib/nginx/modules/ngx_nchan_module.so
work=$(mktemp -d)
pids=
trap 'for p in $pids; do kill "$p" 2>/dev/null || true; done; wait; rm -rf "$work"' EXIT INT TERM
ulimit -n "$(ulimit -Hn)"

${CC:-cc} -std=c17 -O2 -g -I. -D_GNU_SOURCE -pthread -o "$work/fanout" tests/bench/fanout.c \
	net/server/loop.c net/server/hub.c net/server/http*.c src/base/*.c -lmicrohttpd -lsodium -lunistring

[ -e "$module" ] || { echo "fanout: nginx with nchan is not installed: apt-get install nginx libnginx-mod-nchan"; exit 0; }

cat >"$work/nginx.conf" <<EOF
load_module $module;
daemon off;
pid $work/pid;
error_log $work/error.log warn;
worker_processes 1;
worker_rlimit_nofile $(ulimit -n);
# more than the open files: when a sixteenth is left, nginx begins to close connections whose request is still to come
events { worker_connections $(($(ulimit -n) * 2)); }
http {
	access_log off;
	tcp_nodelay on;
	keepalive_timeout 600;
	client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f;
	uwsgi_temp_path $work/u; scgi_temp_path $work/s;
	nchan_shared_memory_size 256M;
	server {
		listen 127.0.0.1:PORT backlog=4096;
		location = /live { nchan_subscriber eventsource; nchan_channel_id a; nchan_subscriber_timeout 0; }
		location = /publish { nchan_publisher; nchan_channel_id a; nchan_message_timeout 1h; }
	}
}
EOF

# A port nobody uses now.
free_port()
{
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

await()
{
	until python3 -c "import socket; socket.create_connection(('127.0.0.1', $1))" 2>/dev/null; do :; done
}

# one NAME VIEWERS: a line "last p50 cpu memory" for a server of its own
one()
{
	port=$(free_port)
	case $1 in
	regie) "$work/fanout" serve "$port" & ;;
	reader) FANOUT_READER=1 "$work/fanout" serve "$port" & ;;
	nchan)
		sed "s/PORT/$port/" "$work/nginx.conf" >"$work/now.conf"
		nginx -c "$work/now.conf" -e "$work/error.log" 2>/dev/null &
		;;
	esac
	server=$! pids=$!
	await "$port"
	all=$server
	[ "$1" != nchan ] || all="$server $(pgrep -P "$server" | tr '\n' ' ')"
	# shellcheck disable=SC2086 # a word a process
	"$work/fanout" measure "$port" /live /publish "$2" "$events" 230 $all >>"$work/$1.$2"
	kill "$server"
	wait "$server" 2>/dev/null || true
	pids=
}

# middle NAME VIEWERS COLUMN
middle()
{
	awk -v c="$3" '{ print $c }' "$work/$1.$2" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

echo "viewers  server   last ms  half ms  CPU ms  bytes a viewer   (medians of $rounds rounds of $events events)"
for n in ${VIEWERS:-5000 19500}; do
	i=0
	while [ $i -lt "$rounds" ]; do
		for s in regie nchan ${READER:+reader}; do one $s "$n"; done
		i=$((i + 1))
	done
	for s in regie nchan ${READER:+reader}; do
		printf '%7s  %-7s %8s %8s %7s %10s\n' "$n" $s "$(middle $s "$n" 1)" "$(middle $s "$n" 2)" \
			"$(middle $s "$n" 3)" "$(middle $s "$n" 4)"
	done
	for c in 1 2 3 4; do
		echo "$(middle regie "$n" $c) $(middle nchan "$n" $c)"
	done | awk -v n="$n" '{ r[NR] = $1 / $2 }
		END { printf "%7s  %-7s %8.2f %8.2f %7.2f %10.3f\n", n, "ratio", r[1], r[2], r[3], r[4] }'
done
