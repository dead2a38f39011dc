#!/bin/sh
# embed.sh FILE...: prints the C source of the lexicons that src/themes/builtin.h declares, from data/lexicon-LANG.tsv.
set -eu
LC_ALL=C
export LC_ALL

echo '#include "src/themes/builtin.h"'
rows=
for file in "$@"; do
	lang=${file##*lexicon-}
	lang=${lang%.tsv}
	printf '\n/* %s */\nstatic const char text_%s[] = {\n' "$file" "$lang"
	od -An -v -tx1 "$file" | sed "s/ *\([0-9a-f][0-9a-f]\)/'\\\\x\1',/g"
	echo "0};"
	rows="$rows{\"$lang\", text_$lang, sizeof text_$lang - 1},
"
done
printf '\nconst struct builtin builtin_lexicons[] = {\n%s{NULL, NULL, 0}};\n' "$rows"
