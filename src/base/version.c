/* SPDX-License-Identifier: BSD-2-Clause */
/* Which library it is that runs. */
#include <tcpcraft/version.h>

#define TEXT(x) #x
#define DOTTED(a, b, c) TEXT(a) "." TEXT(b) "." TEXT(c)

_Static_assert(__builtin_strcmp(TC_VERSION, DOTTED(TC_VERSION_MAJOR, TC_VERSION_MINOR,
						   TC_VERSION_PATCH)) == 0,
	       "the text of the version is not its three numbers");

const char *tc_version(void)
{
	return TC_VERSION;
}
