# SPDX-License-Identifier: BSD-2-Clause
# The linker's version script of libtcpcraft.so, from the public headers: what they declare as
# a function is exported, and nothing else is.
{ text = text $0 "\n" }

# Prints the name when a declaration (what stands between two ';' outside braces) is one of a
# function of ours. The leading blank lets each word have something before it.
function export(declaration) {
	if (" " declaration ~ /[^a-z_](typedef|static)[^a-z_]/)
		return
	if (match(declaration, /tc_[a-z0-9_]+\(/))
		print "\t\t" substr(declaration, RSTART, RLENGTH - 1) ";"
}

END {
	gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", text)
	gsub(/\\\n/, " ", text)
	gsub(/\n#[^\n]*/, "\n", text)
	print "{\n\tglobal:"
	while (match(text, /[{};]/)) {
		c = substr(text, RSTART, 1)
		if (!depth)
			declaration = declaration substr(text, 1, RSTART - 1)
		text = substr(text, RSTART + 1)
		if (c == "{") {
			depth++
		} else if (c == "}") {
			depth--
			if (" " declaration ~ /[^a-z_]static[^a-z_]/)	# the end of its body
				declaration = ""
		} else if (!depth) {
			export(declaration)
			declaration = ""
		}
	}
	print "\tlocal:\n\t\t*;\n};"
}
