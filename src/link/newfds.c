/* SPDX-License-Identifier: BSD-2-Clause */
/* Close-on-exec for descriptors that libraries open; see newfds.h. A new descriptor
 * always has the lowest free number (POSIX), so these few places are all to look at. */
#include "newfds.h"

#include <fcntl.h>

void tc_newfds_note(struct tc_newfds *n)
{
	int found = 0;

	for (int fd = 0; found < TC_NEWFDS_MAX; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			n->fd[found++] = fd;
}

void tc_newfds_mark(const struct tc_newfds *n)
{
	for (int i = 0; i < TC_NEWFDS_MAX; i++)
		if (fcntl(n->fd[i], F_GETFD) >= 0)
			fcntl(n->fd[i], F_SETFD, FD_CLOEXEC);
}
