#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The man page formats without a warning.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
need groff

for page in man/*.[1-9]; do
	if [ -e "$page" ]; then
		none "$page formats without a warning" "$(
			groff -ww -b -z -t -man -Tutf8 -K utf8 "$page" 2>&1)"
	else
		not_ok "there is a man page"
	fi
done
