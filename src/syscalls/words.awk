# SPDX-License-Identifier: BSD-2-Clause
# From headers.h, preprocessed with its macros (cc -E -dD): a C file with a table of the words
# that calls are written with, and of their errors; with -v info=1 one that takes struct
# tcp_info and what SO_MEMINFO says to pieces. here: the folder of the sources.
BEGIN {
	word = "^(AF|PF|SOCK|SOL|SO|SCM|SOF|HWTSTAMP|MSG|IPPROTO|INADDR|IP|IPV6|TCP|TCPI|EPOLL|F|O|" \
	       "FD|SHUT|SIOCINQ|SIOCOUTQ|SIOCOUTQNSD|FIONREAD|FIONBIO|SPLICE_F)(_|$)|^(POLL|EPOLL)[A-Z]+$"
}

function take(name) {
	if (name in seen)
		return
	if (name ~ /^E[A-Z0-9]+$/ && name !~ /^EPOLL/)
		errors[++n_errors] = name
	else if (name ~ word)
		words[++n_words] = name
	else if (name ~ /^SK_MEMINFO_/ && name != "SK_MEMINFO_VARS")
		memory[++n_memory] = name
	else
		return
	seen[name] = 1
}

# What has no value, or one that is not a number, is of no use in a call; nor is a name for a name
# that is not there.
/^#define [A-Za-z_][A-Za-z0-9_]* / && NF > 2 && $3 !~ /^["{]/ {
	if ($2 != $3)
		known[$2] = 1
	if (NF == 3 && $3 ~ /^[A-Za-z_][A-Za-z0-9_]*$/)
		alias[$2] = $3
	take($2)
}
/^#/ { next }
/^struct tcp_info[ ]*($|{)/ { in_info = 1 }
in_info && /^}/ { in_info = 0 }
in_info {
	line = $0
	while (match(line, /tcpi_[a-z0-9_]+/)) {
		fields[++n_fields] = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
	}
}
/enum[^;]*$/ { in_enum = 1 }
in_enum {
	n = split($0, part, /[{},]/)
	for (i = 1; i <= n; i++)
		if (match(part[i], /^[ \t]*[A-Z][A-Za-z0-9_]*[ \t]*(=|$)/)) {
			sub(/^[ \t]*/, "", part[i])
			sub(/[ \t=].*/, "", part[i])
			known[part[i]] = 1
			take(part[i])
		}
}
in_enum && /}/ { in_enum = 0 }

function table(name, all, n,	i) {
	printf "const struct tc_call_word %s[] = {\n", name
	for (i = 1; i <= n; i++)
		if (!(all[i] in alias) || alias[all[i]] in known)
			printf "\t{ \"%s\", (long)%s },\n", all[i], all[i]
	printf "\t{ NULL, 0 }\n};\n"
}

END {
	if (info)
		print "#define TC_CALL_INFO"
	printf "#include \"%s/headers.h\"\n#include \"%s/own.h\"\n#include <string.h>\n", here, here
	if (!info) {
		table("tc_call_words", words, n_words)
		table("tc_call_errors", errors, n_errors)
		exit
	}
	print "void tc_code_values(const uint8_t *info, const uint8_t *memory, tc_code_value *put, void *ctx)"
	print "{\n\tstruct tcp_info i;\n\tuint32_t m[SK_MEMINFO_VARS];\n"
	print "\t_Static_assert(sizeof i <= TC_HAND_INFO && sizeof m <= TC_HAND_INFO, \"room\");"
	print "\tmemcpy(&i, info, sizeof i);\n\tmemcpy(m, memory, sizeof m);"
	for (i = 1; i <= n_fields; i++)
		printf "\tput(ctx, \"%s\", (uint64_t)i.%s);\n", fields[i], fields[i]
	for (i = 1; i <= n_memory; i++)
		printf "\tput(ctx, \"%s\", m[%s]);\n", memory[i], memory[i]
	print "}"
}
