/* SPDX-License-Identifier: BSD-2-Clause */
#include "places.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of this name: of build/tcpcraft and build/SAN/tcpcraft in the source tree, else beside
 * the installation. */
static bool find_in_tree(char *path, size_t n, const char *name)
{
	static const char *const places[] = { "scripts", "share/tcpcraft" };
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
	struct stat st;
	char *slash;

	exe[len > 0 ? len : 0] = 0;
	for (int up = 0; up < 4 && (slash = strrchr(exe, '/')); up++) {
		*slash = 0;
		for (int k = 0; k < 2; k++)
			if (up > 0 && (k == 0 || up == 1) &&
			    snprintf(path, n, "%s/%s/%s", exe, places[k], name) < (int)n &&
			    stat(path, &st) == 0 && S_ISDIR(st.st_mode))
				return true;
	}
	return false;
}

void place_find(char path[PATH_MAX], const char *name, const char *variable)
{
	const char *given = secure_getenv(variable);

	if (given)
		snprintf(path, PATH_MAX, "%s", given);
	else if (!find_in_tree(path, PATH_MAX, name))
		snprintf(path, PATH_MAX, TC_DATADIR "/%s", name);
}
