#!/bin/sh
# embed.sh FILE...: prints the C source of the table that net/server/page.h declares, a row a file.
set -eu
LC_ALL=C
export LC_ALL

media_type()
{
	case $1 in
	*.html) echo 'text/html; charset=utf-8' ;;
	*.css) echo 'text/css; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.json) echo 'application/json' ;;
	*.svg) echo 'image/svg+xml' ;;
	*.png) echo 'image/png' ;;
	*.ico) echo 'image/vnd.microsoft.icon' ;;
	*.woff2) echo 'font/woff2' ;;
	*.txt) echo 'text/plain; charset=utf-8' ;;
	*)
		echo "embed.sh: \"$1\" has an ending without a media type; add it to the list" >&2
		return 1
		;;
	esac
}

echo '#include "net/server/page.h"'
rows=
n=0
for file in "$@"; do
	type=$(media_type "$file")
	printf '\n/* %s */\nstatic const unsigned char bytes_%d[] = {\n' "$file" "$n"
	od -An -v -tx1 "$file" | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'
	echo '0};'
	rows="$rows{\"${file##*/}\", \"$type\", bytes_$n, sizeof bytes_$n - 1},
"
	n=$((n + 1))
done
printf '\nconst struct asset page_assets[] = {\n%s{NULL, NULL, NULL, 0}};\n' "$rows"
printf 'const size_t page_assets_n = %d;\n' "$n"
