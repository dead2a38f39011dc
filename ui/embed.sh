#!/bin/sh
# embed.sh FILE: prints the C source of the settings that ui/config.h declares as shipped.
set -eu
LC_ALL=C
export LC_ALL

echo '#include "ui/config.h"'
printf '\n/* %s */\nconst char config_shipped[] = {\n' "$1"
od -An -v -tx1 "$1" | sed "s/ *\([0-9a-f][0-9a-f]\)/'\\\\x\1',/g"
echo "0};"
