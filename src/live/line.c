/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person types. */
#include "live.h"

#include <poll.h>
#include <unistd.h>

/* Byte by byte: what is behind the line is another reader's. */
bool live_read_line(struct live *l, int fd, char *line, size_t size)
{
	struct pollfd fds[2] = { { .fd = fd, .events = POLLIN },
				 { .fd = l->signal_fd, .events = POLLIN } };
	size_t n = 0;
	bool at_end = false;
	char ch = 0;

	while (ch != '\n' && !at_end) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			live_read_signal(l);
		if (l->signal)
			break;
		if (!fds[0].revents)
			continue;
		at_end = read(fd, &ch, 1) != 1;
		if (!at_end && ch != '\n' && n + 1 < size)
			line[n++] = ch;
	}
	line[n] = 0;
	return !l->signal && (n || !at_end);
}
