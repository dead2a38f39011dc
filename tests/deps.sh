#!/bin/sh
# deps.sh build|test...: installs what is missing of the named lists, asking nothing.
#
# With everything there it only looks, and needs no network. On Debian and its kin it installs with apt, as root or with
# sudo; elsewhere it names what is missing and stops. A row: list, Debian package, and how to see that it is there
# without asking dpkg (a header, or a command), for people who installed it in another way.
set -eu

list='
build gcc                  cc
build libc6-dev            stdio.h
build libncurses-dev       ncurses.h
build libcurl4-openssl-dev curl/curl.h
build libsqlite3-dev       sqlite3.h
build libjson-c-dev        json-c/json.h
build libmicrohttpd-dev    microhttpd.h
build libstemmer-dev       libstemmer.h
build libunistring-dev     uninorm.h
build libroaring-dev       roaring/roaring.h
build libsodium-dev        sodium.h
build zlib1g-dev           zlib.h
build libhunspell-dev      hunspell/hunspell.h
build gettext              msgfmt
build ca-certificates      /etc/ssl/certs
test  libcmocka-dev        cmocka.h
test  libvterm-dev         vterm.h
test  python3              python3
test  mandoc               mandoc
test  clang                clang
test  libclang-rt-dev      libFuzzer
test  curl                 curl
test  sqlite3              sqlite3
test  iproute2             ip
test  locales              /usr/share/i18n/charmaps
test  less                 less
'

# cmocka.h wants these headers before it
prelude='#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>'

# there WHAT: whether a header, a command or a folder can be found
there()
{
	case $1 in
	/*) [ -e "$1" ] ;;
	*.h) printf '%s\n#include <%s>\n' "$prelude" "$1" | "${CC:-cc}" -E -xc - >/dev/null 2>&1 ;;
	libFuzzer)
		echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
			clang -fsanitize=fuzzer -xc - -o /dev/null >/dev/null 2>&1
		;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

installed=
if command -v dpkg-query >/dev/null 2>&1; then
	# shellcheck disable=SC2046 # a word a package
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' \
		$(echo "$list" | awk 'NF { print $2 }') 2>/dev/null | sed -n 's/^installed //p') || true
fi

missing=
named=
for want in "$@"; do
	while read -r name package sign; do
		[ "$name" = "$want" ] || continue
		echo "$installed" | grep -Fqx "$package" && continue
		there "$sign" && continue
		missing="$missing $package"
		named="$named, $package ($sign)"
	done <<-rows
		$list
	rows
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "missing, and this system has no apt to install it with: ${named#, }" >&2
	exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root=sudo
	if ! command -v sudo >/dev/null 2>&1; then
		echo "missing; as root, run: apt-get install$missing" >&2
		exit 1
	fi
fi

echo "installing with apt:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt()
{
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" \
		>>"$log" 2>&1 </dev/null
}
# An update that fails in part (a dead third-party source) may be good enough: the installation decides.
apt update || true
# shellcheck disable=SC2086 # a word a package
if ! apt install -y --no-install-recommends $missing; then
	cat "$log" >&2
	echo "apt could not install:$missing" >&2
	exit 1
fi
